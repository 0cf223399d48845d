"""A kernel on an interval ``A <= t <= B``, B finite or not, checked, and as power series in balls."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import arb

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, hull
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.arithmetic.power_series import SeriesError, taylor_coefficients
from memcurse.theory.exact import exact_number, is_positive
from memcurse.theory.notation import t
from memcurse.theory.targets.complete_monotonicity import expression_is_completely_monotone
from memcurse.theory.targets.parsing import parse_expression
from memcurse.theory.targets.target import Target, is_completely_monotone

_CHECK_BITS = 128


@dataclass(frozen=True)
class IntervalKernel:
    """A kernel and where it is fitted.

    Attributes
    ----------
    expression : sympy.Expr
        In `notation.t`.
    start, end : sympy.Expr
        The interval, exact; `end` may be ``oo``.
    monotone : bool
        Whether the kernel is seen to be completely monotone.
    """

    expression: sp.Expr
    start: sp.Expr
    end: sp.Expr
    monotone: bool

    @property
    def is_endless(self) -> bool:
        """Whether the interval is a half line."""
        return self.end is sp.oo

    def ends(self) -> tuple[arb, arb]:
        """Balls of the two ends; infinity for a half line."""
        return constant_ball(self.start), arb.pos_inf() if self.is_endless else constant_ball(self.end)

    @functools.cached_property
    def value(self) -> Any:
        """The kernel at a ball. Rigour: enclosure."""
        return lower(self.expression, (t,), "ball")

    def series(self, x: arb, h: arb, order: int) -> list[arb]:
        """Coefficients ``f^(n)(x) h^n / n!`` for all points of `x`; not finite where there are none."""
        try:
            return taylor_coefficients(self.expression, x, h, order)
        except SeriesError:
            return [self.value(x)] + [arb.nan()] * order


def interval_kernel(target: Target | str | sp.Expr, interval: Any) -> IntervalKernel:
    """A kernel and an interval, checked.

    A text or a SymPy expression need not be square-integrable on the half line, as ``1/t`` is not: it must be real and
    finite on the interval.

    Raises
    ------
    TypeError, ValueError
        For anything else, for a half line if the kernel is not seen to be completely monotone.
    """
    start, end = validate_interval(interval)
    expression, monotone = _expression(target)
    kernel = IntervalKernel(expression, start, end, monotone)
    if kernel.is_endless and not monotone:
        raise ValueError(
            f"`interval` must be finite for a kernel that is not seen to be completely monotone; got {interval!r} for "
            f"{expression}"
        )
    with ball_precision(_CHECK_BITS):
        ends = [x for x in kernel.ends() if x.is_finite()]
        for x in ends:
            value = kernel.value(x)
            if not value.is_finite():
                raise ValueError(
                    f"`target` must be real and finite on `interval`; got {expression} at t = {x.str(6, radius=False)}"
                )
    return kernel


def validate_interval(interval: Any) -> tuple[sp.Expr, sp.Expr]:
    """The two ends of an interval, exact: ``0 <= A < B``, B may be infinite; None is ``(0, oo)``."""
    if interval is None:
        return sp.S.Zero, sp.oo
    if isinstance(interval, str) or not isinstance(interval, Sequence) or len(interval) != 2:
        raise TypeError(f"`interval` must be a pair of numbers (A, B); got {interval!r}")
    start = exact_number("interval[0]", interval[0])
    end = sp.oo if _is_infinite(interval[1]) else exact_number("interval[1]", interval[1])
    if start != 0 and not is_positive("interval[0]", start):
        raise ValueError(f"`interval` must start at 0 or later; got {interval!r}")
    if end is not sp.oo and not is_positive("interval[1] - interval[0]", end - start):
        raise ValueError(f"`interval` must end after it starts; got {interval!r}")
    return start, end


def _is_infinite(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("inf", "oo", "infinity")
    return value is sp.oo or (isinstance(value, float) and math.isinf(value) and value > 0)


def _expression(target: Target | str | sp.Expr) -> tuple[sp.Expr, bool]:
    if isinstance(target, Target):
        expression, monotone = target.expression, is_completely_monotone(target)
        # The negative of a completely monotone kernel is fitted as any other.
        monotone = monotone and all(part.sign() != -1 for part in target.parts())
    else:
        expression = parse_expression(target) if isinstance(target, str) else target
        if not isinstance(expression, sp.Expr) or not expression.free_symbols <= {t}:
            raise TypeError(
                f"`target` must be a memcurse target, a text such as '1/t' or an expression in t; got {target!r}"
            )
        if expression.has(sp.Float):
            raise ValueError(f"`target` must have exact coefficients; got {expression}")
        monotone = expression_is_completely_monotone(expression)
    if expression == 0:
        raise ValueError(f"`target` must not be the zero kernel; got {target!r}")
    return expression, monotone


@dataclass(frozen=True)
class Difference:
    """The kernel minus an exponential sum; amplitudes and rates exact balls."""

    kernel: IntervalKernel
    a: tuple[arb, ...]
    w: tuple[arb, ...]

    def value(self, x: arb) -> arb:
        """The difference at a ball of times. Rigour: enclosure."""
        terms = (a * (-w * x).exp() for a, w in zip(self.a, self.w, strict=True))
        return self.kernel.value(x) - sum(terms, arb(0))

    def series(self, x: arb, h: arb, order: int) -> list[arb]:
        """Coefficients ``e^(n)(x) h^n / n!``, n = 0 .. order, for all points of `x`. Rigour: enclosure."""
        found = self.kernel.series(x, h, order)
        for a, w in zip(self.a, self.w, strict=True):
            term = a * (-w * x).exp()
            for n in range(order + 1):
                found[n] -= term
                term *= -w * h / (n + 1)
        return found

    def jet(self, x: arb) -> tuple[arb, arb, arb]:
        """Value, slope and second derivative."""
        value, slope, half = self.series(x, arb(1), 2)
        return value, slope, 2 * half

    def model(self, start: arb, end: arb, order: int) -> Model:
        """A Taylor model on an interval with exact ends."""
        centre = ((start + end) / 2).mid()
        # The centre was rounded: the farther end counts.
        half = arb((end - centre).max(centre - start).upper())
        row = self.series(centre, half, order - 1)
        return Model(row, abs(self.series(hull(start, end), half, order)[order]))


@dataclass(frozen=True)
class Model:
    """``e(c + u h) = sum_n row[n] u^n`` up to a multiple of ``u^N`` of size `rest`, for ``|u| <= 1``."""

    row: list[arb]
    rest: arb

    def range(self, derivative: int) -> arb:
        """Ball of the values of a derivative, in units of h and over its factorial. Rigour: enclosure."""
        order = len(self.row)
        spread = math.comb(order, derivative) * self.rest
        for n in range(derivative + 1, order):
            spread += math.comb(n, derivative) * abs(self.row[n])
        if not spread.is_finite():
            return arb.nan()
        return self.row[derivative] + arb(0, (spread * (1 + arb(2) ** -20)).upper())
