"""Where a function touches 0 without crossing it: what balls alone never decide, as each of them holds 0.

At a rational point where the function and its slopes are 0 exactly, and about which it is convex, it is least: by
Taylor's theorem ``f(x) = (x - c) H(xi) (x - c) / 2 >= 0`` on every box about c on which its Hessian is positive
semidefinite.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import sympy as sp

from .lowering import lower
from .ranges import Range, between, neg

#: Start and end of a side; None where it has none.
Side = tuple[Fraction, Fraction | None]
Box = tuple[Side, ...]

#: Times that a neighbourhood is made smaller, each time by this factor.
_TRIES, _SMALLER = 24, Fraction(1, 4)
#: A larger expression is not asked whether it is 0.
_LONGEST: Final = 200


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the smallest denominator in a closed interval, by continued fractions."""
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest(-high, -low)
    # Convergents of what both ends have in common.
    p, q, last_p, last_q = 1, 0, 0, 1
    while True:
        whole = -(-low.numerator // low.denominator)
        if whole <= high:
            return Fraction(whole * p + last_p, whole * q + last_q)
        whole -= 1
        p, q, last_p, last_q = whole * p + last_p, whole * q + last_q, p, q
        low, high = 1 / (high - whole), 1 / (low - whole)


class Touching:
    """Zeros at which a function is least, and boxes about them on which it is shown to be nowhere negative.

    Parameters
    ----------
    function : sympy.Expr
    symbols : sequence of sympy.Symbol

    Notes
    -----
    Rigour: proved. Zeros are decided in exact numbers, by what SymPy reduces to the number 0; that a true zero may not
    be seen only loses a proof. Signs of second derivatives are those of ranges.
    """

    def __init__(self, function: sp.Expr, symbols: Sequence[sp.Symbol]) -> None:
        self._function, self._symbols = function, tuple(symbols)
        self._shown: list[Box] = []
        self._second: dict[tuple[int, ...], Any] = {}

    def vanishes(self, point: Sequence[Fraction]) -> bool:
        """Whether the function is 0 at a rational point, exactly."""
        return self._is_zero(self._function, point)

    def covers(self, box: Box) -> bool:
        """Whether the box lies in one on which the function is known to be nowhere negative."""
        return any(all(map(_inside, box, shown)) for shown in self._shown)

    def look(self, box: Box) -> tuple[Fraction, ...] | None:
        """A zero in the box at which the function is least; then more of its neighbourhood may be covered.

        Sides that start where they end are held fixed.
        """
        if any(end is None for _, end in box):
            return None
        point = tuple(simplest(start, end) for start, end in box if end is not None)
        free = tuple(k for k, (start, end) in enumerate(box) if start != end)
        slopes = (sp.diff(self._function, self._symbols[k]) for k in free)
        if not (self.vanishes(point) and all(self._is_zero(slope, point) for slope in slopes)):
            return None
        return point

    def cover(self, point: Sequence[Fraction], face: Box, region: Box) -> None:
        """Show the function to be nowhere negative as far about a zero of `look` as it is convex, in the region.

        Sides that the face holds fixed stay so: the slopes there are not known to be 0.
        """
        free = tuple(k for k, (start, end) in enumerate(face) if start != end)
        for power in range(_TRIES):
            reach = _SMALLER**power
            box = tuple(_near(region[k], c, reach) if k in free else face[k] for k, c in enumerate(point))
            if self._convex(box, free):
                self._shown.append(box)
                return

    def _is_zero(self, expression: sp.Expr, point: Sequence[Fraction]) -> bool:
        values = {
            x: sp.Rational(c.numerator, c.denominator) for x, c in zip(self._symbols, point, strict=True)
        }
        value = expression.subs(values)
        return bool(value == 0 or (sp.count_ops(value) <= _LONGEST and sp.expand(value) == 0))

    def _convex(self, box: Box, free: tuple[int, ...]) -> bool:
        """Whether every row's diagonal outweighs the rest of it (Gershgorin)."""
        if free not in self._second:
            xs = [self._symbols[k] for k in free]
            entries = [sp.diff(self._function, x, y) for x in xs for y in xs]
            try:
                self._second[free] = lower(entries, self._symbols, "range")
            except TypeError:
                # A derivative that ranges cannot evaluate.
                self._second[free] = None
        if self._second[free] is None:
            return False
        values = self._second[free](*(between(*side) for side in box))
        n = len(free)
        return all(_outweighs(values[k * n : (k + 1) * n], k) for k in range(n))


def _outweighs(row: Sequence[Range], k: int) -> bool:
    rest = sum((_largest(x) for i, x in enumerate(row) if i != k), start=0 * row[k].low)
    return bool(row[k].low - rest >= 0)


def _largest(x: Range) -> Any:
    return max(x.high, neg(x).high)


def _near(side: Side, centre: Fraction, reach: Fraction) -> Side:
    """The part of a side within the reach, in lengths of the side (of the centre, where it has no end)."""
    start, end = side
    length = (end - start if end is not None else abs(centre) + 1) * reach
    return max(start, centre - length), centre + length if end is None else min(end, centre + length)


def _inside(side: Side, other: Side) -> bool:
    (start, end), (low, high) = side, other
    return low <= start and (high is None or (end is not None and end <= high))
