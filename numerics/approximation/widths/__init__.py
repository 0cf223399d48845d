"""How many exponentials are enough, and how many are needed."""
