"""The features of a state: a sampled layer, on request with a constant and with the state itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .pairs import Layer

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Dictionary:
    """Features ``F(x)``: the layer's M, then 1 if `constant`, then the d entries of x if `state`."""

    layer: Layer
    constant: bool = False
    state: bool = False

    @property
    def size(self) -> int:
        """Number of features."""
        return self.layer.width + self.constant + self.state * self.layer.weights.shape[0]

    def __call__(self, x: Array) -> Array:
        """Features, shape (..., size), of states of shape (..., d)."""
        features = self.layer(x)
        extra = [np.ones((*x.shape[:-1], 1))] * self.constant + [x] * self.state
        return np.concatenate([features, *extra], axis=-1) if extra else features

    def slopes(self, x: Array) -> Array:
        """Derivative of the features at one state, shape (size, d)."""
        rows = [self.layer.slopes(x)[:, None] * self.layer.weights.T]
        if self.constant:
            rows.append(np.zeros((1, x.size)))
        if self.state:
            rows.append(np.eye(x.size))
        return np.concatenate(rows)
