"""Commands that bring subscribers in."""
