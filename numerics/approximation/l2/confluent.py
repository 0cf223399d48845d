r"""Coalesced rates: where no best fit exists, the loss that is approached when rates run into each other.

As n rates run into u, their exponentials come to span :math:`t^j e^{-ut}`, j < n (divided differences). The infimum of
the loss over m rates is the least loss over all ways to let rates coalesce. Which is the least is searched in float64;
that a point is where coalescing rates want to go is seen by splitting them again, which must raise the loss.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb
from scipy.optimize import minimize

from memcurse.numerics.approximation.unattained import coalescence
from memcurse.numerics.arguments import Array
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import w as rate
from memcurse.theory.targets.target import Target

from .real_search import FloatFit

#: Log rates of a fit nearer than this belong to one cluster; how far clusters are split to see whether that helps.
_CLUSTER, _SPLIT = 0.2, 0.02
#: Relative rise of the loss by a split that rounding could feign.
_ROUNDING = 1e-10
_BITS = 120


@dataclass(frozen=True)
class CoalescedFit:
    """Rates, those that coalesce as often as they do, and the loss that is approached, a float."""

    rates: tuple[float, ...]
    loss: float

    @property
    def description(self) -> str:
        """Which rates coalesce, and where."""
        return coalescence(self.rates)


class ConfluentLoss:
    """The loss at the best amplitudes of ``t^j e^{-ut}`` as a function of the rates u, in balls rounded to floats."""

    def __init__(self, target: Target, most: int) -> None:
        self._moments = lower([target.moment(k, rate) for k in range(most)], (rate,), "ball")
        with ball_precision(_BITS):
            self._norm = lower(target.squared_norm(), (), "ball")().mid()

    def __call__(self, u: Sequence[float] | Array, counts: Sequence[int]) -> float:
        """The loss; infinite where the precision does not carry the basis."""
        with ball_precision(_BITS):
            rates = [arb(float(x)) for x in u]
            basis = [(i, j) for i, n in enumerate(counts) for j in range(n)]
            values = [list(self._moments(x)) for x in rates]
            right = [values[i][j].mid() for i, j in basis]
            gram = [
                [arb(math.factorial(j + l)) / (rates[i] + rates[k]) ** (j + l + 1) for k, l in basis]
                for i, j in basis
            ]
            loss = _reduced(self._norm, gram, right)
        return math.inf if loss is None else loss


def _reduced(norm: arb, gram: list[list[arb]], right: list[arb]) -> float | None:
    """``norm - v^T G^-1 v`` by Cholesky's elimination."""
    n = len(right)
    for k in range(n):
        pivot = gram[k][k]
        if not pivot > 0:
            return None
        norm -= right[k] ** 2 / pivot
        for i in range(k + 1, n):
            factor = gram[i][k] / pivot
            right[i] -= factor * right[k]
            for j in range(k + 1, n):
                gram[i][j] -= factor * gram[k][j]
    return float(norm.mid())


def coalesced(target: Target, fits: Sequence[FloatFit]) -> list[CoalescedFit]:
    """What the fits whose rates are near each other coalesce to, lowest first, as far as that is downhill for them."""
    found: list[CoalescedFit] = []
    for fit in fits:
        clusters = _clusters(np.log(fit.w))
        counts = [len(cluster) for cluster in clusters]
        if max(counts) == 1:
            continue
        loss = ConfluentLoss(target, max(counts))
        start = np.array([np.mean(cluster) for cluster in clusters])
        end = _lowest(loss, start, counts)
        here = float(end.fun)
        if math.isfinite(here) and all(here <= x for x in _split(loss, end.x, counts)):
            rates = tuple(
                float(u) for u, n in sorted(zip(np.exp(end.x), counts, strict=True)) for _ in range(n)
            )
            found.append(CoalescedFit(rates, max(here, 0.0)))
    return sorted(found, key=lambda fit: fit.loss)


def _clusters(x: Array) -> list[list[float]]:
    clusters = [[float(x[0])]]
    for value in x[1:]:
        if value - clusters[-1][-1] < _CLUSTER:
            clusters[-1].append(float(value))
        else:
            clusters.append([float(value)])
    return clusters


def _lowest(loss: ConfluentLoss, start: Array, counts: list[int]) -> Any:
    """SciPy's result of a descent without derivatives over the log rates: there are one to three."""

    def value(x: Array) -> float:
        return loss(np.exp(x), counts)

    simplex = np.vstack([start, start + 0.01 * np.eye(len(start))])
    return minimize(
        value,
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 0.0, "initial_simplex": simplex, "maxiter": 400},
    )


def _split(loss: ConfluentLoss, x: Array, counts: list[int]) -> list[float]:
    """Losses with one cluster taken apart, raised by what rounding may do."""
    losses = []
    for k, n in enumerate(counts):
        if n > 1:
            apart = x[k] + _SPLIT * np.linspace(-1, 1, n)
            rates = np.exp(np.concatenate([x[:k], apart, x[k + 1 :]]))
            split = loss(rates, [*counts[:k], *[1] * n, *counts[k + 1 :]])
            losses.append(split + _ROUNDING * abs(split) if math.isfinite(split) else math.inf)
    return losses
