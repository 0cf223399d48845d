"""Kernels of networks with any stable state matrix, and networks run step by step."""
