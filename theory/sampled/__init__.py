"""Neurons from pairs, exact Koopman matrices, and what eigenvalues do not tell: closed forms."""
