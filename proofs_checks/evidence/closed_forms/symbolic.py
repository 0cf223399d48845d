"""Findings from exact arithmetic: identities for all values of their symbols, equal rational numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from memcurse.proofs_checks.evidence.ball_findings import Pair, nonempty
from memcurse.proofs_checks.evidence.finding import About, Finding
from memcurse.proofs_checks.evidence.identities import (
    counterexample,
    exact_expression,
    undefined_part,
    vanishing_reduction,
)
from memcurse.proofs_checks.evidence.intervals import exact_fraction, validate_guaranteed
from memcurse.proofs_checks.evidence.scopes import ALL, Scope
from memcurse.proofs_checks.evidence.verdicts import Verdict


def _flat(values: Any) -> tuple[Any, ...]:
    """Entries of a matrix or sequence, or the one value."""
    if hasattr(values, "flat"):
        return tuple(values.flat() if callable(values.flat) else values.flat)
    return tuple(values) if isinstance(values, Sequence) else (values,)


def _paired(name: str, left: Any, right: Any) -> tuple[Pair, ...]:
    lefts, rights = _flat(left), _flat(right)
    if len(lefts) != len(rights) or getattr(left, "shape", None) != getattr(right, "shape", None):
        raise ValueError(
            f"`{name}` must have as many entries on both sides; got {len(lefts)} and {len(rights)}"
        )
    return nonempty(name, zip(lefts, rights, strict=True))


@dataclass(frozen=True)
class Identities(Finding):
    """Symbolic identities ``left == right`` for all values of their symbols (the assumptions are the
    hypotheses).

    PROVED if every difference reduces to a structural 0; REFUTED by a rational point at which one certainly
    differs from 0 in ball arithmetic, which is looked for first. Expressions are exact: no floats.

    Where the claim speaks of every size (a number of units, a partition) and the pairs are written out for some,
    `sizes` says for how many: that other sizes are alike is an argument in words, so the verdict is CERTIFIED, at so
    many instances.
    """

    pairs: Sequence[Pair]
    sizes: int = field(default=0, kw_only=True)
    method = "symbolic identity"

    @property
    def held(self) -> int:
        """How many differences there are."""
        return len(self.pairs)

    @property
    def scope(self) -> Scope:
        """All values of the symbols; where they are written out for some sizes only, these."""
        return Scope("instances", self.sizes) if self.sizes else ALL

    def __post_init__(self) -> None:
        super().__post_init__()
        pairs = nonempty(self.name, self.pairs)
        checked = tuple((exact_expression(self.name, x), exact_expression(self.name, y)) for x, y in pairs)
        object.__setattr__(self, "pairs", checked)

    @cached_property
    def _result(self) -> tuple[Verdict, str]:

        reductions: dict[str, None] = {}
        undecided: list[str] = []
        for index, (left, right) in enumerate(self.pairs):
            if (witness := counterexample(left - right)) is not None:
                return Verdict.REFUTED, f"{self._which(index)}left - right = {witness}"
            if (nowhere := undefined_part(left) or undefined_part(right)) is not None:
                undecided.append(f"{self._which(index)}{nowhere}")
            elif (reduction := vanishing_reduction(left - right)) is None:
                undecided.append(
                    f"{self._which(index)}left - right = {_short(left - right)} was not reduced to 0"
                )
            else:
                reductions[reduction] = None
        if undecided:
            return Verdict.UNDECIDED, undecided[0] + (
                f" (and {len(undecided) - 1} more)" if undecided[1:] else ""
            )
        count = f"{len(self.pairs)} differences reduce" if len(self.pairs) > 1 else "the difference reduces"
        detail = f"{count} to 0 ({', '.join(reductions)})"
        if self.sizes:
            return Verdict.CERTIFIED, f"{detail} for all parameters of this size; other sizes by argument"
        return Verdict.PROVED, detail

    def _which(self, index: int) -> str:
        return f"pair {index}: " if len(self.pairs) > 1 else ""

    @property
    def verdict(self) -> Verdict:
        """PROVED (CERTIFIED for some sizes only), UNDECIDED or REFUTED."""
        return self._result[0]

    @property
    def detail(self) -> str:
        """The reductions that were needed, or the witness."""
        return self._result[1]


def _short(value: Any, limit: int = 120) -> str:
    text = str(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def Identity(name: str, left: Any, right: Any = 0, *, about: About = "claim", sizes: int = 0) -> Identities:
    """One symbolic identity, entry by entry if both sides are matrices or sequences; see `Identities`."""
    return Identities(name, _paired(name, left, right), about=about, sizes=sizes)


@dataclass(frozen=True)
class Exact(Finding):
    """Equality of exact rational numbers, entry by entry, at instances: CERTIFIED or REFUTED."""

    left: Any
    right: Any
    method = "exact arithmetic"

    @property
    def held(self) -> int:
        """How many entries are compared."""
        return len(self._pairs)

    @cached_property
    def _pairs(self) -> tuple[tuple[Fraction, Fraction], ...]:
        pairs = _paired(self.name, self.left, self.right)
        for value in (x for pair in pairs for x in pair):
            validate_guaranteed(self.name, value)
        return tuple((exact_fraction(self.name, x), exact_fraction(self.name, y)) for x, y in pairs)

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self._pairs

    @property
    def verdict(self) -> Verdict:
        """CERTIFIED or REFUTED."""
        return Verdict.CERTIFIED if all(x == y for x, y in self._pairs) else Verdict.REFUTED

    @property
    def detail(self) -> str:
        """The first difference, or how many entries are equal."""
        for index, (x, y) in enumerate(self._pairs):
            if x != y:
                return f"entry {index}: {_short(x, 60)} differs from {_short(y, 60)}"
        last = self._pairs[-1][0]
        return (
            f"both are {_short(last, 60)}"
            if len(self._pairs) == 1
            else f"{len(self._pairs)} entries are equal"
        )
