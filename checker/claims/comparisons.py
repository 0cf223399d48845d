"""Numbers and intervals compared: ``<``, ``<=``, ``==``, ``in``. An end is ``p``, ``p/q``, or ``m*2^e`` with any e."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

from answers import RefusedError


@functools.total_ordering
class Number:
    """``top / bottom * 2^shift``, never written out: the shift may have nine digits."""

    def __init__(self, text: str) -> None:
        mantissa, _, exponent = text.partition("*2^")
        value = Fraction(mantissa)
        self.top, self.bottom, self.shift = value.numerator, value.denominator, int(exponent or 0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and _order(self, other) == 0

    def __lt__(self, other: Number) -> bool:
        return _order(self, other) < 0

    __hash__ = None  # type: ignore[assignment]


def _sign(x: int) -> int:
    return (x > 0) - (x < 0)


def _order(x: Number, y: Number) -> int:
    """The sign of x - y: by signs, then by binary places, and only within the same place by the numbers."""
    left, right = x.top * y.bottom, y.top * x.bottom
    if not left or not right or _sign(left) != _sign(right):
        return _sign(_sign(left) - _sign(right))
    places = left.bit_length() + x.shift - right.bit_length() - y.shift
    if places:
        return _sign(left) * _sign(places)
    least = min(x.shift, y.shift)
    return _sign((left << (x.shift - least)) - (right << (y.shift - least)))


def check_comparison(body: dict[str, Any]) -> str:
    """Every pair of intervals."""
    for index, (left, right) in enumerate(body["pairs"]):
        (a, b), (c, d) = ((Number(low), Number(high)) for low, high in (left, right))
        if a > b or c > d:
            raise RefusedError(f"pair {index}: ends not in order")
        holds = {
            "<": b < c,
            "<=": b <= c,
            "==": a == b == c == d,
            "in": c <= a and b <= d,
        }[body["relation"]]
        if not holds:
            raise RefusedError(f"pair {index} does not hold")
    if not body["pairs"]:
        raise RefusedError("no pairs")
    return f"{len(body['pairs'])} pairs"
