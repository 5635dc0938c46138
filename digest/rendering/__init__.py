"""Pure: from a letter to its subject, text and HTML."""
