"""Management commands of the papers room."""
