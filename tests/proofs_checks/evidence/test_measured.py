"""Measurements without chance: the finding at its ends, and each kind of range by a second route."""

from __future__ import annotations

from typing import Any

import pytest

from memcurse.proofs_checks.evidence.experiments import WIDER
from memcurse.proofs_checks.evidence.findings import Measured
from memcurse.proofs_checks.evidence.scopes import Scope
from memcurse.proofs_checks.evidence.verdicts import Verdict


@pytest.mark.parametrize(
    ("claimed", "verdict"),
    [
        (1.0, Verdict.OBSERVED),
        (3.0, Verdict.OBSERVED),
        (0.99, Verdict.UNDECIDED),
        (-2.0, Verdict.UNDECIDED),
        (6.0, Verdict.UNDECIDED),
        (-2.01, Verdict.REFUTED),
        (6.01, Verdict.REFUTED),
    ],
)
def test_a_claim_at_the_ends_of_its_range(claimed: float, verdict: Verdict) -> None:
    found = Measured("slope", claimed, (1.0, 3.0), 5, origin="local slopes", fitted="a line")
    assert found.wider == (2 - WIDER, 2 + WIDER)
    assert (found.verdict, found.held, found.scope) == (verdict, 5, Scope("instances", 5))
    word = "4 times the local slopes" if verdict is Verdict.REFUTED else "(local slopes"
    assert word in found.detail
    assert "fitted: a line" in found.detail


def test_a_short_range_is_shown_with_its_length() -> None:
    found = Measured("limit", 2.5, (2.5 - 1e-10, 2.5 + 1e-10), 3, origin="residual bound")
    assert found.detail.startswith("2.5 in [2.4999999999, 2.5000000001]")


@pytest.mark.parametrize(
    "changes",
    [
        {"claimed": float("nan")},
        {"bounds": (0.0, float("inf"))},
        {"bounds": (1.0, 1.0)},
        {"instances": 1},
        {"origin": ""},
    ],
)
def test_degenerate_measurements_are_refused(changes: dict[str, Any]) -> None:
    good: dict[str, Any] = {"claimed": 0.5, "bounds": (0.0, 1.0), "instances": 4, "origin": "local slopes"}
    with pytest.raises(ValueError, match="must"):
        Measured("slope", **(good | changes))
