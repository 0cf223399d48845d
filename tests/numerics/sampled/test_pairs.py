"""Neurons from pairs of data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memcurse.numerics.sampled.activations import RELU, TANH, activation
from memcurse.numerics.sampled.pairs import draw_pairs, pair_layer, sample_layer


def _data(seed=0, n=50):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 3))
    return X, X @ rng.standard_normal((3, 3)), rng


def test_tanh_is_minus_and_plus_a_half_at_the_pair():
    X, Y, rng = _data()
    layer = sample_layer(X, Y, 30, "swim", TANH, rng)
    values = layer(X)
    for k, (i, j) in enumerate(layer.pairs):
        assert values[i, k] == pytest.approx(-0.5, abs=1e-12)
        assert values[j, k] == pytest.approx(0.5, abs=1e-12)


def test_relu_is_zero_and_one_at_the_pair():
    X, Y, rng = _data()
    layer = sample_layer(X, Y, 30, "swim", RELU, rng)
    values = layer(X)
    for k, (i, j) in enumerate(layer.pairs):
        assert values[i, k] == pytest.approx(0.0, abs=1e-12)
        assert values[j, k] == pytest.approx(1.0, abs=1e-12)


def test_exchange_flips_the_sign():
    X, *_ = _data()
    pairs = np.array([[0, 1], [2, 3]])
    np.testing.assert_allclose(
        pair_layer(X, pairs, TANH)(X), -pair_layer(X, pairs[:, ::-1], TANH)(X), atol=1e-13
    )


@given(st.integers(0, 1000), st.integers(2, 12), st.booleans())
def test_pairs_are_distinct_without_order_and_reproducible(seed, n, uniform):
    X = np.random.default_rng(seed).standard_normal((n, 2))
    width = n * (n - 1) // 2
    pairs = draw_pairs(X, X, width, uniform, np.random.default_rng(seed))
    assert len({frozenset(p) for p in pairs.tolist()}) == width
    assert all(i != j for i, j in pairs)
    np.testing.assert_array_equal(pairs, draw_pairs(X, X, width, uniform, np.random.default_rng(seed)))


def test_the_density_is_that_of_the_slope():
    # Three points on a line: slopes 1, 8 and 4.5; the first of one drawn pair follows these shares.
    X, Y = np.array([[0.0], [1.0], [2.0]]), np.array([[0.0], [1.0], [9.0]])
    counts = {(0, 1): 0, (1, 2): 0, (0, 2): 0}
    for seed in range(4000):
        counts[tuple(draw_pairs(X, Y, 1, False, np.random.default_rng(seed))[0].tolist())] += 1
    shares = np.array([counts[0, 1], counts[1, 2], counts[0, 2]]) / 4000
    np.testing.assert_allclose(shares, np.array([1, 8, 4.5]) / 13.5, atol=0.03)


def test_equal_points_make_no_pair():
    X = np.array([[0.0], [0.0], [1.0]])
    assert sorted(map(tuple, draw_pairs(X, X, 2, False, np.random.default_rng(0)).tolist())) == [
        (0, 2),
        (1, 2),
    ]
    with pytest.raises(ValueError, match="pairs of different points"):
        draw_pairs(X, X, 3, False, np.random.default_rng(0))


def test_normal_weights_are_standard_for_scaled_data():
    X, Y, _ = _data(n=4000)
    one = sample_layer(1000 * X + 5, Y, 20, "normal", TANH, np.random.default_rng(1))
    other = sample_layer(X, Y, 20, "normal", TANH, np.random.default_rng(1))
    np.testing.assert_allclose(one(1000 * X + 5), other(X), atol=1e-9)


@pytest.mark.parametrize("name", ["erf", "expit", "j0"])
def test_any_scipy_function_with_its_slope(name):
    neuron = activation(name)
    x, e = np.linspace(-2, 2, 9), 1e-3
    f = neuron.function
    five_points = (f(x - 2 * e) - 8 * f(x - e) + 8 * f(x + e) - f(x + 2 * e)) / (12 * e)
    np.testing.assert_allclose(neuron.derivative(x), five_points, atol=1e-9)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ("nothing", ValueError, "activation"),
        ("__doc__", ValueError, "activation"),
        (3, TypeError, "activation"),
        (np.log, ValueError, "finite"),
        (np.sum, ValueError, "shape"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_bad_activation(value, error, words):
    with pytest.raises(error, match=words):
        activation(value)


def test_unknown_scheme():
    X, Y, rng = _data()
    with pytest.raises(ValueError, match="`pairs`"):
        sample_layer(X, Y, 3, "best", TANH, rng)
