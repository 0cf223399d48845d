"""Exact rational intervals of the numbers that a finding is given.

A ball has a dyadic midpoint and radius, an mpmath number is dyadic, a SymPy rational is a quotient of
integers: all of them are intervals with rational ends, so findings compare them without rounding and without
a working precision.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

#: Dyadic numbers beyond 2^(+-this) are refused: as a quotient of integers they would fill the memory.
_LARGEST_EXPONENT = 4_000_000


@dataclass(frozen=True)
class Interval:
    """Closed interval with rational ends; ``None`` for an end means unbounded."""

    low: Fraction | None
    high: Fraction | None
    is_ball: bool

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return self.low is not None and self.high is not None

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """Both ends; an error if one is infinite."""
        if self.low is None or self.high is None:
            raise ValueError("`interval` must be bounded; got an infinite end")
        return self.low, self.high

    @property
    def middle(self) -> Fraction:
        """The midpoint."""
        low, high = self.ends
        return (low + high) / 2

    @property
    def radius(self) -> Fraction:
        """Half the length."""
        low, high = self.ends
        return (high - low) / 2


def interval(name: str, value: Any) -> Interval:
    """The set of numbers that `value` stands for: a ball's interval, or one point.

    Parameters
    ----------
    name : str
        What an error calls the value.
    value : arb, mpf, SymPy rational or float, int, Fraction, float, Decimal

    Raises
    ------
    ValueError
        If a number that is no ball is nan or infinite, or is too far from 1 to be held exactly.
    TypeError
        If `value` is no real number.
    """
    if hasattr(value, "rel_accuracy_bits"):
        return _ball_interval(name, value)
    point = exact_fraction(name, value)
    return Interval(point, point, is_ball=False)


def _ball_interval(name: str, ball: Any) -> Interval:
    if not ball.is_finite():
        return Interval(None, None, is_ball=True)
    middle = _dyadic(name, *map(int, ball.mid().man_exp()))
    radius = _dyadic(name, *map(int, ball.rad().man_exp()))
    return Interval(middle - radius, middle + radius, is_ball=True)


def _dyadic(name: str, mantissa: int, exponent: int) -> Fraction:
    if mantissa == 0:
        return Fraction(0)
    if abs(exponent) > _LARGEST_EXPONENT:
        raise ValueError(
            f"`{name}` must have a binary exponent within {_LARGEST_EXPONENT} of 0; got {exponent} "
            "(compare its logarithm, or use a ball inequality)"
        )
    return Fraction(mantissa) * Fraction(2) ** exponent


def exact_fraction(name: str, value: Any) -> Fraction:
    """The one rational number that `value` is."""
    if isinstance(value, bool):
        raise TypeError(f"`{name}` must be a real number; got {value!r}")
    mpf = getattr(value, "_mpf_", None)
    if mpf is not None and type(value).__module__.split(".")[0] in {"mpmath", "sympy"}:
        sign, mantissa, exponent, _ = mpf
        if not mantissa and exponent:
            raise ValueError(f"`{name}` must be finite; got {value}")
        return _dyadic(name, -int(mantissa) if sign else int(mantissa), int(exponent))
    if isinstance(value, Rational) or (hasattr(value, "p") and hasattr(value, "q")):
        top, bottom = (
            (value.numerator, value.denominator) if isinstance(value, Rational) else (value.p, value.q)
        )
        if not int(bottom):
            raise ValueError(f"`{name}` must be finite; got {value}")
        return Fraction(int(top), int(bottom))
    if type(value).__name__ == "fmpz":
        return Fraction(int(value))
    if isinstance(value, Decimal | Real):
        if not math.isfinite(value):
            raise ValueError(f"`{name}` must be finite; got {value!r}")
        return Fraction(value) if isinstance(value, Decimal) else Fraction(*float(value).as_integer_ratio())
    raise TypeError(f"`{name}` must be a real number; got {value!r}")


def validate_guaranteed(name: str, value: Any) -> Any:
    """`value`, if it carries its own error or has none: what was rounded without a trace can certify nothing.

    Raises
    ------
    TypeError
        If it is a float, a Decimal, an mpmath number or a SymPy Float.
    """
    if hasattr(value, "rel_accuracy_bits"):
        return value
    rounded = isinstance(value, float | Decimal) or hasattr(value, "_mpf_")
    if rounded or (isinstance(value, Real) and not isinstance(value, Rational)):
        raise TypeError(
            f"`{name}` must be a ball or an exact number; got the rounded {type(value).__name__} {value!r}"
        )
    return value


def decimal(value: Fraction, digits: int = 4) -> str:
    """`value` rounded to `digits` significant digits, for reading."""
    context = Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN)
    shown = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return (
        f"{float(shown):.{digits}g}"
        if 1e-300 < abs(shown) < 1e300 or not shown
        else f"{shown:.{digits - 1}e}"
    )


def gap(x: Interval, y: Interval) -> Fraction:
    """Distance between two bounded intervals; 0 where they overlap."""
    (x_low, x_high), (y_low, y_high) = x.ends, y.ends
    return max(x_low - y_high, y_low - x_high, Fraction(0))
