"""Peers of the tests: real servers with switchable faults, and a production-like fleet. No tests here."""
