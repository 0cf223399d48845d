r"""Coalesced rates in L1: where the search runs towards a sum that no sum of exponentials is, and what error it nears.

Rates that lie near each other are held at ``u e^{+-h}`` with a fixed gap, and everything else is let go: the least
norm at that gap, V(h), is even in h (a permutation of the rates turns the sign of h). Where it falls with h like
``V(0) + c h^2``, c > 0, down to small gaps, the infimum is approached as the rates coalesce, and V(0) and the rates
there are found by Richardson's rule. Float64, and no proof.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from memcurse.numerics.approximation.unattained import NotAttainedError, coalescence

from .residual_parts import Decomposition
from .search import Found, best_amplitudes, slopes
from .time_grid import Array, Grid, grid

#: Log rates nearer than this belong together; the gaps tried, and between which the quotients of falls must lie (4).
_CLUSTER, _GAPS, _QUOTIENTS = 0.5, (0.08, 0.04, 0.02), (3.5, 4.5)
#: By how much the norm in the limit may lie above what the search found, relatively.
_ABOVE = 1e-6


def not_attained(kernel: Decomposition, found: Found) -> NotAttainedError | None:
    """What to raise if the rates that a search ended with coalesce; None if they do not."""
    clusters = _clusters(found.log_w)
    if max(map(len, clusters)) == 1:
        return None
    centres, counts = np.array([np.mean(x) for x in clusters]), [len(x) for x in clusters]
    with np.errstate(all="ignore"):
        rule, norms, places = grid(kernel), [], [centres]
        for gap in _GAPS:
            norm, centres = _least(rule, centres, counts, gap)
            norms.append(norm)
            places.append(centres)
    falls = -np.diff(norms)
    limit = max(norms[-1] - falls[-1] / 3, 0.0)
    quadratic = falls[-1] > 0 and _QUOTIENTS[0] < falls[-2] / falls[-1] < _QUOTIENTS[1]
    if not quadratic or not limit <= found.norm * (1 + _ABOVE):
        return None
    centres = places[-1] - (places[-2] - places[-1]) / 3
    rates = tuple(float(np.exp(x)) for x, n in zip(centres, counts, strict=True) for _ in range(n))
    reason = coalescence(rates)
    return NotAttainedError(
        reason,
        rates,
        float(limit),
        f"`m` must allow a best fit; with m = {len(rates)} none is attained: {reason}, and the error falls towards "
        f"{limit:.6g}, as far as float64 sees",
    )


def _clusters(x: Array) -> list[list[float]]:
    clusters = [[float(x[0])]]
    for before, value in itertools.pairwise(map(float, x)):
        if value - before < _CLUSTER:
            clusters[-1].append(value)
        else:
            clusters.append([value])
    return clusters


def _least(rule: Grid, centres: Array, counts: Sequence[int], gap: float) -> tuple[float, Array]:
    """The least norm near `centres` with so many rates about each of them, `gap` apart, and the centres there."""
    offsets = np.concatenate([gap * (np.arange(n) - (n - 1) / 2) for n in counts])
    member = np.repeat(np.arange(len(counts)), counts)
    basis = _divided_differences(offsets, member)
    m = len(member)

    def value(y: Array) -> tuple[float, Array, Array]:
        seen = slopes(rule, basis @ y[:m], y[m:][member] + offsets)
        onto = np.zeros((2 * m, len(y)))
        onto[:m, :m] = basis
        onto[m + np.arange(m), m + member] = 1.0
        return seen.norm, onto.T @ seen.gradient, onto.T @ seen.hessian @ onto

    start = np.linalg.solve(basis, best_amplitudes(rule, centres[member] + offsets))
    # SciPy's types lack this method's.
    newton: Any = minimize
    end = newton(
        lambda y: value(y)[0],
        np.concatenate([start, centres]),
        jac=lambda y: value(y)[1],
        hess=lambda y: value(y)[2],
        method="trust-exact",
        options={"gtol": 1e-9, "maxiter": 100},
    )
    return float(end.fun), end.x[m:]


def _divided_differences(offsets: Array, member: NDArray[np.intp]) -> Array:
    """Amplitudes, in columns, of the divided differences of exponentials in the log rates of each cluster.

    They tend to powers of t times exponentials, where amplitudes would grow without end.
    """
    m = len(offsets)
    basis = np.zeros((m, m))
    for j in range(m):
        among = [i for i in range(j + 1) if member[i] == member[j]]
        for i in among:
            basis[i, j] = 1 / np.prod([offsets[i] - offsets[k] for k in among if k != i])
    return basis
