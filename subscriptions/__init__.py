"""Who gets mail, and when: signup, preferences, rhythm, leaving."""
