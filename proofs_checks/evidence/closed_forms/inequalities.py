"""Inequalities for all values of their symbols, by an identical form whose sign is read off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import sympy as sp

from memcurse.proofs_checks.evidence.ball_findings import nonempty
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.identities import (
    counterexample,
    exact_expression,
    undefined_part,
    vanishing_reduction,
)
from memcurse.proofs_checks.evidence.scopes import ALL, Scope
from memcurse.proofs_checks.evidence.verdicts import Verdict

from .signs import sign_read_off

#: Points at which a false one is looked for.
_POINTS: Final = 24


def _witness(difference: sp.Expr, forbidden: tuple[int, ...]) -> str | None:
    """A point where the difference has a forbidden sign: any, or one where all that may be 0 is 0."""
    if (found := counterexample(difference, forbidden, _POINTS)) is not None or difference.has(sp.Indexed):
        return found
    gaps = sorted((x for x in difference.free_symbols if x.is_nonnegative and not x.is_positive), key=str)
    sharp = counterexample(difference.subs(dict.fromkeys(gaps, 0)), forbidden, _POINTS) if gaps else None
    return sharp and f"{sharp} with {', '.join(map(str, gaps))} = 0"


@dataclass(frozen=True)
class Inequalities(Finding):
    """``smaller <= larger`` (``<`` with ``strict=True``) for all values of the symbols, whose assumptions are the
    hypotheses.

    Each step is ``(smaller, larger, form)``: the form is what ``larger - smaller`` is, written such that its sign can
    be read off (a square over something positive, a product of gaps).

    PROVED if every difference is identically its form and every form has the sign (`signs.sign_read_off`); REFUTED by a
    rational point at which a difference certainly has the other sign, which is looked for first. A form that is not the
    difference, or whose sign is not seen, leaves it UNDECIDED.
    """

    steps: Sequence[tuple[Any, Any, Any]]
    strict: bool = field(default=False, kw_only=True)
    method = "sign of an identical form"

    def __post_init__(self) -> None:
        super().__post_init__()
        steps = tuple(
            tuple(exact_expression(self.name, part) for part in step)
            for step in nonempty(self.name, self.steps)
        )
        if any(len(step) != 3 for step in steps):
            raise ValueError(f"`{self.name}` must hold steps (smaller, larger, form); got {self.steps!r}")
        object.__setattr__(self, "steps", steps)

    @property
    def held(self) -> int:
        """How many inequalities there are."""
        return len(self.steps)

    @property
    def scope(self) -> Scope:
        """All values of the symbols."""
        return ALL

    @cached_property
    def _result(self) -> tuple[Verdict, str]:
        forbidden = (-1, 0) if self.strict else (-1,)
        missing: list[str] = []
        for index, (smaller, larger, form) in enumerate(self.steps):
            if (witness := _witness(larger - smaller, forbidden)) is not None:
                return Verdict.REFUTED, f"step {index}: larger - smaller = {witness}"
            if (open_part := self._missing(larger - smaller, form)) is not None:
                missing.append(f"step {index}: {open_part}")
        if missing:
            return Verdict.UNDECIDED, missing[0]
        return Verdict.PROVED, f"{len(self.steps)} differences are forms without a negative part"

    def _missing(self, difference: Any, form: Any) -> str | None:
        """What of the proof is not there, or None."""
        if (nowhere := undefined_part(difference) or undefined_part(form)) is not None:
            return nowhere
        if vanishing_reduction(difference - form) is None:
            return f"larger - smaller was not reduced to {form}"
        sign = sign_read_off(form)
        if sign is None or (self.strict and sign == 0):
            return f"the sign of {form} is not seen"
        return None

    @property
    def verdict(self) -> Verdict:
        """PROVED, UNDECIDED or REFUTED."""
        return self._result[0]

    @property
    def detail(self) -> str:
        """The witness, what is missing, or how many there are."""
        return self._result[1]
