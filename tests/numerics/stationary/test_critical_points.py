"""Critical points: complete for one rate, proved everywhere, typed like the certified Hessian."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from flint import arb, fmpq, fmpq_poly
from hypothesis import given, settings
from hypothesis import strategies as st

import memcurse as mc
from memcurse.numerics.arithmetic.balls import ball_precision, precision
from memcurse.numerics.arithmetic.matrices.inertia import ball_inertia
from memcurse.numerics.stationary.critical_points import critical_points
from memcurse.numerics.stationary.newton import certify, newton_point, prove
from memcurse.numerics.stationary.points import CriticalPoint
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.target import Target

PAPER = example_target(10)
MIXED = mc.ExponentialSum([1, 2, -2], [1, 5, 20])

_AMPLITUDES = st.integers(-9, 9).filter(bool)
_RATES = st.fractions(min_value="1/8", max_value=30, max_denominator=8)
SUMS = st.integers(1, 5).flatmap(
    lambda n: st.builds(
        mc.ExponentialSum,
        st.lists(_AMPLITUDES, min_size=n, max_size=n),
        st.lists(_RATES, min_size=n, max_size=n, unique=True),
    )
)


def _vanishes(target: Target, point: CriticalPoint) -> None:
    """The gradient's ball holds 0 over the enclosure, and the Hessian's has the point's inertia."""
    at = mc.Objective(target).enclose(point.enclosure.a, point.enclosure.w, 60)
    n = 2 * len(point.rates)
    assert all(at.gradient[i, 0].contains(0) for i in range(n))
    assert at.loss.overlaps(point.loss)
    with ball_precision(300):
        inertia = ball_inertia(at.hessian)
    assert inertia in (None, point.inertia)


# --- one rate ------------------------------------------------------------------------------------------------------


