"""Best fits: certified, interpolating, at least as good as what other routes find."""

from __future__ import annotations

import itertools
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scipy.optimize
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

import memcurse as mc
from memcurse.numerics.approximation.l2.best_fit import best_fit, interpolation_residuals
from memcurse.numerics.stationary.critical_points import critical_points
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.plateau.delayed_part import example_target

PAPER = example_target(10)
MIXED = mc.ExponentialSum([1, 2, -2], [1, 5, 20])
POWER = mc.PowerLaw(1)

POSITIVE_SUMS = st.integers(2, 5).flatmap(
    lambda n: st.builds(
        mc.ExponentialSum,
        st.lists(st.integers(1, 12), min_size=n, max_size=n),
        st.lists(st.integers(1, 60).map(lambda k: f"{k}/4"), min_size=n, max_size=n, unique=True),
    )
)


@pytest.mark.parametrize("m", [1, 2, 3, 5, 8])
def test_power_law_is_fitted_to_40_digits(m: int) -> None:
    fit = best_fit(POWER, m)
    assert fit.m == len(fit.a) == len(fit.w) == m
    assert list(fit.w) == sorted(fit.w)
    assert all(a > 0 for a in fit.a)
    assert fit.inertia == Inertia(2 * m, 0, 0)
    assert max(abs(r) for r in fit.residuals) < mpmath.mpf(10) ** -40
    assert fit.error_enclosure.rel_accuracy_bits() >= 132


def test_error_agrees_with_the_loss_of_the_objective_and_with_pythagoras() -> None:
    fit = best_fit(POWER, 4, digits=30)
    with mpmath.workdps(80):
        loss = mc.Objective(POWER).loss(
            [mpmath.nstr(x, 60) for x in fit.a], [mpmath.nstr(x, 60) for x in fit.w], digits=30
        )
        assert mpmath.almosteq(loss, fit.loss, rel_eps=mpmath.mpf(10) ** -29)
        own = sum(
            a * b / (v + u)
            for a, v in zip(fit.a, fit.w, strict=True)
            for b, u in zip(fit.a, fit.w, strict=True)
        )
        assert mpmath.almosteq(mpmath.mpf(1) / 3 - own, fit.loss, rel_eps=mpmath.mpf(10) ** -29)


def test_two_precisions_agree() -> None:
    low, high = best_fit(POWER, 3, digits=20), best_fit(POWER, 3, digits=60)
    with mpmath.workdps(60):
        for x, y in zip(
            (*low.a, *low.w, low.loss, low.error), (*high.a, *high.w, high.loss, high.error), strict=True
        ):
            assert abs(x - y) <= abs(y) * mpmath.mpf(10) ** -20
    assert max(abs(r) for r in high.residuals) < max(abs(r) for r in low.residuals)


def test_known_minimum_of_one_rate() -> None:
    # t e^{-t}: w L_0^2 = w/(1+w)^4 is largest at w = 1/3, with a = 2 w L_0 = 3/8 and J = 1/4 - 27/128.
    fit = best_fit(mc.parse_target("t*exp(-t)"), 1)
    with mpmath.workdps(40):
        assert mpmath.almosteq(fit.w[0], mpmath.mpf(1) / 3)
        assert mpmath.almosteq(fit.a[0], mpmath.mpf(3) / 8)
        assert mpmath.almosteq(fit.loss, mpmath.mpf(5) / 128)
        assert mpmath.almosteq(fit.error, mpmath.sqrt(10) / 16)


@given(POSITIVE_SUMS)
@settings(max_examples=15)
def test_positive_sums_have_positive_fits_and_falling_errors(target: mc.ExponentialSum) -> None:
    errors = []
    for m in range(1, len(target.a) + 1):
        fit = best_fit(target, m, digits=20)
        assert all(a > 0 for a in fit.a)
        assert min(target.w) - mpmath.mpf(10) ** -15 <= fit.w[0]
        assert fit.w[-1] <= max(target.w) + mpmath.mpf(10) ** -15
        errors.append(fit.error)
    assert all(later < former for former, later in itertools.pairwise(errors))
    assert errors[-1] == 0


@given(POSITIVE_SUMS)
@settings(max_examples=10)
def test_one_rate_agrees_with_a_minimiser_that_knows_nothing_of_it(target: mc.ExponentialSum) -> None:
    fit = best_fit(target, 1, digits=20)
    J = mc.Objective(target)
    grid = np.geomspace(0.05, 50, 400)[:, None]
    moments = -J.gradient(np.zeros_like(grid), grid)[:, 0] / 2
    losses = J.loss(2 * grid * moments[:, None], grid)
    k = int(np.argmin(losses))
    found = scipy.optimize.minimize(
        lambda x: J.loss(x[:1], np.exp(x[1:])), [2 * grid[k, 0] * moments[k], np.log(grid[k, 0])], tol=1e-12
    )
    assert float(fit.loss) == pytest.approx(found.fun, abs=1e-8)


