"""Models side by side: data, baselines, scores, weather."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import memcurse as mc
from memcurse.numerics.sampled.experiments.baselines import Persistence, linear_model, polynomial_model
from memcurse.numerics.sampled.experiments.comparison import models, rollout, score, scores, trial
from memcurse.numerics.sampled.experiments.weather import COLUMNS, weather
from memcurse.numerics.sampled.experiments.weather_forecast import (
    linear_errors,
    network_errors,
    persistence_errors,
    weather_task,
)
from memcurse.numerics.sampled.trajectories import state_pairs


def test_linear_model_recovers_a_linear_map():
    A, B = np.array([[0.9, 0.2], [-0.1, 0.8]]), np.array([[0.5, 0.3]])
    rng = np.random.default_rng(0)
    X, U = rng.standard_normal((50, 2)), rng.standard_normal((50, 1))
    model = linear_model(state_pairs(X, X @ A + U @ B + 1, U))
    np.testing.assert_allclose(model.step([1.0, 2.0], [3.0]), [1, 2] @ A + 3 * B[0] + 1, rtol=1e-10)


def test_polynomial_model_recovers_a_cubic_and_not_a_quartic():
    X = np.random.default_rng(1).standard_normal((200, 2))
    cubic = np.stack([X[:, 0] ** 3 - X[:, 1], X[:, 0] * X[:, 1] ** 2], axis=1)
    model = polynomial_model(state_pairs(X, cubic))
    np.testing.assert_allclose(model.step(X), cubic, atol=1e-9)
    assert np.abs(polynomial_model(state_pairs(X, X**4)).step(X) - X**4).max() > 0.1
    assert model.D.shape == (10, 2)


def test_rollout_is_repeated_steps_and_stays_finite():
    data = trial("vanderpol", 4, 30, 2, 20, 0)
    found = models(data, 10, 0)
    starts = np.stack([part[0] for part in data.test])
    states = rollout(found["K C"], starts, 5)
    np.testing.assert_allclose(states[:, 3], found["K C"].step(states[:, 2]))
    linear = found["linear"]
    wild = replace(linear, D=1e3 * linear.D)
    assert np.isfinite(rollout(wild, starts, 300)).all()


def test_scores_of_all_models():
    data = trial("forced", 6, 60, 3, 30, 1)
    found = scores(data, 20, 2)
    assert set(found) == {
        "K C",
        "direct D",
        "uniform pairs",
        "normal weights",
        "polynomial",
        "linear",
        "persistence",
    }
    assert all(len(several) == 2 for several in found.values())
    assert found["linear"][0] == found["linear"][1]
    assert found["K C"][0] != found["K C"][1]
    perfect = score(_Truth(data), data)
    assert perfect.one_step < 1e-6
    assert perfect.valid_time == pytest.approx(31 * 0.1)


class _Truth:
    """Knows the system."""

    def __init__(self, data):
        self.system = data.system

    def step(self, h, u=None):
        x, v = np.moveaxis(np.asarray(h), -1, 0), np.moveaxis(np.asarray(u), -1, 0)
        for _ in range(100):
            h = self.system.step / 100
            k1 = np.array(self.system.field(x, v))
            x = x + h * np.array(self.system.field(x + h / 2 * k1, v))
        # The middle rule at a hundredth of the step: error 1e-8.
        return np.moveaxis(x, 0, -1)


def test_persistence_stands_still():
    np.testing.assert_array_equal(Persistence().step([[1.0, 2.0]]), [[1.0, 2.0]])


def test_weather_is_filled_in_the_open():
    record = weather()
    assert list(record.values) == list(COLUMNS)
    assert len(record.hours) == 8730
    assert {name: int(gaps.sum()) for name, gaps in record.filled.items()} == {
        "temp": 24,
        "humid": 24,
        "pressure": 855,
        "wind": 27,
    }
    assert all(np.isfinite(x).all() for x in record.values.values())
    # A filled value lies between its neighbours.
    gaps = np.flatnonzero(record.filled["pressure"])
    i = gaps[(gaps > 0) & ~record.filled["pressure"][gaps - 1] & ~record.filled["pressure"][gaps + 1]][0]
    p = record.values["pressure"]
    assert p[i] == pytest.approx((p[i - 1] + p[i + 1]) / 2)


def test_weather_parts_do_not_touch():
    task = weather_task()
    assert not (task.train & task.test).any()
    assert not (task.train & task.validation).any()
    # The target is the temperature a day after the last hour of the state.
    i = 1000
    np.testing.assert_array_equal(task.Y[i], task.X[i + 24, -len(COLUMNS)])
    train, test = np.flatnonzero(task.train), np.flatnonzero(task.test)
    assert min(np.abs(train - test[:, None]).min(axis=1)) >= 24 + 24


def test_linear_errors_are_ridge_regression():
    task = weather_task()
    errors, ridge = linear_errors(task)
    F, Y = np.c_[task.X[task.train], np.ones(task.train.sum())], task.Y[task.train]
    D = np.linalg.solve(F.T @ F + ridge * len(F) * np.eye(F.shape[1]), F.T @ Y)
    expected = task.scale * (np.c_[task.X[task.test], np.ones(task.test.sum())] @ D - task.Y[task.test])[:, 0]
    np.testing.assert_allclose(errors, expected, atol=1e-6)
    assert np.sqrt((errors**2).mean()) < np.sqrt((persistence_errors(task) ** 2).mean())
    assert network_errors(8, 0, task)[0].shape == errors.shape


def test_networks_of_the_trial_are_those_of_the_package():
    data = trial("vanderpol", 4, 30, 2, 20, 0)
    np.testing.assert_array_equal(
        models(data, 10, 3)["K C"].K, mc.sampled_network(data.train, width=10, seed=3).K
    )
