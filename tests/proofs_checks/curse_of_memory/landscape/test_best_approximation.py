"""What lemma D.1 and theorems D.4 to D.6 are checked with, by second routes."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.objective.objective import Objective
from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.curse_of_memory.landscape.best_approximation import (
    _fits,
    thm_d_6_count,
)
from memcurse.proofs_checks.curse_of_memory.landscape.best_approximation import (
    lem_d_1_existence as lem_d_1,
)
from memcurse.proofs_checks.curse_of_memory.landscape.best_approximation import (
    thm_d_5_interpolation as thm_d_5,
)
from memcurse.proofs_checks.curse_of_memory.landscape.best_approximation._fits import (
    MIXED,
    minimum,
    residual_moments,
)
from memcurse.proofs_checks.curse_of_memory.landscape.best_approximation._one_rate import (
    Gain,
    gain_near_zero,
    locate,
)
from memcurse.proofs_checks.curse_of_memory.landscape.best_approximation.thm_d_6_count import (
    _by_recurrence,
    _spaces,
)
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.targets.kernels import PowerLaw

QUICK = Setting(digits=30, quick=True, seed=1)
CARDS = cards()


def test_residual_moments_are_those_of_the_gradient() -> None:
    found = minimum("mixed", MIXED, 2, 30)
    at = [arb("0.7"), arb("11")]
    moments = residual_moments(MIXED, found.proof.a, found.proof.w, 0, at, 30)
    # Two idle terms at those rates read the residual off the gradient.
    a, w = [*found.proof.a, 0, 0], [*found.proof.w, *at]
    gradient = Objective(MIXED).enclose(a, w, 60).gradient
    assert all(gradient[2 + k, 0].overlaps(2 * moments[k]) for k in range(2))


@pytest.mark.parametrize("n", [0, 1])
def test_a_minimum_interpolates_and_what_is_next_to_one_does_not(n: int) -> None:
    found = minimum("(1+t)^-2", PowerLaw(1), 2, 30)
    assert thm_d_5._interpolates(found, n, QUICK).verdict is Verdict.CERTIFIED
    moved = [side * arb("1.00001") if i == 3 else side for i, side in enumerate(found.proof.box)]
    beside = replace(found, proof=replace(found.proof, box=tuple(moved)))
    assert thm_d_5._interpolates(beside, n, QUICK).verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        # A routine that sees nothing, one that is silent, one that reads another quantity off.
        (lambda balls: [arb(0, 1) for _ in balls], Verdict.UNDECIDED),
        (lambda balls: [arb(0) for _ in balls], Verdict.REFUTED),
        (lambda balls: [1001 * x / 1000 for x in balls], Verdict.REFUTED),
        (lambda balls: [-x for x in balls], Verdict.REFUTED),
    ],
)
def test_a_broken_routine_is_not_certified(answer: Any, verdict: Verdict, monkeypatch: Any) -> None:
    right = thm_d_5.residual_moments
    monkeypatch.setattr(thm_d_5, "residual_moments", lambda *args: answer(right(*args)))
    found = minimum("(1+t)^-2", PowerLaw(1), 2, 30)
    assert thm_d_5._interpolates(found, 0, QUICK).verdict is verdict


@pytest.mark.slow
@pytest.mark.parametrize("name", ["thm-d.5", "thm-d.6"])
def test_a_certified_point_that_is_none_is_seen(name: str, monkeypatch: Any) -> None:
    """The proof stands on the expressions: what `certify` says of its box is not taken over."""
    right = _fits.certify

    def wrong(*args: Any) -> Any:
        found = right(*args)
        wide = tuple(side * (1 + arb(2) ** -40) for side in found.box)
        return replace(found, box=wide)

    monkeypatch.setattr(_fits, "certify", wrong)
    evidence = load(CARDS[name]).check(QUICK)
    assert evidence.weakest is Verdict.REFUTED


def test_an_amplitude_that_is_0_is_no_best_one(monkeypatch: Any) -> None:
    """Remark D.1 needs a != 0 at the minimum: the ball that is exactly 0 refutes it."""
    right = lem_d_1.critical_points

    def wrong(*args: Any) -> Any:
        first, *others = right(*args)
        enclosure = replace(first.enclosure, a=(arb(0),))
        return [replace(first, enclosure=enclosure), *others]

    monkeypatch.setattr(lem_d_1, "critical_points", wrong)
    finding, _ = lem_d_1._sum_minimum(2, random.Random(1), 30)
    assert finding.verdict is Verdict.REFUTED


def test_a_gradient_of_another_sign_is_seen_on_the_spaces(monkeypatch: Any) -> None:
    right = Objective.enclose

    def wrong(self: Any, a: Any, w: Any, digits: int) -> Any:
        found = right(self, a, w, digits)
        return replace(found, gradient=-found.gradient) if len(a) > 2 else found

    monkeypatch.setattr(thm_d_6_count.Objective, "enclose", wrong)
    found = minimum("(1+t)^-2", PowerLaw(1), 2, 30)
    shares = {0: sp.Rational(1, 3), 1: sp.S.One, 2: sp.Rational(2, 3)}
    space = thm_d_6_count._gradient("x", found, ((0, 2), (1,)), shares, 30)
    assert space.verdict is Verdict.REFUTED


def test_bounds_of_the_gain_hold_at_random_rates() -> None:
    with precision(30):
        for omega in ("-1/4", "0", "1", "7/3"):
            gain = Gain(sp.Rational(omega))
            bound = gain_near_zero(gain, arb(2) ** -20)
            assert all(gain(arb(2) ** -k) <= bound.upper() for k in (21, 30, 60))
            # Cauchy and Schwarz lose something: a bound at or below the gain itself would be none.
            assert bound.upper() > gain(arb(2) ** -20) * 1.01
            found = locate(sp.Rational(omega), arb("0.5"))
            assert len(found.elsewhere) > 2


@pytest.mark.parametrize("n", [None, 1, 2, 5])
def test_two_routes_to_the_number_of_spaces(n: int | None) -> None:
    assert [_spaces(m, n) for m in range(2, 30)] == [_by_recurrence(m, n) for m in range(2, 30)]
    assert [_spaces(m, None) for m in (2, 3, 4)] == [1, 7, 51]
