"""Piecewise models: the error they state is the error they have."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.chebyshev import PiecewiseModel, interpolate, piecewise_model
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.fixed_quadrature import FixedQuadrature, extended, from_extended
from memcurse.theory.notation import t, w


def decaying(x: arb) -> list[arb]:
    with ball_precision(160):
        return [(-x.exp()).exp(), x.cos()]


def test_polynomials_are_interpolated_exactly() -> None:
    coefficients, _ = interpolate(lambda x: [3 * x**2 - 1, x], arb(0), arb(2), 5)
    # On [0, 2] the local variable is u = x - 1, and 3x^2 - 1 = 3u^2 + 6u + 2.
    np.testing.assert_allclose(coefficients, [[2, 6, 3, 0, 0], [1, 1, 0, 0, 0]], atol=1e-30)


def test_model_error_is_what_it_says() -> None:
    model = piecewise_model(decaying, -5.0, 4.0)
    assert not model.truncated
    worst = 0.0
    for x in np.linspace(-5, 4, 997):
        values = model(float(x))
        exact = [float(v.mid()) for v in decaying(arb(float(x)))]
        worst = max(worst, abs(values[0] / exact[0] - 1), abs(values[1] - exact[1]))
    # The stated error is seen at one point a piece; elsewhere on the piece it may be a few times larger.
    assert worst < 10 * model.error + 1e-15
    assert model.error < 2e-15


def test_model_ends_where_float64_does() -> None:
    model = piecewise_model(lambda x: [(-x.exp()).exp()], 0.0, 20.0)
    assert model.truncated
    assert math.log(600) < model.breaks[-1] < math.log(700)


def test_breaks_and_shapes() -> None:
    model = piecewise_model(decaying, 0.0, 1.0)
    assert isinstance(model, PiecewiseModel)
    assert model.breaks[0] == 0.0
    assert model.breaks[-1] == 1.0
    assert np.all(np.diff(model.breaks) > 0)
    assert model.coefficients.shape == (len(model.breaks) - 1, 2, 16)


def test_a_false_sampler_is_found_out() -> None:
    model = piecewise_model(lambda x: [x.exp() * arb("1.000001")], 0.0, 1.0, exact=lambda x: [x.exp()])
    assert model.error > 5e-7


@pytest.mark.parametrize(
    "kernel", [sp.exp(-t), sp.airyai(t - 5), 1 / (1 + t) ** 2, sp.exp(-t) / t ** sp.Rational(1, 4)]
)
def test_one_rule_serves_all_rates(kernel: sp.Expr) -> None:
    rule = FixedQuadrature(kernel, 2.0**-28, 2.0**28)
    integrals = lower(
        [sp.Integral(t**k * sp.exp(-w * t) * kernel, (t, 0, sp.oo)) for k in range(3)], (w,), "ball"
    )
    for rate in (1e-8, 0.3, 1e3, 1e8):
        with ball_precision(80):
            for fast, ball in zip(rule.moments(arb(rate)), integrals(arb(rate)), strict=True):
                assert abs(fast / ball - 1) < 1e-16


def test_extended_numbers_round_trip() -> None:
    with ball_precision(100):
        x = arb(1) / 3
        assert abs(from_extended(extended(x)) - x) < arb(2) ** -60
