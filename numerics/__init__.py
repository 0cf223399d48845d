"""Evaluates the theory, fast or with certainty; knows no theorem."""
