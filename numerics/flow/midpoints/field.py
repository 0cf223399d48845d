"""Loss, gradient and Hessian in midpoints of balls, at the precision in force."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_mat, ctx

from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import w as rate_symbol
from memcurse.theory.targets.target import Target

Vector = list[Any]


def middle(x: arb) -> arb:
    """The midpoint as an exact number."""
    return x.mid()


def middles(M: arb_mat) -> Vector:
    """Midpoints of a matrix's entries, row by row."""
    return [x.mid() for x in M.entries()]


def combine(weights: Sequence[arb], vectors: Sequence[Vector]) -> Vector:
    """``sum_i weights_i vectors_i``, rounded to midpoints."""
    n = len(vectors[0])
    return [middle(sum((c * v[k] for c, v in zip(weights, vectors, strict=True)), arb(0))) for k in range(n)]


@dataclass
class Point:
    """Loss, gradient and Hessian (rows) at parameters, all midpoints."""

    theta: Vector
    loss: arb
    gradient: Vector
    hessian: list[Vector]


@functools.lru_cache(maxsize=64)
def _lowered(target: Target) -> tuple[Any, Any]:
    moments = [target.moment(k, rate_symbol) for k in range(3)]
    return lower(target.squared_norm(), (), "ball"), lower(moments, (rate_symbol,), "ball")


class BallField:
    """What `evaluate` needs of a target: the ball functions of its moments, and its squared norm."""

    def __init__(self, target: Target) -> None:
        self._norm, self.moments = _lowered(target)
        self._known: tuple[int, arb] = (0, arb(0))

    @property
    def squared_norm(self) -> arb:
        """At the precision in force."""
        bits = int(ctx.prec)
        if self._known[0] != bits:
            self._known = bits, self._norm()
        return self._known[1]


def evaluate(J: BallField, theta: Vector) -> Point | None:
    """The field at `theta` (eqs. 18, 19, 97-101); None where a rate is not positive."""
    m = len(theta) // 2
    a, w = theta[:m], theta[m:]
    if not all(x > 0 for x in w):
        return None
    loss = J.squared_norm
    gradient, H = [arb(0)] * (2 * m), [[arb(0)] * (2 * m) for _ in range(2 * m)]
    inverses = [[1 / (w[k] + w[j]) for j in range(k + 1)] for k in range(m)]
    for k in range(m):
        l0, l1, l2 = J.moments(w[k])
        r0, r1, r2 = -l0, -l1, -l2
        for j in range(m):
            r = inverses[max(j, k)][min(j, k)]
            t0 = a[j] * r
            t1 = t0 * r
            t2 = 2 * t1 * r
            r0, r1, r2 = r0 + t0, r1 + t1, r2 + t2
            H[k][j] = 2 * r
            H[k][m + j] = H[m + j][k] = -2 * t1
            H[m + k][m + j] = 2 * a[k] * t2
        loss += a[k] * (r0 - l0)
        gradient[k], gradient[m + k] = 2 * r0, -2 * a[k] * r1
        H[k][m + k] = H[m + k][k] = H[k][m + k] - 2 * r1
        H[m + k][m + k] += 2 * a[k] * r2
    rows = [[middle(x) for x in row] for row in H]
    return Point(theta, middle(loss), [middle(g) for g in gradient], rows)
