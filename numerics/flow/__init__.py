"""The gradient flow, its events and its ensembles."""
