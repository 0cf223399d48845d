"""Findings on intervals that integrations, not proofs, have given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .finding import Finding
from .intervals import Interval, decimal
from .verdicts import Verdict


@dataclass(frozen=True)
class InOrder(Finding):
    """``smaller <= larger`` for every pair of intervals that integrations, not proofs, have given.

    VERIFIED if every pair is apart in that order, REFUTED if one is apart in the other, UNDECIDED otherwise.
    """

    pairs: Sequence[tuple[Interval, Interval]]
    method = "intervals of computed times"

    @property
    def held(self) -> int:
        """How many pairs there are."""
        return max(len(self.pairs), 1)

    @cached_property
    def _held(self) -> list[bool | None]:
        held: list[bool | None] = []
        for smaller, larger in self.pairs:
            (low, high), (least, most) = smaller.ends, larger.ends
            held.append(True if high < least else False if most < low else None)
        return held

    @property
    def verdict(self) -> Verdict:
        """VERIFIED, UNDECIDED or REFUTED."""
        if False in self._held:
            return Verdict.REFUTED
        return Verdict.VERIFIED if self._held and None not in self._held else Verdict.UNDECIDED

    @property
    def detail(self) -> str:
        """The first pair that fails or stays open, else the tightest."""
        if not self._held:
            return "no instance"
        for held, words in ((False, "fails"), (None, "is not separated")):
            if held in self._held:
                return f"{_text(self.pairs[self._held.index(held)])} {words}"
        tightest = min(self.pairs, key=lambda pair: pair[1].middle / abs(pair[0].middle))
        return f"{len(self.pairs)} instances, tightest {_text(tightest)}"


def _text(pair: tuple[Interval, Interval]) -> str:
    return " <= ".join(decimal(side.middle, 8) for side in pair)
