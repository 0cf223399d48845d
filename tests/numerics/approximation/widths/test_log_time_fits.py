"""Kernels over log time, and the float64 distances and starts that are built on them."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad

from memcurse.numerics.approximation.l2.distance import l2_error
from memcurse.numerics.approximation.widths import log_time_fits as lf
from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import ExpressionTarget, PowerLaw
from memcurse.theory.targets.target import ExponentialSum

TARGETS = [
    PowerLaw("1/3", "5/2"),
    ExponentialSum([1, -2], ["1/10", 7]),
    PowerLaw(1) + ExponentialSum([3], [2]),
    ExpressionTarget(sp.exp(-sp.sqrt(t))),
]


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_values_and_slopes_over_log_time(target):
    kernel, x = lf.log_kernel(target), np.linspace(-3, 4, 15)
    rho = sp.lambdify(t, target.expression, "numpy")(np.exp(x))
    assert kernel.value(x) == pytest.approx(np.exp(x) * rho)
    step = 1e-5
    differences = (kernel.value(x + step) - kernel.value(x - step)) / (2 * step)
    assert kernel.slope(x) == pytest.approx(differences, abs=1e-8)


def test_pulse_is_an_exponential_and_never_overflows():
    x, y = 0.7, -1.3
    assert lf.pulse(np.array([x + y]))[0] == pytest.approx(np.exp(x) * np.exp(y) * np.exp(-np.exp(y + x)))
    z = np.array([-800.0, -5.0, 0.0, 6.0, 50.0, 5000.0])
    assert np.isfinite(lf.pulse(z)).all()
    assert lf.pulse(z)[-2:].max() < 1e-300
    h = 1e-6
    assert lf.pulse_slope(np.array([0.3]))[0] == pytest.approx(
        (lf.pulse(np.array([0.3 + h])) - lf.pulse(np.array([0.3 - h])))[0] / (2 * h), rel=1e-6
    )


def test_distances_against_quadrature_and_closed_forms():
    target, kernel = PowerLaw("1/2"), lf.log_kernel(PowerLaw("1/2"))
    b, y = np.array([0.5, 0.6]), np.log([0.1, 1.5])
    a, w = b * np.exp(y), np.exp(y)

    def size(time: float) -> float:
        return abs(float(a @ np.exp(-w * time)) - (1 + time) ** -1.5)

    direct = quad(size, 0, 400, points=[0.1, 1, 3, 10, 40], limit=400)[0] + 2 * 401**-0.5
    found = lf.distance(kernel, b, y, lf.sign_changes(kernel, b, y))
    assert found == pytest.approx(direct, rel=1e-6)
    l2 = lf.distance(kernel, b, y, np.empty(0), power=2, weight=0.5)
    assert l2 == pytest.approx(float(l2_error(target, list(a), list(w))), rel=1e-9)


def test_spread_rates_are_denser_where_the_kernel_is_heavier():
    y = lf.spread_rates(lf.log_kernel(PowerLaw("1/20")), 40)
    gaps = -np.diff(y)
    assert (gaps > 0).all()
    assert (np.diff(gaps[3:]) > 0).all()


@pytest.mark.parametrize("power", [1, 2])
def test_polish_lowers_the_distance(power):
    kernel, weight = lf.log_kernel(PowerLaw(1)), 0.0 if power == 1 else 0.5
    y = lf.spread_rates(kernel, 3)
    x = np.arange(-8.0, 12.0, 0.1)
    b = lf.amplitudes_by_least_squares(kernel, y, x)
    before = lf.distance(kernel, b, y, np.empty(0), power=power, weight=weight)
    after = lf.distance(
        kernel,
        *lf.polish(kernel, b, y, 60, power=power, weight=weight),
        np.empty(0),
        power=power,
        weight=weight,
    )
    assert after < 0.7 * before
