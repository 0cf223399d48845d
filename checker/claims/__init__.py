"""A module for each kind of claim."""
