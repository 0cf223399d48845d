"""Best fits in L1: certified, stationary, no worse than what routes without derivatives and balls find."""

from __future__ import annotations

import dataclasses
import functools
import itertools

import mpmath
import numpy as np
import pytest
import scipy.optimize
import scipy.sparse
import sympy as sp
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

import memcurse as mc
from memcurse.numerics.approximation.l1.best_fit import L1Fit
from memcurse.numerics.approximation.l1.distance import l1_error, l1_residual
from memcurse.numerics.approximation.l1.residual_parts import decomposed
from memcurse.numerics.approximation.l1.search import best_amplitudes, slopes
from memcurse.numerics.approximation.l1.stationary_fit import (
    Point,
    _changes_there_only,
    _slope,
    equations,
    krawczyk,
    prove,
)
from memcurse.numerics.approximation.l1.time_grid import grid
from memcurse.numerics.approximation.l2.best_fit import best_fit
from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.notation import t

TEXP = mc.parse_target("t*exp(-t)")
POWER = mc.PowerLaw(1)
SUM = mc.ExponentialSum([1] * 7, [2**k for k in range(7)])


@functools.cache
def fitted(target: mc.Target, m: int, digits: int = 40) -> L1Fit:
    return best_fit(target, m, "l1", digits)


def universal_points():
    """``-ln u`` and ``-ln v`` with ``u - v = 1/2`` and ``u ln u = v ln v``."""
    v = mpmath.findroot(lambda v: (v + 0.5) * mpmath.log(v + 0.5) - v * mpmath.log(v), 0.15)
    return -mpmath.log(v + mpmath.mpf(1) / 2), -mpmath.log(v)


def test_t_exp_minus_t_has_the_rate_one_half() -> None:
    fit = fitted(TEXP, 1)
    with mpmath.workdps(60):
        x1, x2 = universal_points()
        u, v = mpmath.exp(-x1), mpmath.exp(-x2)
        for found, exact in (
            (fit.w[0], mpmath.mpf(1) / 2),
            (fit.a[0], 2 * x1 * u),
            (fit.error, 2 * x1 * u + 2 * v - mpmath.mpf(1) / 2),
            (fit.canonical_points[0], 2 * x1),
            (fit.canonical_points[1], 2 * x2),
        ):
            assert mpmath.almosteq(found, exact, rel_eps=mpmath.mpf(10) ** -40)
    assert fit.first_sign == 1
    # The error is not the rate.
    assert abs(fit.error - 0.357338824640559) < 1e-14


def test_the_minimum_for_t_exp_minus_t_is_global() -> None:
    # Smallest norms over the amplitude at many rates, on a grid, against the formulas of the proof.
    rule = grid(decomposed(TEXP))
    for rate in np.geomspace(0.01, 50, 60):
        a = best_amplitudes(rule, np.array([np.log(rate)]))
        norm = slopes(rule, a, np.array([np.log(rate)])).norm
        assert norm > 0.3573388
        if rate >= 1:
            x = np.log(2) / rate
            least = 2 * (1 + x) * np.exp(-x) - 1
            # Reweighting comes near the best amplitude, from above.
            assert least * (1 - 1e-6) <= norm <= least * 1.01
            assert least >= np.log(2) * (1 - 1e-12)


