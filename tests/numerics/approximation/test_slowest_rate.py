"""The bound on the slowest rate: no positive sum with faster rates is as near, and best fits keep to it."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

import memcurse as mc
from memcurse.numerics.approximation import slowest_rate
from memcurse.numerics.approximation.l1.distance import l1_error
from memcurse.numerics.approximation.l1.residual_parts import decomposed
from memcurse.numerics.approximation.slowest_rate import slowest_rate_bound
from memcurse.numerics.arithmetic.balls import ball_precision

POWER = mc.PowerLaw(1)
AMPLITUDES = st.lists(st.floats(1e-3, 3), min_size=4, max_size=4)
FACTORS = st.lists(st.floats(1, 30), min_size=4, max_size=4)


@pytest.mark.parametrize(
    "target",
    [
        POWER,
        mc.PowerLaw("1/2"),
        mc.parse_target("exp(-t)/(1+t)"),
        pytest.param(mc.parse_target("exp(-sqrt(t))"), marks=pytest.mark.slow),
    ],
)
def test_best_fits_have_a_rate_below_the_bound(target: mc.Target) -> None:
    for m in (1, 2):
        fit = mc.best_fit(target, m, "l1", digits=15)
        assert all(a > 0 for a in fit.enclosure.a)
        bound = slowest_rate_bound(target, fit.error_enclosure)
        assert fit.enclosure.w[0] < bound
        # Control: a fifth of the bound is no bound.
        assert fit.enclosure.w[0] > bound / 5


@given(AMPLITUDES, FACTORS, st.sampled_from(["1/3", "1/10", "1/100"]))
@settings(max_examples=30, deadline=None)
def test_positive_sums_with_faster_rates_are_farther(
    amplitudes: list[float], factors: list[float], error: str
) -> None:
    bound = slowest_rate_bound(POWER, error)
    distance = l1_error(POWER, amplitudes, [bound * x for x in factors], digits=6)
    assert distance > ball_of(error)


def ball_of(text: str) -> arb:
    p, q = map(int, text.split("/"))
    return arb(p) / q


def test_the_nearest_positive_sums_with_faster_rates_are_farther() -> None:
    bound = slowest_rate_bound(POWER, "1/20")
    times = np.geomspace(1e-3, 1e4, 2000)
    rates = bound * 1.1 ** np.arange(60)
    with np.errstate(under="ignore"):
        columns = np.exp(-np.outer(times, rates)) * times[:, None] ** 0.7
    found, _ = scipy.optimize.nnls(columns, times**0.7 / (1 + times) ** 2)
    kept = found > 0
    error = l1_error(POWER, list(found[kept]), list(rates[kept]), digits=6)
    assert error > 0.05
    # With rates from a twentieth of it on there are some within.
    rates /= 20
    with np.errstate(under="ignore"):
        columns = np.exp(-np.outer(times, rates)) * times[:, None] ** 0.7
    found, _ = scipy.optimize.nnls(columns, times**0.7 / (1 + times) ** 2)
    kept = found > 0
    assert l1_error(POWER, list(found[kept]), list(rates[kept]), digits=6) < 0.05


def test_the_bound_is_where_the_floor_by_quadrature_is_the_error() -> None:
    target, error = mc.parse_target("exp(-sqrt(t))"), 0.05
    beta = slowest_rate_bound(target, "1/20")

    def mass(x: float) -> float:
        return float(scipy.integrate.quad(lambda u: 2 * u * np.exp(-u), 0, np.sqrt(x))[0])

    def floor(logs: np.ndarray) -> float:
        h, x = np.exp(logs[0]), np.exp(logs[0]) + np.exp(logs[1])
        ratio = np.exp(-beta * (x - h)) / (h * beta)
        return float((2 - mass(x) - ratio * mass(h)) / (1 + ratio))

    best = max(
        -scipy.optimize.minimize(lambda y: -floor(y), start, method="Nelder-Mead").fun
        for start in ([1.0, 3.0], [2.0, 4.0])
    )
    assert best == pytest.approx(error, rel=1e-2)
    assert best > error


def test_balls_alone_decide_which_rate_is_proved() -> None:
    parts, _ = decomposed(POWER).residual()
    x, h, error = Fraction(20), Fraction(3), 0.03

    def floor(beta: float) -> float:
        ratio = np.exp(-beta * 17) / (3 * beta)
        return float((1 / 21 - ratio * 3 / 4) / (1 + ratio))

    least = scipy.optimize.brentq(lambda beta: floor(beta) - error, 0.01, 10)
    with ball_precision(128):
        shares = (0.9, 0.995, 1.0, 1.5)
        proved = [slowest_rate._proved(parts, least * share, (x, h), arb(error)) for share in shares]
        assert least <= proved[0] < 1.5 * least
        # A floor in balls that is a little too high is content with a rate between 0.995 and 1.
        assert least <= proved[1] < 1.02 * least
        assert least <= proved[2] < 1.0001 * least
        assert 1.5 * least < proved[3] < 1.501 * least
        with pytest.raises(ArithmeticError, match="`error` must allow a floor"):
            slowest_rate._proved(parts, least / 6, (x, h), arb(error))


@pytest.mark.parametrize("rate", [1e-6, 1, 1e6])
def test_exponentials_themselves_have_a_rate_below_the_bound(rate: float) -> None:
    target = mc.ExponentialSum([rate, 2 * rate], [rate, 3 * rate])
    bounds = [slowest_rate_bound(target, error) for error in ("1/10", "1/10000", "1/1000000000")]
    assert bounds[0] > bounds[1] > bounds[2] > rate
    assert bounds[2] < 1.1 * rate


def test_the_rate_tends_to_0_with_the_error() -> None:
    bounds = [slowest_rate_bound(mc.PowerLaw("1/2"), f"1/{10**k}") for k in range(5)]
    assert all(later < former / 10 for former, later in pairwise(bounds))


def test_input_is_checked() -> None:
    with pytest.raises(ValueError, match="`error` must be below the kernel's integral"):
        slowest_rate_bound(POWER, 1)
    with pytest.raises(ValueError, match="`error` must be positive"):
        slowest_rate_bound(POWER, arb(0))
    with pytest.raises(ValueError, match="`error` must be"):
        slowest_rate_bound(POWER, -1)
    with pytest.raises(ValueError, match="`target` must be integrable"):
        slowest_rate_bound(mc.PowerLaw(0), "1/10")
    with pytest.raises(TypeError, match="`target` must be a memcurse target"):
        slowest_rate_bound(["exp(-t)"], "1/10")
    with pytest.raises(ArithmeticError, match="`error` must allow a floor"):
        slowest_rate_bound(POWER, "0.9999999")
