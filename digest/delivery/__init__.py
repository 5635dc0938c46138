"""Did it go: claiming, sending and what the provider told us later."""
