"""Constants, intervals and findings of the escape time, by second routes."""

from fractions import Fraction

import mpmath
import pytest

from memcurse.numerics.arithmetic.balls import to_mpf
from memcurse.numerics.flow.events import Displacement
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.proofs_checks.curse_of_memory.optimisation.escape._escape import (
    OPPOSITE,
    PAIR,
    SINGLE,
    SYMMETRIC,
    ends,
    linearised_bound,
    proved_bound,
    proved_time,
)
from memcurse.proofs_checks.curse_of_memory.optimisation.escape.rem_c_3_finite_escape import (
    escapes,
    separates,
    trap,
)
from memcurse.proofs_checks.evidence.findings import InOrder
from memcurse.proofs_checks.evidence.intervals import Interval
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.plateau.delayed_part import GaussianTemplate

ENVELOPE = GaussianTemplate().envelope
TENTH = Fraction(1, 10)


def point(low, high):
    return Interval(Fraction(low), Fraction(high), is_ball=False)


@pytest.mark.parametrize(
    ("smaller", "larger", "verdict"),
    [
        (point(0, 1), point(2, 3), Verdict.VERIFIED),
        (point(0, 2), point(2, 3), Verdict.UNDECIDED),
        (point(4, 5), point(2, 3), Verdict.REFUTED),
    ],
)
def test_intervals_in_order(smaller, larger, verdict):
    assert InOrder("x", ((smaller, larger),)).verdict is verdict


def test_no_pair_decides_nothing():
    assert InOrder("x", ()).verdict is Verdict.UNDECIDED


def test_a_longer_flow_knows_the_times_of_earlier_events():
    late = proved_time(PAIR, 8, Displacement("0.2"))
    early = proved_time(PAIR, 8, Displacement("0.1"))
    alone = gradient_flow(PAIR.objective(8), PAIR.a, PAIR.w, Displacement("0.1"), certify=True).enclosure
    assert early < late
    assert early.overlaps(alone)
    assert proved_time(SINGLE, 20, Displacement("1/200")) is None


@pytest.mark.parametrize("delay", [5, 20])
def test_proved_bound_by_quadrature(delay):
    """C_0 and C_1 from their integrals instead of gamma functions."""
    b, nearer = mpmath.mpf(1), min(mpmath.mpf(1) / 10, mpmath.mpf(1) / delay)

    def constant(n):
        integral = mpmath.quad(lambda u: (1 + b + abs(u)) ** n * mpmath.exp(-(u**2) / 2), [-20, 0, 20])
        return mpmath.exp(0.5) * integral

    norm = mpmath.sqrt(mpmath.mpf("0.58"))
    below = 2 * mpmath.e * (mpmath.sqrt(2) * constant(0) + (norm + nearer) * constant(1))
    expected = nearer * mpmath.exp(delay) / delay / below
    assert float(proved_bound(PAIR, delay, TENTH, ENVELOPE)) == pytest.approx(float(expected), rel=1e-12)


def test_linearised_bound_by_mpmath():
    J = PAIR.objective(8)
    with mpmath.workdps(30):
        eigenvalues = mpmath.eigsy(J.hessian(PAIR.a, PAIR.w, digits=30), eigvals_only=True)
        smallest, slope = -min(eigenvalues), mpmath.norm(J.gradient(PAIR.a, PAIR.w, digits=30))
        expected = mpmath.log(1 + smallest / 10 / slope) / smallest
        found = to_mpf(linearised_bound(PAIR, 8, TENTH, 30))
    assert float(found) == pytest.approx(float(expected), rel=1e-14)


def test_a_trap_holds_only_where_nothing_is_degenerate():
    assert trap(SINGLE, 20, Fraction(1, 200), 30).verdict is Verdict.CERTIFIED
    assert trap(SINGLE, 4, Fraction(1, 200), 30).verdict is not Verdict.CERTIFIED
    assert trap(PAIR, 20, Fraction(1, 200), 30).verdict is not Verdict.CERTIFIED


def test_obstacles_refute_and_times_are_proved():
    assert escapes(PAIR, 6, TENTH, 30).verdict is Verdict.CERTIFIED
    assert escapes(SINGLE, 20, Fraction(1, 200), 30).verdict is Verdict.REFUTED
    assert separates(SYMMETRIC, 10, 30).verdict is Verdict.REFUTED


def test_a_bump_of_the_other_sign_is_no_way_out():
    """THEORY's counterexample to the printed remark: at rest 0.0592 away, so that 1/20 is passed and 1/10 is not."""
    assert escapes(OPPOSITE, 10, TENTH, 30).verdict is Verdict.REFUTED
    found = ends(OPPOSITE, 10, TENTH)
    assert [round(pair[1][0], 4) for pair in found.values()] == [0.0592, 0.0592]
    assert escapes(OPPOSITE, 10, Fraction(1, 20), 30).verdict is not Verdict.REFUTED
