"""Campaigns of random faults against a whole fleet, audited from what the mail server took."""
