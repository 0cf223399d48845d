"""Polynomials and quotients in exact numbers, and what is positive."""
