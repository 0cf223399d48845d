"""Coincided critical spaces of a target, with exact inertia."""
