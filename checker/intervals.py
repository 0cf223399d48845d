"""Intervals with rational ends, rounded outwards; an end may be infinite, and no point of an interval is.

Infinite ends are floats, finite ones fractions: Python compares them exactly, and nothing else is done with a float.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from answers import LIMIT, NotReachedError

End = Any
Interval = tuple[End, End]
BITS = 100
ZERO, ONE = Fraction(0), Fraction(1)
INF = float("inf")


def is_infinite(x: End) -> bool:
    """Whether an end is infinite."""
    return isinstance(x, float)


def down(x: End) -> End:
    """The nearest number of `BITS` significant bits below `x`."""
    if not x or is_infinite(x):
        return x
    shift = BITS - (abs(x.numerator).bit_length() - x.denominator.bit_length())
    scale = Fraction(2) ** shift
    return Fraction((x * scale).__floor__()) / scale


def rounded(low: End, high: End) -> Interval:
    """An interval around [low, high] with short ends."""
    return down(low), -down(-high)


def _plus(x: End, y: End) -> End:
    # Lower ends are never +oo, upper ones never -oo: no two infinities cancel.
    return x if is_infinite(x) else y if is_infinite(y) else x + y


def _times(x: End, y: End) -> End:
    if not is_infinite(x) and not is_infinite(y):
        return x * y
    # An infinite end stands for large numbers: 0 times all of them is 0.
    return ZERO if not x or not y else INF if (x > 0) == (y > 0) else -INF


def add(x: Interval, y: Interval) -> Interval:
    """Sums."""
    return rounded(_plus(x[0], y[0]), _plus(x[1], y[1]))


def mul(x: Interval, y: Interval) -> Interval:
    """Products."""
    LIMIT.spend(1)
    ends = [_times(a, b) for a in x for b in y]
    return rounded(min(ends), max(ends))


def inverse(x: Interval) -> Interval:
    """Reciprocals, where 0 is not inside."""
    if x[0] <= 0 <= x[1]:
        raise NotReachedError("a denominator that may be 0")
    low, high = (ZERO if is_infinite(end) else 1 / end for end in (x[1], x[0]))
    return rounded(low, high)


def power(x: Interval, n: int) -> Interval:
    """Integer powers, at least 0."""
    if n == 0:
        return ONE, ONE
    LIMIT.spend(1)
    ends = tuple((INF if end > 0 or n % 2 == 0 else -INF) if is_infinite(end) else end**n for end in x)
    if n % 2 == 0 and x[0] <= 0 <= x[1]:
        return rounded(ZERO, max(ends))
    return rounded(min(ends), max(ends))
