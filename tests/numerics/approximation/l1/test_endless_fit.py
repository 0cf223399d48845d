"""Fits in L1 with endless changes of sign: by balls, and by quadrature between zeros with the tail summed."""

from __future__ import annotations

import functools
import itertools

import mpmath
import numpy as np
import pytest
from flint import arb

import memcurse as mc
from memcurse.numerics.approximation.l1.best_fit import L1Fit
from memcurse.numerics.approximation.l1.distance import l1_error, l1_residual
from memcurse.numerics.approximation.l1.endless_fit import lower_bound, may_be_endless, sign_integrals
from memcurse.numerics.approximation.l1.residual_parts import decomposed
from memcurse.numerics.arithmetic.balls import ball_precision

RINGING = mc.parse_target("exp(-t)*cos(3*t)")


@functools.cache
def fitted(digits: int = 20) -> L1Fit:
    return mc.best_fit(RINGING, 1, "l1", digits)


def rho(t):
    return mpmath.exp(-t) * mpmath.cos(3 * t)


def by_quadrature(a, w, factor=None):
    """``int |r|``, or ``int sgn(r) factor``: between the zeros to 7 pi; behind, the kernel alone, period by period."""
    end = 7 * mpmath.pi

    def residual(t):
        return a * mpmath.exp(-w * t) - rho(t)

    edges = [end * i / 400 for i in range(401)]
    zeros = [
        mpmath.findroot(residual, (p, q), solver="anderson")
        for p, q in itertools.pairwise(edges)
        if residual(p) * residual(q) < 0
    ]
    pieces = list(zip([mpmath.mpf(0), *zeros], [*zeros, end], strict=True))
    if factor is not None:
        return sum(mpmath.sign(residual((p + q) / 2)) * mpmath.quad(factor, [p, q]) for p, q in pieces)
    turns = [mpmath.pi / 6 + k * mpmath.pi / 3 for k in range(3)]
    period = mpmath.quad(lambda t: abs(rho(t)), [0, *turns, mpmath.pi])
    inside = sum(abs(mpmath.quad(residual, [p, q])) for p, q in pieces)
    return inside + mpmath.exp(-end) * period / (1 - mpmath.exp(-mpmath.pi))


def test_norm_is_that_of_quadrature() -> None:
    fit = fitted()
    with mpmath.workdps(25):
        norm = by_quadrature(fit.a[0], fit.w[0])
        assert abs(norm - fit.error) < mpmath.mpf(10) ** -20
        # A control: another frequency, by the same balls.
        other = l1_error(mc.parse_target("exp(-t)*cos(2.999*t)"), fit.a, fit.w)
        assert abs(norm - mpmath.mpf(other.mid().str(25, radius=False))) > 1e-6
    assert fit.error_enclosure.rel_accuracy_bits() > 66


def test_conditions_of_a_minimum_hold_by_quadrature_and_not_beside_it() -> None:
    fit = fitted()
    with mpmath.workdps(25):
        a, w = fit.a[0], fit.w[0]
        for wrong, small in ((0, True), (mpmath.mpf("1e-4"), False)):
            rate = w + wrong
            values = [
                by_quadrature(a, rate, lambda t, p=p, rate=rate: t**p * mpmath.exp(-rate * t)) for p in (0, 1)
            ]
            assert (max(map(abs, values)) < mpmath.mpf(10) ** -18) is small
    assert len(fit.residuals) == 2
    assert max(fit.residuals) < mpmath.mpf(10) ** -22


def test_no_fit_near_by_is_better() -> None:
    fit = fitted()
    with mpmath.workdps(25):
        for da, dw in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 3), (-1, -3), (1, -3)):
            a, w = fit.a[0] + mpmath.mpf(da) / 1000, fit.w[0] + mpmath.mpf(dw) / 1000
            assert l1_error(RINGING, [a], [w]) > fit.error_enclosure


@pytest.mark.slow
def test_more_digits_give_the_same_fit() -> None:
    few, many = fitted(), fitted(40)
    with mpmath.workdps(50):
        assert abs(few.a[0] - many.a[0]) < mpmath.mpf(10) ** -20
        assert abs(few.w[0] - many.w[0]) < mpmath.mpf(10) ** -20
        assert max(many.residuals) < mpmath.mpf(10) ** -42
    assert many.error_enclosure.overlaps(few.error_enclosure)


def test_it_says_what_is_not_proved() -> None:
    fit = fitted()
    assert "not proved: that a minimum lies near by" in fit.scope
    assert fit.inertia is None
    assert fit.window > max(fit.canonical_points)
    assert 0 < fit.dual_gap < mpmath.mpf(10) ** -20
    assert fit.to_dict()["window"] is not None


def test_amplitudes_do_no_better_than_the_lower_bound() -> None:
    fit = fitted()
    for a in ("1.34", "1.3407", "1.3408", "1.35", "1", "-1", "0"):
        assert l1_error(RINGING, [a], fit.w) > fit.dual_enclosure


