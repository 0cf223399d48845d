"""Matrices: inertia, enclosed eigenvalues, and systems in compiled code."""