@pytest.mark.parametrize(
    "target", [POWER, mc.PowerLaw("1/10"), SUM, mc.parse_target("exp(-sqrt(t))")], ids=str
)
def test_one_term_solves_the_closed_equation(target: mc.Target) -> None:
    fit = fitted(target, 1, 20)
    rho = lower(target.expression, (t,), "mpmath")
    with mpmath.workdps(40):
        x1, x2 = universal_points()

        def gap(w):
            return mpmath.log(rho(x2 / w) / rho(x1 / w)) + x2 - x1

        w = mpmath.findroot(gap, mpmath.mpf(float(fit.w[0])) * 1.01)
        assert mpmath.almosteq(fit.w[0], w, rel_eps=mpmath.mpf(10) ** -20)
        assert mpmath.almosteq(fit.a[0], rho(x1 / w) * mpmath.exp(x1), rel_eps=mpmath.mpf(10) ** -20)
        for point, x in zip(fit.canonical_points, (x1, x2), strict=True):
            assert mpmath.almosteq(point, x / w, rel_eps=mpmath.mpf(10) ** -20)


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize(
    "target", [POWER, mc.PowerLaw("1/2"), mc.PowerLaw("1/10"), SUM], ids=["1", "1/2", "1/10", "sum"]
)
@pytest.mark.slow
def test_monotone_targets_are_fitted_to_40_digits(target: mc.Target, m: int) -> None:
    fit = fitted(target, m)
    assert fit.m == len(fit.a) == len(fit.w) == m
    assert list(fit.w) == sorted(fit.w)
    assert all(a > 0 for a in fit.a)
    assert len(fit.canonical_points) == 2 * m
    assert fit.first_sign == -1
    assert fit.inertia == Inertia(2 * m, 0, 0)
    assert fit.error_enclosure.rel_accuracy_bits() >= 132
    assert fit.error_enclosure.overlaps(fit.dual_enclosure)
    assert fit.dual_gap < fit.error * mpmath.mpf(10) ** -39
    assert max(abs(x) for x in fit.residuals) < mpmath.mpf(10) ** -38


@pytest.mark.slow
def test_errors_fall_with_the_number_of_terms() -> None:
    for target in (POWER, mc.PowerLaw("1/10"), SUM):
        errors = [fitted(target, m).error for m in range(1, 7)]
        assert all(later < former for former, later in itertools.pairwise(errors))


def test_residual_vanishes_at_the_canonical_points_and_its_sign_is_orthogonal() -> None:
    fit = fitted(POWER, 3)
    with mpmath.workdps(60):
        for point in fit.canonical_points:
            model = sum(a * mpmath.exp(-w * point) for a, w in zip(fit.a, fit.w, strict=True))
            assert abs(model - (1 + point) ** -2) < mpmath.mpf(10) ** -39
        cuts = [mpmath.mpf(0), *fit.canonical_points]
        for w in fit.w:
            for power in (0, 1):
                integrals = [
                    mpmath.gammainc(power + 1, w * x, w * y) / w ** (power + 1)
                    for x, y in zip(cuts, [*cuts[1:], mpmath.inf], strict=True)
                ]
                total = sum((-1) ** k * x for k, x in enumerate(integrals))
                assert abs(total) < mpmath.mpf(10) ** -36


def test_the_error_is_that_of_the_norm_by_another_route() -> None:
    fit = fitted(POWER, 4)
    with mpmath.workdps(40):
        # Antiderivatives at the canonical points, in mpmath.
        def tail(x):
            return sum(a / w * mpmath.exp(-w * x) for a, w in zip(fit.a, fit.w, strict=True)) - 1 / (1 + x)

        values = [tail(x) for x in (0, *fit.canonical_points)]
        norm = sum(abs(x - y) for x, y in itertools.pairwise([*values, 0]))
        assert mpmath.almosteq(norm, fit.error, rel_eps=mpmath.mpf(10) ** -37)


def linear_program(target: mc.Target, w: list[float]) -> float:
    """Least norm at given rates on a fine grid (times even in the logarithm), amplitudes free."""
    times = np.concatenate([[0.0], np.geomspace(1e-4, 1e4, 1500)])
    weights = np.zeros_like(times)
    weights[1:] += np.diff(times) / 2
    weights[:-1] += np.diff(times) / 2
    columns = np.exp(-np.outer(times, w))
    rho = lower(target.expression, (t,), "float64")(times)
    n, m = columns.shape
    eye = scipy.sparse.eye(n)
    rows = scipy.sparse.vstack(
        [scipy.sparse.hstack([columns, -eye]), scipy.sparse.hstack([-columns, -eye])], format="csc"
    )
    found = scipy.optimize.linprog(
        np.concatenate([np.zeros(m), weights]),
        A_ub=rows,
        b_ub=np.concatenate([rho, -rho]),
        bounds=[(None, None)] * m + [(0, None)] * n,
        method="highs",
    )
    return float(found.fun)


@pytest.mark.parametrize(
    ("target", "m"), [(mc.PowerLaw(2), 2), (SUM, 3), (TEXP, 1)], ids=["2", "sum", "texp"]
)
def test_a_linear_program_finds_no_better_amplitudes(target: mc.Target, m: int) -> None:
    fit = fitted(target, m, 20)
    assert linear_program(target, [float(w) for w in fit.w]) == pytest.approx(float(fit.error), rel=2e-3)


