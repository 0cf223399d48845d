"""Rosenbrock steps in compiled code: one linear system a step."""
