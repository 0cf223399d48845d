"""The natural gradient's derivation and measurements: broken on purpose, each turns red."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from memcurse.proofs_checks.curse_of_memory.optimisation.methods import _natural_derivation as derivation
from memcurse.proofs_checks.curse_of_memory.optimisation.methods import ext_natural_gradient as statement
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.plateau import natural_gradient as natural


def test_every_step_is_an_identity() -> None:
    findings = (*derivation.function_space(), *derivation.reduced_flow(), *derivation.large_delays())
    assert [finding.verdict for finding in findings] == [Verdict.PROVED] * len(findings)
    assert derivation.valley_time().verdict is Verdict.PROVED


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("gram_off", lambda v, u, w: natural.share_off(v, w) / (v + u)),
        ("moment_off", lambda v, w, zeroth, at_w: zeroth - at_w[0]),
    ],
)
def test_a_wrong_formula_turns_the_reduced_flow_red(name: str, broken: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(natural, name, broken)
    assert min(x.verdict for x in derivation.reduced_flow()) < Verdict.PROVED


def test_a_wrong_velocity_is_not_proved(monkeypatch: Any) -> None:
    right = natural.velocities

    def wrong(*args: sp.Expr) -> natural.Reduced:
        found = right(*args)
        return found._replace(split=found.split * sp.Rational(99, 100))

    monkeypatch.setattr(natural, "velocities", wrong)
    assert min(x.verdict for x in derivation.reduced_flow()) < Verdict.PROVED


def test_the_integral_is_where_it_is() -> None:
    assert derivation.enclosed_integral().verdict is Verdict.CERTIFIED
    assert derivation.enclosed_integral("10.46", "10.47").verdict is Verdict.REFUTED


@pytest.mark.slow
def test_a_wrong_reduction_turns_the_comparison_and_the_law_red(monkeypatch: Any) -> None:
    right = statement.reduced_time
    assert statement.against_reduced(*statement.OTHERS[0]).verdict is Verdict.OBSERVED
    monkeypatch.setattr(statement, "reduced_time", lambda *args: right(*args) * 1.0001)
    statement.ladder.cache_clear()
    try:
        assert statement.against_reduced(*statement.OTHERS[0]).verdict is Verdict.REFUTED
        assert statement.law(1.0, 4.0)[0].verdict is Verdict.REFUTED
    finally:
        statement.ladder.cache_clear()
