"""Constructed sums: they interpolate, their certified errors are those of quadrature, and they converge."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy as sp

import memcurse as mc
from memcurse.numerics import constructive
from memcurse.numerics.constructive import (
    averaged_sum,
    constructive_errors,
    fixed_rates_floor,
    interpolating_sum,
)
from memcurse.numerics.decay import rate_bounds
from memcurse.theory.notation import t

KERNELS = ["t*exp(-t)", "(1+t)**-2", "exp(-(t-2)**2/2)", "exp(-t)*cos(2*t)"]


def residual(found: constructive.ConstructiveSum, times: list[mpmath.mpf]) -> list[mpmath.mpf]:
    kernel = sp.lambdify(t, found.target.expression, "mpmath")
    sums = [
        sum(
            mpmath.mpf(a.p) / a.q * mpmath.exp(-mpmath.mpf(w.p) / w.q * x)
            for a, w in zip(found.a, found.w, strict=True)
        )
        for x in times
    ]
    return [kernel(x) - s for x, s in zip(times, sums, strict=True)]


def quadrature(found: constructive.ConstructiveSum) -> float:
    """L1 norm of the residual by Gauss-Legendre in ``log(1 + t)``: no formula shared."""
    nodes, weights = np.polynomial.legendre.leggauss(10)
    edges = np.linspace(0, 18, 181)
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half * (1 + nodes)).ravel()
    with mpmath.workdps(40):
        values = np.array([float(v) for v in residual(found, [mpmath.expm1(y) for y in x])])
    return float(np.sum((half * weights).ravel() * np.abs(values) * np.exp(x)))


@pytest.mark.parametrize("text", KERNELS)
@pytest.mark.parametrize("build", [interpolating_sum, averaged_sum])
def test_error_by_quadrature(text: str, build: object) -> None:
    found = build(mc.parse_target(text), 5, "1/3")
    assert found.m == 5
    assert found.w == tuple(sp.Rational(j, 3) for j in range(1, 6))
    # The grid does not know the zeros.
    assert float(found.error_enclosure.mid()) == pytest.approx(quadrature(found), rel=2e-3)
    assert float(found.error_enclosure.rad()) < 1e-12


def test_the_sum_meets_the_target_at_the_zeros() -> None:
    m, rate = 12, sp.Rational(1, 4)
    found = interpolating_sum(mc.parse_target("exp(-t)*cos(2*t)"), m, rate)
    with mpmath.workdps(50):
        times = [-8 * mpmath.log(mpmath.cos(mpmath.pi * i / (2 * (m + 1)))) for i in range(1, m + 1)]
        assert max(abs(x) for x in residual(found, times)) < mpmath.mpf(10) ** -14
        # and not in between
        assert abs(residual(found, [times[5] * 1.05])[0]) > 1e-6


def test_sums_of_the_right_rates_are_found_exactly() -> None:
    target = mc.ExponentialSum([3, -2, "1/2"], [1, 2, 4])
    found = interpolating_sum(target, 4, 1)
    assert [float(a) for a in found.a] == pytest.approx([3, -2, 0, 0.5], abs=1e-12)
    assert float(found.error_enclosure.abs_upper()) < 1e-13


@pytest.mark.parametrize("text", KERNELS)
def test_floor_lies_below_every_sum_and_is_met_by_good_ones(text: str) -> None:
    target = mc.parse_target(text)
    for m in (1, 2, 4):
        floor = fixed_rates_floor(target, m, "1/4")
        for found in (interpolating_sum(target, m, "1/4"), averaged_sum(target, m, "1/4")):
            assert float(floor.lower()) <= float(found.error_enclosure.upper())
    # Residuals of t e^-t and of the power law at m = 4 change sign at the nodes alone: best possible.
    if text in KERNELS[:2]:
        assert floor.overlaps(interpolating_sum(target, 4, "1/4").error_enclosure)


def test_means_converge_for_a_power_law() -> None:
    errors = [float(averaged_sum(mc.PowerLaw(2), m, 1).error_enclosure.mid()) for m in (2, 4, 8, 16)]
    assert all(later < 0.75 * earlier for earlier, later in pairwise(errors))


def test_errors_lie_below_the_bounds() -> None:
    target = mc.parse_target("t*exp(-t)")
    errors = constructive_errors(target, (1, 2, 4, 8), sp.Rational(1, 6))
    bounds = rate_bounds(target, 2, "1/2", (1, 2, 4, 8))
    assert list(errors) == [1, 2, 4, 8]
    assert all(errors[m] < bounds[m] for m in errors)


def test_many_terms_stay_certified() -> None:
    found = interpolating_sum(mc.parse_target("t*exp(-t)"), 40, "1/4")
    assert max(abs(a) for a in found.a) > 10**18
    assert float(found.error_enclosure.upper()) < 1e-8
    assert found.error_enclosure.rel_accuracy_bits() > 40


@pytest.mark.parametrize(
    ("m", "rate", "message"),
    [(0, 1, "`m` must be at least 1; got 0"), (2, 0, "`rate` must be positive; got 0")],
)
@pytest.mark.parametrize("build", [interpolating_sum, averaged_sum, fixed_rates_floor])
def test_bad_arguments(build: object, m: int, rate: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(mc.parse_target("exp(-t)"), m, rate)


def test_kernels_that_are_not_integrable_are_refused() -> None:
    with pytest.raises(ValueError, match="integrable"):
        interpolating_sum(mc.PowerLaw(0), 3, 1)
