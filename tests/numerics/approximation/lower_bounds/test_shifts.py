"""What m exponentials certainly cannot reach, against what good ones do reach."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import minimize

import memcurse as mc
from memcurse.numerics.approximation.l1.distance import l1_error
from memcurse.numerics.approximation.lower_bounds import shifts
from memcurse.numerics.approximation.lower_bounds.least_width import distance_bounds, least_width
from memcurse.numerics.approximation.lower_bounds.shifts import shift_bounds

EXACT = mc.ExponentialSum(["1", "-1/2", "2"], ["1/2", "1", "3"])
STEPS = [sp.Rational(i, 4) for i in range(20)]


def good_sum(target: mc.Target, m: int) -> tuple[list[float], list[float], float]:
    """Amplitudes, rates and L2 distance of a sum that no small change of the rates improves, in float64."""
    J = mc.Objective(target)

    def gains(log_rates: np.ndarray) -> np.ndarray:
        w = np.exp(log_rates)
        right = -J.gradient(np.zeros(m), w)[:m] / 2
        return np.linalg.lstsq(1 / (w[:, None] + w), right, rcond=1e-12)[0]

    def loss(log_rates: np.ndarray) -> float:
        return float(J.loss(gains(log_rates), np.exp(log_rates)))

    start = np.log(m / 6) + 0.3 * np.arange(m)
    x = minimize(loss, start, method="Nelder-Mead", options={"maxfev": 400}).x
    return list(gains(x)), list(np.exp(x)), loss(x) ** 0.5


@pytest.mark.parametrize("m", [1, 2, 3])
def test_good_sums_lie_above_the_bounds(m: int) -> None:
    target = mc.GaussianBump(6)
    a, w, distance = good_sum(target, m)
    bound = float(shift_bounds(target, STEPS)[m])
    assert 0.25 * distance < bound < distance
    in_l1 = float(distance_bounds(target, "l1")[m])
    assert 0 < in_l1 < float(l1_error(target, a, w).lower())


def test_exponentials_are_reached_by_as_many_terms() -> None:
    bounds = shift_bounds(EXACT, STEPS)
    assert float(bounds[2]) > 1e-4
    assert float(bounds[3]) < 1e-6
    assert least_width(EXACT, "1/1000000", "l1") == 3


def test_no_terms_leave_the_norm_of_what_is_seen() -> None:
    target = mc.GaussianBump(6)
    norm = float(target.squared_norm().evalf()) ** 0.5
    assert 0.99 * norm < float(shift_bounds(target, STEPS)[0]) <= norm


def test_width_grows_with_the_delay() -> None:
    assert [least_width(mc.GaussianBump(T), "1/2", "l1") for T in (5, 10, 20)] == [3, 6, 12]


def test_a_radius_that_is_dropped_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eigenvalues that are too large by one put an exponential sum out of its own reach."""
    honest = shifts.singular_values
    monkeypatch.setattr(shifts, "singular_values", lambda G: (honest(G)[0] + 1.0, honest(G)[1]))
    assert float(shift_bounds(EXACT, STEPS)[3]) > 0.1


def test_kernels_without_closed_products_are_taken_too() -> None:
    target = mc.parse_target("t*exp(-t)")
    bounds = shift_bounds(target, [sp.Rational(i) for i in range(4)])
    assert 0.05 < float(bounds[1]) < float(bounds[0]) < 0.5
