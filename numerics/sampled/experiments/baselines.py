"""What a sampled network has to beat: polynomial and linear regression on the state, and persistence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.sampled.least_squares import least_squares
from memcurse.numerics.sampled.trajectories import StatePairs, at_least_one

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Regression:
    """Next state ``features(h, u) @ D``."""

    features: Callable[[Array], Array]
    D: Array

    def step(self, h: Any, u: Any = None) -> Array:
        """Next states of states of shape (..., d) and inputs (..., c)."""
        states = np.asarray(h, dtype=float)
        joined = states if u is None else np.concatenate([states, np.asarray(u, dtype=float)], axis=-1)
        return np.asarray(self.features(joined) @ self.D)


@dataclass(frozen=True)
class Persistence:
    """The next state is this one."""

    def step(self, h: Any, u: Any = None) -> Array:
        """The states themselves."""
        return np.asarray(h, dtype=float)


def polynomial_model(data: StatePairs, degree: int = 3) -> Regression:
    """Regression on all monomials up to `degree` of state and input, in scaled variables; degree 1 is linear."""
    degree = at_least_one("degree", degree)
    joined = data.X if data.U is None else np.concatenate([data.X, data.U], axis=1)
    centre, spread = joined.mean(axis=0), joined.std(axis=0)
    powers = [
        term for k in range(degree + 1) for term in combinations_with_replacement(range(joined.shape[1]), k)
    ]

    def features(x: Array) -> Array:
        scaled = (x - centre) / spread
        columns = [np.prod(scaled[..., list(term)], axis=-1) for term in powers]
        return np.stack(columns, axis=-1)

    return Regression(features, least_squares([(features(joined), data.Y)]).solution)


def linear_model(data: StatePairs) -> Regression:
    """Affine regression on state and input."""
    return polynomial_model(data, 1)
