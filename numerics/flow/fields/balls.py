"""The plain loss, its gradient and its Hessian in midpoints of balls, at the precision in force."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from flint import arb, ctx

from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.assembly import assemble
from memcurse.theory.notation import w as rate_symbol
from memcurse.theory.targets.target import Target

Vector = list[Any]


def middle(x: arb) -> arb:
    """The midpoint as an exact number."""
    return x.mid()


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
    parts = assemble("continuous", a, w, [J.moments(x) for x in w], J.squared_norm)
    rows = [[middle(x) for x in row] for row in parts.hessian]
    return Point(theta, middle(parts.loss), [middle(g) for g in parts.gradient], rows)
