"""Moments of two units: their changes against exact arithmetic, and the moves that make them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from memcurse.numerics.flow.engine.moments import TWO_UNITS, curved, moment_change, solve_moments


def exact_change(a, x, d):
    """Of ``sum_j a_j x_j^k``, k = 0 .. 3, in rationals: the whole, and its derivative along `d`."""
    a, x, d = ([Fraction(float(y)) for y in v] for v in (a, x, d))
    m = len(a)
    whole = [
        sum((a[j] + d[j]) * (x[j] + d[m + j]) ** k - a[j] * x[j] ** k for j in range(m)) for k in range(2 * m)
    ]
    linear = [
        sum(d[j] * x[j] ** k + (k * a[j] * x[j] ** (k - 1) * d[m + j] if k else 0) for j in range(m))
        for k in range(2 * m)
    ]
    return np.array(linear, dtype=float), np.array(whole, dtype=float)


@pytest.mark.parametrize("size", [1.0, 1e-5, 1e-12])
def test_changes_without_cancellation(size):
    rng = np.random.default_rng(1)
    linear, change = np.empty(TWO_UNITS), np.empty(TWO_UNITS)
    for _ in range(20):
        # Of one sign each, so that a sum of four terms has no cancellation of its own.
        a, x, d = rng.uniform(0.5, 2.0, 2), rng.uniform(0.5, 2.0, 2), size * rng.uniform(0.5, 2.0, 4)
        moment_change(a, x, d, linear, change)
        expected = exact_change(a, x, d)
        np.testing.assert_allclose(linear, expected[0], rtol=1e-14)
        np.testing.assert_allclose(change, expected[1], rtol=1e-14)


def test_the_move_that_changes_the_moments():
    a, x = np.array([1.5, -0.5]), np.array([0.25, -1.0])
    move = np.array([0.2, 0.1, -0.05, 0.15])
    _, change = exact_change(a, x, move)
    d = move * [1.1, 0.9, 1.2, 0.8]
    assert solve_moments(a, x, change, d)
    np.testing.assert_allclose(d, move, rtol=1e-13)


def test_no_move_where_the_moments_are_of_no_two_units_or_far_away():
    a, x = np.array([1.0, 1.0]), np.array([1.0, -1.0])
    for moments in ([2.0, 0.0, -2.0, 0.0], [2.0, 2.0, 2.0, 2.0]):  # rates +-i; one unit alone
        change = np.array(moments) - [2.0, 0.0, 2.0, 0.0]
        d = np.full(4, 0.1)
        assert not solve_moments(a, x, change, d)
        np.testing.assert_array_equal(d, 0.1)
    _, change = exact_change(a, x, [0.0, 0.0, 0.5, 0.5])
    guess = np.array([0.0, 0.0, 1e-3, 1e-3])
    assert not solve_moments(a, x, change, guess)
    np.testing.assert_array_equal(guess, [0.0, 0.0, 1e-3, 1e-3])


def test_long_moves_are_curved():
    assert curved(np.array([9.0, 9.0, 1.1e-6, 0.0]), -1.0)
    assert curved(np.array([0.0, 0.0, 0.0, -1.1e-6]), 1.0)
    assert not curved(np.array([9.0, 9.0, 0.4e-6, 0.5e-6]), 1.0)
