"""Ranges of functions over ``(0, oo)``: interval arithmetic that knows whether an end is attained.

An open end at 0 is what tells ``exp(-t) > 0`` from ``>= 0``, and so what allows it in a denominator.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import sympy as sp

from .outward_rounding import LARGEST_LOG, ONE, ZERO, rounded, rounded_exp, rounded_log, rounded_power

#: End of a range: a fraction, or an infinity used as a sentinel in comparisons only.
Limit = Fraction | float
INFINITE: Final = math.inf
_HUGE: Final = Fraction(1 << 1000)


@dataclass(frozen=True)
class Range:
    """A set that holds every value on ``(0, oo)``; an open end is not attained."""

    low: Limit = -INFINITE
    high: Limit = INFINITE
    low_open: bool = False
    high_open: bool = False

    @property
    def positive(self) -> bool:
        """Whether every value is."""
        return self.low > 0 or (self.low == 0 and self.low_open)

    @property
    def negative(self) -> bool:
        """Whether every value is."""
        return self.high < 0 or (self.high == 0 and self.high_open)

    @property
    def nonzero(self) -> bool:
        """Whether no value is 0, because all have one sign."""
        return self.positive or self.negative

    def meet(self, other: Range) -> Range:
        """The intersection."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, high_closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Range(low, high, low_open, not high_closed)


POSITIVE: Final = Range(ZERO, INFINITE, True)
NONNEGATIVE: Final = Range(ZERO)
_UNIT: Final = Range(-ONE, ONE)


def opposite(x: Range) -> Range:
    """Range of ``-f``."""
    return Range(-x.high, -x.low, x.high_open, x.low_open)


def _limit_times(a: Limit, b: Limit) -> Limit:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a * b
    if a == 0 or b == 0:
        return ZERO
    return INFINITE if (a > 0) == (b > 0) else -INFINITE


def tamed(x: Range) -> Range:
    """A range around this one whose ends are short numbers: not huge, and 0 or not tiny."""
    low, low_open = _tame_low(x.low, x.low_open)
    minus_high, high_open = _tame_low(-x.high, x.high_open)
    return Range(low, -minus_high, low_open, high_open)


def _tame_low(low: Limit, is_open: bool) -> tuple[Limit, bool]:
    if not isinstance(low, Fraction) or not low:
        return low, is_open
    if low > _HUGE:
        return _HUGE, True
    if 0 < low < 1 / _HUGE:
        return ZERO, True
    if low < -_HUGE:
        return -INFINITE, False
    return (-1 / _HUGE, True) if -1 / _HUGE < low < 0 else (low, is_open)


def range_product(x: Range, y: Range) -> Range:
    """Range of a product."""
    for constant, other in ((x, y), (y, x)):
        if constant.low == constant.high != 0 and isinstance(constant.low, Fraction):
            return _range_times(constant.low, other)
    corners = [_limit_times(a, b) for a in (x.low, x.high) for b in (y.low, y.high)]
    low, high = min(corners), max(corners)
    nonzero = x.nonzero and y.nonzero
    return Range(low, high, low == 0 and nonzero, high == 0 and nonzero)


def _range_times(c: Fraction, x: Range) -> Range:
    """Of a multiple: ends that are not attained stay so."""
    low, high = _limit_times(c, x.low), _limit_times(c, x.high)
    return Range(low, high, x.low_open, x.high_open) if c > 0 else Range(high, low, x.high_open, x.low_open)


def range_sum(x: Range, y: Range) -> Range:
    """Range of a sum."""
    low = -INFINITE if -INFINITE in (x.low, y.low) else x.low + y.low
    high = INFINITE if INFINITE in (x.high, y.high) else x.high + y.high
    return Range(low, high, x.low_open or y.low_open, x.high_open or y.high_open)


