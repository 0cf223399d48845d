"""Broken formulas turn the statements of appendix D.1 red."""

from __future__ import annotations

import importlib

import pytest
import sympy as sp

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.landscape import critical_spaces as spaces
from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.curse_of_memory.landscape.critical_spaces import ext_basins, ext_fubini
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.landscape import critical_spaces as theory
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.objective import continuous as objective

QUICK = Setting(digits=30, quick=True, seed=1)
CARDS = cards()


def red(id: str) -> bool:
    """Whether a check refutes the claim, or the package's own routines where the claim has a proof of its own."""
    evidence = load(CARDS[id]).check(QUICK)
    return Verdict.REFUTED in (evidence.verdict, evidence.code_verdict)


@pytest.mark.slow
def test_a_wrong_rule_for_groups_turns_the_inertia_red(monkeypatch: pytest.MonkeyPatch) -> None:
    right = spaces.space_inertia

    def broken(partition, coefficients, amplitudes, curvatures, reduced):
        found = right(partition, coefficients, amplitudes, curvatures, reduced)
        for group, b, Q in zip(partition, amplitudes, curvatures, strict=True):
            one = theory.group_inertia([coefficients[k] for k in group], b, Q)
            found = Inertia(
                found.positive - one.positive + one.negative,
                found.zero,
                found.negative + one.positive - one.negative,
            )
        return found

    monkeypatch.setattr(spaces, "space_inertia", broken)
    assert red("ext-inertia")


@pytest.mark.slow
def test_a_wrong_hessian_turns_inertia_and_rank_red(monkeypatch: pytest.MonkeyPatch) -> None:
    right = objective.hessian

    def wrong(a, w, moment=objective._moment):
        H = right(a, w, moment)
        m = len(a)
        for k in range(m):
            H[m + k, m + k] += sp.Rational(1, 3) * a[k] ** 2
        return H

    monkeypatch.setattr(objective, "hessian", wrong)
    for id in ("ext-inertia", "thm-d.3"):
        assert red(id)


@pytest.mark.slow
def test_a_wrong_gradient_turns_the_classifier_red(monkeypatch: pytest.MonkeyPatch) -> None:
    right = objective.gradient

    def wrong(a, w, moment=objective._moment):
        g = right(a, w, moment)
        m = len(a)
        for k in range(m):
            g[m + k] = g[m + k] + a[k] * g[k] + a[k] ** 2 * sp.Rational(1, 7)
        return g

    monkeypatch.setattr(objective, "gradient", wrong)
    for id in ("def-d.1", "thm-d.1"):
        assert red(id)


@pytest.mark.slow
def test_a_wrong_fubini_recurrence_turns_the_counts_red(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(CARDS["ext-fubini"].module)
    monkeypatch.setattr(module, "fubini", lambda m: theory.fubini(m) + (m > 4))
    assert load(CARDS["ext-fubini"]).check(QUICK).code_verdict is Verdict.REFUTED


def test_every_width_counts_once() -> None:
    """As many instances as widths: the counts, and the law at each of them."""
    evidence = ext_fubini.check(QUICK)
    counts, series, law = (finding for finding in evidence.findings if finding.about == "code")
    assert evidence.instances == counts.held == law.held == 49
    assert series.held == 50


def test_boxes_that_are_caught_are_those_of_stable_points(monkeypatch: pytest.MonkeyPatch) -> None:
    space = ext_basins._line(ext_basins._TARGETS[0])
    with precision(30):
        caught = [ext_basins._caught_box(space, share) for share in ext_basins._SHARES]
        assert caught == [ext_basins._is_stable(space, share) for share in ext_basins._SHARES]
        assert True in caught
        assert False in caught
        # A box on which the Hessian changes too much proves nothing.
        monkeypatch.setattr(ext_basins, "_BOX", sp.Rational(1, 10))
        assert not any(ext_basins._caught_box(space, share) for share in ext_basins._SHARES)
