"""One rule for all rates: kernels that cancel near 0, vanish faster than any power there, or hide a narrow peak."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from flint import arb

import memcurse as mc
from memcurse.numerics.arguments import constant_float
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.fixed_quadrature import FixedQuadrature, extended, from_extended
from memcurse.theory.notation import t, w

KERNELS = [
    sp.log(1 + t) * sp.exp(-t),
    (1 - sp.exp(-t)) / t * sp.exp(-t),
    sp.exp(-1 / t) * sp.exp(-t),
    t * sp.exp(-1_000_000 * (t - 3) ** 2),
]


@pytest.mark.parametrize("index", range(len(KERNELS)))
def test_moments_against_certified_quadrature(index: int) -> None:
    rule = FixedQuadrature(KERNELS[index], 0.5, 2.0)
    exact = lower(
        [sp.Integral(t**k * sp.exp(-w * t) * KERNELS[index], (t, 0, sp.oo)) for k in range(3)], (w,), "ball"
    )
    with ball_precision(80):
        for rate in (0.5, 1.0, 1.9):
            for found, ball in zip(rule.moments(arb(rate)), exact(arb(rate)), strict=True):
                assert abs(float(((found - ball) / ball).mid())) < 1e-15


def test_a_narrow_peak_between_the_nodes_is_seen() -> None:
    rule = FixedQuadrature(KERNELS[3], 0.5, 2.0)
    assert np.abs(rule.times - 3).min() < 1e-4
    assert float(rule.mass.sum()) == pytest.approx(3 * float(sp.sqrt(sp.pi)) * 1e-3, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["log(1+t)*exp(-t)", "(1-exp(-t))/t*exp(-t)", "exp(-1/t)*exp(-t)", "exp(-1000000*(t-3)**2)*(1+t)"],
)
def test_float64_form_of_the_kernels_of_the_issue(text: str) -> None:
    objective = mc.Objective(mc.parse_target(text))
    a, rates = np.array([1.0, -0.5]), np.array([0.7, 2.3])
    balls = objective.enclose(a, rates, 17)
    assert objective.loss(a, rates) == pytest.approx(float(balls.loss.mid()), rel=1e-13)
    gradient = [float(v.mid()) for v in balls.gradient.entries()]
    np.testing.assert_allclose(objective.gradient(a, rates), gradient, rtol=1e-12, atol=1e-14)
    assert 0 < objective.model_error < 1e-14


@pytest.mark.parametrize("power", [-1, -100, -1000, -1090, -1500])
def test_extended_numbers_below_doubles_keep_their_digits(power: int) -> None:
    with ball_precision(100):
        value = arb(1) / 3 * arb(2) ** power
        scaled = from_extended(extended(value) * np.longdouble(2) ** -power)
        assert abs(float(scaled * 3 - 1)) < 1e-18


def test_an_integral_that_is_not_enclosed_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = sp.Integral(sp.exp(-t), (t, 0, sp.oo))
    assert constant_float("norm", wide) == 1.0
    monkeypatch.setattr("memcurse.numerics.arguments.constant_ball", lambda value: arb("1 +/- 0.1"))
    with pytest.raises(mc.FloatRangeError, match="`norm` must be an integral that quadrature can enclose"):
        constant_float("norm", wide)


def test_no_midpoint_of_a_wide_ball(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "memcurse.numerics.arithmetic.operations.integrate_half_line", lambda *arguments: arb("0 +/- 5")
    )
    with pytest.raises(ArithmeticError, match="`digits` must be few enough"):
        lower(sp.Integral(sp.exp(-t) * sp.log(2 + t), (t, 0, sp.oo)), (), "mpmath")()
