"""Certified L1 distances and best approximations in L1."""
