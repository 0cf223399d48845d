"""Other variables for the rates: the machinery on what it must not accept."""

from __future__ import annotations

import pytest

from memcurse.proofs_checks.curse_of_memory.optimisation.methods import ext_reparametrisation as statement
from memcurse.proofs_checks.evidence.verdicts import Verdict


def test_the_chain_rule() -> None:
    assert statement.chain_rule().verdict is Verdict.PROVED
    assert statement.chain_rule(1).verdict is Verdict.REFUTED


@pytest.mark.slow
def test_times_that_are_off_turn_red(monkeypatch: pytest.MonkeyPatch) -> None:
    right = statement.time
    assert statement.ratio("exp", 1.0).verdict is Verdict.OBSERVED
    monkeypatch.setattr(statement, "time", lambda half, name: right(half, name) * (1.2 if name else 1.0))
    assert statement.ratio("exp", 1.0).verdict is Verdict.REFUTED
    monkeypatch.setattr(statement, "time", lambda half, name: right(half, name) ** (0.97 if name else 1.0))
    assert statement.exponent("exp", 1.0).verdict is Verdict.REFUTED
