"""Outgoing webhooks, called on a real server."""
