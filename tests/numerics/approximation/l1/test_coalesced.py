"""Fits in L1 that no sum attains: the limit by a route without differences of exponentials; fits that are attained."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

import memcurse as mc
from memcurse.numerics.approximation.l1.coalesced import not_attained
from memcurse.numerics.approximation.l1.residual_parts import decomposed
from memcurse.numerics.approximation.l1.search import minima


def confluent_norm(text: str) -> tuple[float, float]:
    """The least L1 norm over ``(b + c t) e^{-ut}`` and its u, by a simplex on a trapezoidal rule."""
    kernel = mc.parse_target(text)
    times = np.linspace(0, 30, 60_001)
    rho = kernel(times)

    def norm(y):
        return float(np.trapezoid(np.abs((y[0] + y[1] * times) * np.exp(-y[2] * times) - rho), times))

    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000}
    starts = ([1.0, 0.5, 1.5], [1.0, -0.5, 1.0])
    end = min(
        (minimize(norm, y, method="Nelder-Mead", options=options) for y in starts), key=lambda end: end.fun
    )
    return end.fun, end.x[2]


@pytest.mark.slow
@pytest.mark.parametrize("text", ["exp(-t)*cos(3*t)", "exp(-t)*cos(t)", "t*exp(-t)"])
def test_the_limit_is_the_least_norm_of_what_the_rates_become(text: str) -> None:
    with pytest.raises(mc.NotAttainedError, match="2 rates coalesce") as caught:
        mc.best_fit(text, 2, "l1", digits=15)
    norm, rate = confluent_norm(text)
    assert caught.value.error == pytest.approx(norm, abs=1e-5)
    assert caught.value.rates == pytest.approx((rate, rate), rel=1e-4)
    assert "as far as float64 sees" in str(caught.value)


def test_rates_that_stay_apart_do_not_coalesce() -> None:
    """A kernel with a minimum, and the same search told that its two rates are one: no fall like that of a limit."""
    kernel = decomposed(mc.parse_target("exp(-t)+exp(-(3/2)*t)+exp(-6*t)"))
    found = minima(kernel, 2, 0)[0]
    assert not_attained(kernel, found) is None
    near = type(found)(found.a, np.array([0.0, 0.1]), found.norm, found.zeros, found.first, found.arrived)
    assert not_attained(kernel, near) is None