def test_lower_bound_with_two_rates_that_are_not_best() -> None:
    target = decomposed(RINGING)
    with ball_precision(150):
        w = (arb(2), arb(5))
        a = (arb("-0.1"), arb("1.35"))
        found = l1_residual(target, [x.mid() for x in a], w, digits=15, every_point=True)
        times = tuple(x for x in found.sign_changes if x < found.decided)
        z = sign_integrals(w, times, found.signs[0], found.decided)[:2]
        a = tuple(x.mid() for x in a)
        lower = lower_bound(a, w, found.norm, z)
        assert lower is not None
        assert lower < found.norm
        for b in (("-0.1", "1.35"), ("0", "1.35"), ("-0.05", "1.3"), ("0.1", "1.2")):
            assert l1_error(target, b, w) > lower
        # With exact orthogonality it is the norm itself; what z is made larger costs.
        exact = lower_bound(a, w, found.norm, (arb(0), arb(0)))
        worse = lower_bound(a, w, found.norm, tuple(2 * x for x in z))
        assert exact is not None
        assert worse is not None
        assert exact.overlaps(found.norm)
        assert worse < lower


def test_lower_bound_of_one_term_by_hand() -> None:
    # On the interval [0, 1] the term has the integral 1 - 1/e, which takes 1/(1 - 1/e) of the step for each unit of z.
    with ball_precision(100):
        z = arb("0.01")
        step = z / (1 - arb(-1).exp())
        found = lower_bound((arb(1),), (arb(1),), arb(1), (z,))
        assert found is not None
        assert found.overlaps((1 - z - 2 * step) / (1 + step))
        assert not found.overlaps((1 - z) / (1 + step))
        assert not found.overlaps(1 - z - 2 * step)


def test_signs_behind_the_window_count_in_full() -> None:
    with ball_precision(100):
        w, one = (arb(2),), arb(1)
        never = sign_integrals(w, (), 1, one)
        for later in ((), (arb(1),), (arb(2), arb(3))):
            exact = sign_integrals(w, later, 1, arb(200))
            assert all(x.contains(y.mid()) for x, y in zip(never, exact, strict=True))
        # A change of sign before it does not lie in them.
        early = sign_integrals(w, (arb("0.5"),), 1, arb(200))
        assert not any(x.overlaps(y) for x, y in zip(never, early, strict=True))


def test_time_up_to_which_signs_are_decided() -> None:
    open_end = l1_residual(RINGING, ["1.34"], ["4.5"], digits=6, every_point=True)
    assert open_end.decided.is_finite()
    assert not open_end.complete
    assert sum(1 for x in open_end.sign_changes if x < 20) == 20
    known = l1_residual(RINGING, ["1.34"], ["0.5"], digits=6, every_point=True)
    assert known.complete
    assert not known.decided.is_finite()


def test_signs_behind_a_stretch_without_one_are_not_decided() -> None:
    # 1 + cos 3t has double zeros, of which the residual keeps ever narrower pairs: from some time on they are not told.
    target = mc.parse_target("exp(-t)+exp(-t)*cos(3*t)")
    found = l1_residual(target, ["2.37"], ["2.65"], digits=12, every_point=True)
    assert not found.complete
    assert 5 < found.decided < 60
    pairs = [x for x in found.sign_changes if x < found.decided]
    turns = [float(mpmath.pi) * (2 * k + 1) / 3 for k in range(len(pairs) // 2 + 1)]
    assert float(found.decided) < turns[-1] + 1.1


def test_finitely_many_sign_changes_are_proved_as_before() -> None:
    fit = mc.best_fit(mc.parse_target("exp(-t)+exp(-3*t)*cos(t)"), 1, "l1", 15)
    assert may_be_endless(decomposed(mc.parse_target("exp(-t)+exp(-3*t)*cos(t)")))
    assert not may_be_endless(decomposed(mc.PowerLaw(1)))
    assert fit.window is None
    assert fit.inertia is not None
    assert set(fit.to_dict()) >= {"window", "inertia"}


def test_with_an_algebraic_factor() -> None:
    target = mc.parse_target("exp(-t)*cos(t)/(1+t)")
    fit = mc.best_fit(target, 1, "l1", 15)
    assert fit.window is not None
    assert max(fit.residuals) < mpmath.mpf(10) ** -15
    for a, w in ((1.0505, 2.2682), (1.0506, 2.2684), (1.0505, 2.2684)):
        assert l1_error(target, [a], [w], digits=10) > fit.error_enclosure


@pytest.mark.slow
def test_a_kernel_that_touches_zero_endlessly() -> None:
    """Near every zero of ``e^{-t} (1 + cos 3t)`` the residual changes its sign twice, within e^(-0.8 t) of each other.

    By a trapezoidal rule over half a million steps, which knows nothing of the signs: the norm, and that it rises
    on either side of amplitude and rate.
    """
    fit = mc.best_fit("exp(-t)+exp(-t)*cos(3*t)", 1, "l1", digits=15)
    times = np.linspace(0, 40, 500_001)
    kernel = np.exp(-times) * (1 + np.cos(3 * times))

    def norm(a: float, w: float) -> float:
        return float(np.trapezoid(np.abs(a * np.exp(-w * times) - kernel), times))

    a, w = float(fit.a[0]), float(fit.w[0])
    assert norm(a, w) == pytest.approx(float(fit.error), abs=1e-8)
    assert fit.window is not None
    assert fit.dual_gap < 1e-15
    # The changes of sign come in pairs around pi (2k + 1)/3, but the first, which stands alone.
    pairs = np.array([float(x) for x in fit.canonical_points[1:]]).reshape(-1, 2)
    np.testing.assert_allclose(
        pairs.mean(axis=1)[1:], np.pi * (2 * np.arange(1, len(pairs)) + 1) / 3, rtol=2e-3
    )
    for da, dw in ((1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3)):
        assert norm(a + da, w + dw) > norm(a, w) + 1e-8
