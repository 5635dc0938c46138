"""Commands for the API."""
