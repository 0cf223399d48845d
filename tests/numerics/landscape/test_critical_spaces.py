"""Inertia on critical spaces by the theorem, against exact elimination and against float64 eigenvalues."""

from __future__ import annotations

import itertools

import mpmath
import numpy as np
import pytest
import sympy as sp

from memcurse.numerics.arithmetic.matrices.inertia import exact_inertia
from memcurse.numerics.landscape.critical_spaces import CriticalSpace, critical_spaces, exact_critical_space
from memcurse.numerics.landscape.nondegenerate_points import UndecidedSignError, reduced_points
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.landscape.coincidence import sum_with_critical_point
from memcurse.theory.landscape.critical_spaces import count_critical_spaces
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.objective import continuous as closed_forms
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum

POSITIVE = ExponentialSum([1, 2, 1], [1, 3, 9])
MIXED = ExponentialSum([1, -2], [1, 3])
EXACT = sum_with_critical_point(["1", "-2"], ["1", "2"], ["1/10", "-1/10"], ["1/2", "3/2", "5/2", 3, 4, 5])


def _numerical(space: CriticalSpace, coefficients) -> Inertia:
    a, w = space.point(coefficients)
    H = Objective(space.target).hessian(a, w, digits=60)
    eigenvalues = mpmath.eigsy(H, eigvals_only=True)
    size = max(abs(x) for x in eigenvalues)
    return Inertia(
        sum(x > size * 1e-25 for x in eigenvalues),
        sum(abs(x) <= size * 1e-25 for x in eigenvalues),
        sum(x < -size * 1e-25 for x in eigenvalues),
    )


@pytest.mark.parametrize(
    "coefficients",
    [["1/3", 1, "1/3", "1/3", -3], [2, 0, -1, 0, -2], [0, 1, 1, 0, -3], ["-1", -2, 1, 1, 0]],
)
def test_theorem_against_exact_elimination(coefficients) -> None:
    space = exact_critical_space(EXACT, ((0, 2, 3), (1, 4)), ["1", "-2"], ["1", "2"])
    a, w = space.point(coefficients)
    assert exact_inertia(closed_forms.hessian(a, w, EXACT.moment).tolist()) == space.inertia(coefficients)


@pytest.mark.parametrize("target", [POSITIVE, MIXED], ids=["positive", "mixed"])
@pytest.mark.parametrize("shares", [("1/3", "2/3"), ("-1/2", "3/2"), ("1", "0")])
def test_theorem_against_numerical_eigenvalues_at_irrational_points(target, shares) -> None:
    for space in critical_spaces(target, 2, 1, every_point=True):
        with mpmath.workdps(60):
            a = [mpmath.mpf(sp.Rational(s).p) / sp.Rational(s).q * space.amplitudes[0] for s in shares]
            assert _numerical(space, a) == space.inertia(a)


def test_positive_target_has_saddles_inside_and_stable_points_outside() -> None:
    (space,) = critical_spaces(ExponentialSum([1, 2], [1, 3]), 2, 1)
    b = space.amplitudes[0]
    assert space.inertia([b / 2, b / 2]) == (2, 1, 1)
    assert space.inertia([2 * b, -b]) == (3, 1, 0)
    assert space.inertia([b, 0]) == (2, 2, 0)


def test_gradient_vanishes_on_the_space() -> None:
    for space in itertools.islice(critical_spaces(POSITIVE, 4, 2), 5):
        a = np.zeros(4)
        for group, b in zip(space.partition, space.amplitudes, strict=True):
            a[list(group)] = np.linspace(-1, 2, len(group)) if len(group) > 1 else 0
            a[group[0]] += float(b) - a[list(group)].sum()
        gradient = Objective(POSITIVE).gradient(*space.point(a.tolist()))
        assert abs(gradient).max() < 1e-13


def test_enumeration_is_complete_and_distinct() -> None:
    spaces = list(critical_spaces(POSITIVE, 4, 2))
    assert (
        len({space.affine.assigned_rates() for space in spaces}) == len(spaces) == count_critical_spaces(4, 2)
    )
    assert {space.dimension for space in spaces} == {2}


def test_enumeration_starts_at_once(call_budget) -> None:  # type: ignore[no-untyped-def]
    next(critical_spaces(MIXED, 2, 1))
    with call_budget(50_000):
        first = next(critical_spaces(MIXED, 8, 1))
        next(critical_spaces(ExponentialSum([1, 1, 1, 1], [1, 2, 3, 4]), 12, 4))
    assert first.dimension == 7


