"""Integrators as data that check their own order: explicit pairs, Radau IIA, stabilised methods."""
