"""Rungs of the ladder: stationary, lower than their neighbours in every direction, and found by another search too."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from memcurse.numerics.approximation.widths.growing_sums import Ladder, ladder, stride, widths_up_to
from memcurse.numerics.approximation.widths.log_time_fits import distance, normal_matrix, sign_changes, solve
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.target import ExponentialSum

LONG = PowerLaw("1/10")


@pytest.mark.parametrize(
    "target", [PowerLaw(1), PowerLaw("1/4"), ExponentialSum([1, 2, 1], [1, 4, 30])], ids=str
)
@pytest.mark.parametrize("m", [1, 2])
def test_nelder_and_mead_find_nothing_lower(target, m):
    rungs = ladder(target, "l1")
    rung = rungs[m]
    assert rung.stationary

    def error(p: np.ndarray) -> float:
        b, y = np.exp(p[:m]), p[m:]
        return distance(rungs.kernel, b, y, sign_changes(rungs.kernel, b, y, 0.02))

    start = np.concatenate([np.log(rung.b), rung.y]) + 0.3 * np.array([1, -1] * m)
    found = minimize(
        error, start, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-9, "maxfev": 300}
    )
    assert found.fun == pytest.approx(rung.error, rel=1e-4)
    assert found.fun > rung.error * (1 - 1e-5)


def test_moving_any_parameter_raises_the_error():
    rungs = ladder(LONG, "l1")
    rung = rungs[12]
    for i in range(24):
        for step in (-1e-3, 1e-3):
            b, y = rung.b.copy(), rung.y.copy()
            if i < 12:
                b[i] *= 1 + step
            else:
                y[i - 12] += step
            assert distance(rungs.kernel, b, y, sign_changes(rungs.kernel, b, y)) > rung.error


def test_signs_are_orthogonal_to_exponentials_and_their_derivatives():
    rung = ladder(LONG, "l1")[9]
    signs = (-1.0) ** np.arange(1, 19)
    decay = np.exp(-np.exp(np.add.outer(rung.x, rung.y)))
    assert np.abs(1 + 2 * signs @ decay).max() < 1e-10
    z = np.add.outer(rung.x, rung.y)
    assert np.abs(signs @ np.exp(z - np.exp(z))).max() < 1e-10


def test_errors_fall_with_the_width_and_strides_pass_over_rungs():
    rungs = ladder(LONG, "l1")
    errors = [rungs[m].error for m in range(1, 31)]
    assert (np.diff(errors) < 0).all()
    assert all(rungs[m].stationary for m in range(1, 31))
    assert [stride(m) for m in (1, 96, 97, 192, 193)] == [1, 1, 2, 2, 4]
    assert list(widths_up_to(5)) == [1, 2, 3, 4, 5]
    assert list(widths_up_to(101))[-4:] == [96, 98, 100, 101]


@pytest.mark.slow
def test_wide_rungs_are_reached_in_strides_and_filled_in_between():
    rungs = Ladder(PowerLaw("1/20"), "l1")
    after, before = rungs[100], rungs[98]
    between = rungs[99]
    assert after.error < between.error < before.error
    assert between.stationary


def test_underflow_is_no_concern_of_the_caller():
    with np.errstate(all="raise", over="warn"):
        assert Ladder(PowerLaw("1/3"), "l1")[4].stationary


def test_elimination_solves_and_tells_a_singular_matrix():
    rng = np.random.default_rng(0)
    A, x = rng.normal(size=(30, 30)), rng.normal(size=30)
    A[0, 0] = 0.0
    assert solve(A, A @ x) == pytest.approx(x)
    assert normal_matrix(A[:, :7]) == pytest.approx(A[:, :7].T @ A[:, :7])
    assert not np.isfinite(solve(np.ones((3, 3)), np.arange(3.0))).any()


def test_a_target_of_both_signs_gets_a_fit():
    rungs = ladder(ExponentialSum([1, 2, -2], [1, 5, 20]), "l1")
    assert rungs[2].error < rungs[1].error


def test_l2_rungs_are_the_certified_minima():
    from memcurse.numerics.approximation.l2.best_fit import best_fit

    rungs = ladder(LONG, "l2")
    for m in (1, 2, 3):
        assert rungs[m].error ** 2 == pytest.approx(float(best_fit(LONG, m, digits=15).loss), rel=1e-8)
