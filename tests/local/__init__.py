"""Tests of the servers on one machine: broker, children, supervisor."""
