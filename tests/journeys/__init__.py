"""Tests that walk the whole way, through real processes and a real browser."""
