"""Kernels without a closed form for their derivatives, as parts of a residual: power series, bounds and quadrature."""

# Overrides: the docstring is the base class's.
# ruff: noqa: D102

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from flint import acb, arb, ctx

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import hull, rational_ball
from memcurse.numerics.arithmetic.jets import Fading, Lead, Model, Panel, Part, fraction, rational
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.arithmetic.operations import integrand
from memcurse.numerics.arithmetic.power_series import SeriesError, taylor_coefficients
from memcurse.numerics.objective.functionals import Kernel, absolute_tail, fraction_ball
from memcurse.theory.growth.bounds import infimum, supremum
from memcurse.theory.growth.bounds_at_end import End
from memcurse.theory.growth.envelopes import envelope_at_infinity, envelope_at_zero
from memcurse.theory.growth.errors import GrowthError, StartTooSmall
from memcurse.theory.notation import t

_EVALUATIONS_PER_BIT = 1000
#: Half the side of the square around 0 on which a kernel that is integrated from 0 on must be analytic.
_NEAR_ZERO = 2.0**-40


@dataclass(frozen=True)
class Smooth(Part):
    """Any other kernel: Taylor coefficients by power series, tails by quadrature or in a closed form."""

    expression: sp.Expr
    tail: sp.Expr | None = None

    @functools.cached_property
    def _value(self) -> Callable[[arb], arb]:
        return lower(self.expression, (t,), "ball")

    def model(self, panels: Sequence[Panel], order: int) -> Model:
        rows, errors = [], []
        for p in panels:
            row, error = self._row(p, order)
            finite = error.is_finite() and all(x.is_finite() for x in row)
            if not finite:
                value = self._near_zero(arb(p.end.upper()))
                row, error = [value.mid()] + [arb(0)] * order, arb(value.rad())
                finite = value.is_finite()
            rows.append(row if finite else [arb(0)] * (order + 1))
            errors.append(error if finite else arb.pos_inf())
        return Model(rows, errors)

    def _row(self, p: Panel, order: int) -> tuple[list[arb], arb]:
        box = hull(p.start, p.end)
        try:
            row = taylor_coefficients(self.expression, p.centre, p.half, order)
            return row, abs(taylor_coefficients(self.expression, box, p.half, order + 1)[-1])
        except SeriesError:
            value = self._value(box)
            return [value.mid()] + [arb(0)] * order, arb(value.rad())

    def _near_zero(self, x: arb) -> arb:
        """Ball of the values on (0, x], where a kernel with a finite limit need not be smooth; else not finite."""
        found = self._bounds_near_zero(x)
        if found is None:
            return arb.nan()
        sign, low, high = found
        if high is None:
            return arb.nan()
        return sign * hull(low, high) if sign else hull(-high, high)

    def sign_near_zero(self, x: arb) -> tuple[int, arb]:
        sign, low, _ = self._bounds_near_zero(x) or (0, arb(0), None)
        return sign, low

    def _bounds_near_zero(self, x: arb) -> tuple[int, arb, arb | None] | None:
        """Sign, and bounds on the absolute value on (0, x], the upper one None if there is none."""
        start = 1 / fraction(x)
        try:
            germ = End(-1, start).germ(self.expression)
            low = infimum(germ.lower, start) if germ.lower else Fraction(0)
            high = supremum(germ.upper, start)
        except (GrowthError, StartTooSmall):
            return None
        return germ.sign, fraction_ball(low), None if high is None else fraction_ball(high)

    def jets(self, times: Sequence[arb]) -> list[tuple[arb, arb]]:
        found = []
        for x in times:
            try:
                value, slope = taylor_coefficients(self.expression, x, arb(1), 1)
            except SeriesError:
                value, slope = self._value(x), arb.nan()
            found.append((value, slope))
        return found

    def tails(self, points: Sequence[arb]) -> list[arb]:
        if self.tail is not None:
            closed = lower(self.tail, (t,), "ball")
            return [closed(x) for x in points]
        kernel = Kernel(self.expression)
        if self._regular():
            return self._by_steps(points, kernel.tail(Fraction(0)))
        # Singular at 0: the half line from each point on is smooth.
        return [self._tail(kernel, x) for x in points]

    def _tail(self, kernel: Kernel, x: arb) -> arb:
        """From the midpoint of a ball on, and what that may change by while `x` moves in the ball."""
        if x.is_exact():
            return kernel.tail(fraction(x))
        if x > 0:
            return kernel.tail(fraction(x)) + arb(0, (abs(self._value(x)) * x.rad()).upper())
        return kernel.tail(Fraction(0)) + arb(0, self.head(arb(x.upper())).upper())

    def _regular(self) -> bool:
        f = integrand(self.expression, (t,))
        return bool(f([acb(arb(0, _NEAR_ZERO), arb(0, _NEAR_ZERO))], True).is_finite())

    def _by_steps(self, points: Sequence[arb], total: arb) -> list[arb]:
        f, last, tails = integrand(self.expression, (t,)), arb(0), []
        for x in points:
            if not x.is_zero():
                total -= _integral(f, last, x)
            tails.append(total)
            last = x
        return tails

    def absolute_tail(self, x: arb) -> arb:
        return absolute_tail(self.expression, rational(x))

    def fading(self, x: arb) -> Fading | None:
        envelope = envelope_at_infinity(self.expression, rational(x))
        if rational(x) < envelope.start:
            return None
        p, q, r = (rational_ball(y) for y in (envelope.power, envelope.rate, envelope.stretch))
        size = constant_ball(envelope.constant) * x**p * (-q * x**r).exp()
        if envelope.rate > 0 and envelope.stretch >= 1:
            # The logarithm of t^p e^{-q t^r} has the slope p/t - q r t^(r-1), which falls where p > 0.
            return Fading(size, q * r * x ** (r - 1) - (p / x if envelope.power > 0 else 0))
        # t^p decays from x on at least as fast as (1 + t)^p.
        return Fading(size, arb(0), -p) if envelope.power < 0 else None

    def lead(self, x: arb) -> Lead | None:
        try:
            germ = End(1, fraction(x)).germ(self.expression)
        except (GrowthError, StartTooSmall):
            return None
        if germ.lower is None or not germ.sign or not germ.lower.scale:
            return None
        bound, size, rate = germ.lower, arb(1), arb(0)
        # |f| >= C t^p exp(sum g t^r); the slope of the logarithm, p/t + sum g r t^(r-1), is above -rate.
        for r, g in bound.growing:
            if g < 0 and r > 1:
                return None
            size *= (fraction_ball(g) * x ** fraction_ball(r)).exp()
            rate -= fraction_ball(g * r) * x ** fraction_ball(r - 1) if g < 0 else 0
        p = fraction_ball(bound.power)
        size *= fraction_ball(bound.scale) * fraction_ball(bound.constant).exp() * x**p
        return Lead(germ.sign, size, rate - (p / x if bound.power < 0 else 0))

    def head(self, x: arb) -> arb:
        envelope = envelope_at_zero(self.expression, rational(x))
        if envelope.start < rational(x) or envelope.power <= -1:
            return arb.pos_inf()
        p = rational_ball(envelope.power) + 1
        return constant_ball(envelope.constant) * x**p / p


def _integral(f: Callable[..., acb], start: arb, end: arb) -> arb:
    value = acb.integral(
        lambda x, analytic: f([x], analytic),
        acb(start),
        acb(end),
        rel_tol=arb(2) ** -ctx.prec,
        abs_tol=arb(2) ** (-2 * ctx.prec),
        eval_limit=_EVALUATIONS_PER_BIT * ctx.prec,
    )
    return value.real
