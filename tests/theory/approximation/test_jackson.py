"""Constants of theorem 4.2 by other routes: series, quadrature, differentiation."""

from __future__ import annotations

import math

import mpmath
import pytest
import sympy as sp

from memcurse.theory.approximation import jackson as rates
from memcurse.theory.notation import t


@pytest.mark.parametrize("r", range(8))
def test_favard_constants_are_their_series(r: int) -> None:
    with mpmath.workdps(30):
        series = mpmath.nsum(lambda n: (-1) ** (int(n) * (r + 1)) / (2 * n + 1) ** (r + 1), [0, mpmath.inf])
        assert float(rates.favard_constant(r)) == pytest.approx(float(4 / mpmath.pi * series), rel=1e-12)


def test_favard_constants_known() -> None:
    known = (1, sp.pi / 2, sp.pi**2 / 8, sp.pi**3 / 24, 5 * sp.pi**4 / 384)
    assert tuple(rates.favard_constant(r) for r in range(5)) == known


@pytest.mark.parametrize("k", range(6))
def test_transform_coefficients_are_stirling_numbers(k: int) -> None:
    from sympy.functions.combinatorial.numbers import stirling

    expected = tuple(int(stirling(k + 1, j + 1, kind=1, signed=False)) for j in range(k + 1))
    assert rates.transform_coefficients(k) == expected
    assert sum(rates.transform_coefficients(k)) == math.factorial(k + 1)


@pytest.mark.parametrize(("alpha", "k"), [(1, 1), (2, 2), (3, 3), (3, 4)])
def test_derivatives_against_numerical_differentiation(alpha: int, k: int) -> None:
    beta, s = sp.Rational(3, 4), sp.Symbol("s", positive=True)
    kernel = sp.sin(2 * t) * sp.exp(-t) + t**2 * sp.exp(-3 * t)
    q = sp.lambdify(s, rates.transformed_kernel(kernel, alpha, beta, s), "mpmath")
    with mpmath.workdps(40):
        x = mpmath.mpf(3) / 10
        time = -(alpha + 1) * mpmath.log(x) * 4 / 3
        known = tuple(
            sp.Float(str(sp.lambdify(t, sp.diff(kernel, t, j), "mpmath")(time)), 40) for j in range(k + 1)
        )
        formula = rates.transformed_derivative(k, alpha, beta, sp.Rational(3, 10), known)
        assert float(formula) == pytest.approx(float(mpmath.diff(q, x, k)), rel=1e-10)


@pytest.mark.parametrize("alpha", [1, 2, 3])
def test_circle_derivatives_against_numerical_ones(alpha: int) -> None:
    beta = mpmath.mpf(3) / 4
    n = alpha + 1
    with mpmath.workdps(30):

        def rho(u: mpmath.mpf) -> mpmath.mpf:
            return mpmath.exp(-u) * mpmath.cos(2 * u)

        def F(x: mpmath.mpf) -> mpmath.mpf:
            return 2 * mpmath.tan(x / 2) * rho(-2 * n / beta * mpmath.log(mpmath.cos(x / 2)))

        x = mpmath.mpf(1.1)
        tau, time = mpmath.tan(x / 2), -2 * n / beta * mpmath.log(mpmath.cos(x / 2))
        found = sum(
            mpmath.mpf(str(sp.N(p.as_expr().subs(p.gen, sp.Float(str(tau), 30)), 30)))
            * (n / beta) ** j
            * mpmath.diff(rho, time, j)
            for j, p in enumerate(rates.circle_polynomials(alpha))
        )
        assert float(found) == pytest.approx(float(mpmath.diff(F, x, alpha)), rel=1e-9)


@pytest.mark.parametrize("alpha", [1, 2, 3, 4])
def test_circle_norm_by_quadrature(alpha: int) -> None:
    n = alpha + 1
    polynomials = [sp.lambdify(p.gen, p.as_expr()) for p in rates.circle_polynomials(alpha)]

    def integrand(x: mpmath.mpf) -> mpmath.mpf:
        tau = mpmath.tan(x / 2)
        return (1 + tau**2) ** -n * sum(n**j * p(tau) for j, p in enumerate(polynomials))

    # The open end: tan grows, and the integrand tends to 0 or a constant.
    value = mpmath.quad(integrand, [0, 1, 2, 3, mpmath.pi - mpmath.mpf(10) ** -12])
    assert float(rates.circle_norm(alpha)) == pytest.approx(float(value), rel=1e-9)


def test_constants_and_bounds() -> None:
    assert rates.rate_constant(1) == sp.pi**2 / 2
    assert rates.rate_constant(2) == 3 * sp.pi**2 / 2
    assert rates.rate_bound(2, sp.Integer(5), 3, inputs=2) == 15 * sp.pi**2 / 16
    assert rates.printed_bound(7, 1, sp.Rational(1, 2), 4, 2) == 28
    # The uniform way asks for m >= alpha, and is worse in the end for alpha >= 2.
    assert rates.uniform_bound(1, 1, 5) == 3 * sp.pi / 10
    assert rates.uniform_bound(2, 1, 50) > rates.rate_bound(2, 1, 50)


def test_scaling_keeps_the_mass() -> None:
    kernel = rates.scaled_kernel(t * sp.exp(-t), 3)
    assert kernel == 9 * t * sp.exp(-3 * t)
    assert sp.integrate(kernel, (t, 0, sp.oo)) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rates.rate_constant(0), "`alpha` must be at least 1; got 0"),
        (lambda: rates.rate_bound(1, 1, 0), "`m` must be at least 1; got 0"),
        (lambda: rates.rate_bound(1, 1, 1, inputs=0), "`inputs` must be at least 1; got 0"),
        (lambda: rates.uniform_bound(3, 1, 2), "`m` must be at least 3; got 2"),
        (lambda: rates.scaled_kernel(t, 0), "`factor` must be positive; got 0"),
        (lambda: rates.transform_coefficients(-1), "`k` must be at least 0; got -1"),
    ],
)
def test_bad_orders_are_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_orders_are_integers() -> None:
    with pytest.raises(TypeError, match=r"`alpha` must be an integer; got 1\.5"):
        rates.rate_constant(1.5)
