"""The integrators: tableaus, one step, the loop, in float64, double-double and at any precision."""
