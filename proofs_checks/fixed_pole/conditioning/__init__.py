"""Condition of poles and gains, fixed and learned."""
