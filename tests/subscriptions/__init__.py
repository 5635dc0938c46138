"""Tests of who gets mail and when."""
