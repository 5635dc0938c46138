"""Schema history of subscriptions."""
