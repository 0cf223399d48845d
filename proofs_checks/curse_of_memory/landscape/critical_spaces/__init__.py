"""Coincided critical spaces: how many, and the inertia on them."""
