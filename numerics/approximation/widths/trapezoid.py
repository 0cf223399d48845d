r"""Exponential sums for power laws by the trapezoid rule over log rates, with error bounds in balls.

No search and no fit: three numbers (step, first and last point) give the sum, and `theory.approximation.trapezoid`
bounds its L1 distance from ``(1+t)^-(1+omega)`` before any residual is looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from flint import acb, arb
from scipy.special import gammaincc, gammaln, loggamma

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import hull
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.approximation.trapezoid import (
    fast_end_bound,
    fast_end_rate,
    slow_end,
    slow_end_bound,
    trapezoid_step,
    validate_bound_range,
)

#: Angle by which the line of integration is moved for what is left of the series over the Gamma function.
_TAIL_ANGLE = sp.Rational(3, 2)
_SHARES = np.linspace(0.02, 0.9, 45)
#: Numbers whose products float64 holds.
_LEAST = 1e-150


@dataclass(frozen=True)
class TrapezoidRule:
    """The points ``j*step``, ``first <= j <= last``, for the power law of exponent `omega`; `step` is exact."""

    omega: sp.Expr
    step: sp.Rational
    first: int
    last: int

    @property
    def m(self) -> int:
        """Number of terms."""
        return self.last - self.first + 1

    def terms(self) -> tuple[list[arb], list[arb]]:
        """Amplitudes and rates at the current precision, rates rising. Rigour: enclosure."""
        omega, h = constant_ball(self.omega), constant_ball(self.step)
        scale = h / (1 + omega).gamma()
        points = [j * h for j in range(self.first, self.last + 1)]
        rates = [x.exp() for x in points]
        return [scale * ((1 + omega) * x - w).exp() for x, w in zip(points, rates, strict=True)], rates

    def error_bound(self) -> arb:
        """A priori bound on the L1 distance: aliasing and both ends. Rigour: upper bound."""
        return alias_ball(self.omega, self.step) + self.end_bound()

    def end_bound(self) -> arb:
        """Bound on the L1 norm of the terms that the finite rule leaves out. Rigour: upper bound."""
        x, y = self.first * self.step, self.last * self.step
        if not constant_ball(sp.exp(y) - self.omega) >= 0:
            return arb.pos_inf()
        both = slow_end_bound(self.omega, x) + fast_end_bound(self.omega, y)
        return lower(both, (), "ball")()


def alias_ball(omega: sp.Expr, step: sp.Rational) -> arb:
    """Bound on the L1 distance of the infinite rule, ``2/omega sum |Gamma(1+omega+2 pi i n/h)|/Gamma(1+omega)``.

    Rigour: the ball holds the series; what is behind its first terms is bounded by moving the line of integration.
    """
    p, h = constant_ball(omega), constant_ball(step)
    angle = constant_ball(_TAIL_ANGLE)
    total, n = arb(0), 0
    rest = arb.pos_inf()
    while n < 400:
        n += 1
        total += abs(acb(1 + p, 2 * arb.pi() * n / h).gamma()) / (1 + p).gamma()
        decay = (-2 * arb.pi() * angle / h).exp()
        rest = decay ** (n + 1) / (1 - decay) / angle.cos() ** (1 + p)
        if rest < total * arb(2) ** (-30):
            break
    return 2 / p * (total + hull(arb(0), rest.upper()))


def proof_rule(omega: Any, error: Any) -> TrapezoidRule:
    """The rule of the proof of `theory.approximation.trapezoid.width_bound`, its step rounded down to 40 bits.

    Raises
    ------
    ValueError, TypeError
        As `theory.approximation.trapezoid.validate_bound_range`.
    """
    exponent, tolerance = validate_bound_range(omega, error)
    step, slow, fast = (
        lower(f(exponent, tolerance), (), "ball")() for f in (trapezoid_step, slow_end, fast_end_rate)
    )
    h = _rounded_down(float(step.lower()))
    end = arb.max(fast, arb(1)).log()
    first, last = (slow / constant_ball(h)).lower().floor(), (end / constant_ball(h)).upper().ceil()
    return TrapezoidRule(exponent, h, int(first.unique_fmpz()), int(last.unique_fmpz()))


def _rounded_down(x: float) -> sp.Rational:
    return sp.Rational(math.floor(x * 2**40), 2**40)


def short_rule(omega: sp.Expr, error: sp.Expr, *, terms: int = 10_000) -> TrapezoidRule | None:
    """The shortest rule that is found whose a priori bound is below `error`; None if it has more than `terms`.

    None also where the search, in float64, cannot go.

    Rigour: the bound is certified; that no other rule is shorter is not.
    """
    p, eps = float(omega), float(error)
    if not _LEAST < eps < 1 / _LEAST or not _LEAST < p < 1 / _LEAST:
        return None
    best: TrapezoidRule | None = None
    for share in _SHARES:
        h = _step_for(p, share * eps)
        for slow_share in (0.8, 0.9, 0.97, 0.995):
            left = (1 - share) * eps
            rule = _rule(omega, h, slow_share * left * 0.999, (1 - slow_share) * left * 0.999)
            if best is None or rule.m < best.m:
                best = rule
    if best is None or best.m > terms:
        return None
    for _ in range(5):
        if best.error_bound() < constant_ball(error):
            return best
        best = TrapezoidRule(
            omega, sp.Rational(int(best.step * 2**40 * 199 // 200), 2**40), best.first - 1, best.last + 1
        )
    return None


def _rule(omega: sp.Expr, step: sp.Rational, slow: float, fast: float) -> TrapezoidRule:
    """The rule of this step whose ends miss these two amounts."""
    p, h = float(omega), float(step)
    x = (math.log(slow * p) + float(gammaln(1 + p))) / p
    y = math.log(max(p, 1e-3))
    while float(gammaincc(p, math.exp(y))) / p > fast:
        y += h / 4
    return TrapezoidRule(omega, step, math.floor(x / h), math.ceil(y / h))


def _step_for(omega: float, alias: float) -> sp.Rational:
    """The step at which the first term of the aliasing series is `alias`."""
    low, high = 1e-3, 6.0
    for _ in range(50):
        h = (low + high) / 2
        size = float(np.real(loggamma(1 + omega + 2j * math.pi / h))) - float(gammaln(1 + omega))
        if math.log(2.02 / omega) + size > math.log(alias):
            high = h
        else:
            low = h
    return _rounded_down(low)
