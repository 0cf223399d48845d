"""Explicit steps of the engine: stabilised, or by any pair, while a flow is not stiff."""
