"""Measurements that anyone can repeat with `make bench`; no tests."""
