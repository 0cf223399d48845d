"""Gauss's rule in the logarithm of time that sees a kernel's mass in float64, for the search in L1. Rigour: none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import t

from .residual_parts import Decomposition
from .smooth_jets import Smooth

Array = NDArray[np.float64]

#: Nodes in a panel of the grid, and panels to a factor of e in time.
NODES, _PANELS_PER_E = 8, 2
#: A panel is halved while that moves its share of the mass by more than this, relative to all of it.
_RESOLVED, _HALVINGS = 1e-6, 30
#: Share of the norm that may lie behind the grid, unless the log of time gets there: of a kernel with a heavier tail
#: only what no exponential reaches is left out.
_LEFT_OUT, _LAST = 1e-10, 200.0
#: Largest value of a kernel, and one over the smallest, whose products float64 holds.
_LARGEST = 1e75


@dataclass(frozen=True)
class Grid:
    """Gauss's rule on panels: edges, then nodes (times, rising), weights and the kernel's values there."""

    expression: Callable[[Array], Any]
    edges: Array
    times: Array
    weights: Array
    rho: Array

    def values(self, times: Array) -> Array:
        """The kernel at any times."""
        return _values(self.expression, times)


def grid(kernel: Decomposition) -> Grid:
    """A rule in log t that sees all but a small share of the kernel's mass.

    Raises
    ------
    FloatRangeError
        If the mass or the times are beyond what float64 can square, or the mass is not found: a very narrow bump.
    """
    target = kernel.target
    expression = lower(target.expression, (t,), "float64")
    first, last = _span(kernel)
    if not -_LAST <= first < last:
        raise FloatRangeError(f"`target` must have time scales that float64 can search; got {target}")
    count = int((last - first) * _PANELS_PER_E) + 2
    edges = np.exp(np.linspace(first, last, count))
    edges = np.union1d(np.concatenate([[0.0], edges]), _breaks(kernel))
    for _ in range(_HALVINGS):
        edges, whole = _halved(expression, edges)
        if whole:
            break
    times, weights = _rule(edges)
    rho = _values(expression, times)
    if not 1 / _LARGEST < np.abs(rho).max() < _LARGEST:
        raise FloatRangeError(f"`target` must have a size that float64 can search; got {target}")
    return Grid(expression, edges, times, weights, rho)


def _rule(edges: Array) -> tuple[Array, Array]:
    return rule_between(edges[:-1], edges[1:])


def rule_between(starts: Array, ends: Array) -> tuple[Array, Array]:
    """Nodes and weights of Gauss's rule on each of the intervals."""
    x, weights = np.polynomial.legendre.leggauss(NODES)
    half, centre = (ends - starts)[:, None] / 2, (ends + starts)[:, None] / 2
    return (centre + half * x).ravel(), (half * weights).ravel()


def _values(expression: Callable[[Array], Any], times: Array) -> Array:
    with np.errstate(all="ignore"):
        values = np.broadcast_to(np.asarray(expression(times), dtype=float), times.shape)
    return np.asarray(np.nan_to_num(values, posinf=0.0, neginf=0.0))


def _halved(expression: Callable[[Array], Any], edges: Array) -> tuple[Array, bool]:
    """Edges with those panels halved on which the rule does not yet see the kernel, and whether there were none."""
    middles = (edges[1:] + edges[:-1]) / 2
    finer = np.sort(np.concatenate([edges, middles]))
    sizes = []
    for x in (edges, finer):
        times, weights = _rule(x)
        sizes.append((weights * np.abs(_values(expression, times))).reshape(-1, NODES).sum(axis=1))
    apart = np.abs(sizes[0] - sizes[1].reshape(-1, 2).sum(axis=1)) > _RESOLVED * sizes[1].sum()
    return np.sort(np.concatenate([edges, middles[apart]])), not apart.any()


def _breaks(kernel: Decomposition) -> Array:
    with ball_precision(64):
        parts, _ = kernel.residual()
        return np.array([float(x.mid()) for part in parts for x in part.breaks()])


def _span(kernel: Decomposition) -> tuple[float, float]:
    """Logs of the first and of the last time that matter."""
    with ball_precision(64):
        parts, _ = kernel.residual()
        scale = 2.0 ** min(part.log2_scale for part in parts)
        size = sum(float(abs(part.tails([arb(0)])[0]).mid()) for part in parts)
        behind: list[float] = []
        for part in parts:
            k, step = 0, 8 if isinstance(part, Smooth) else 1
            while k < 1.5 * _LAST and not part.absolute_tail(arb(scale) * arb(2) ** k) < _LEFT_OUT * size:
                k += step
            behind.append(k * float(np.log(2.0)))
    return float(np.log(scale)) - 12.0, min(float(np.log(scale)) + max(behind), _LAST)
