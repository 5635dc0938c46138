"""What we say: editions, and what each digest will hold."""
