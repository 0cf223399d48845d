"""What a flow can be of: losses of real and complex modes in both times, metrics, momentum, and the two arithmetics."""
