"""Statements on full networks and on discrete time hold in a quick run, and their false neighbours are refuted."""

from __future__ import annotations

import pytest
from flint import arb
from matplotlib.figure import Figure

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.findings import BallEquality, Exact, Identity
from memcurse.proofs_checks.evidence.statement import Control, Setting, Verdict

EXPECTED = {
    "def-3.1": Verdict.CERTIFIED,
    "eq-42": Verdict.CERTIFIED,
    "ext-discrete-time": Verdict.VERIFIED,
    "thm-jmlr-inverse": Verdict.CERTIFIED,
    "ext-jmlr-inverse-jordan": Verdict.CERTIFIED,
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


def test_a_violation_is_as_certain_as_its_counterexample() -> None:
    from memcurse.proofs_checks.evidence.findings import Violation

    assert Violation("x", Exact("equal", 1, 2)).verdict is Verdict.CERTIFIED
    assert Violation("x", Exact("equal", 1, 1)).verdict is Verdict.REFUTED
    assert Violation("x", Identity("equal", 1, 1)).verdict is Verdict.REFUTED
    assert Violation("x", BallEquality("overlap", arb(1), arb(1))).verdict is Verdict.UNDECIDED


def test_a_mistake_in_the_assembly_is_seen() -> None:
    from memcurse.numerics.networks.recurrent_kernel import RecurrentKernel
    from memcurse.proofs_checks.curse_of_memory.networks._networks import exact_agreement

    parts = [RecurrentKernel.diagonal([1], [1]), RecurrentKernel.diagonal([1, 2], [1, 3])]
    whole = RecurrentKernel.blocks(parts)
    assert exact_agreement(whole, parts).verdict is Verdict.CERTIFIED
    wrong = RecurrentKernel([1, 1, "2000001/1000000"], whole.W, whole.U)
    assert exact_agreement(wrong, parts).verdict is Verdict.REFUTED
