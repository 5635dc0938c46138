"""The API: papers, topics, search and editions for everybody; imports, readers and deliveries with a token."""
