"""The curve of points near a critical manifold that are stationary for a given amplitude; see `slow_manifold`.

Rigour: heuristic, Newton's method in midpoint arithmetic to the round-off of the precision in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flint import arb, arb_mat, ctx

from memcurse.numerics.flow.midpoints.field import BallField, Point, evaluate, middle

_MOST_ITERATIONS: Final = 60


class SlowManifoldError(ArithmeticError):
    """There is no curve to follow: the split is too large for the reduction at this delay."""


@dataclass
class Curve:
    """The curve of stationary points; `seed` is the last one found."""

    J: BallField
    amplitude: arb
    rate: arb
    moment: arb
    seed: list[Any] | None = None

    @property
    def round_off(self) -> arb:
        """Entries of the gradient below this are round-off: they are sums of terms of the size of 1/rate."""
        return (1 + self.amplitude) ** 2 * (1 + 1 / self.rate) ** 2 * arb(2) ** (24 - int(ctx.prec))

    def guess(self, q: arb) -> list[Any]:
        """Leading order: ``mu_1 = 0`` and ``mu_2`` saturated; later the last point, its split moved along."""
        other = self.amplitude - q
        split = (self.moment * self.amplitude / (q * other)).sqrt()
        if self.seed is not None:
            old_q, old = self.seed[0], self.seed
            before = (self.moment * self.amplitude / (old_q * (self.amplitude - old_q))).sqrt()
            split = split * (old[3] - old[2]) / before
        share = q / self.amplitude
        return [q, other, self.rate - (1 - share) * split, self.rate + share * split]

    def point(self, q: arb) -> tuple[Point, list[Any]]:
        """The stationary point at q and the tangent ``d theta/dq``.

        Raises
        ------
        SlowManifoldError
            If Newton's method finds none with the slower exponential first.
        """
        theta = [middle(x) for x in self.guess(q)]
        for _ in range(_MOST_ITERATIONS):
            at = evaluate(self.J, theta)
            if at is None:
                break
            if all(abs(g) <= self.round_off for g in at.gradient[1:]):
                self.seed = theta
                return at, [arb(1), *_solved(at, [-row[0] for row in at.hessian[1:]])]
            step = _solved(at, [-g for g in at.gradient[1:]])
            theta = [theta[0], *(middle(x + dx) for x, dx in zip(theta[1:], step, strict=True))]
            if not theta[3] > theta[2]:
                break
        raise SlowManifoldError(
            f"the curve of stationary points must reach the amplitude {float(q):.4g}; Newton's method found no "
            "point there (too short a delay)"
        )

    def speed(self, q: arb) -> tuple[arb, list[Any]]:
        """``dt/dq`` (taken positive) and the point."""
        at, tangent = self.point(q)
        slope = at.gradient[0]
        if not slope > 0:
            raise SlowManifoldError(
                f"the loss must grow with q; got the slope {float(slope):.3g} at {float(q):.4g}"
            )
        length = middle(sum((x * x for x in tangent), arb(0)))
        return middle(length / slope), at.theta


def _solved(at: Point, right: list[Any]) -> list[Any]:
    matrix = arb_mat([[middle(x) for x in row[1:]] for row in at.hessian[1:]])
    try:
        solution = matrix.solve(arb_mat(3, 1, right), algorithm="approx")
    except ZeroDivisionError:
        raise SlowManifoldError("the Hessian across the curve must be regular; got a singular one") from None
    return [middle(x) for x in solution.entries()]
