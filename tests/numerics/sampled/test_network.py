"""Fitted networks: matrices, runs, Jacobians, eigenvalues, bad input."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import memcurse as mc
from memcurse.numerics.sampled.fitting import KoopmanFit
from memcurse.numerics.sampled.trajectories import state_pairs


def _rotation(n=400, angle=0.1):
    t = angle * np.arange(n)
    r = 1 + 0.3 * np.sin(0.37 * t)
    return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)


def _fit(**kw):
    return mc.sampled_network(_rotation(), width=20, **kw)


def test_matrices_are_the_pseudo_inverse():
    net = _fit()
    X, Y = net.data.X, net.data.Y
    FX, FY = net.dictionary(X), net.dictionary(Y)
    K = np.linalg.lstsq(FX, FY, rcond=None)[0]
    assert np.linalg.norm(FX @ net.K - FY) <= np.linalg.norm(FX @ K - FY) * (1 + 1e-9)
    assert np.linalg.norm(FX @ net.C - X) <= np.linalg.norm(
        FX @ np.linalg.lstsq(FX, X, rcond=None)[0] - X
    ) * (1 + 1e-6)
    np.testing.assert_allclose(net.D, net.K @ net.C)
    np.testing.assert_allclose(net.step(X), FX @ net.K @ net.C)


def test_direct_readout_has_the_smaller_training_error():
    assert _fit(readout="direct").training_error() <= _fit().training_error() * (1 + 1e-12)


@pytest.mark.parametrize(
    "kw", [{}, {"activation": "erf"}, {"constant": True, "state": True}, {"readout": "direct"}]
)
def test_jacobian_is_the_derivative_of_the_step(kw):
    net, h, e = _fit(**kw), np.array([0.3, -0.8]), 1e-5
    differences = [(net.step(h + e * v) - net.step(h - e * v)) / (2 * e) for v in np.eye(2)]
    np.testing.assert_allclose(net.jacobian(h), np.array(differences).T, atol=1e-7)


def test_forecast_is_repeated_steps():
    net = _fit()
    run = net.forecast(net.data.X[0], 30)
    assert run.status == "complete"
    assert run.states.shape == (31, 2)
    for before, after in pairwise(run.states):
        np.testing.assert_allclose(net.step(before), after, rtol=1e-9, atol=1e-12)


def test_a_forecast_that_leaves_every_bound_says_so():
    t = np.arange(40)
    net = mc.sampled_network(np.stack([1.3**t, 1.2**t], axis=1), width=10, activation="relu", state=True)
    run = net.forecast([1.0, 1.0], 2000)
    assert run.status == "left the bound"
    assert np.isfinite(run.states).all()
    assert run.steps < 2000
    short = net.forecast([1.0, 1.0], 2000, bound=10.0)
    assert np.abs(short.states).max() <= 10
    assert short.status == "left the bound"


def test_linear_forecast_is_the_power_of_K():
    net = _fit()
    F = net.dictionary(net.data.X[3])
    np.testing.assert_allclose(
        net.linear_forecast(net.data.X[3], 4)[4], F @ np.linalg.matrix_power(net.K, 4) @ net.C
    )


def test_residuals_by_their_definition():
    net = _fit()
    found = net.eigenvalues()
    FX, FY = net.dictionary(net.data.X), net.dictionary(net.data.Y)
    v, value = found.vectors[:, 2], found.values[2]
    expected = np.linalg.norm(FY @ v - value * FX @ v) / np.linalg.norm(FX @ v)
    assert found.residuals[2] == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(
        net.K @ found.vectors, found.vectors * found.values, atol=1e-6 * np.abs(net.K).max()
    )
    assert found.radius == np.abs(found.values).max()


def test_certified_eigenvalues_enclose_the_float_ones():
    net = mc.sampled_network(_rotation(60), width=5)
    balls, floats = net.eigenvalues(certify=True), net.eigenvalues()
    for value, ball in zip(floats.values, balls.value_balls, strict=True):
        assert abs(complex(ball) - value) < 1e-8 or abs(complex(ball) - value.conjugate()) < 1e-8
        assert float(ball.real.rad()) < 1e-30
    np.testing.assert_allclose(np.sort(balls.residuals), np.sort(floats.residuals), rtol=1e-6)


def test_inputs_control_the_network():
    rng = np.random.default_rng(0)
    u, x = rng.uniform(-1, 1, (500, 1)), np.zeros((501, 2))
    for k in range(500):
        x[k + 1] = [0.9 * x[k, 0] + 0.1 * x[k, 1], 0.8 * x[k, 1] + 0.3 * u[k, 0]]
    net = mc.sampled_network(x, width=30, U=u)
    assert net.training_error() < 5e-3
    run = net.forecast(x[0], 500, U=u)
    assert np.abs(run.states - x).max() < 0.05
    with pytest.raises(ValueError, match="`u`"):
        net.step(x[0])
    with pytest.raises(ValueError, match="`U`"):
        net.forecast(x[0], 5)


def test_lags_embed_and_trajectories_stay_apart():
    first, second = np.arange(10.0)[:, None] ** 2, 100 + np.arange(5.0)[:, None]
    data = state_pairs([first, second], lags=3)
    assert data.rows == 7 + 2
    np.testing.assert_array_equal(data.X[0], [0, 1, 4])
    np.testing.assert_array_equal(data.Y[0], [1, 4, 9])
    np.testing.assert_array_equal(data.X[7], [100, 101, 102])


def test_the_input_of_a_lagged_state_is_that_of_its_last_step():
    rows, u = np.arange(6.0)[:, None] ** 2, 10 * np.arange(6.0)[:, None]
    data = state_pairs(rows, U=u, lags=2)
    # The state (x0, x1) goes to (x1, x2) by the input at time 1.
    np.testing.assert_array_equal(data.U[:, 0], [10, 20, 30, 40])
    np.testing.assert_array_equal(state_pairs(rows, U=u[:-1], lags=2).U, data.U)


def test_partial_fit_is_the_fit():
    net = _fit()
    X, Y = net.data.X, net.data.Y
    fit = KoopmanFit(net.dictionary)
    for part in np.array_split(np.arange(len(X)), 7):
        fit.partial_fit(X[part], Y[part])
    found = fit.matrices()
    FX, FY = net.dictionary(X), net.dictionary(Y)
    assert np.linalg.norm(FX @ found.K - FY) == pytest.approx(np.linalg.norm(FX @ net.K - FY), rel=1e-8)
    with pytest.raises(ValueError, match="`U`"):
        fit.partial_fit(X, Y, X)


def test_same_seed_same_network():
    np.testing.assert_array_equal(_fit(seed=3).K, _fit(seed=3).K)
    assert not np.array_equal(_fit(seed=3).K, _fit(seed=4).K)


def test_fewer_samples_than_features_is_said():
    with pytest.warns(UserWarning, match="29 samples for 40 features"):
        net = mc.sampled_network(_rotation(30), width=40)
    assert net.rank <= 29
    assert net.training_error() < 1e-4


@pytest.mark.parametrize(
    ("X", "kw", "error", "words"),
    [
        (_rotation(), {"width": 0}, ValueError, "`width`"),
        (_rotation(), {"width": 2.5}, (TypeError, ValueError), "`width`"),
        (_rotation(), {"seed": -1}, ValueError, "`seed`"),
        (_rotation(), {"readout": "both"}, ValueError, "`readout`"),
        (_rotation(), {"lags": 0}, ValueError, "`lags`"),
        (_rotation(3), {"lags": 3}, ValueError, "at least 4 rows"),
        (_rotation(), {"times": np.r_[np.arange(399), 500]}, ValueError, "`times`.*row 399"),
        (_rotation(), {"times": np.r_[np.arange(399), np.nan]}, ValueError, "times.*finite"),
        (_rotation(), {"times": -np.arange(400)}, ValueError, "grow"),
        (_rotation(), {"times": np.arange(5)}, ValueError, "`times`"),
        (_rotation(), {"U": np.ones((7, 1))}, ValueError, "`U"),
        (np.c_[_rotation(), np.ones(400)], {}, ValueError, "column 2"),
        (np.c_[_rotation(), _rotation()[:, 1]], {}, ValueError, "column 2 repeats"),
        (np.where(np.arange(400)[:, None] == 5, np.nan, _rotation()), {}, ValueError, "nan in row 5"),
        ("text", {}, TypeError, "`X`"),
        ([_rotation(), _rotation()[:, :1]], {}, ValueError, "one width"),
        (_rotation(), {"Y": _rotation(3)}, ValueError, "`Y`"),
        (_rotation(), {"Y": _rotation(), "lags": 2}, ValueError, "`lags`"),
        (_rotation(3), {}, ValueError, "pairs of rows"),
    ],
)
def test_bad_input(X, kw, error, words):
    with pytest.raises(error, match=words):
        mc.sampled_network(X, **{"width": 20, **kw})


@pytest.mark.parametrize(("x0", "n"), [([1.0], 3), ([np.nan, 0], 3), ([0.0, 0.0], 0)])
def test_bad_forecast(x0, n):
    with pytest.raises(ValueError, match=r"`x0`|`n`"):
        _fit().forecast(x0, n)


def test_bad_state_for_the_jacobian():
    with pytest.raises(ValueError, match="`h`"):
        _fit().jacobian([1.0])
