"""Statements of *When Learning Hurts: Fixed-Pole RNN for Real-Time Online Training* (arXiv 2602.21454)."""