def test_general_targets_get_the_lowest_minimum_that_the_search_finds() -> None:
    for target in (PAPER, MIXED):
        fit = best_fit(target, 2, digits=20)
        lowest = critical_points(target, 2, 20).minima()[0]
        assert fit.loss_enclosure.overlaps(lowest.loss)
        assert fit.scope.startswith("local minimum, proved")


def test_what_is_proved_is_said() -> None:
    assert best_fit(MIXED, 1).scope.startswith("global minimum, proved")
    assert best_fit(MIXED, 3).scope == "global minimum, proved: the fit is the target"
    assert best_fit(POWER, 2).scope.startswith("local minimum, proved")
    # w -> 1/w maps the loss of this target to itself: two minima of one height.
    tied = best_fit(mc.ExponentialSum(["1/100", 1], ["1/100", 100]), 1, digits=15)
    assert "balls do not tell apart" in tied.scope


def test_scaling_and_sign() -> None:
    fit, turned = best_fit(POWER, 3), best_fit(mc.PowerLaw(1, amplitude=-2), 3)
    with mpmath.workdps(38):
        assert all(mpmath.almosteq(-2 * x, y) for x, y in zip(fit.a, turned.a, strict=True))
        assert all(mpmath.almosteq(x, y) for x, y in zip(fit.w, turned.w, strict=True))
        assert mpmath.almosteq(4 * fit.loss, turned.loss)
        assert mpmath.almosteq(2 * fit.error, turned.error)


@pytest.mark.parametrize("omega", ["-2/5", "10"])
@pytest.mark.slow
def test_twelve_terms_of_extreme_power_laws(omega: str) -> None:
    fit = best_fit(mc.PowerLaw(omega), 12)
    assert fit.inertia == Inertia(24, 0, 0)
    assert all(a > 0 for a in fit.a)


@pytest.mark.parametrize(
    ("target", "m", "options", "error", "message"),
    [
        (POWER, 0, {}, ValueError, "`m` must be between 1 and 12; got 0"),
        (POWER, 13, {}, ValueError, "`m` must be between 1 and 12; got 13"),
        (POWER, "2", {}, TypeError, "`m` must be an integer; got '2'"),
        (POWER, 2, {"norm": "l3"}, ValueError, "`norm` must be one of 'l2', 'l1', 'sup'; got 'l3'"),
        (POWER, 2, {"digits": 3}, ValueError, "`digits` must be between 15"),
        (MIXED, 4, {}, ValueError, "`m` must be at most 3, the target's number of terms"),
        (mc.ExponentialSum([1, 0], [1, 2]), 2, {}, ValueError, "`m` must be at most 1"),
        ((1, 2), 1, {}, TypeError, "`target` must be a memcurse target"),
        (mc.ExponentialSum([1, -1], [1, 1]), 1, {}, ValueError, "`target` must not be 0"),
        (PAPER, 4, {}, mc.NotAttainedError, "`m` must allow a best fit; with m = 4 none is attained"),
    ],
)
def test_bad_input(
    target: object, m: object, options: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        best_fit(target, m, **options)  # type: ignore[arg-type]
    assert message in str(raised.value)


def test_residuals_are_those_of_the_two_moments() -> None:
    a, w = [2, -1], [1, 3]
    found = interpolation_residuals(mc.Objective(MIXED), [arb(x) for x in a], [arb(x) for x in w], 30)
    for power in (1, 2):
        for k in range(2):
            model = sum(Fraction(b) / (w[k] + v) ** power for b, v in zip(a, w, strict=True))
            target = sum(Fraction(b) / (w[k] + v) ** power for b, v in ((1, 1), (2, 5), (-2, 20)))
            assert float(found[2 * (power - 1) + k]) == pytest.approx(float(model - target), rel=1e-14)


@pytest.mark.parametrize("norm", ["l1", "l2"])
@pytest.mark.parametrize(
    ("seed", "error"), [(-1, ValueError), (None, TypeError), ([], TypeError), (True, TypeError)]
)
def test_seed(norm: str, seed: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="`seed` must be"):
        best_fit(mc.PowerLaw(1), 1, norm, 15, seed=seed)  # type: ignore[arg-type]