def range_power(x: Range, e: Fraction) -> Range:
    """``x**e``; anything if it is not defined everywhere."""
    if e < 0:
        return _reciprocal(range_power(x, -e)) if x.nonzero else Range()
    if e.denominator == 1 and e.numerator % 2 == 0 and x.low < 0:
        if x.high <= 0:
            return range_power(opposite(x), e)
        return Range(ZERO, _limit_power(max(-x.low, x.high), e, True))
    if x.low >= 0:
        low, high = _limit_power(x.low, e, False), _limit_power(x.high, e, True)
        return Range(low, high, x.low_open, x.high_open)
    if e.denominator > 1:
        return Range()
    low = -_limit_power(-x.low, e, True)
    if x.high <= 0:
        return Range(low, -_limit_power(-x.high, e, False), False, x.high_open)
    return Range(low, _limit_power(x.high, e, True))


def _limit_power(x: Limit, e: Fraction, up: bool) -> Limit:
    return rounded_power(x, e, up) if isinstance(x, Fraction) and x else x


def _reciprocal(x: Range) -> Range:
    """1/x for x of one sign."""
    if x.negative:
        return opposite(_reciprocal(opposite(x)))
    low = rounded(1 / x.high, False) if isinstance(x.high, Fraction) else ZERO
    high = rounded(1 / x.low, True) if isinstance(x.low, Fraction) and x.low else INFINITE
    return Range(low, high, low == 0 or x.high_open, x.low_open)


def range_exp(x: Range) -> Range:
    """exp of a range; beyond the largest logarithm the ends become 0, infinity, or stay at that logarithm."""
    largest = Fraction(LARGEST_LOG)
    low, high = x.low, x.high
    exp_low: Limit = ZERO
    if isinstance(low, Fraction) and low > -largest:
        exp_low = rounded_exp(min(low, largest), False)
    exp_high: Limit = INFINITE
    if isinstance(high, Fraction) and high < largest:
        exp_high = rounded_exp(max(high, -largest), True)
    return Range(exp_low, exp_high, exp_low == 0 or x.low_open, x.high_open)


def range_log(x: Range) -> Range:
    """log of a range; anything if it is not positive."""
    if not x.positive:
        return Range()
    low: Limit = rounded_log(x.low, False) if isinstance(x.low, Fraction) and x.low else -INFINITE
    high: Limit = rounded_log(x.high, True) if isinstance(x.high, Fraction) else INFINITE
    return Range(low, high, x.low_open, x.high_open)


def _odd_range(x: Range, until: Limit, bound: Fraction) -> Range:
    """Range of an odd function with values in [-bound, bound] that has the sign of x for ``|x| <= until``."""
    if x.low >= 0 and x.high <= until:
        return Range(ZERO, bound, x.positive)
    if x.high <= 0 and -x.low <= until:
        return Range(-bound, ZERO, False, x.negative)
    return Range(-bound, bound)


def _cosine_range(x: Range, _: sp.Expr) -> Range:
    return Range(ZERO, ONE, True) if max(-x.low, x.high) <= Fraction(3, 2) else _UNIT


def _erfc_range(x: Range, _: sp.Expr) -> Range:
    return Range(ZERO, ONE if x.low >= 0 else Fraction(2), True, x.positive)


def _airy_range(x: Range, _: sp.Expr) -> Range:
    """0 < Ai <= Ai(0) < 0.3551 on x >= 0; elsewhere between -0.42 and 0.54."""
    if x.low >= 0:
        return Range(ZERO, Fraction(3551, 10000), True)
    return Range(Fraction(-42, 100), Fraction(54, 100))


def _bessel_range(x: Range, expr: sp.Expr) -> Range:
    """First zeros: 2.404 for n = 0, above 3.83 for n >= 1; the least value of J_0 is above -0.41."""
    if expr.args[0] == 0:
        small = max(-x.low, x.high) <= Fraction(12, 5)
        return Range(ZERO, ONE, True) if small else Range(Fraction(-41, 100), ONE)
    return _odd_range(x, 3, ONE) if x.low >= 0 else _UNIT


RANGES: Final[dict[object, Callable[[Range, sp.Expr], Range]]] = {
    sp.exp: lambda x, _: range_exp(x),
    sp.log: lambda x, _: range_log(x),
    sp.sin: lambda x, _: _odd_range(x, 3, ONE),
    sp.cos: _cosine_range,
    sp.erf: lambda x, _: _odd_range(x, INFINITE, ONE),
    sp.erfc: _erfc_range,
    sp.airyai: _airy_range,
    sp.besselj: _bessel_range,
}
