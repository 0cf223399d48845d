"""Section B: neurons from pairs, and the regression that makes K, C and D."""
