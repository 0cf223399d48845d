"""Inequalities for every point of a box, by adaptive subdivision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import sympy as sp

from memcurse.numerics.arithmetic.subdivision import Decision, positive_on
from memcurse.numerics.arithmetic.touching import Box, Side

from .finding import Finding
from .identities import exact_expression
from .scopes import Scope
from .verdicts import Verdict

_DIGITS: Final = 30
_SHOWN: Final = 3


@dataclass(frozen=True)
class ForAll(Finding):
    """``smaller < larger`` (``<=`` with ``strict=False``) for every point of a closed box.

    Parameters
    ----------
    smaller, larger : sympy.Expr
        Exact expressions in the symbols of the box.
    box : mapping from a symbol to (low, high)
        Rational ends, low < high. The upper end may be ``oo``: then for every point from `low` on. Write the sides so
        that they have limits there (divide by what both grow like): a strict inequality that becomes an equality at
        infinity is not decided. Where both sides touch, it is decided at rational points about which the difference is
        convex; at others (roots) it is not.
    strict : bool
        Whether equality refutes.
    budget : int
        Boxes that may be looked at.

    Notes
    -----
    CERTIFIED if no box is left, REFUTED by a rational point where the difference certainly has the wrong sign,
    UNDECIDED where the budget is spent; what remains is listed, all of it in `remaining`. The method is that of
    `numerics.arithmetic.subdivision`. The expressions, the box and `strict` are all that a second program needs.
    """

    smaller: Any
    larger: Any
    box: Mapping[sp.Symbol, tuple[Any, Any]]
    strict: bool = field(default=True, kw_only=True)
    budget: int = field(default=20_000, kw_only=True)
    method = "subdivision of a region"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "smaller", exact_expression(self.name, self.smaller))
        object.__setattr__(self, "larger", exact_expression(self.name, self.larger))
        unknown = self.difference.free_symbols - set(self.box)
        if unknown or not self.box:
            raise ValueError(
                f"`box` must give ends for every symbol; got none for {sorted(map(str, unknown))}"
            )
        object.__setattr__(self, "box", {x: _ends(x, *ends) for x, ends in self.box.items()})
        if not isinstance(self.budget, int) or self.budget < 1:
            raise ValueError(f"`budget` must be a positive integer; got {self.budget!r}")

    @property
    def difference(self) -> sp.Expr:
        """What must be positive (not negative, unless strict)."""
        return self.larger - self.smaller

    @property
    def scope(self) -> Scope:
        """The box."""
        return Scope(
            "region", box=tuple((str(x), str(low), str(high)) for x, (low, high) in self.box.items())
        )

    @property
    def verdict(self) -> Verdict:
        """CERTIFIED, UNDECIDED or REFUTED."""
        return {True: Verdict.CERTIFIED, False: Verdict.REFUTED, None: Verdict.UNDECIDED}[self.decision.holds]

    @property
    def detail(self) -> str:
        """How many boxes it took, the point that refutes it, or the boxes that remain."""
        found = self.decision
        if found.holds:
            return f"no box is left after {found.looked}"
        if found.holds is False:
            where = ", ".join(f"{x} = {value}" for x, value in zip(self.box, found.point, strict=True))
            return f"larger - smaller in {found.value} at {where}"
        shown = "; ".join(self._text(box) for box in found.remaining[:_SHOWN])
        return f"{len(found.remaining)} boxes remain after {found.looked}, such as {shown}"

    @property
    def remaining(self) -> tuple[dict[sp.Symbol, Side], ...]:
        """The boxes that the budget left open."""
        return tuple(dict(zip(self.box, box, strict=True)) for box in self.decision.remaining)

    @cached_property
    def decision(self) -> Decision:
        """The search, once."""
        sides = {
            x: (_fraction(low), None if high is sp.oo else _fraction(high))
            for x, (low, high) in self.box.items()
        }
        return positive_on(self.difference, sides, strict=self.strict, budget=self.budget, digits=_DIGITS)

    def _text(self, box: Box) -> str:
        return ", ".join(
            f"{x} in [{low}, {'oo' if high is None else high}]"
            for x, (low, high) in zip(self.box, box, strict=True)
        )


def _ends(symbol: sp.Symbol, low: Any, high: Any) -> tuple[sp.Rational, sp.Expr]:
    start = exact_expression(str(symbol), low)
    end = sp.oo if high is sp.oo else exact_expression(str(symbol), high)
    if not (start.is_Rational and (end is sp.oo or end.is_Rational) and start < end):
        raise ValueError(f"`box` must have rational ends in order; got {(low, high)} for {symbol}")
    return start, end


def _fraction(x: sp.Rational) -> Fraction:
    return Fraction(int(x.p), int(x.q))
