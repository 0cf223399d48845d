r"""Whether a function of a few variables is positive on a whole box: adaptive subdivision.

On a box the value is enclosed three ways, the first that decides is taken:

1. as it is written, in `ranges`;
2. on the part of the boundary where it must be least: if a derivative has one sign on the box, the side is replaced by
   the end where the function is smaller, and the rest is enclosed again (and again, while sides are left);
3. by the mean value theorem about the middle.

A box that none of them decides is halved where that narrows the enclosure most; a side that reaches over a factor of
four in its geometric middle, one that ends at infinity at twice its start. A box at whose middle, or at whose corner
of step 2, the function certainly is not positive ends the search.
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

#: Start and end of a side; None where it has none.
Side = tuple[Fraction, Fraction | None]
Box = tuple[Side, ...]

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
        What is left open.
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
        while todo:
            if looked >= budget:
                return Decision(None, looked, remaining=tuple(box for *_, box in todo))
            _, _, box = heapq.heappop(todo)
            looked += 1
            done, slopes, corner = self._decided(box)
            if done:
                continue
            middle = tuple(_middle(side) for side in box)
            for point in (corner, middle):
                if point and (found := self._violation(point)) is not None:
                    return Decision(False, looked, point, found)
            height = _height(self._value(*map(at, middle)))
            for half in _halves(box, middle, slopes):
                heapq.heappush(todo, (height, next(order), half))
        return Decision(True, looked)

    def _enough(self, value: Range) -> bool:
        return bool(value.low > 0 if self._strict else value.low >= 0)

    def _violation(self, point: Sequence[Fraction]) -> Range | None:
        """The value at a point where the claim certainly fails."""
        value = self._value(*map(at, point))
        return value if (value.high <= 0 if self._strict else value.high < 0) else None

    def _decided(self, box: Box) -> tuple[bool, list[Range] | None, tuple[Fraction, ...]]:
        """Whether the claim holds on a box; else its slopes, and the corner where it must be least, if there is one."""
        if not self._slopes_known or self._all is None:
            done = self._enough(self._value(*(between(*side) for side in box)))
            self._slopes_known = True
            if done or self._all is None:
                return done, None, ()
        least, slopes = box, None
        for _ in range(len(box) + 1):
            ranges = [between(*side) for side in least]
            value, *here = self._all(*ranges)
            slopes = here if slopes is None else slopes
            if self._enough(value):
                return True, slopes, ()
            lower_face = tuple(_least_side(side, slope) for side, slope in zip(least, here, strict=True))
            if lower_face == least:
                return self._centred(least, ranges, here), slopes, _as_point(least)
            least = lower_face
        return False, slopes, _as_point(least)

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


def _as_point(box: Box) -> tuple[Fraction, ...]:
    return tuple(start for start, _ in box) if all(start == end for start, end in box) else ()


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
