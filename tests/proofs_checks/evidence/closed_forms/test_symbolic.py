"""Identities for all values of symbols: what is said of the pair that fails."""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.closed_forms.symbolic import Identities
from memcurse.proofs_checks.evidence.verdicts import Verdict

x = sp.Symbol("x", positive=True)
TRUE, FALSE = ((x + 1) ** 2, x**2 + 2 * x + 1), (x, x + 1)


def test_the_pair_that_fails_is_named_where_there_are_several() -> None:
    several = Identities("second of two", [TRUE, FALSE])
    assert several.verdict is Verdict.REFUTED
    assert several.detail.startswith("pair 1: left - right = ")
    alone = Identities("alone", [FALSE])
    assert alone.verdict is Verdict.REFUTED
    assert alone.detail.startswith("left - right = ")
