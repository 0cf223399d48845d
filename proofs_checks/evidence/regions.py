"""Inequalities for every point of a box, by adaptive subdivision in balls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import hull, precision, rational_ball
from memcurse.numerics.arithmetic.lowering import lower

from .finding import Finding
from .identities import exact_expression
from .scopes import Scope
from .verdicts import Verdict

Ends = tuple[sp.Rational, sp.Rational]
_DIGITS: Final = 30


@dataclass(frozen=True)
class ForAll(Finding):
    """``smaller < larger`` for every point of a closed box.

    Parameters
    ----------
    smaller, larger : sympy.Expr
        Exact expressions in the symbols of the box.
    box : mapping from a symbol to (low, high)
        Exact ends, low < high.
    budget : int
        Boxes that may be looked at.

    Notes
    -----
    The difference is enclosed on a box by itself and by the mean value theorem; a box on which it is not certainly
    positive is halved where that narrows the enclosure most. CERTIFIED if no box is left, REFUTED by a rational point
    where the difference is certainly negative or 0, UNDECIDED where the budget is spent; what remains is listed.
    """

    smaller: Any
    larger: Any
    box: Mapping[sp.Symbol, tuple[Any, Any]]
    budget: int = field(default=20_000, kw_only=True)
    method = "subdivision of a region in balls"

    def __post_init__(self) -> None:
        super().__post_init__()
        difference = exact_expression(self.name, self.larger) - exact_expression(self.name, self.smaller)
        unknown = difference.free_symbols - set(self.box)
        if unknown or not self.box:
            raise ValueError(
                f"`box` must give ends for every symbol; got none for {sorted(map(str, unknown))}"
            )
        for symbol, (low, high) in self.box.items():
            ends = (exact_expression(str(symbol), low), exact_expression(str(symbol), high))
            if not (ends[0].is_Rational and ends[1].is_Rational and ends[0] < ends[1]):
                raise ValueError(f"`box` must have rational ends in order; got {ends} for {symbol}")
        if not isinstance(self.budget, int) or self.budget < 1:
            raise ValueError(f"`budget` must be a positive integer; got {self.budget!r}")

    @property
    def scope(self) -> Scope:
        """The box."""
        sides = tuple((str(symbol), str(low), str(high)) for symbol, (low, high) in self.box.items())
        return Scope("region", box=sides)

    @property
    def verdict(self) -> Verdict:
        """CERTIFIED, UNDECIDED or REFUTED."""
        return self._result[0]

    @property
    def detail(self) -> str:
        """How many boxes it took, the point that refutes it, or the boxes that remain."""
        return self._result[1]

    @cached_property
    def _result(self) -> tuple[Verdict, str]:
        symbols = tuple(self.box)
        difference = exact_expression("larger", self.larger) - exact_expression("smaller", self.smaller)
        with precision(_DIGITS):
            value = lower(difference, symbols, "ball")
            slopes = [lower(sp.diff(difference, x), symbols, "ball") for x in symbols]
            start = [(sp.Rational(low), sp.Rational(high)) for low, high in self.box.values()]
            return _decided(symbols, value, slopes, start, self.budget)


def _decided(
    symbols: tuple[sp.Symbol, ...],
    value: Callable[..., Any],
    slopes: list[Callable[..., Any]],
    start: list[Ends],
    budget: int,
) -> tuple[Verdict, str]:
    todo, looked = [start], 0
    while todo:
        if looked >= budget:
            shown = "; ".join(_text(symbols, box) for box in todo[-3:])
            return Verdict.UNDECIDED, f"{len(todo)} boxes remain after {looked}, such as {shown}"
        box = todo.pop()
        looked += 1
        middle = [(low + high) / 2 for low, high in box]
        at_middle = value(*(rational_ball(x) for x in middle))
        if at_middle <= 0:
            where = ", ".join(f"{symbol} = {x}" for symbol, x in zip(symbols, middle, strict=True))
            return Verdict.REFUTED, f"larger - smaller = {at_middle.str(6)} at {where}"
        sides = [hull(rational_ball(low), rational_ball(high)) for low, high in box]
        if value(*sides) > 0:
            continue
        spreads = [
            slope(*sides) * (side - rational_ball(x))
            for slope, side, x in zip(slopes, sides, middle, strict=True)
        ]
        if sum(spreads, at_middle) > 0:
            continue
        widest = max(range(len(box)), key=lambda i: _size(spreads[i], box[i]))
        for half in ((box[widest][0], middle[widest]), (middle[widest], box[widest][1])):
            todo.append([half if i == widest else side for i, side in enumerate(box)])
    return Verdict.CERTIFIED, f"no box is left after {looked}"


def _size(spread: arb, side: Ends) -> tuple[bool, float]:
    """What halving a side would narrow: its part of the mean value form, or its length where that is unbounded."""
    if spread.is_finite():
        return False, float(spread.rad())
    return True, float(side[1] - side[0])


def _text(symbols: tuple[sp.Symbol, ...], box: list[Ends]) -> str:
    return ", ".join(f"{s} in [{low}, {high}]" for s, (low, high) in zip(symbols, box, strict=True))
