"""The objective with complex modes, once for both times: exact arithmetics, balls, and compiled float64."""
