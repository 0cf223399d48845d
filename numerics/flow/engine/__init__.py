"""The compiled loop: one step, step control, events, in float64 and in double-double."""
