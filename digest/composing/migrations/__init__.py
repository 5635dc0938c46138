"""Schema history of composing."""
