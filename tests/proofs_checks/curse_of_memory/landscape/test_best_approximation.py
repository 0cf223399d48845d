"""What lemma D.1 and theorems D.4 to D.6 are checked with, by second routes."""

from __future__ import annotations

import pytest
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import precision
from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.curse_of_memory.landscape.best_approximation._fits import (
    MIXED,
    minimum,
    residual_moment,
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
from memcurse.proofs_checks.evidence.findings import BallInequality, Vanishing
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict

QUICK = Setting(digits=30, quick=True, seed=1)
CARDS = cards()


def test_vanishing_needs_a_proof_and_is_refuted_by_a_ball_without_0() -> None:
    around, off = arb(0, 1e-9), arb(1, 0.5)
    proof = BallInequality("inside", arb(1), arb(2))
    assert Vanishing("x", (around,), None).verdict is Verdict.UNDECIDED
    assert Vanishing("x", (around,), proof).verdict is Verdict.CERTIFIED
    assert Vanishing("x", (around, off), proof).verdict is Verdict.REFUTED
    assert Vanishing("x", (around,), BallInequality("out", arb(2), arb(1))).verdict is Verdict.REFUTED


def test_residual_moments_are_those_of_the_gradient() -> None:
    from memcurse.numerics.objective.objective import Objective

    found = minimum("mixed", MIXED, 2, 30)
    rates = [arb("0.7"), arb("11")]
    moments = residual_moment(found, 0, rates, 30)
    # Two idle terms at those rates read the residual off the gradient.
    a, w = [*found.proof.a, 0, 0], [*found.proof.w, *rates]
    gradient = Objective(MIXED).enclose(a, w, 60).gradient
    assert all(gradient[2 + k, 0].overlaps(2 * moments[k]) for k in range(2))


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
