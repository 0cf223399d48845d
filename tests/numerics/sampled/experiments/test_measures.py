"""Measures of forecasts, and the systems that they are made of."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from scipy.integrate import solve_ivp

from memcurse.numerics.sampled.experiments.measures import (
    block_bootstrap_interval,
    histogram_divergence,
    jacobian_growth,
    mean_intervals,
    valid_steps,
)
from memcurse.numerics.sampled.experiments.systems import SYSTEMS, trajectories


def test_valid_steps_counts_until_the_first_error():
    truth = np.sin(np.arange(100.0))[:, None]
    wrong = truth.copy()
    wrong[37] += 1
    assert valid_steps(wrong, truth) == 37
    assert valid_steps(truth, truth) == 100
    assert valid_steps(truth[:12], truth) == 12
    wrong[20] = np.nan
    assert valid_steps(wrong, truth) == 20
    with pytest.raises(ValueError, match="vary"):
        valid_steps(truth, np.ones((5, 1)))


def test_divergence_of_itself_is_zero_and_grows_with_the_shift():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20_000, 2))
    floor = histogram_divergence(x, rng.standard_normal((20_000, 2)))
    assert histogram_divergence(x, x) == 0
    assert 0 < floor < histogram_divergence(x, x + 0.5) < histogram_divergence(x, x + 2)
    with pytest.raises(ValueError, match="columns"):
        histogram_divergence(x, x[:, :1])


def test_growth_of_a_linear_map_is_its_powers():
    A = np.array([[1.1, 0.3], [0.0, 0.7]])
    states = np.zeros((6, 2))
    expected = [np.log(np.linalg.norm(np.linalg.matrix_power(A, k), 2)) for k in range(6)]
    np.testing.assert_allclose(jacobian_growth(lambda _: A, states), expected, atol=1e-12)
    assert jacobian_growth(lambda _: 0 * A, states)[3] == -np.inf


def test_growth_multiplies_in_the_order_of_time():
    matrices = [np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [0.0, 0.0]]), np.eye(2)]
    states = np.arange(3.0)[:, None] * np.ones(2)
    # The second after the first: norm 1; the other way round it would be 2.
    np.testing.assert_allclose(np.exp(jacobian_growth(lambda x: matrices[int(x[0])], states)), [1, 2, 1])


def test_intervals_are_students():
    x = np.random.default_rng(1).standard_normal(9)
    low, high = mean_intervals(x, (0.95,))[0]
    expected = scipy.stats.ttest_1samp(x, 0).confidence_interval(0.95)
    assert (low, high) == (pytest.approx(expected.low), pytest.approx(expected.high))
    with pytest.raises(ValueError, match="at least two"):
        mean_intervals([1.0], (0.9,))


def test_bootstrap_of_independent_values_is_the_usual_interval():
    x = np.random.default_rng(2).standard_normal(4000)
    low, high = block_bootstrap_interval(x, 10, (0.95,), seed=0)[0]
    assert (high - low) / 2 == pytest.approx(1.96 / np.sqrt(4000), rel=0.15)
    # A slow series has wider intervals with long blocks.
    slow = np.repeat(x[:400], 10)
    long, short = (block_bootstrap_interval(slow, b, (0.95,), seed=0)[0] for b in (40, 1))
    assert long[1] - long[0] > 2 * (short[1] - short[0])
    with pytest.raises(ValueError, match="two blocks"):
        block_bootstrap_interval(x, 3000, (0.9,), 0)


@pytest.mark.parametrize("name", ["vanderpol", "lorenz", "rossler", "forced"])
def test_trajectories_follow_their_field(name):
    system = SYSTEMS[name]
    length = 5
    u = np.full((2, length, 1), 0.3) if system.inputs else None
    held = np.array([0.3])
    for path in trajectories(system, 2, length, 0, u):
        assert path.shape == (length, len(system.low))
        end = (length - 1) * system.step
        other = solve_ivp(
            lambda _, x: system.field(x, held), (0, end), path[0], method="Radau", rtol=1e-9, atol=1e-9
        )
        np.testing.assert_allclose(path[-1], other.y[:, -1], rtol=1e-6, atol=1e-6)
    again = trajectories(system, 2, length, 0, u)
    np.testing.assert_array_equal(again[1], trajectories(system, 2, length, 0, u)[1])


def test_fields_vanish_at_the_known_fixed_points():
    none, root = np.zeros(1), np.sqrt(72)
    np.testing.assert_allclose(SYSTEMS["lorenz"].field(np.array([root, root, 27.0]), none), 0, atol=1e-12)
    z = (5.7 - np.sqrt(5.7**2 - 4 * 0.2 * 0.2)) / (2 * 0.2)
    np.testing.assert_allclose(SYSTEMS["rossler"].field(np.array([0.2 * z, -z, z]), none), 0, atol=1e-12)
    e = 1e-6
    slopes = np.array([SYSTEMS["vanderpol"].field(e * v, none) for v in np.eye(2)]).T / e
    np.testing.assert_allclose(slopes, [[0, 1], [-1, 1]], atol=1e-9)
