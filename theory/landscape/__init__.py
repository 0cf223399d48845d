"""Affine spaces of parameters with coinciding rates, and the Hessian on them (definition C.1, appendix D)."""
