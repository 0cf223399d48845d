"""Functionals, and loss, gradient and Hessian."""
