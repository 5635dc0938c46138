"""Schema changes of outgoing webhooks."""
