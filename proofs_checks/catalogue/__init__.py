"""Finds statements and reads what they say without importing them."""
