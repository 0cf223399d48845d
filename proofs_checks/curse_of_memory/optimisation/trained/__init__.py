"""Figures 1 and 4: networks that are trained."""
