"""Pure: which papers suit one reader, and why."""
