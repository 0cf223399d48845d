"""Intervals whose ends are decimal numbers, rounded outwards; an end may be infinite, and no point of an interval is.

Decimal numbers of Python's standard library are whole numbers times powers of ten, compared exactly; each operation on
them is rounded in the direction that its context says. An operator (``-x`` too) would round by the context of the
thread: contexts and ``copy_negate`` are used instead, and `answers.exactly` makes what rounds by chance an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_CEILING,
    ROUND_FLOOR,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
)
from fractions import Fraction

from answers import LIMIT, NotReachedError

Interval = tuple[Decimal, Decimal]
ZERO, ONE, INF = Decimal(0), Decimal(1), Decimal("Infinity")
#: What lies between numbers is rounded down by one and up by the other; overflow and underflow keep the direction.
DOWN, UP = (
    Context(30, rounding, MIN_EMIN, MAX_EMAX, traps=[InvalidOperation, DivisionByZero])
    for rounding in (ROUND_FLOOR, ROUND_CEILING)
)


@contextmanager
def digits(number: int) -> Iterator[None]:
    """Significant digits of the ends, for a while."""
    before = DOWN.prec
    DOWN.prec = UP.prec = number
    try:
        yield
    finally:
        DOWN.prec = UP.prec = before


def between(low: Fraction, high: Fraction) -> Interval:
    """An interval around two rational numbers."""
    return (
        DOWN.divide(Decimal(low.numerator), Decimal(low.denominator)),
        UP.divide(Decimal(high.numerator), Decimal(high.denominator)),
    )


def number(x: Fraction) -> Interval:
    """An interval around a rational number."""
    return between(x, x)


def add(x: Interval, y: Interval) -> Interval:
    """Sums. Lower ends are never +oo, upper ones never -oo: no two infinities cancel."""
    return DOWN.add(x[0], y[0]), UP.add(x[1], y[1])


def opposite(x: Interval) -> Interval:
    """Minus an interval."""
    return x[1].copy_negate(), x[0].copy_negate()


def _times(context: Context, x: Decimal, y: Decimal) -> Decimal:
    # An infinite end stands for large numbers: 0 times all of them is 0.
    return context.multiply(x, y) if x and y else ZERO


def mul(x: Interval, y: Interval) -> Interval:
    """Products, by the signs of the ends."""
    LIMIT.spend(1)
    (a, b), (c, d) = x, y
    if a < 0 < b and c < 0 < d:
        lows, highs = ((a, d), (b, c)), ((a, c), (b, d))
        return min(_times(DOWN, *pair) for pair in lows), max(_times(UP, *pair) for pair in highs)
    if a >= 0:
        low, high = (a if c >= 0 else b, c), (b if d >= 0 else a, d)
    elif b <= 0:
        low, high = (a if d >= 0 else b, d), (b if c >= 0 else a, c)
    elif c >= 0:
        low, high = (a, d), (b, d)
    else:
        low, high = (b, c), (a, c)
    return _times(DOWN, *low), _times(UP, *high)


def inverse(x: Interval) -> Interval:
    """Reciprocals, where 0 is not inside."""
    if x[0] <= 0 <= x[1]:
        raise NotReachedError("a denominator that may be 0")
    low, high = x
    return (
        ZERO if high.is_infinite() else DOWN.divide(ONE, high),
        ZERO if low.is_infinite() else UP.divide(ONE, low),
    )


def raised(context: Context, x: Decimal, n: int) -> Decimal:
    """A power of what is not negative, rounded as the context does at every product."""
    out = ONE
    for bit in bin(n)[2:]:
        out = _times(context, out, out)
        if bit == "1":
            out = _times(context, out, x)
    return out


def power(x: Interval, n: int) -> Interval:
    """Integer powers, at least 0."""
    LIMIT.spend(1)
    low, high = x
    if low >= 0:
        return raised(DOWN, low, n), raised(UP, high, n)
    if n % 2 == 0:
        least = ZERO if high >= 0 and n else raised(DOWN, high.copy_abs(), n)
        return least, raised(UP, max(low.copy_negate(), high), n)
    bottom = raised(UP, low.copy_negate(), n).copy_negate()
    return bottom, raised(UP, high, n) if high >= 0 else raised(DOWN, high.copy_negate(), n).copy_negate()
