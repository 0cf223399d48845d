"""Every statement of this part holds in a quick run, and every false neighbour of it is refuted."""

from __future__ import annotations

import pytest

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Control, Setting, Verdict

EXPECTED = {
    "prop-3.1": Verdict.CERTIFIED,
    "eq-7": Verdict.CERTIFIED,
    "eq-12": Verdict.CERTIFIED,
    "eq-17": Verdict.OBSERVED,
    "eq-18": Verdict.VERIFIED,
    "eq-19": Verdict.VERIFIED,
    "eq-97": Verdict.VERIFIED,
}
QUICK = Setting(digits=30, quick=True, seed=1)
CARDS = cards()
CONTROLS = [(id, control) for id in EXPECTED for control in load(CARDS[id]).controls]


@pytest.mark.slow
@pytest.mark.parametrize("id", EXPECTED)
def test_quick_run_earns_the_verdict(id: str) -> None:
    evidence = load(CARDS[id]).check(QUICK)
    assert evidence.verdict is EXPECTED[id], evidence.message
    assert evidence.instances >= 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("id", "control"), CONTROLS, ids=[f"{id}: {control.name}" for id, control in CONTROLS]
)
def test_false_neighbour_is_refuted(id: str, control: Control) -> None:
    evidence = control.check(QUICK)
    assert evidence.verdict is Verdict.REFUTED, evidence.message


@pytest.mark.parametrize("id", EXPECTED)
def test_figure_and_table_can_be_drawn(id: str) -> None:
    statement = load(CARDS[id])
    assert statement.figure is not None
    assert statement.provenance.value in {"derived", "recovered"}


@pytest.mark.slow
def test_same_seed_same_evidence() -> None:
    statement = load(CARDS["eq-17"])
    first, second = (statement.check(QUICK) for _ in range(2))
    assert first.table == second.table
    assert statement.check(Setting(digits=30, quick=True, seed=2)).table != first.table
