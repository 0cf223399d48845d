"""Coalesced rates: the loss by another formula and by quadrature, and what `best_fit` says where none is best."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

import memcurse as mc
from memcurse.numerics.approximation.l2.confluent import ConfluentLoss, coalesced
from memcurse.numerics.approximation.l2.real_search import FloatFit
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory import notation

WAVE = mc.parse_target("exp(-t)*cos(3*t)")


def test_confluent_loss_is_that_of_a_least_squares_fit():
    t, h = np.linspace(0, 30, 60001, retstep=True)
    weights = np.full(len(t), h)
    weights[[0, -1]] /= 2
    rho = np.exp(-t) * np.cos(3 * t)
    for counts, u in (((2,), (1.5,)), ((1, 2), (0.7, 2.5)), ((3,), (2.0,)), ((1, 1), (0.7, 2.5))):
        columns = [t**j * np.exp(-x * t) for x, n in zip(u, counts, strict=True) for j in range(n)]
        basis = np.column_stack(columns) * np.sqrt(weights)[:, None]
        left = np.linalg.lstsq(basis, rho * np.sqrt(weights), rcond=None)[1].sum()
        assert ConfluentLoss(WAVE, 3)(u, counts) == pytest.approx(left, rel=1e-5)


def test_it_is_the_limit_of_rates_that_run_into_each_other():
    loss = ConfluentLoss(WAVE, 3)
    assert loss((1.999, 2.0, 2.001), (1, 1, 1)) == pytest.approx(loss((2.0,), (3,)), rel=1e-5)
    assert loss((1.9999, 2.0001), (1, 1)) == pytest.approx(loss((2.0,), (2,)), rel=1e-6)


@pytest.mark.parametrize(
    ("text", "m", "rates", "loss"),
    [
        # The infima by quadrature and a bracketing search over one double rate, in 20 digits.
        ("exp(-t)*cos(3*t)", 2, (2.13124622, 2.13124622), 0.0519967163428),
        ("t*exp(-t)", 2, (1, 1), 0),
        ("exp(-t^2)", 2, (2.6197163, 2.6197163), 0.0016901522),
        ("t^2*exp(-t)", 3, (1, 1, 1), 0),
    ],
)
def test_best_fit_says_which_rates_coalesce_and_the_infimum(text, m, rates, loss):
    with pytest.raises(mc.NotAttainedError, match=f"{m} rates coalesce at") as caught:
        mc.best_fit(mc.parse_target(text), m)
    assert caught.value.rates == pytest.approx(rates, rel=1e-6)
    assert caught.value.error**2 == pytest.approx(loss, rel=1e-7, abs=1e-15)


def test_sums_near_the_infimum_approach_it_from_above():
    objective = mc.Objective(WAVE)
    losses = []
    for gap in (0.2, 0.1, 0.05):
        w = 2.13124622 * np.exp([-gap / 2, gap / 2])
        gains = mc.best_gains(WAVE, [f"{x:.12f}" for x in w])
        losses.append(float(objective.loss([float(g) for g in gains.gains], w)))
    assert losses[0] > losses[1] > losses[2] > 0.0519967163


def test_where_splitting_helps_nothing_coalesces():
    """Two near rates of a kernel that two rates fit exactly are on no way to one."""
    target = mc.ExponentialSum([1, 1], [1, "3/2"])
    near = FloatFit(np.array([1.0, 1.0]), np.array([1.2, 1.21]), 0.0)
    assert coalesced(target, [near]) == []
    apart = FloatFit(np.array([1.0, 1.0]), np.array([1.0, 3.0]), 0.0)
    assert coalesced(target, [apart]) == []


def test_an_attained_minimum_is_still_found():
    kernel = mc.ExponentialSum(["-0.7", "2.6", "-2.9", "-2.3", "0.5"], ["0.2", "0.5", "1", "1.3", "7"])
    fit = mc.best_fit(kernel, 2)
    assert float(fit.loss) == pytest.approx(0.0454986512382, rel=1e-11)
    a, w = [float(x) for x in fit.a], [float(x) for x in fit.w]
    rho = lower(kernel.expression, (notation.t,), "float64")
    value = quad(
        lambda t: (np.exp(-np.multiply.outer(t, w)) @ a - rho(np.float64(t))) ** 2, 0, 400, limit=400
    )
    assert value[0] == pytest.approx(float(fit.loss), rel=1e-6)
    with pytest.raises(mc.NotAttainedError):
        mc.best_fit(kernel, 3)
