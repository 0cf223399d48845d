"""The trapezoid rule over log rates: bounds against sums and integrals that mpmath takes directly."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

from memcurse.theory.approximation import trapezoid as theory

OMEGAS = [sp.Rational(1, 10), sp.Rational(1, 2), sp.Integer(2)]


@pytest.mark.parametrize("omega", OMEGAS)
def test_density_gives_the_power_law(omega):
    s = sp.Symbol("s", positive=True)
    mu = sp.lambdify(s, theory.power_law_density(omega, s), "mpmath")
    for t in (0, 1, 20):
        value = mpmath.quad(lambda x, t=t: mu(x) * mpmath.exp(-x * t), [0, 0.01, 0.1, 1, 10, mpmath.inf])
        assert float(value) == pytest.approx((1 + t) ** -(1 + float(omega)), rel=1e-6)


@pytest.mark.parametrize("omega", OMEGAS)
@pytest.mark.parametrize("step", ["1/2", "3/2", "5/2"])
def test_alias_bound_holds_pointwise_and_is_not_far(omega, step):
    h = sp.Rational(step)
    terms = [
        [mpmath.mpf(str(x.evalf(20))) for x in theory.trapezoid_term(omega, h, j)] for j in range(-150, 8)
    ]
    bounds = [float(theory.alias_bound(omega, h, sp.Rational(k, 10)) * omega) for k in range(5, 16)]
    worst = 0.0
    for t in (0, 1, 10, 100):
        exact = (1 + t) ** -(1 + float(omega))
        total = float(mpmath.fsum(a * mpmath.exp(-w * t) for a, w in terms))
        worst = max(worst, abs(total - exact) / exact)
    assert worst <= min(bounds) + 1e-13
    assert min(bounds) < 60 * worst + 1e-6


@pytest.mark.parametrize("omega", OMEGAS)
def test_ends_bound_the_terms_left_out(omega):
    h, terms = sp.Rational(1, 2), {}
    for j in range(-200, 12):
        a, w = theory.trapezoid_term(omega, h, j)
        terms[j] = float((a / w).evalf(20))
    for first in (-30, -8, -2):
        left = sum(x for j, x in terms.items() if j < first)
        bound = float(theory.slow_end_bound(omega, h * first))
        assert left <= bound < 2 * left + 2e-1
    for last in (2, 3, 5):
        right = sum(x for j, x in terms.items() if j > last)
        assert right <= float(theory.fast_end_bound(omega, h * last))


@pytest.mark.parametrize(("omega", "error"), [("1/10", "1/10"), ("1", "1"), ("1/2", "1/1000")])
def test_thirds(omega, error):
    omega, error = sp.Rational(omega), sp.Rational(error)
    alias = theory.alias_bound(omega, theory.trapezoid_step(omega, error), theory.ANGLE)
    slow = theory.slow_end_bound(omega, theory.slow_end(omega, error))
    assert float(alias / error) == pytest.approx(1 / 3, rel=1e-12)
    assert float(slow / error) == pytest.approx(1 / 3, rel=1e-12)


def test_the_sector_is_inside_the_half_plane_and_its_angle_a_good_one():
    """Analytic for angles below a right one; the step that it allows is within a fifth of the best."""
    assert 0 < theory.ANGLE < sp.pi / 2
    omega, error = 0.5, 0.01

    def step(angle):
        return 2 * mpmath.pi * angle / mpmath.log(1 + 6 / (omega * error * mpmath.cos(angle) ** (1 + omega)))

    best = max(step(mpmath.mpf(k) / 100) for k in range(5, 157))
    found = float(theory.trapezoid_step(sp.Rational(1, 2), sp.Rational(1, 100)))
    assert found == pytest.approx(float(step(1)), rel=1e-12)
    assert 0.8 * best < found <= best


@pytest.mark.parametrize("pair", [("1", "1/2"), ("0", "1/3"), ("1/7", "1/8")])
def test_l2_distance_by_quadrature(pair):
    p, q = (float(sp.Rational(x)) for x in pair)

    def square(x):
        # Over log time 1 + t = e^x, where the integrand is a sum of exponentials.
        return (mpmath.exp(-(1 + p) * x) - mpmath.exp(-(1 + q) * x)) ** 2 * mpmath.exp(x)

    direct = mpmath.quad(square, [0, 1, 3, 10, 30, 100])
    closed = theory.squared_l2_distance(*map(sp.Rational, pair))
    assert float(closed) == pytest.approx(float(direct), rel=1e-10)
    assert closed <= 2 * (sp.Rational(pair[0]) - sp.Rational(pair[1])) ** 2


def test_range_of_the_bound():
    with pytest.raises(ValueError, match="`omega` must be at most 1"):
        theory.validate_bound_range(2, "1/10")
    with pytest.raises(ValueError, match="`error` must be at most 1/omega"):
        theory.validate_bound_range("1/2", 3)
    with pytest.raises(ValueError, match="`omega` must be positive"):
        theory.validate_bound_range(0, 1)
