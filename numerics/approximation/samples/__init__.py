"""Fits of samples: unequal times, weights, an offset, and errors of the parameters."""
