"""Flows of any field, in float64 or in midpoints of balls, by the rules of `engine`."""
