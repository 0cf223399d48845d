"""Balls, double-double, compiled code and certified quadrature: what everything else computes with."""
