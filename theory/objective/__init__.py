"""The squared distance of exponential sums from a target, in continuous and in discrete time."""
