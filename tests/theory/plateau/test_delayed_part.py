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
    gradient_constant,
    gram,
    hessian_constants,
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


def integral(n, c0, c1, w):
    """``c_0 e^(w^2/(4 c_1)) int (1 + b + |u|)^n e^(-c_1 u^2) du``, b = w/(2 c_1): what the constant of a moment is."""
    b = w / (2 * c1)
    half = mpmath.quad(lambda u: (1 + b + u) ** n * mpmath.exp(-c1 * u**2), [0, 1, 4, 20])
    return c0 * mpmath.exp(w**2 / (4 * c1)) * 2 * half


AMPLITUDES, RATES = (sp.Rational(-3, 2), sp.Rational(2, 5)), (sp.Rational(3, 4), sp.Integer(2))
ENVELOPE = (sp.Rational(2, 3), sp.Rational(1, 3))


@pytest.mark.parametrize("n", range(4))
def test_the_constant_of_a_moment_is_its_integral(n):
    found = delta_constant(n, *ENVELOPE, RATES[1])
    assert mpmath.almosteq(float(found), integral(n, 2 / 3, 1 / 3, 2.0), 1e-12)


def test_the_constant_of_the_gradient_is_that_of_its_entries():
    """``2 Delta_0(w_k)`` and ``2 |a_k| Delta_1(w_k)``, in the sum norm."""
    expected = sum(
        2 * integral(0, 2 / 3, 1 / 3, float(w)) + 2 * abs(float(a)) * integral(1, 2 / 3, 1 / 3, float(w))
        for a, w in zip(AMPLITUDES, RATES, strict=True)
    )
    assert mpmath.almosteq(float(gradient_constant(AMPLITUDES, RATES, ENVELOPE)), expected, 1e-12)


def test_the_constants_of_the_hessian_are_those_of_its_rows():
    """``2 Delta_1(w_k)`` at (a_k, w_k) and ``2 |a_k| Delta_2(w_k)`` at (w_k, w_k), row by row."""
    found = hessian_constants(AMPLITUDES, RATES, ENVELOPE)
    for a, w, constant in zip(AMPLITUDES, RATES, found, strict=True):
        by_rate, by_both = (integral(n, 2 / 3, 1 / 3, float(w)) for n in (1, 2))
        assert mpmath.almosteq(float(constant), 2 * by_rate + 2 * abs(float(a)) * by_both, 1e-12)


def test_the_gram_matrix_holds_the_products_of_the_derivatives():
    t = sp.Symbol("t", positive=True)
    derivatives = [sp.exp(-w * t) for w in RATES]
    derivatives += [-a * t * sp.exp(-w * t) for a, w in zip(AMPLITUDES, RATES, strict=True)]
    found = gram(AMPLITUDES, RATES)
    for i, f in enumerate(derivatives):
        for j, g in enumerate(derivatives):
            assert found[i, j] == sp.integrate(f * g, (t, 0, sp.oo))
