"""``smaller < larger`` on a box: halved until the difference is certainly positive on every part.

A part is decided by the range of values there, or about its middle by the mean value theorem. Where a slope has one
sign, the difference is least at an end of that side, which then stands for all of it. A side without an upper end is
cut at twice its lower end or 1 more, one that reaches over a factor of four near its geometric middle.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from algebra.differences import difference
from answers import LimitError, NotReachedError, RefusedError
from arithmetic.enclosures import Program
from arithmetic.intervals import DOWN, INF, ONE, UP, Interval, add, between, digits, mul

BUDGET = 20_000
Sides = tuple[Interval, ...]


def check_region(body: dict[str, Any]) -> str:
    """Boxes that it took."""
    return Search(body).run()


class Search:
    """One claim, and its box."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.names = tuple(side[0] for side in body["box"])
        self.box, self.strict = body["box"], body["strict"]
        self.program = Program(difference(body["larger"], body["smaller"]))
        if not self.names or len(set(self.names)) != len(self.names):
            raise RefusedError("a box without sides, or with one twice")
        self.first = tuple(_side(low, high) for _, low, high in body["box"])

    def run(self) -> str:
        """Halve, until nothing is left."""
        todo, looked = [self.first], 0
        while todo:
            looked += 1
            if looked > BUDGET:
                raise NotReachedError(f"the limit of {BUDGET} boxes; {len(todo)} remain")
            todo += self._left(todo.pop())
        return f"{looked} boxes"

    def _jet(self, sides: Sides, names: tuple[str, ...]) -> Any:
        return self.program(dict(zip(self.names, sides, strict=True)), names)

    def _holds(self, lowest: Decimal) -> bool:
        return lowest > 0 or (lowest == 0 and not self.strict)

    def _left(self, sides: Sides) -> list[Sides]:
        """What of a box is not decided: nothing, or two halves."""
        slopes: Any = None
        while True:
            try:
                value, slopes = self._jet(sides, self.names)
            except LimitError:
                raise
            except NotReachedError as error:
                slopes, value = None, self._value(sides, error)
            if value is not None and self._holds(value[0]):
                return []
            lower = sides if slopes is None else tuple(map(_least_side, sides, slopes))
            if lower == sides:
                break
            sides = lower
        middle = tuple(_middle(side) for side in sides)
        if self._decided_at(middle, sides, slopes):
            return []
        widest = _widest(sides, slopes)
        if sides[widest][0] == sides[widest][1]:
            raise NotReachedError("a corner at which the digits do not tell the difference from 0")
        low, high = sides[widest]
        halves = ((low, middle[widest]), (middle[widest], high))
        return [(*sides[:widest], half, *sides[widest + 1 :]) for half in halves]

    def _value(self, sides: Sides, error: NotReachedError) -> Interval | None:
        """The range where slopes have none; None where it has none either."""
        try:
            found: Interval = self._jet(sides, ())[0]
        except LimitError:
            raise
        except NotReachedError:
            if all(low == high for low, high in sides):
                raise error from None
            return None
        return found

    def _decided_at(self, middle: tuple[Decimal, ...], sides: Sides, slopes: Any) -> bool:
        """Refused at the middle, or decided about it by the mean value theorem."""
        try:
            at = self._jet(tuple((x, x) for x in middle), ())[0]
        except LimitError:
            raise
        except NotReachedError:
            return False
        if (at[1] < 0 or (self.strict and at[1] == 0)) and self._is_inside(middle):
            where = ", ".join(f"{name} = {x}" for name, x in zip(self.names, middle, strict=True))
            raise RefusedError(f"false at {where}")
        if slopes is None or any(high.is_infinite() for _, high in sides):
            return False
        for side, x, slope in zip(sides, middle, slopes, strict=True):
            at = add(at, mul(slope, add(side, (x.copy_negate(), x.copy_negate()))))
        return self._holds(at[0])

    def _is_inside(self, point: tuple[Decimal, ...]) -> bool:
        """Of the box as it is written: its decimal ends may be a little outside."""
        return all(
            Fraction(low) <= Fraction(x) and (high == "oo" or Fraction(x) <= Fraction(high))
            for x, (_, low, high) in zip(point, self.box, strict=True)
        )


def _side(low: str, high: str) -> Interval:
    if high != "oo" and Fraction(low) > Fraction(high):
        raise RefusedError("a box whose ends are not in order")
    return between(Fraction(low), Fraction(low if high == "oo" else high))[0], (
        INF if high == "oo" else between(Fraction(high), Fraction(high))[1]
    )


def _least_side(side: Interval, slope: Interval) -> Interval:
    """The end at which a function with this slope is least, if the slope has one sign."""
    low, high = side
    if slope[0] >= 0:
        return low, low
    return (high, high) if slope[1] <= 0 and high.is_finite() else side


def _middle(side: Interval) -> Decimal:
    """A number of few digits between the ends."""
    low, high = side
    if low == high:
        return low
    with digits(12):
        if high.is_infinite():
            middle = max(UP.multiply(low, Decimal(2)), UP.add(low, ONE))
        elif low > 0 and high > DOWN.multiply(low, Decimal(4)):
            middle = UP.sqrt(UP.multiply(low, high))
        else:
            middle = UP.divide(UP.add(low, high), Decimal(2))
    return middle if low < middle < high else low


def _widest(sides: Sides, slopes: Any) -> int:
    """The side that adds most to the width of the range; where that is not finite, the longest in relation."""
    if slopes is not None and all(high.is_finite() for _, high in sides):
        shares = [
            UP.multiply(max(s[0].copy_abs(), s[1].copy_abs()), UP.subtract(high, low))
            if high > low and s[0].is_finite() and s[1].is_finite()
            else (INF if high > low else Decimal(0))
            for s, (low, high) in zip(slopes, sides, strict=True)
        ]
        if any(shares) and all(share.is_finite() for share in shares):
            return shares.index(max(shares))
    lengths = list(map(_relative, sides))
    return lengths.index(max(lengths))


def _relative(side: Interval) -> float:
    low, high = side
    if high.is_infinite():
        # Later starts matter less, but never so little that other sides are halved without end.
        return 1 / (1 + int(max(low, ONE)).bit_length())
    length = UP.subtract(high, low)
    size = UP.add(ONE, length) if low <= 0 <= high else UP.add(low.copy_abs(), high.copy_abs())
    return float(UP.divide(length, size))
