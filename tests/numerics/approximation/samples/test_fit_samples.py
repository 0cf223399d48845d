"""Fits of samples: by other routes, for complex modes, and where there is no best fit or the input is wrong."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import curve_fit, least_squares

import memcurse as mc
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory import notation

RNG = np.random.default_rng(7)
T = np.sort(RNG.uniform(0, 6, 60))
NOISE = 0.01 * RNG.standard_normal(60)
DECAY = 2 * np.exp(-T) - 0.7 * np.exp(-3 * T) + NOISE


def test_unequal_times_agree_with_scipy():
    fit = mc.fit_samples(T, DECAY, 2)

    def model(t, a, b, u, v):
        return a * np.exp(-u * t) + b * np.exp(-v * t)

    found, covariance = curve_fit(model, T, DECAY, (2, -0.7, 1, 3), xtol=1e-14, ftol=1e-14)
    np.testing.assert_allclose([*fit.a, *fit.w], found, rtol=1e-5)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-3)
    np.testing.assert_allclose(fit.residuals, DECAY - model(T, *found), atol=1e-7)
    assert fit.residual_norm == pytest.approx(np.linalg.norm(fit.residuals), rel=1e-12)
    assert fit.degrees_of_freedom == 56


def test_no_lower_sum_of_squares_on_a_dense_grid():
    fit = mc.fit_samples(T, DECAY, 2)
    rates = np.geomspace(0.01, 100, 120)
    basis = np.exp(-np.outer(T, rates))
    losses = [
        np.linalg.lstsq(basis[:, [i, j]], DECAY, rcond=None)[1].sum()
        for i in range(len(rates))
        for j in range(i)
    ]
    assert fit.loss <= min(losses)
    assert min(losses) < 1.2 * fit.loss


def test_the_order_of_the_samples_does_not_matter():
    shuffled = RNG.permutation(len(T))
    fit, other = mc.fit_samples(T, DECAY, 2), mc.fit_samples(T[shuffled], DECAY[shuffled], 2)
    np.testing.assert_allclose(fit.w, other.w, rtol=1e-14)
    np.testing.assert_allclose(fit.residuals[shuffled], other.residuals, atol=1e-14)


def test_weights_are_repeated_samples():
    """A sample with half the variance counts as two samples."""
    twice = np.concatenate([np.arange(60), np.arange(20)])
    fit = mc.fit_samples(T[twice], DECAY[twice], 2, sigma=0.01)
    sigma = np.where(np.arange(60) < 20, 0.01 / np.sqrt(2), 0.01)
    weighted = mc.fit_samples(T, DECAY, 2, sigma=sigma)
    np.testing.assert_allclose(fit.w, weighted.w, rtol=1e-12)
    np.testing.assert_allclose(fit.covariance, weighted.covariance, rtol=1e-10)
    equal = mc.fit_samples(T, DECAY, 2, sigma=0.01)
    assert np.abs(fit.w / equal.w - 1).max() > 1e-4


def test_a_common_deviation_changes_only_the_covariance():
    free, known = mc.fit_samples(T, DECAY, 2), mc.fit_samples(T, DECAY, 2, sigma="0.02")
    np.testing.assert_allclose(free.w, known.w, rtol=1e-13)
    assert known.residual_norm == pytest.approx(free.residual_norm / 0.02, rel=1e-13)
    scale = free.loss / free.degrees_of_freedom / 0.02**2
    np.testing.assert_allclose(free.covariance, known.covariance * scale, rtol=1e-12)


@pytest.mark.slow
def test_standard_errors_cover_the_truth():
    """Over 40 draws of noise the true rates lie within two standard errors in most fits, and not in all."""
    rng, inside = np.random.default_rng(1), []
    clean = 2 * np.exp(-T) + np.exp(-5 * T)
    for _ in range(40):
        fit = mc.fit_samples(T, clean + 0.003 * rng.standard_normal(60), 2)
        inside.append(np.abs(fit.w - [1, 5]) < 2 * fit.standard_errors[2:])
    assert 0.85 < np.mean(inside) < 1.0


def test_interpolation_has_no_covariance():
    t = [0, 1, 3, 4]
    y = 2 * np.exp(-np.array(t)) + np.exp(-3.0 * np.array(t))
    fit = mc.fit_samples(t, y, 2)
    np.testing.assert_allclose([*fit.a, *fit.w], [2, 1, 1, 3], rtol=1e-9)
    assert fit.covariance is None
    with pytest.raises(ValueError, match="`sigma` must be given"):
        _ = fit.standard_errors


def test_exact_numbers_are_kept():
    fit = mc.fit_samples([Fraction(k, 4) for k in range(12)], [str(2.0**-k) for k in range(12)], 1)
    assert fit.w[0] == pytest.approx(4 * np.log(2), rel=1e-15)
    assert fit.residual_norm < 1e-15


def test_late_times_and_large_scales():
    base = mc.fit_samples(T, DECAY, 2)
    late = mc.fit_samples(T + 50, DECAY, 2)
    np.testing.assert_allclose(late.w, base.w, rtol=1e-9)
    np.testing.assert_allclose(late.a, base.a * np.exp(50 * base.w), rtol=1e-7)
    scaled = mc.fit_samples(T * 1e-9, DECAY * 1e12, 2)
    np.testing.assert_allclose(scaled.w, base.w * 1e9, rtol=1e-12)
    np.testing.assert_allclose(scaled.a, base.a * 1e12, rtol=1e-12)


def test_offset():
    fit = mc.fit_samples(T, DECAY + 5, 2, offset=True)
    known = mc.fit_samples(T, DECAY + 5, 2, offset=True, sigma=1)
    assert fit.offset == pytest.approx(5, abs=0.05)
    assert known.covariance.shape == (5, 5)
    np.testing.assert_allclose(fit(T), DECAY + 5 - fit.residuals, atol=1e-12)


# --- complex modes -------------------------------------------------------------------------------------------------

RINGING = np.exp(-0.3 * T) * np.cos(4 * T) + 0.5 * np.exp(-T) + NOISE


def test_real_data_take_conjugate_pairs():
    fit = mc.fit_samples(T, RINGING, 3, field="complex")
    assert fit.w[0] == fit.w[1].conjugate()
    assert fit.a[0] == fit.a[1].conjugate()
    assert fit.w[2].imag == 0
    assert np.abs(fit.w[1] - (0.3 + 4j)) < 0.02

    def model(p):
        return np.exp(-p[0] * T) * (p[1] * np.cos(p[2] * T) + p[3] * np.sin(p[2] * T)) + p[4] * np.exp(
            -p[5] * T
        )

    found = least_squares(lambda p: model(p) - RINGING, (0.3, 1, 4, 0, 0.5, 1), xtol=1e-14, ftol=1e-14)
    assert fit.loss == pytest.approx(2 * found.cost, rel=1e-9)
    np.testing.assert_allclose(
        [fit.w[1].real, 2 * fit.a[1].real, fit.w[1].imag, 2 * fit.a[1].imag, fit.a[2].real, fit.w[2].real],
        found.x,
        rtol=1e-4,
        atol=1e-6,
    )
    covariance = np.linalg.inv(found.jac.T @ found.jac) * fit.loss / 54
    errors = fit.standard_errors
    # Order: Re a, Im a, Re w, Im w, three of each.
    np.testing.assert_allclose(errors[[7, 10, 8]], np.sqrt(np.diag(covariance))[[0, 2, 5]], rtol=1e-3)
    np.testing.assert_allclose(2 * errors[[1, 4]], np.sqrt(np.diag(covariance))[[1, 3]], rtol=1e-3)
    assert errors[11] == 0
    kernel = lower(fit.kernel.expression, (notation.t,), "float64")
    np.testing.assert_allclose(kernel(T), RINGING - fit.residuals, atol=1e-10)


def test_complex_data():
    a, w = np.array([1 + 0.5j, -0.3j]), np.array([0.2 + 3j, 0.7 - 1j])
    y = np.exp(-np.outer(T, w)) @ a
    fit = mc.fit_samples(T, y + 1e-4 * (NOISE + 1j * NOISE[::-1]), 2, field="complex")
    assert np.abs(fit.w - w).max() < 1e-4
    assert np.abs(fit.a - a).max() < 1e-4
    assert fit.covariance.shape == (8, 8)
    assert fit.degrees_of_freedom == 112
    exact = mc.fit_samples(T, y, 2, field="complex", offset=True)
    assert np.abs(exact.w - w).max() < 1e-10
    assert abs(exact.offset) < 1e-10
    with pytest.raises(ValueError, match="`y` must be real for a fit that is a kernel"):
        _ = fit.kernel


def test_real_fits_are_no_better_than_complex_ones():
    real = mc.fit_samples(T, DECAY, 2)
    assert mc.fit_samples(T, DECAY, 2, field="complex").loss <= real.loss * (1 + 1e-12)


# --- no best fit ---------------------------------------------------------------------------------------------------


def test_rates_that_coalesce_are_named():
    t = np.linspace(0, 10, 80)
    with pytest.raises(mc.NotAttainedError, match="rates coalesce at 1, ") as caught:
        mc.fit_samples(t, t * np.exp(-t), 2)
    assert caught.value.rates == pytest.approx((1, 1), abs=0.02)
    assert caught.value.error < 1e-6
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.rates) == (str(caught.value), caught.value.rates)


def test_growth_is_no_decay():
    t = np.linspace(0, 2, 30)
    with pytest.raises(mc.NotAttainedError, match="a rate falls towards 0"):
        mc.fit_samples(t, np.exp(t), 1)


def test_a_single_spike_has_no_rate():
    y = np.zeros(20)
    y[0] = 1
    with pytest.raises(mc.NotAttainedError, match="a rate grows without end"):
        mc.fit_samples(np.arange(20), y, 1)


def test_more_terms_than_the_samples_hold():
    with pytest.raises(ValueError, match="`m` must be at most 1: 1 terms leave"):
        mc.fit_samples(T, np.exp(-T), 2)
    with pytest.raises(ValueError, match="the offset alone leave"):
        mc.fit_samples(T, np.full(60, 3.0), 1, offset=True)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            ([0, 1], [1, 2, 3], 1),
            ValueError,
            "`t` and `y` must have the same length; got 2 times and 3 values",
        ),
        (([0, 1, 1], [1, 2, 3], 2), ValueError, "`t` must hold at least 2m = 4 different times; got 2"),
        (([0, 1], [1, 2], 0), ValueError, "`m` must be between 1 and 8; got 0"),
        (([0, 1], [1, 2], 1.0), TypeError, "`m` must be an integer; got 1.0"),
        (([0, "x"], [1, 2], 1), ValueError, r"`t\[1\]` must be a decimal or rational number"),
        (([0, 1], [1, float("nan")], 1), ValueError, r"`y\[1\]` must be finite"),
        ((np.array([0, np.inf]), [1, 2], 1), ValueError, "`t` must be finite; got inf at index 1"),
        (([0, 1], [1, 2j], 1), TypeError, "`y` must be real numbers unless field='complex' is given"),
        (([0, 1], [0, 0], 1), ValueError, "`y` must not be 0 at every time"),
        (([], [], 1), ValueError, "`t` must not be empty"),
        (("01", [1, 2], 1), TypeError, "`t` must be a sequence of numbers"),
        (([0, 1], [1, 2], 1, [1]), ValueError, "`sigma` must be one number or as many as `t` has, 2; got 1"),
        (([0, 1], [1, 2], 1, [1, 0]), ValueError, "`sigma` must be positive; got 0 at index 1"),
        (([0, 1], [1, 2], 1, None, 1), TypeError, "`offset` must be True or False; got 1"),
        (([0, 1], [1, 2], 1, None, False, "R"), ValueError, "`field` must be 'real' or 'complex'; got 'R'"),
        ((np.zeros((2, 2)), [1, 2], 1), ValueError, r"`t` must have one axis; got shape \(2, 2\)"),
    ],
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message):
        mc.fit_samples(*arguments)


def test_results_travel():
    fit = mc.fit_samples(T, RINGING, 3, field="complex")
    again = pickle.loads(pickle.dumps(fit))
    np.testing.assert_array_equal(again.w, fit.w)
    record = json.loads(json.dumps(fit.to_dict()))
    assert record["w"][1] == [fit.w[1].real, fit.w[1].imag]
    assert len(repr(fit)) < 700
