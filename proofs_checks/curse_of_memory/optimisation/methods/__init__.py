"""Which method of training leaves the plateau: metrics, coordinates, second order, adaptive steps, starts, noise."""
