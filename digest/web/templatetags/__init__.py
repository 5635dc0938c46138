"""Filters for page templates."""
