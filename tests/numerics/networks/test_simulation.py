from __future__ import annotations

import numpy as np
import pytest
from flint import arb, arb_mat, fmpq

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.networks.simulation import (
    BallRNN,
    discrete_variance,
    noise_increments,
    white_noise_errors,
)


def scalar() -> BallRNN:
    return BallRNN(arb_mat([[2]]), arb_mat([[fmpq(-1, 2)]]), arb_mat([[3]]))


def test_convolution_of_a_scalar_network_by_hand() -> None:
    # x_t = t: int_0^1 6 e^{-s/2} (1 - s) ds = 24 e^{-1/2} - 12.
    with precision(30):
        assert scalar().convolution(lambda t: t, arb(1)).contains(24 * (-arb(1) / 2).exp() - 12)


def test_steps_of_a_scalar_network_by_hand() -> None:
    # Two steps of 1/2 with x = 1: h_1 = 3/2, h_2 = 3/2 * 3/4 + 3/2.
    with precision(30):
        value = scalar().after_steps(lambda t: arb(1), arb(1), 2)
        assert value.contains(arb(fmpq(21, 4)))
        without = scalar().after_steps(lambda t: arb(1), arb(1), 2, residual=False)
        assert without.contains(2 * (arb(fmpq(-1, 4)) * fmpq(3, 2) + arb(fmpq(3, 2))))


def test_white_noise_errors_have_the_variance_of_their_steps() -> None:
    a, w = np.array([1.0, -0.5]), np.array([0.5, 2.0])
    kernel = np.exp(-np.arange(100) * 0.05)
    errors = white_noise_errors(a, w, kernel, 0.05, 40000, seed=1)
    expected = discrete_variance(a, w, kernel, 0.05)
    # Six standard deviations of a mean of squares of normal numbers.
    assert np.mean(errors**2) == pytest.approx(expected, rel=6 * (2 / 40000) ** 0.5)
    assert abs(np.mean(errors)) < 6 * (expected / 40000) ** 0.5


def test_discrete_variance_against_the_samples_of_unit_impulses() -> None:
    a, w, kernel, step = np.array([1.0]), np.array([2.0]), np.array([1.0, 0.5, 0.25]), 0.1
    weights = np.array([1.0 * 0.8**k for k in range(3)]) - kernel
    assert discrete_variance(a, w, kernel, step) == pytest.approx(step * np.sum(weights**2), rel=1e-14)


@pytest.mark.parametrize(("correlation", "expected"), [(0.0, 0.0), (0.9, 0.9)])
def test_increments_are_correlated_as_asked(correlation: float, expected: float) -> None:
    x = np.array(list(noise_increments(3, 50000, 3, 0.25, correlation)))
    assert np.var(x, axis=1) == pytest.approx(0.25, rel=0.04)
    assert np.corrcoef(x)[0, 1] == pytest.approx(expected, abs=0.03)


def test_each_sample_is_the_same_combination_of_its_increments() -> None:
    a, w, step = np.array([1.0, -0.5]), np.array([0.5, 2.0]), 0.05
    kernel = np.exp(-np.arange(20) * step)
    increments = np.array(list(noise_increments(7, 5, 20, step, 0.0)))
    # The increment that is k steps old has the weight sum_i a_i (1 - step w_i)^k - rho(k step).
    weights = np.array([(1 - step * w) ** k @ a for k in range(20)]) - kernel
    expected = weights[::-1] @ increments
    assert white_noise_errors(a, w, kernel, step, 5, seed=7) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("steps", [4, 32, 256])
def test_error_bound_holds_and_halves_with_twice_the_steps(steps: int) -> None:
    rnn = BallRNN(
        arb_mat([[1, -2]]), arb_mat([[fmpq(-1), fmpq(-3, 2)], [fmpq(3, 2), fmpq(-1)]]), arb_mat([[1], [2]])
    )
    with precision(30):
        end = arb(3)
        # x_t = sin t: both it and its slope are at most 1.
        error = abs(rnn.after_steps(lambda t: t.sin(), end, steps) - rnn.convolution(lambda t: t.sin(), end))
        bound, finer = (rnn.error_bound(end, n, arb(1), arb(1)) for n in (steps, 2 * steps))
        assert error < bound
        assert finer < bound * 3 / 4
