"""Moments of delayed templates against direct quadrature, and the constants of their bounds."""

import mpmath
import pytest
import sympy as sp

from memcurse.theory.plateau.delayed_part import (
    BoxTemplate,
    DoubleExponentialTemplate,
    FatTailTemplate,
    GaussianTemplate,
    delta_constant,
    delta_floor,
    exponential_antiderivative,
    tail_moment,
)

HALF, TWO = sp.Rational(1, 2), sp.Integer(2)
TEMPLATES = [
    (GaussianTemplate(HALF, -TWO), lambda s: 2 * mpmath.exp(-2 * s**2)),
    (BoxTemplate(HALF, -TWO), lambda s: 2 if abs(s) <= 0.5 else 0),
    (DoubleExponentialTemplate(TWO), lambda s: mpmath.exp(-2 * abs(s))),
]


@pytest.mark.parametrize(("template", "value"), TEMPLATES, ids=lambda x: getattr(x, "name", ""))
@pytest.mark.parametrize("n", [0, 1, 3])
def test_moments_and_norm_against_quadrature(template, value, n):
    T, w = 3, sp.Rational(3, 2)
    places = [0, 1, 2.5, 3, 3.5, 4, 6, 20, 60]
    with mpmath.workdps(25):
        direct = mpmath.quad(lambda t: t**n * mpmath.exp(-1.5 * t) * value(t - T), places)
        norm = mpmath.quad(lambda t: value(t - T) ** 2, places)
        assert mpmath.almosteq(mpmath.mpf(str(template.delta(n, w, sp.Integer(T)).evalf(25))), direct, 1e-15)
        assert mpmath.almosteq(mpmath.mpf(str(template.squared_norm(sp.Integer(T)).evalf(25))), norm, 1e-15)


def test_fat_tail_is_left_to_certified_quadrature():
    template = FatTailTemplate()
    assert isinstance(template.delta(0, TWO, sp.Integer(4)), sp.Integral)
    assert isinstance(template.squared_norm(sp.Integer(4)), sp.Integral)


@pytest.mark.parametrize("n", range(4))
def test_antiderivative(n):
    x, r = sp.symbols("x r", positive=True)
    F = exponential_antiderivative(n, r, x)
    assert sp.expand(sp.diff(F, x) + x**n * sp.exp(-r * x)) == 0
    assert F.subs(x, 0) == sp.factorial(n) / r ** (n + 1)


@pytest.mark.parametrize("k", range(5))
def test_absolute_moments(k):
    direct = 2 * mpmath.quad(lambda u: u**k * mpmath.exp(-u * u / 3), [0, 2, 10, 60])
    assert mpmath.almosteq(float(tail_moment(k, sp.Rational(1, 3))), direct, 1e-12)


@pytest.mark.parametrize("n", range(4))
def test_the_constants_enclose_the_moments(n):
    template, w = GaussianTemplate(), HALF
    c0, c1 = template.envelope
    for T in (1, 2, 10, 100):
        scaled = float((template.delta(n, w, sp.Integer(T)) * sp.exp(w * T) / sp.Integer(T) ** n).evalf(40))
        assert (
            float(delta_floor(n, template, w)) <= scaled <= float(delta_constant(n, c0, c1, w)) * (1 + 1e-15)
        )
