"""Sampled (gradient-free, Koopman) networks: features of pairs of data, least squares that streams, forecasts."""
