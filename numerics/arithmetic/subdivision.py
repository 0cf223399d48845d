r"""Whether a function of a few variables is positive on a whole box: adaptive subdivision.

On a box the value is enclosed three ways, the first that decides is taken:

1. as it is written, in `ranges`;
2. on the part of the boundary where it must be least: if a derivative has one sign on the box, the side is replaced by
   the end where the function is smaller, and the rest is enclosed again (and again, while sides are left);
3. by the mean value theorem about the middle.

Where none of them decides, the part of the boundary that step 2 left (all of the box, if it left all) is halved where
that narrows the enclosure most; a side that reaches over a factor of four in its geometric middle, one that ends at
infinity at twice its start. A point where the function certainly is not positive ends the search: corners of the box
first, then middles. Where the function only touches 0, at a rational point, `touching` decides what is about it.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import sympy as sp

from .balls import precision
from .lowering import lower
from .ranges import Range, add, at, between, mul, neg
from .touching import Box, Side, Touching

#: Boxes between two looks for a point of touching; twice as many after each look in vain.
_OFTEN: Final = 32
_FACTOR_UP_TO: Final = 40
_CORNERS: Final = 4
_LARGEST: Final = 2**1000


@dataclass(frozen=True)
class Decision:
    """What a search found.

    Attributes
    ----------
    holds : bool or None
        Positive everywhere; not so at `point`; or the budget is spent.
    looked : int
        Boxes looked at.
    point : tuple of Fraction, optional
        Where it is not positive, with the `value` there.
    remaining : tuple of Box
        What is left open; sides that start where they end belong to step 2.
    """

    holds: bool | None
    looked: int
    point: tuple[Fraction, ...] = ()
    value: Range | None = None
    remaining: tuple[Box, ...] = ()


def positive_on(
    function: sp.Expr,
    sides: Mapping[sp.Symbol, Side],
    *,
    strict: bool = True,
    budget: int = 20_000,
    digits: int = 30,
) -> Decision:
    """Decide ``function > 0`` (``>= 0`` with ``strict=False``) for every point of a box.

    Parameters
    ----------
    function : sympy.Expr
        In the symbols of the box, made of what `ranges.RANGE` has.
    sides : mapping from a symbol to (start, end)
        Rational ends; None for an end at infinity.
    strict : bool
        Whether 0 is too small.
    budget : int
        Boxes that may be looked at.
    digits : int
        Working precision.

    Raises
    ------
    TypeError
        If the function holds what ranges cannot evaluate.

    Notes
    -----
    Rigour: True and False are proved; None is not an answer.
    """
    with precision(digits):
        return _Search(function, tuple(sides), strict).run(tuple(sides.values()), budget)


class _Search:
    """One search: the programs, and what is known so far."""

    def __init__(self, function: sp.Expr, symbols: tuple[sp.Symbol, ...], strict: bool) -> None:
        self._function, self._symbols, self._strict = function, symbols, strict
        self._value = lower(function, symbols, "range")
        self._slopes_known = False
        self._touching = Touching(function, symbols)

    @cached_property
    def _all(self) -> Any:
        """Value and slopes; made only where values do not decide, as factoring takes longer than many boxes."""
        slopes = [_slope(self._function, x) for x in self._symbols]
        try:
            return lower([self._function, *slopes], self._symbols, "range")
        except TypeError:
            # A derivative that ranges cannot evaluate (of the gamma function): do without.
            return None

    def run(self, start: Box, budget: int) -> Decision:
        """Search from one box."""
        order, looked = itertools.count(), 0
        for point in _corners(start):
            if (found := self._violation(point)) is not None:
                return Decision(False, looked, point, found)
        # Where the function is small comes first: a violation is found soon, and a proof needs all boxes anyway.
        todo: list[tuple[float, int, Box]] = [(0.0, next(order), start)]
        stuck: list[Box] = []
        pause = due = _OFTEN
        while todo:
            if looked >= budget:
                return Decision(None, looked, remaining=(*stuck, *(box for *_, box in todo)))
            looked += 1
            done, face, slopes = self._decided(heapq.heappop(todo)[2])
            if done or (not self._strict and self._touching.covers(face)):
                continue
            middle = tuple(_middle(side) for side in face)
            if (found := self._violation(middle)) is not None:
                return Decision(False, looked, middle, found)
            corner = all(start == end for start, end in face)
            if corner or looked >= due:
                zero = self._touching.look(face)
                pause = _OFTEN if zero else 2 * pause
                due = looked + pause
                if zero and self._strict:
                    return Decision(False, looked, zero, at(Fraction(0)))
                if zero:
                    self._touching.cover(zero, face, start)
                    if self._touching.covers(face):
                        continue
            if corner:
                # Neither the precision nor exact numbers tell the value at this corner from 0.
                stuck.append(face)
                continue
            height = _height(self._value(*map(at, middle)))
            for half in _halves(face, middle, slopes):
                heapq.heappush(todo, (height, next(order), half))
        return Decision(None if stuck else True, looked, remaining=tuple(stuck))

    def _enough(self, value: Range) -> bool:
        return bool(value.low > 0 if self._strict else value.low >= 0)

    def _violation(self, point: Sequence[Fraction]) -> Range | None:
        """The value at a point where the claim certainly fails."""
        value = self._value(*map(at, point))
        return value if (value.high <= 0 if self._strict else value.high < 0) else None

    def _decided(self, box: Box) -> tuple[bool, Box, list[Range] | None]:
        """Whether the claim holds on a box; else the part of it where the function is least, with the slopes there."""
        if not self._slopes_known or self._all is None:
            done = self._enough(self._value(*(between(*side) for side in box)))
            self._slopes_known = True
            if done or self._all is None:
                return done, box, None
        while True:
            ranges = [between(*side) for side in box]
            value, *slopes = self._all(*ranges)
            if self._enough(value):
                return True, box, slopes
            face = tuple(_least_side(side, slope) for side, slope in zip(box, slopes, strict=True))
            if face == box:
                return self._centred(box, ranges, slopes), box, slopes
            box = face

    def _centred(self, box: Box, ranges: list[Range], slopes: list[Range]) -> bool:
        """The mean value theorem about the middle."""
        if any(end is None for _, end in box):
            return False
        middle = [at(_middle(side)) for side in box]
        total = self._value(*middle)
        for slope, side, centre in zip(slopes, ranges, middle, strict=True):
            total = add(total, mul(slope, add(side, neg(centre))))
        return self._enough(total)


def _height(value: Range) -> float:
    """For the order of the search: boxes of which nothing is known come first."""
    return float(value.low) if value.bounded else -math.inf


def _slope(function: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    # In factors the sign shows where terms would cancel. Factoring a large one takes longer than many boxes.
    slope = sp.factor_terms(sp.diff(function, symbol))
    return sp.factor(slope) if sp.count_ops(slope) <= _FACTOR_UP_TO else slope


def _least_side(side: Side, slope: Range) -> Side:
    """The end at which a function with this slope is least, if the slope has one sign."""
    start, end = side
    if slope.low >= 0:
        return start, start
    return (end, end) if slope.high <= 0 and end is not None else side


def _middle(side: Side) -> Fraction:
    start, end = side
    if end is None:
        return max(2 * start, start + 1)
    if start > 0 and end >= 4 * start:
        return start * 2 ** ((int(end / start).bit_length() - 1 + 1) // 2)
    return (start + end) / 2


def _corners(box: Box) -> list[tuple[Fraction, ...]]:
    """Corners that are numbers, of boxes of few sides, and the middle."""
    ends = [[x for x in dict.fromkeys(side) if x is not None] for side in box]
    corners = list(itertools.product(*ends)) if len(box) <= _CORNERS else []
    return [*corners, tuple(_middle(side) for side in box)]


def _halves(box: Box, middle: Sequence[Fraction], slopes: list[Range] | None) -> list[Box]:
    weights = _weights(box, slopes)
    widest = max(range(len(box)), key=weights.__getitem__)
    start, end = box[widest]
    halves = ((start, middle[widest]), (middle[widest], end))
    return [(*box[:widest], half, *box[widest + 1 :]) for half in halves]


def _weights(box: Box, slopes: list[Range] | None) -> list[float]:
    """How much each side adds to the width of the enclosure; where that is not finite, their relative lengths."""
    if slopes is not None and all(end is not None for _, end in box):
        shares = [slope.size * _length(side) for side, slope in zip(box, slopes, strict=True)]
        if all(share < math.inf for share in shares) and any(shares):
            return shares
    return [_relative_length(side) for side in box]


def _length(side: Side) -> float:
    start, end = side
    return math.inf if end is None or end - start > _LARGEST else float(end - start)


def _relative_length(side: Side) -> float:
    start, end = side
    if end is None:
        # Later starts matter less, but never so little that other sides are halved without end.
        return 1 / (1 + int(max(start, Fraction(1))).bit_length())
    length = end - start
    return float(length / (1 + length if start <= 0 <= end else abs(start) + abs(end)))