@pytest.mark.parametrize(
    ("target", "m"), [(POWER, 1), (mc.PowerLaw(3), 2), (SUM, 2)], ids=["1-1", "3-2", "sum"]
)
def test_nelder_and_mead_find_no_lower_norm(target: mc.Target, m: int) -> None:
    fit = fitted(target, m, 20)
    rule = grid(decomposed(target))

    def norm(x):
        return slopes(rule, x[:m], x[m:]).norm

    start = np.array([*(float(a) * 1.2 for a in fit.a), *(float(mpmath.log(w)) + 0.2 for w in fit.w)])
    found = scipy.optimize.minimize(
        norm, start, method="Nelder-Mead", options={"maxfev": 2000, "fatol": 1e-10}
    )
    assert found.fun == pytest.approx(float(fit.error), rel=1e-5)
    assert found.fun >= float(fit.error) - 1e-6 * target_mass(target)


def target_mass(target: mc.Target) -> float:
    rule = grid(decomposed(target))
    return float(rule.weights @ np.abs(rule.rho))


@given(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
@settings(max_examples=15)
def test_neighbours_have_certainly_larger_norms(p: float, q: float, r: float, s: float) -> None:
    fit = fitted(POWER, 2)
    a = [float(x) * (1 + e) for x, e in zip(fit.a, (p, q), strict=True)]
    w = [float(x) * (1 + e) for x, e in zip(fit.w, (r, s), strict=True)]
    assert not l1_error(POWER, a, w, digits=15) < fit.error_enclosure
    if max(abs(p), abs(q), abs(r), abs(s)) > 1e-3:
        assert l1_error(POWER, a, w, digits=15) > fit.error_enclosure


def test_gradient_and_hessian_of_the_search_are_those_of_the_norm() -> None:
    rule = grid(decomposed(POWER))
    x = np.array([0.3, 0.6, -1.2, 0.6])
    here = slopes(rule, x[:2], x[2:])
    for k in range(4):
        step = 1e-4 * np.eye(4)[k]
        up, down = (slopes(rule, y[:2], y[2:]) for y in (x + step, x - step))
        assert (up.norm - down.norm) / 2e-4 == pytest.approx(here.gradient[k], abs=1e-6)
        assert (up.gradient - down.gradient) / 2e-4 == pytest.approx(here.hessian[k], rel=1e-4, abs=1e-6)


def test_jacobian_of_the_equations_is_their_derivative() -> None:
    with ball_precision(200):
        parts, _ = decomposed(POWER).residual()
        values = [arb(x) for x in (0.3, 0.6, 0.25, 1.5, 0.2, 0.9, 2.0, 6.0)]

        def point(y):
            return Point(tuple(y[:2]), tuple(y[2:4]), tuple(y[4:]))

        _, jacobian = equations(parts, point(values))
        h = arb(2) ** -60
        for k in range(8):
            up, down = ([v + s * h * (i == k) for i, v in enumerate(values)] for s in (1, -1))
            column = (equations(parts, point(up))[0] - equations(parts, point(down))[0]) * (1 / (2 * h))
            for i in range(8):
                assert abs(float((column[i, 0] - jacobian[i, k]).mid())) < 1e-15


def test_krawczyk_proves_nothing_away_from_a_solution() -> None:
    fit = fitted(POWER, 1)
    with ball_precision(150):
        parts, _ = decomposed(POWER).residual()
        exact = Point(
            *(tuple(x.mid() for x in y) for y in (fit.enclosure.a, fit.enclosure.w, fit.canonical_enclosure))
        )
        assert krawczyk(parts, exact, 100) is not None
        off = Point(exact.a, tuple((x * arb(1.1)).mid() for x in exact.w), exact.t)
        assert krawczyk(parts, off, 100) is None


def test_a_minimum_over_amplitudes_alone_is_not_taken_for_one() -> None:
    # Rates that are not stationary: no point near them with the same zeros is proved without moving the rates.
    fit = fitted(POWER, 1)
    moved = Point((arb(0.7),), (arb(1),), tuple(x.mid() for x in fit.canonical_enclosure))
    found = prove(decomposed(POWER), moved, 15)
    assert found is None or found.point.w[0].overlaps(fit.enclosure.w[0])


def test_scaling_of_time_and_height() -> None:
    fit, other = fitted(SUM, 2), fitted(mc.ExponentialSum([-3] * 7, [5 * 2**k for k in range(7)]), 2)
    with mpmath.workdps(38):
        assert all(mpmath.almosteq(5 * x, y) for x, y in zip(fit.w, other.w, strict=True))
        assert all(mpmath.almosteq(-3 * x, y) for x, y in zip(fit.a, other.a, strict=True))
        assert mpmath.almosteq(3 * fit.error / 5, other.error)
        assert other.first_sign == -fit.first_sign


def test_canonical_points_belong_to_the_rates_and_not_to_the_target() -> None:
    # With one term every target has the points x_1/w and x_2/w.
    products = [
        [w * x for w, x in zip(fit.w * 2, fit.canonical_points, strict=True)]
        for fit in (fitted(TEXP, 1), fitted(POWER, 1), fitted(SUM, 1))
    ]
    with mpmath.workdps(38):
        for pair in products[1:]:
            assert all(mpmath.almosteq(x, y) for x, y in zip(products[0], pair, strict=True))


def test_exact_fit() -> None:
    fit = fitted(mc.ExponentialSum([2, 0, -1], ["1/3", 2, 1]), 2)
    assert fit.error == 0
    assert fit.error_enclosure.is_zero()
    assert fit.dual_gap == 0
    assert fit.canonical_points == ()
    assert fit.first_sign == 0
    assert fit.inertia is None
    assert fit.scope.startswith("global minimum, proved")
    assert [float(x) for x in fit.a] == [2, -1]


def test_sign_mixed_sums_and_oscillating_kernels() -> None:
    mixed = fitted(mc.ExponentialSum([1, 2, -2], [1, 5, 20]), 2, 20)
    assert len(mixed.canonical_points) == 4
    airy = fitted(mc.AiryKernel(1, 5), 1, 20)
    assert len(airy.canonical_points) == 4
    assert airy.inertia == Inertia(2, 0, 0)


def test_what_is_proved_is_said() -> None:
    assert fitted(POWER, 2).scope.startswith("proved: best amplitudes for these rates, and a strict local")
    assert (fitted(POWER, 2).norm, fitted(POWER, 2).digits) == ("l1", 40)


@pytest.mark.parametrize(
    ("target", "m", "error", "message"),
    [
        (POWER, 7, ValueError, "`m` must be between 1 and 6 for the norm 'l1'; got 7"),
        (mc.PowerLaw(0), 1, ValueError, "`target` must be integrable"),
        (mc.ExponentialSum([1, 2], [1, 2]), 3, ValueError, "`m` must be at most 2"),
        (mc.ExponentialSum([1, -1], [1, 1]), 1, ValueError, "`target` must not be 0"),
        (TEXP, 2, mc.NotAttainedError, "none is attained: 2 rates coalesce at "),
        (mc.AiryKernel(1, 5), 2, mc.NotAttainedError, "the error falls towards 1.79023"),
    ],
)
def test_bad_input(target: mc.Target, m: int, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        best_fit(target, m, "l1")
    assert message in str(raised.value)


@pytest.mark.parametrize("omega", ["10", "1/40"])
@pytest.mark.slow
def test_extreme_power_laws(omega: str) -> None:
    # With omega = 10 float64 does not resolve the residual; the start is then the best fit in L2.
    fit = best_fit(mc.PowerLaw(omega), 4, "l1", 20)
    assert len(fit.canonical_points) == 8
    assert fit.inertia == Inertia(8, 0, 0)
    assert fit.error_enclosure.overlaps(fit.dual_enclosure)


def test_zeros_count_only_where_all_other_signs_are_proved() -> None:
    fit = fitted(POWER, 2)
    with ball_precision(200):
        parts, _ = decomposed(POWER).residual()
        box = Point(fit.enclosure.a, fit.enclosure.w, fit.canonical_enclosure)
        signs = l1_residual(POWER, box.a, box.w, digits=12, every_point=True)
        assert _changes_there_only(parts, box, signs)
        assert not _changes_there_only(parts, box, dataclasses.replace(signs, complete=False))
        fewer = dataclasses.replace(signs, sign_changes=signs.sign_changes[:-1])
        assert not _changes_there_only(parts, box, fewer)
        # From minus to plus, to minus, and so on.
        assert [_slope(parts, box, x) for x in box.t] == [1, -1, 1, -1]
        assert _slope(parts, box, box.t[0].union(box.t[1])) == 0


@pytest.mark.parametrize("gap", ["1/10", "1/10000", "1/100000000000"])
def test_close_rates(gap: str) -> None:
    """The residual is the square of the gap times a fixed function, so the norm falls like that."""
    h = mpmath.mpf(sp.Rational(gap).p) / sp.Rational(gap).q
    fit = fitted(mc.ExponentialSum([1, 1], [1, 1 + sp.Rational(gap)]), 1, 15)
    # -h^2/4 times the error of the best approximation of t^2 e^-t by e^-t and t e^-t.
    with mpmath.workdps(30):
        x1, x2 = universal_points()

        def tail(x):
            return (x**2 + 2 * x + 2) * mpmath.exp(-x)

        leading = abs(2 - 2 * tail(x1) + 2 * tail(x2)) / 4
        assert abs(fit.error / h**2 / leading - 1) < 2 * h + 1e-12


@pytest.mark.parametrize("ratio", [30, 100])
def test_rates_far_apart(ratio: int) -> None:
    """The fast term is left alone: its norm is the error, but for what it still is where the zeros lie."""
    target = mc.ExponentialSum([1, 1], [1, ratio])
    fit = fitted(target, 1, 15)
    x1, _ = universal_points()
    assert abs(fit.canonical_points[0] * fit.w[0] / x1 - 1) < 1e-12
    assert 0 < 1 / mpmath.mpf(ratio) - fit.error < 10 * mpmath.exp(-ratio * x1)
    assert fit.inertia == Inertia(2, 0, 0)
    assert fit.error_enclosure.overlaps(l1_error(target, fit.enclosure.a, fit.enclosure.w, digits=15))


def test_a_start_with_too_few_zeros_proves_nothing() -> None:
    assert prove(decomposed(POWER), Point((arb(1),), (arb(1),), ()), 15) is None


@pytest.mark.parametrize(
    "target",
    [
        mc.PowerLaw(1, "1e-300"),
        mc.ExponentialSum(["1e300", "1e300"], [1, 2]),
        mc.ExponentialSum([1, 1], ["1e-300", "2e-300"]),
        mc.GaussianBump(1, "1e-6"),
    ],
    ids=["small", "large", "slow", "narrow"],
)
def test_what_float64_cannot_search_is_refused(target: mc.Target) -> None:
    with pytest.raises(FloatRangeError, match=r"`target` must have .* that float64 can search"):
        best_fit(target, 1, "l1", 15)


@pytest.mark.parametrize("p", ["-1/4", "-1/3", "1/2"])
def test_one_term_for_a_power_times_an_exponential(p: str) -> None:
    """``t^p e^-t``: from ``x_2/x_1 = e^(x_2 - x_1)`` the rate is exactly ``1/(1 + p)``, infinite at 0 or not."""
    power = sp.Rational(p)
    fit = fitted(mc.parse_target(f"t^({p})*exp(-t)"), 1, 20)
    x1, x2 = universal_points()
    with mpmath.workdps(25):
        q = mpmath.mpf(power.p) / power.q
        assert abs(fit.w[0] * (1 + q) - 1) < 1e-20
        knots = [0, x1 * (1 + q), x2 * (1 + q), mpmath.inf]
        pieces = [mpmath.gammainc(1 + q, u, v) for u, v in itertools.pairwise(knots)]
        assert abs(fit.error - abs(pieces[0] - pieces[1] + pieces[2])) < 1e-15
    assert fit.first_sign == (1 if power > 0 else -1)


@pytest.mark.parametrize("text", ["erfc(sqrt(t))", "exp(-t)*exp(-1/t)", "(exp(-t)-exp(-2*t))/t"])
def test_kernels_that_are_not_smooth_at_0(text: str) -> None:
    fit = fitted(mc.parse_target(text), 1, 15)
    x1, x2 = universal_points()
    assert abs(fit.canonical_points[0] * fit.w[0] / x1 - 1) < 1e-12
    assert abs(fit.canonical_points[1] * fit.w[0] / x2 - 1) < 1e-12
    assert fit.inertia == Inertia(2, 0, 0)
