"""Escape times from the plateau: ladders of delays, and the slow manifold."""