def test_the_target_itself_is_exact() -> None:
    space = next(critical_spaces(ExponentialSum(["1/3", 2], [3, 1]), 3, 2))
    assert space.amplitudes == (2, sp.Rational(1, 3))
    assert space.rates == (1, 3)
    # All Q_j vanish: each group of two adds a zero for its difference of rates.
    assert space.inertia([1, 1, "1/3"] if len(space.partition[0]) == 2 else [2, "1/6", "1/6"]) == (4, 2, 0)


def test_points_are_moved_on_to_the_space_and_zeros_stay() -> None:
    space = next(critical_spaces(MIXED, 3, 1))
    b = float(space.amplitudes[0])
    a, _ = space.point([b, 0.0, 0])
    assert a[1] == a[2] == 0
    with mpmath.workdps(40):
        assert abs(sum(a) - space.amplitudes[0]) < mpmath.mpf(10) ** -38
    with pytest.raises(ValueError, match=r"`coefficients` must sum to .* over the indices"):
        space.point([b * (1 + 1e-6), 0, 0])
    with pytest.raises(ValueError, match="`coefficients` must have length 3; got 2"):
        space.inertia([b, 0])


def test_scaling_of_target_and_time_leaves_the_inertia() -> None:
    base = next(critical_spaces(ExponentialSum([1, -2], [1, 3]), 3, 1))
    scaled = next(critical_spaces(ExponentialSum(["-5", "10"], ["1/7", "3/7"]), 3, 1))
    shares = (0.25, -0.5, 1.25)
    assert base.inertia([s * base.amplitudes[0] for s in shares]) == scaled.inertia(
        [s * scaled.amplitudes[0] for s in shares]
    )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: critical_spaces(MIXED, 2, 3), ValueError, "`l` must be at most m = 2"),
        (lambda: critical_spaces(MIXED, 4, 3), ValueError, "`l` must be at most the number 2 of terms"),
        (lambda: critical_spaces(3, 2, 1), TypeError, "`target` must be a memcurse target"),
        (lambda: critical_spaces(MIXED, 2, 1, digits=3), ValueError, "`digits` must be between"),
        (
            lambda: exact_critical_space(MIXED, ((0, 1),), [1], [1]),
            ValueError,
            "`amplitudes` and `rates` must be critical for J_1; got",
        ),
        (lambda: exact_critical_space(MIXED, ((0, 1),), [0], [1]), ValueError, "`amplitudes` must not be 0"),
        (lambda: exact_critical_space(GaussianBump(1), ((0,),), [1], [1]), TypeError, "rational data"),
    ],
)
def test_bad_input(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_tiny_coefficient_keeps_its_sign() -> None:
    space = next(critical_spaces(MIXED, 2, 1, digits=15))
    b = space.reduced.amplitudes[0]
    tiny = space.reduced.amplitude_radius(0) / 4
    assert b < 0 < tiny
    assert space.inertia([b + tiny, -tiny]) == space.inertia([2 * b / 3, b / 3]) == (3, 1, 0)
    assert space.inertia([b - tiny, tiny]) == (2, 1, 1)


FLAT = sum_with_critical_point([1], [1], [0], [2, 3, "1/2"])


def test_a_vanishing_q_at_a_rational_point_is_found_exactly() -> None:
    space = next(s for s in critical_spaces(FLAT, 2, 1, every_point=True) if s.reduced.enclosure is None)
    assert (space.amplitudes, space.rates, space.reduced.signs) == ((1,), (1,), (0,))
    assert space.inertia(["1/3", "2/3"]).zero == 2


def test_a_vanishing_q_at_an_irrational_point_stays_undecided() -> None:
    slower = ExponentialSum(FLAT.a, [sp.sqrt(2) * w for w in FLAT.w])
    with pytest.raises(UndecidedSignError, match="`target` must have Q_j with signs that"):
        next(critical_spaces(slower, 2, 1, every_point=True))


def test_reduced_points_are_ordered_and_non_degenerate() -> None:
    points = reduced_points(MIXED, 1)
    losses = [float(point.loss.mid()) for point in points]
    assert len(points) == 2
    assert losses == sorted(losses)
    assert all(b != 0 for point in points for b in point.amplitudes)


def test_rates_that_balls_do_not_tell_apart_are_undecided() -> None:
    from flint import arb

    from memcurse.numerics.landscape.nondegenerate_points import _reduced
    from memcurse.numerics.stationary.points import Box, CriticalPoint

    box = Box((arb(1), arb(2)), (arb(1, 0.1), arb(1.05, 0.1)))
    point = CriticalPoint((1, 2), (1, 1.05), box, Inertia(4, 0, 0), arb(1), True)
    with pytest.raises(UndecidedSignError, match="rates that balls tell apart"):
        _reduced(POSITIVE, point, 40)
