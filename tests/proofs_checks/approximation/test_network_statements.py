"""Statements on full networks and on discrete time hold in a quick run, and their false neighbours are refuted."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from memcurse.proofs_checks.catalogue import cards, load
from memcurse.proofs_checks.statement import Control, Setting, Verdict

EXPECTED = {
    "eq-42": Verdict.CERTIFIED,
    "ext-discrete-time": Verdict.VERIFIED,
}
QUICK = Setting(digits=30, quick=True, seed=1)
CARDS = cards()
CONTROLS = [(id, control) for id in EXPECTED for control in load(CARDS[id]).controls]


@pytest.mark.slow
@pytest.mark.parametrize("id", EXPECTED)
def test_quick_run_earns_the_verdict_and_is_drawn(id: str) -> None:
    statement = load(CARDS[id])
    evidence = statement.check(QUICK)
    assert evidence.verdict is EXPECTED[id], evidence.message
    assert evidence.table is not None
    assert statement.figure is not None
    ax = Figure().add_subplot()
    statement.figure(evidence, ax)
    assert ax.lines
    assert ax.get_xlabel()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("id", "control"), CONTROLS, ids=[f"{id}: {control.name}" for id, control in CONTROLS]
)
def test_false_neighbour_is_refuted(id: str, control: Control) -> None:
    evidence = control.check(QUICK)
    assert evidence.verdict is Verdict.REFUTED, evidence.message
