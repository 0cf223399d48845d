"""Broken formulas turn theorems 4.1 and 4.2 red."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.approximation import jackson as rates
from memcurse.theory.approximation import witnesses as sharpness

QUICK = Setting(digits=30, quick=True, seed=1)
CARDS = cards()


@pytest.mark.slow
def test_a_wrong_coefficient_turns_the_change_of_variables_red(monkeypatch: pytest.MonkeyPatch) -> None:
    right = rates.transform_coefficients
    monkeypatch.setattr(
        rates, "transform_coefficients", lambda k: (*right(k)[:-1], 2) if k == 2 else right(k)
    )
    assert load(CARDS["eq-47"]).check(QUICK).code_verdict is Verdict.REFUTED


@pytest.mark.slow
def test_a_wrong_witness_turns_the_scaling_red(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    module = importlib.import_module(CARDS["ext-thm-4.2-scaling"].module)
    monkeypatch.setattr(module, "single_error", lambda r: sharpness.single_error(r) * sp.Rational(9, 10))
    assert load(CARDS["ext-thm-4.2-scaling"]).check(QUICK).verdict is Verdict.REFUTED
