"""Shapes of sums of growing width over log time: rates and times stretched, shifted, split, or merged from finer rules.

Rigour: heuristic; starts for `width_ladder`.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import gammaln

from memcurse.numerics.arguments import Array
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.target import ExponentialSum, Target

from .log_time_fits import log_kernel, log_terms, total

_FINE_STEP = 0.5
_MOST_NODES = 300


def stretched(values: Array, n: int) -> Array:
    """`values` as a function of their quantile, at n quantiles; straight beyond the ends."""
    return total(_stretching(len(values), n), values)


@lru_cache(maxsize=64)
def _stretching(m: int, n: int) -> Array:
    """The matrix that stretches m values to n, shape (n, m): column k is what becomes of the k-th unit vector."""
    if m == 1:
        return np.ones((n, 1))
    units = np.eye(m)
    old, new = (np.arange(m) + 0.5) / m, (np.arange(n) + 0.5) / n
    inside = np.clip(new, old[0], old[-1])
    if m > 3:
        middle = CubicSpline(old, units, bc_type="natural")(inside)
    else:
        middle = np.stack([np.interp(inside, old, unit) for unit in units], axis=1)
    ends = (units[1] - units[0]) * m, (units[-1] - units[-2]) * m
    below, above = np.minimum(new - old[0], 0), np.maximum(new - old[-1], 0)
    return np.asarray(middle + np.outer(below, ends[0]) + np.outer(above, ends[1]))


def next_shape(shapes: list[Array], n: int) -> Array:
    """The next of growing shapes: the last one stretched, and what stretching missed before, continued likewise."""
    if len(shapes) == 1:
        return stretched(shapes[0], n)
    misses = [new - stretched(old, len(new)) for old, new in itertools.pairwise(shapes)]
    return stretched(shapes[-1], n) + next_shape(misses, n)


def shifted(y: Array, x: Array) -> tuple[Array, Array]:
    """All terms later by the first distance, and one more in front: seen from its slow end a power law is the same."""
    lag = y[0] - y[1]
    return np.concatenate([y[:1], y - lag]), np.concatenate([x[:2], x + lag])


def fine_nodes(target: Target) -> tuple[Array, Array] | None:
    """Masses and log rates of a fine rule for the target's measure, where its form shows it and it is not long."""
    nodes: list[tuple[Array, Array]] = []
    for part in target.parts():
        if isinstance(part, ExponentialSum):
            nodes.append(log_terms(part))
        elif isinstance(part, PowerLaw):
            omega, reach = float(part.omega), log_kernel(part).reach
            y = np.arange(-reach, 5.0, _FINE_STEP)
            density = np.exp(omega * y - np.exp(y)) / float(np.exp(gammaln(1 + omega)))
            nodes.append((float(part.amplitude) * _FINE_STEP * density, y))
        else:
            return None
    b, y = (np.concatenate(v) for v in zip(*nodes, strict=True))
    return (b, y) if len(b) <= _MOST_NODES else None


def merged(b: Array, y: Array, m: int) -> tuple[Array, Array]:
    """Neighbours joined, the cheapest first, until m are left."""
    order = np.argsort(-y)
    b, y = b[order], y[order]
    while len(b) > m:
        size = np.abs(b)
        cost = size[1:] * size[:-1] / (size[1:] + size[:-1] + 1e-300) * np.diff(y) ** 2
        i = int(np.argmin(cost))
        share = size[i] / (size[i] + size[i + 1] + 1e-300)
        y = np.concatenate([y[:i], [share * y[i] + (1 - share) * y[i + 1]], y[i + 2 :]])
        b = np.concatenate([b[:i], [b[i] + b[i + 1]], b[i + 2 :]])
    return b, y


def split(b: Array, y: Array) -> tuple[Array, Array]:
    """The largest term as two halves a little apart."""
    i = int(np.argmax(np.abs(b)))
    halves = [y[i] + 0.5, y[i] - 0.5]
    y = np.concatenate([y[:i], halves, y[i + 1 :]])
    b = np.concatenate([b[:i], [b[i] / 2] * 2, b[i + 1 :]])
    order = np.argsort(-y)
    return b[order], y[order]
