"""Schema changes of the API."""
