"""What m exponentials certainly cannot reach, against what the best ones do reach."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import minimize

import memcurse as mc
from memcurse.numerics.approximation.l1.distance import l1_error
from memcurse.numerics.approximation.widths import lower_bounds
from memcurse.numerics.approximation.widths.lower_bounds import l1_lower_bounds, l2_lower_bounds, least_width
from memcurse.theory.notation import t

EXACT = mc.ExponentialSum(["1", "-1/2", "2"], ["1/2", "1", "3"])


@pytest.mark.parametrize("target", [mc.GaussianBump(6), mc.PowerLaw("1/2"), mc.PowerLaw(1), EXACT], ids=str)
def test_second_antiderivatives(target: mc.Target) -> None:
    x = sp.Symbol("x", positive=True)
    form = target.second_antiderivative(x)
    assert form is not None
    difference = sp.diff(form, x, 2) - target.expression.subs(t, x)
    assert abs(sp.N(difference.subs(x, sp.Rational(17, 5)), 30)) < 1e-25


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
    bound = float(l2_lower_bounds(target, [sp.Rational(i, 4) for i in range(20)])[m])
    assert 0.25 * distance < bound < distance
    in_l1 = float(l1_lower_bounds(target, 32)[m])
    assert 0 < in_l1 < float(l1_error(target, a, w).lower())


def test_exponentials_are_reached_by_as_many_terms() -> None:
    assert float(l1_lower_bounds(EXACT, 24)[3]) < 1e-10
    assert float(l1_lower_bounds(EXACT, 24)[2]) > 1e-4
    assert least_width(EXACT, "1/1000000", "l1") == 3
    assert least_width(EXACT, "1/1000", "l2") <= 3


def test_counts_for_the_late_bump() -> None:
    values = l1_lower_bounds(mc.GaussianBump(20), 64)
    assert [sum(float(x) > level for x in values) for level in (1, 0.5, 0.1, 0.01)] == [9, 12, 17, 23]


def test_width_grows_with_the_delay() -> None:
    assert [least_width(mc.GaussianBump(T), "1/2", "l1") for T in (5, 10, 20)] == [3, 6, 12]


def test_nothing_is_claimed_beyond_the_norm() -> None:
    assert least_width(mc.GaussianBump(5), 3, "l1") == 0
    assert least_width(mc.GaussianBump(5), 3) == 0


def test_a_wrong_sign_of_the_section_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the eigenvalues of twice the section an exponential sum would be out of reach of itself."""
    honest = lower_bounds.eigenvalue_balls
    monkeypatch.setattr(lower_bounds, "eigenvalue_balls", lambda M: [x + 1 for x in honest(M)])
    assert least_width(EXACT, "1/1000000", "l1") > 3


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((EXACT, 0), ValueError, "`error` must be positive; got 0"),
        ((EXACT, "-1"), ValueError, "`error` must be positive; got -1"),
        ((EXACT, 1, "l3"), ValueError, "`norm` must be one of 'l1', 'l2'; got 'l3'"),
        (("exp(-t)", 1), TypeError, "`target` must be a memcurse target"),
        ((mc.PowerLaw(0), 1, "l1"), ValueError, "`target` must be integrable"),
    ],
)
def test_bad_input(arguments: tuple[object, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        least_width(*arguments)  # type: ignore[arg-type]
