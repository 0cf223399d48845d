"""Certified integrals over the half line."""
