"""The API, asked as a program would."""
