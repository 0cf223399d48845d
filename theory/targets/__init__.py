"""Kernels on `t >= 0` and sequences on `n >= 0`: what they are, and how a text becomes one."""
