"""Constructed sums: they interpolate, their certified errors are those of quadrature, and they converge."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy as sp

import memcurse as mc
from memcurse.numerics.approximation import constructive
from memcurse.numerics.approximation.constructive import (
    averaged_sum,
    constructive_errors,
    fixed_rates_floor,
    interpolating_sum,
)
from memcurse.numerics.approximation.decay import rate_bounds
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


@pytest.mark.parametrize("build", [interpolating_sum, averaged_sum, fixed_rates_floor])
@pytest.mark.parametrize("target", [None, ["exp(-t)"], 1.0])
def test_what_is_no_target(build, target) -> None:
    with pytest.raises(TypeError, match="`target` must be a memcurse target"):
        build(target, 2, 1)


def test_a_delayed_kernel_is_met_at_the_nodes_and_bounded_from_below() -> None:
    """``e^-(t-1)`` from t = 1 on: the floor by its antiderivative at the nodes, and no sum below it."""
    target = mc.ExponentialSum([1], [1]).delayed(1)
    m, rate = 3, sp.Rational(1, 3)
    built = interpolating_sum(target, m, rate)
    floor = fixed_rates_floor(target, m, rate)
    nodes = [-2 * mpmath.log(mpmath.cos(mpmath.pi * i / (2 * (m + 1)))) * 3 for i in range(1, m + 1)]
    assert nodes[0] < 1 < nodes[1]
    tails = [mpmath.exp(-max(x - 1, 0)) for x in [0, *nodes]]
    assert float(floor) == pytest.approx(
        abs(float(tails[0] - 2 * tails[1] + 2 * tails[2] - 2 * tails[3])), rel=1e-12
    )
    assert floor < built.error_enclosure
    for x in nodes:
        value = sum(float(a) * mpmath.exp(-float(w) * x) for a, w in zip(built.a, built.w, strict=True))
        assert abs(value - (mpmath.exp(1 - x) if x > 1 else 0)) < 1e-12


def test_targets_and_digits_that_cannot_be_used_are_named() -> None:
    with pytest.raises(ValueError, match="`target` must be one that float64 can evaluate"):
        averaged_sum(mc.ExponentialSum(["1e320"], [1]), 2, 1)
    with pytest.raises(TypeError, match="`digits` must be an integer"):
        averaged_sum(mc.PowerLaw(1), 2, 1, digits="x")
    # The delay is at a node of U_1: t = -2 ln cos(pi/4) = ln 2.
    with pytest.raises(ValueError, match="`target` must have a value at every node"):
        interpolating_sum(mc.PowerLaw(1).delayed(sp.log(2)), 1, 1)