def _count_by_complex_roots(target: mc.ExponentialSum) -> int:
    """Positive roots of the derivative of w L_0(w)^2 over a common denominator, by another route."""
    D, w = fmpq_poly([1]), fmpq_poly([0, 1])
    terms = [
        (fmpq(int(a.p), int(a.q)), fmpq(int(v.p), int(v.q))) for a, v in zip(target.a, target.w, strict=True)
    ]
    for _, v in terms:
        D *= fmpq_poly([v, 1])
    N = sum((a * (D // fmpq_poly([v, 1])) for a, v in terms), fmpq_poly([0]))
    gain_slope = (w * N * N).derivative() * D - 2 * w * N * N * D.derivative()
    p = gain_slope.numer()
    p = p // p.gcd(p.derivative())
    with ball_precision(256):
        return sum(1 for root, _ in p.complex_roots() if root.imag == 0 and root.real > 0)


@given(SUMS)
@settings(max_examples=60)
def test_one_rate_is_complete_and_every_point_is_critical(target: mc.ExponentialSum) -> None:
    points = critical_points(target, 1, 30)
    assert points.complete
    assert len(points) == _count_by_complex_roots(target)
    for point in points:
        _vanishes(target, point)
    losses = [float(point.loss.mid()) for point in points]
    assert losses == sorted(losses)


@given(SUMS)
@settings(max_examples=30)
def test_search_finds_no_point_with_one_rate_that_the_complete_list_lacks(target: mc.ExponentialSum) -> None:
    from memcurse.numerics.stationary.search import search

    complete = critical_points(target, 1, 30)
    for point in search(target, 1, 30, 20, 0):
        assert any(point.enclosure.w[0].overlaps(other.enclosure.w[0]) for other in complete)


def test_zero_amplitudes_are_saddles_and_double_roots_are_flat() -> None:
    # L_0 = (w - 1)/((w + 1)(w + 2)): critical with a = 0 at w = 1.
    saddle = [p for p in critical_points(mc.ExponentialSum([-2, 3], [1, 2]), 1) if p.amplitudes[0] == 0]
    assert [(p.rates[0], p.inertia) for p in saddle] == [(1, Inertia(1, 0, 1))]
    # L_0 = (w - 1)^2/((w + 1)(w + 2)(w + 3)).
    flat = [p for p in critical_points(mc.ExponentialSum([2, -9, 8], [1, 2, 3]), 1) if p.amplitudes[0] == 0]
    assert [(p.rates[0], p.inertia) for p in flat] == [(1, Inertia(1, 1, 0))]


def test_one_exponential_is_its_own_minimum() -> None:
    (point,) = critical_points(mc.ExponentialSum(["3/7"], ["0.1"]), 1, 50)
    assert point.inertia == Inertia(2, 0, 0)
    with precision(50):
        assert point.enclosure.w[0].contains(fmpq(1, 10))
        assert point.enclosure.a[0].contains(fmpq(3, 7))
        assert point.loss.contains(0)


@pytest.mark.parametrize("digits", [15, 40, 200])
def test_enclosures_have_the_digits_asked_for(digits: int) -> None:
    for point in (*critical_points(MIXED, 1, digits), *critical_points(MIXED, 2, digits)):
        for ball in (*point.enclosure.a, *point.enclosure.w):
            assert ball.rel_accuracy_bits() >= 3.32 * digits or ball.contains(0)
        with mpmath.workdps(digits):
            assert mpmath.nstr(point.rates[0], digits) == str(mpmath.nstr(+point.rates[0], digits))


# --- more rates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [PAPER, MIXED], ids=["paper", "mixed"])
def test_two_rates_are_proved_and_reproducible(target: Target) -> None:
    points = critical_points(target, 2, 30, seed=1)
    again = critical_points(target, 2, 30, seed=1)
    assert points
    assert points.complete is (target is MIXED)
    assert [p.rates for p in points] == [p.rates for p in again]
    for point in points:
        assert point.certified
        assert point.rates[0] < point.rates[1]
        _vanishes(target, point)


def test_known_points_of_two_rates() -> None:
    points = critical_points(MIXED, 2, 30)
    wanted = [(4, 0, 0), (4, 0, 0), (3, 0, 1)]
    assert [tuple(p.inertia or ()) for p in points] == wanted
    assert [p.minimum for p in points] == [True, True, False]
    # The saddle carries an amplitude 0: it is the one-rate minimum with an idle term.
    one = critical_points(MIXED, 1, 30)[0]
    assert points[2].loss.overlaps(one.loss)
    assert any(a.contains(0) for a in points[2].enclosure.a)


def test_krawczyk_proves_no_point_where_there_is_none() -> None:
    J = mc.Objective(MIXED)
    a, w = [arb(1), arb(1)], [arb(1), arb(2)]
    assert prove(J, a, w, 30) is None
    degenerate = critical_points(MIXED, 1, 40)[0]
    b, v = degenerate.enclosure.a[0].mid(), degenerate.enclosure.w[0].mid()
    # On a critical line of width 2 no point is isolated.
    assert certify(J, [b / 4, 3 * b / 4], [v, v], 30) is None


def test_proof_contains_the_point_at_higher_precision() -> None:
    J = mc.Objective(PAPER)
    point = critical_points(PAPER, 2, 30)[0]
    far = newton_point(J, [x.mid() for x in point.enclosure.a], [x.mid() for x in point.enclosure.w], 90)
    assert far is not None
    with ball_precision(400):
        pairs = zip((*point.enclosure.a, *point.enclosure.w), (*far[0], *far[1]), strict=True)
        assert all(ball.contains(value) for ball, value in pairs)


def test_permuting_the_terms_of_a_target_changes_nothing() -> None:
    turned = mc.ExponentialSum([-2, 1, 2], [20, 1, 5])
    for first, second in zip(critical_points(MIXED, 1), critical_points(turned, 1), strict=True):
        assert first.enclosure.w[0].overlaps(second.enclosure.w[0])


def test_scaling_time_and_size() -> None:
    # rho(c t) k has the rates c w and the amplitudes k a.
    scaled = mc.ExponentialSum([3, 6, -6], [7, 35, 140])
    for p, q in zip(critical_points(MIXED, 1), critical_points(scaled, 1), strict=True):
        with ball_precision(200):
            assert (7 * p.enclosure.w[0]).overlaps(q.enclosure.w[0])
            assert (3 * p.enclosure.a[0]).overlaps(q.enclosure.a[0])


def test_loss_at_minimum_is_below_random_points() -> None:
    J = mc.Objective(MIXED)
    best = float(critical_points(MIXED, 1)[0].loss.mid())
    rng = np.random.default_rng(0)
    assert (J.loss(rng.normal(0, 3, (500, 1)), rng.uniform(0.01, 50, (500, 1))) > best).all()


@pytest.mark.parametrize(
    ("target", "l", "options", "error", "message"),
    [
        (MIXED, 0, {}, ValueError, "`l` must be between 1 and 12; got 0"),
        (MIXED, 13, {}, ValueError, "`l` must be between 1 and 12; got 13"),
        (MIXED, 1.0, {}, TypeError, "`l` must be an integer; got 1.0"),
        (MIXED, True, {}, TypeError, "`l` must be an integer; got True"),
        (MIXED, 1, {"digits": 10}, ValueError, "`digits` must be between 15"),
        (MIXED, 2, {"starts": 0}, ValueError, "`starts` must be at least 1; got 0"),
        (3, 1, {}, TypeError, "`target` must be a memcurse target"),
        (mc.ExponentialSum([0], [1]), 1, {}, ValueError, "`target` must not be 0"),
    ],
)
def test_bad_input(
    target: object, l: object, options: dict[str, int], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        critical_points(target, l, **options)  # type: ignore[arg-type]
    assert message in str(raised.value)


def test_loss_of_a_proof_about_a_distant_centre_is_that_of_the_point() -> None:
    J = mc.Objective(MIXED)
    point = critical_points(MIXED, 2, 40)[0]
    with ball_precision(200):
        off = arb(10) ** -7
        a, w = ([(x + off).mid() for x in balls] for balls in (point.enclosure.a, point.enclosure.w))
        proof = prove(J, a, w, 40)
    assert proof is not None
    assert proof.loss.overlaps(point.loss)
    # The centre's own loss is off by about the square of the shift; the Taylor terms take that out.
    assert proof.loss.rad() < 1e-17
