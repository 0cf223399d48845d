"""The gradient flow at any precision, in midpoints of balls."""
