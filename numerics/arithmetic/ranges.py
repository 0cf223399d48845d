"""Closed intervals by their ends, which may be infinite: what balls are too wide for.

A ball that reaches over decades, or up to infinity, loses the end that is near 0 in its radius. Here both ends are
kept, each an exact dyadic number rounded outwards, so that monotone functions lose nothing: ``exp`` of [-oo, -5] is
[0, e^-5]. The price is a few times the cost of a ball.

Where a value is not defined, or may not be (a division by an interval that holds 0, the logarithm of one that reaches
down to 0), the result is `UNDEFINED`, and so is everything made of it: no comparison with it holds, so that it can
decide nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from flint import arb, fmpq

from .balls import hull
from .programs import Table

_INFINITY: Final = arb("inf")
_NAN: Final = arb("nan")
_ZERO: Final = arb(0)
#: Where the gamma function is least, between these; it is above this value there.
_GAMMA_TURN: Final = (arb(fmpq(14616, 10000)), arb(fmpq(14617, 10000)))
_GAMMA_LEAST: Final = arb(fmpq(8856, 10000))


class Range:
    """All numbers between two ends.

    Attributes
    ----------
    low, high : arb
        Exact numbers or infinities, low <= high; or both nan.

    Notes
    -----
    Rigour: every operation of `RANGE` encloses all values for points of its operands.
    """

    __slots__ = ("high", "low")

    def __init__(self, low: arb, high: arb) -> None:
        known = low <= high
        self.low: arb = low if known else _NAN
        self.high: arb = high if known else _NAN

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return bool(self.low.is_finite() and self.high.is_finite())

    @property
    def size(self) -> float:
        """The largest absolute value, rounded: for choosing, not for deciding."""
        return max(abs(float(self.low)), abs(float(self.high)))

    def __repr__(self) -> str:
        return f"[{self.low.str(6, radius=False)}, {self.high.str(6, radius=False)}]"


def between(low: Fraction, high: Fraction | None) -> Range:
    """The range of these ends, None for infinity, rounded outwards."""
    top = _INFINITY if high is None else arb(fmpq(high.numerator, high.denominator)).upper()
    return Range(arb(fmpq(low.numerator, low.denominator)).lower(), top)


def at(x: Fraction) -> Range:
    """One rational number, as narrow as the precision allows."""
    return between(x, x)


def of_ball(x: arb) -> Range:
    """The numbers of a ball."""
    return Range(x.lower(), x.upper())


UNDEFINED: Final = Range(_NAN, _NAN)


def _times(x: arb, y: arb) -> arb:
    # An end that is 0 stays 0, also against an infinite one, which no number reaches.
    if (x.is_zero() and not y.is_nan()) or (y.is_zero() and not x.is_nan()):
        return _ZERO
    return x * y


def add(x: Range, y: Range) -> Range:
    """Sums."""
    return Range((x.low + y.low).lower(), (x.high + y.high).upper())


def mul(x: Range, y: Range) -> Range:
    """Products, by the signs of the ends."""
    if y.low >= 0:
        left = _times(x.low, y.low if x.low >= 0 else y.high)
        right = _times(x.high, y.high if x.high >= 0 else y.low)
    elif y.high <= 0:
        left = _times(x.high, y.low if x.high >= 0 else y.high)
        right = _times(x.low, y.high if x.low >= 0 else y.low)
    elif x.low >= 0:
        left, right = _times(x.high, y.low), _times(x.high, y.high)
    elif x.high <= 0:
        left, right = _times(x.low, y.high), _times(x.low, y.low)
    else:
        left = _smaller(_times(x.low, y.high), _times(x.high, y.low))
        right = _larger(_times(x.low, y.low), _times(x.high, y.high))
    return Range(left.lower(), right.upper())


def _smaller(x: arb, y: arb) -> arb:
    return x if x < y else y if y <= x else hull(x, y)


def _larger(x: arb, y: arb) -> arb:
    return x if x > y else y if y >= x else hull(x, y)


def neg(x: Range) -> Range:
    """Negatives."""
    return Range(-x.high, -x.low)


def _inverse(x: Range) -> Range:
    if x.low > 0 or x.high < 0:
        return Range((1 / x.high).lower(), (1 / x.low).upper())
    return UNDEFINED


def _whole_power(x: Range, n: int) -> Range:
    if n % 2 == 1 or x.low >= 0:
        return Range(_power_of(x.low, n).lower(), _power_of(x.high, n).upper())
    if x.high <= 0:
        return Range(_power_of(x.high, n).lower(), _power_of(x.low, n).upper())
    return Range(_ZERO, _larger(_power_of(x.low, n), _power_of(x.high, n)).upper())


def _power_of(z: arb, n: int) -> arb:
    """``z^n``; balls have no powers of an infinity."""
    return z**n if z.is_finite() or z.is_nan() else z if n % 2 else _INFINITY


def _power(payload: tuple[int, int]) -> Callable[[Range], Range]:
    p, q = payload
    if q == 1:
        return (lambda x: _whole_power(x, p)) if p >= 0 else (lambda x: _inverse(_whole_power(x, -p)))
    root = _increasing(_with_limits(lambda z: z.root(q), _NAN, _INFINITY), least=_ZERO, closed=True)
    return (lambda x: _whole_power(root(x), p)) if p > 0 else (lambda x: _inverse(_whole_power(root(x), -p)))


def _increasing(
    function: Callable[[arb], arb], least: arb | None = None, closed: bool = False
) -> Callable[[Range], Range]:
    """A function that increases; defined above `least`, and there too if `closed`."""

    def apply(x: Range) -> Range:
        if least is not None and not (x.low > least or (closed and x.low >= least)):
            return UNDEFINED
        return Range(function(x.low).lower(), function(x.high).upper())

    return apply


def _with_limits(function: Callable[[arb], arb], below: arb, above: arb) -> Callable[[arb], arb]:
    """A function of an end, with its limits at the infinities; nan stays nan."""
    return lambda z: function(z) if z.is_finite() else above if z > 0 else below if z < 0 else z


_erfc_at: Final = _with_limits(arb.erfc, arb(2), _ZERO)


def _erfc(x: Range) -> Range:
    return Range(_erfc_at(x.high).lower(), _erfc_at(x.low).upper())


def _gamma(x: Range) -> Range:
    if not (x.low > 0 and x.bounded):
        return UNDEFINED
    ends = x.low.gamma(), x.high.gamma()
    if x.low >= _GAMMA_TURN[1]:
        return Range(ends[0].lower(), ends[1].upper())
    if x.high <= _GAMMA_TURN[0]:
        return Range(ends[1].lower(), ends[0].upper())
    return Range(_GAMMA_LEAST.lower(), _larger(*ends).upper())


def _wave(function: Callable[[arb], arb]) -> Callable[[Range], Range]:
    def apply(x: Range) -> Range:
        if not x.bounded:
            return UNDEFINED if x.low.is_nan() else Range(arb(-1), arb(1))
        found = function(hull(x.low, x.high))
        return Range(_larger(found.lower(), arb(-1)), _smaller(found.upper(), arb(1)))

    return apply


def _abs(x: Range) -> Range:
    if x.low >= 0:
        return x
    return neg(x) if x.high <= 0 else Range(_ZERO, _larger(-x.low, x.high))


exponential: Final = _increasing(_with_limits(arb.exp, _ZERO, _INFINITY))
logarithm: Final = _increasing(_with_limits(arb.log, _NAN, _INFINITY), least=_ZERO)


def _general_power(x: Range, y: Range) -> Range:
    return exponential(mul(y, logarithm(x)))


def _plain(function: Callable[..., Any]) -> Callable[[Any], Callable[..., Any]]:
    return lambda payload: function


#: The operations of `programs.Program` on ranges.
RANGE: Final[Table] = {
    "rational": lambda payload: lambda: at(Fraction(*payload)),
    "pi": lambda payload: lambda: of_ball(arb.pi()),
    "add": _plain(add),
    "mul": _plain(mul),
    "neg": _plain(neg),
    "power": _power,
    "general_power": _plain(_general_power),
    "exp": _plain(exponential),
    "log": _plain(logarithm),
    "sin": _plain(_wave(arb.sin)),
    "cos": _plain(_wave(arb.cos)),
    "abs": _plain(_abs),
    "gamma": _plain(_gamma),
    "erf": _plain(_increasing(_with_limits(arb.erf, arb(-1), arb(1)))),
    "erfc": _plain(_erfc),
}
