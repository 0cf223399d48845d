"""Finds statements, runs them apart from each other, and keeps what they found."""
