"""Systems, data, baselines and measures: what sampled networks are compared on."""
