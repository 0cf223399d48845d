"""The two ways towards a minimum: rates that interpolate themselves, and descent with the amplitudes eliminated."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb

import memcurse as mc
from memcurse.numerics.approximation.l2.interpolating_rates import self_interpolating_rates
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.stationary.variable_projection import at_rates, descend

POWER = mc.Objective(mc.PowerLaw(1))
SUM = mc.ExponentialSum([2, 1, 3], ["1/2", 2, 7])


def test_rates_of_the_target_are_found_from_anywhere() -> None:
    # With as many rates as the target has, one interpolation is the target.
    rates = self_interpolating_rates(mc.Objective(SUM), [arb("0.3"), arb("1.1"), arb("4")], 60)
    assert rates is not None
    assert [float(w) for w in rates] == pytest.approx([0.5, 2.0, 7.0], rel=1e-12)


def test_both_ways_meet() -> None:
    rates = self_interpolating_rates(POWER, [arb("0.4"), arb("2")], 40)
    point = descend(POWER, [arb(0)] * 2, [arb("0.7"), arb("1.2")], 40)
    assert rates is not None
    assert point is not None
    assert sorted(float(w) for w in point.w) == pytest.approx([float(w) for w in rates], rel=1e-8)


def test_rates_that_leave_the_positive_line_are_given_up() -> None:
    oscillating = mc.Objective(mc.parse_target("exp(-t)*cos(3*t)"))
    assert self_interpolating_rates(oscillating, [arb("0.5"), arb("2")], 30) is None


def test_descent_gives_up_where_rates_run_into_each_other() -> None:
    assert descend(mc.Objective(mc.GaussianBump(4)), [arb(0)] * 2, [arb("0.3"), arb("0.6")], 40) is None


def test_reduced_gradient_and_hessian_are_derivatives_of_the_reduced_loss() -> None:
    w = [arb("0.4"), arb("1.5"), arb("4")]

    def reduced(x: list[arb]) -> float:
        point = at_rates(POWER, [arb(0)] * 3, [value.exp() for value in x], 60)
        assert point is not None
        return point

    with ball_precision(250):
        x = [value.log().mid() for value in w]
        here, h = reduced(x), arb(10) ** -12
        for i in range(3):
            up, down = (reduced([y + s * h * (j == i) for j, y in enumerate(x)]) for s in (1, -1))
            assert float((up.loss - down.loss) / (2 * h)) == pytest.approx(
                float(here.gradient[i, 0]), rel=1e-9
            )
            for k in range(3):
                slope = float((up.gradient[k, 0] - down.gradient[k, 0]) / (2 * h))
                assert slope == pytest.approx(float(here.hessian[i, k]), rel=1e-9)


def test_eliminated_amplitudes_are_those_of_least_squares() -> None:
    with ball_precision(200):
        point = at_rates(POWER, [arb(5), arb(-1)], [arb("0.5"), arb(2)], 40)
    assert point is not None
    J = POWER
    right = -J.gradient([0.0, 0.0], [0.5, 2.0])[:2] / 2
    expected = np.linalg.solve([[1.0, 0.4], [0.4, 0.25]], right)
    assert [float(a) for a in point.a] == pytest.approx(list(expected), rel=1e-10)
