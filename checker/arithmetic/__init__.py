"""Intervals, functions of them, and values of expressions in them."""
