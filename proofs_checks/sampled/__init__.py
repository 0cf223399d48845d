"""Statements on sampled networks (*Gradient-free training of recurrent neural networks*, arXiv 2410.23467)."""
