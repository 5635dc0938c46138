"""Commands about digests on their way."""
