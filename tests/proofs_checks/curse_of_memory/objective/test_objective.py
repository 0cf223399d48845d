"""A statement draws from its seed alone."""

from __future__ import annotations

import pytest

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Setting

QUICK = Setting(digits=30, quick=True, seed=1)
CARDS = cards()


@pytest.mark.slow
def test_same_seed_same_evidence() -> None:
    statement = load(CARDS["eq-17"])
    first, second = (statement.check(QUICK) for _ in range(2))
    assert first.table == second.table
    assert statement.check(Setting(digits=30, quick=True, seed=2)).table != first.table
