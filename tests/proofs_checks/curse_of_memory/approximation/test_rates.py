"""Theorems 4.1 and 4.2 hold in a quick run, their false neighbours are refuted, and broken formulas turn them red."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Control, Setting, Verdict
from memcurse.proofs_checks.report.figures import csv_text, figure_svg
from memcurse.theory.approximation import jackson as rates
from memcurse.theory.approximation import witnesses as sharpness

EXPECTED = {
    "eq-47": Verdict.CERTIFIED,
    "thm-4.1": Verdict.CERTIFIED,
    "thm-4.2": Verdict.CERTIFIED,
    "ext-thm-4.2-scaling": Verdict.CERTIFIED,
}
QUICK = Setting(digits=30, quick=True, seed=1)
CARDS = cards()
CONTROLS = [(id, control) for id in EXPECTED for control in load(CARDS[id]).controls]


@pytest.mark.slow
@pytest.mark.parametrize("id", EXPECTED)
def test_quick_run_earns_the_verdict_and_can_be_shown(id: str) -> None:
    statement = load(CARDS[id])
    evidence = statement.check(QUICK)
    assert evidence.verdict is EXPECTED[id], evidence.message
    assert evidence.table is not None
    assert csv_text(evidence.table).count("\n") > 1
    assert statement.figure is not None
    assert "<svg" in figure_svg(statement.figure, evidence, id)


@pytest.mark.slow
@pytest.mark.parametrize(("id", "control"), CONTROLS, ids=[f"{id}: {c.name}" for id, c in CONTROLS])
def test_false_neighbour_is_refuted(id: str, control: Control) -> None:
    evidence = control.check(QUICK)
    assert evidence.verdict is Verdict.REFUTED, evidence.message


@pytest.mark.slow
def test_a_wrong_coefficient_turns_the_change_of_variables_red(monkeypatch: pytest.MonkeyPatch) -> None:
    right = rates.transform_coefficients
    monkeypatch.setattr(
        rates, "transform_coefficients", lambda k: (*right(k)[:-1], 2) if k == 2 else right(k)
    )
    assert load(CARDS["eq-47"]).check(QUICK).verdict is Verdict.REFUTED


@pytest.mark.slow
def test_a_wrong_witness_turns_the_scaling_red(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    module = importlib.import_module(CARDS["ext-thm-4.2-scaling"].module)
    monkeypatch.setattr(module, "single_error", lambda r: sharpness.single_error(r) * sp.Rational(9, 10))
    assert load(CARDS["ext-thm-4.2-scaling"]).check(QUICK).verdict is Verdict.REFUTED
