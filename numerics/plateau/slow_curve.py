"""The curve of points near a critical manifold that are stationary for a given amplitude; see `slow_manifold`.

Rigour: heuristic, Newton's method in midpoint arithmetic to the round-off of the precision in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flint import arb, arb_mat, ctx

from memcurse.numerics.flow.fields.balls import BallField, Point, evaluate, middle

_MOST_ITERATIONS: Final = 60


class SlowManifoldError(ArithmeticError):
    """There is no curve to follow: the split is too large for the reduction at this delay."""


@dataclass
class Curve:
    """The curve of stationary points; `seed` is the last one found.

    Parameters are ordered ``(q, rest, other amplitudes, slow rate, fast rate, other rates)``: the two clusters of the
    group first, then the single units of the other short terms.

    Attributes
    ----------
    J : BallField
    amplitude, rate : arb
        Of the group's term.
    moment : arb
        ``mu_2`` at which the split is saturated.
    others : sequence of (amplitude, rate)
        The other terms.
    units : (int, int)
        How many units the slow and the fast cluster have; they share what it gains.
    """

    J: BallField
    amplitude: arb
    rate: arb
    moment: arb
    others: tuple[tuple[arb, arb], ...] = ()
    units: tuple[int, int] = (1, 1)
    seed: list[Any] | None = None

    @property
    def slow(self) -> int:
        """The place of the slow cluster's rate."""
        return 2 + len(self.others)

    @property
    def round_off(self) -> arb:
        """Entries of the gradient below this are round-off: they are sums of terms of the size of 1/rate."""
        terms = ((self.amplitude, self.rate), *self.others)
        mass = sum((abs(a) for a, _ in terms), arb(1))
        shortest = max(1 / float(w) for _, w in terms)
        return mass**2 * (1 + arb(shortest)) ** 2 * arb(2) ** (24 - int(ctx.prec))

    def guess(self, q: arb) -> list[Any]:
        """Leading order: ``mu_1 = 0`` and ``mu_2`` saturated; later the last point, its split moved along."""
        other, k = self.amplitude - q, self.slow
        split = (self.moment * self.amplitude / (q * other)).sqrt()
        rest = list(self.others)
        if self.seed is not None:
            old_q, old = self.seed[0], self.seed
            before = (self.moment * self.amplitude / (old_q * (self.amplitude - old_q))).sqrt()
            split = split * (old[k + 1] - old[k]) / before
            rest = list(zip(old[2:k], old[k + 2 :], strict=True))
        share = q / self.amplitude
        rates = [self.rate - (1 - share) * split, self.rate + share * split]
        return [q, other, *(a for a, _ in rest), *rates, *(w for _, w in rest)]

    def point(self, q: arb) -> tuple[Point, list[Any]]:
        """The stationary point at q and the tangent ``d theta/dq``.

        Raises
        ------
        SlowManifoldError
            If Newton's method finds none with the slower exponential first.
        """
        theta, k = [middle(x) for x in self.guess(q)], self.slow
        for _ in range(_MOST_ITERATIONS):
            at = evaluate(self.J, theta)
            if at is None:
                break
            if all(abs(g) <= self.round_off for g in at.gradient[1:]):
                self.seed = theta
                return at, [arb(1), *_solved(at, [-row[0] for row in at.hessian[1:]])]
            step = _solved(at, [-g for g in at.gradient[1:]])
            theta = [theta[0], *(middle(x + dx) for x, dx in zip(theta[1:], step, strict=True))]
            if not theta[k + 1] > theta[k]:
                break
        raise SlowManifoldError(
            f"the curve of stationary points must reach the amplitude {float(q):.4g}; Newton's method found no "
            "point there (too short a delay)"
        )

    def speed(self, q: arb) -> tuple[arb, list[Any]]:
        """``dt/d|q|`` (taken positive) and the point."""
        at, tangent = self.point(q)
        slope = at.gradient[0] if q > 0 else -at.gradient[0]
        if not slope > 0:
            raise SlowManifoldError(
                f"the loss must grow with |q|; got the slope {float(slope):.3g} at {float(q):.4g}"
            )
        length = sum((arb(c) * x * x for c, x in zip(self.weights, tangent, strict=True)), arb(0))
        return middle(length / slope), at.theta

    @property
    def weights(self) -> list[float]:
        """Of squared lengths: n units that share an amplitude move by 1/n of it each, their rates all alike."""
        found = [1.0] * (2 * self.slow)
        for place, units in enumerate(self.units):
            found[place], found[self.slow + place] = 1 / units, float(units)
        return found


def _solved(at: Point, right: list[Any]) -> list[Any]:
    matrix = arb_mat([[middle(x) for x in row[1:]] for row in at.hessian[1:]])
    try:
        solution = matrix.solve(arb_mat(len(right), 1, right), algorithm="approx")
    except ZeroDivisionError:
        raise SlowManifoldError("the Hessian across the curve must be regular; got a singular one") from None
    return [middle(x) for x in solution.entries()]
