"""The truncated power law: its step, its derivatives, and the two terms of eq. (15)."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

from memcurse.theory.approximation import truncation as theory
from memcurse.theory.notation import t

V = sp.Symbol("v")


@pytest.mark.parametrize("alpha", [1, 2, 3, 4])
def test_step_is_the_incomplete_beta_function(alpha):
    chi = sp.lambdify(V, theory.smooth_step(alpha, V), "mpmath")
    for v in ("0.1", "0.37", "0.8"):
        x = mpmath.mpf(v)
        assert mpmath.almosteq(
            chi(x), 1 - mpmath.betainc(alpha + 1, alpha + 1, 0, x, regularized=True), 1e-12
        )


@pytest.mark.parametrize("alpha", [1, 2, 3, 4])
def test_bounds_on_the_derivatives_of_the_step_hold_and_the_last_is_attained(alpha):
    points = np.linspace(0, 1, 501)
    for j in range(1, alpha + 2):
        values = np.abs(
            np.polyval(sp.Poly(sp.diff(theory.smooth_step(alpha, V), V, j), V).all_coeffs(), points)
        )
        bound = float(theory.step_derivative_bound(alpha, j))
        assert float(values.max()) <= bound * (1 + 1e-12)
        if j == alpha + 1:
            assert float(values.max()) == pytest.approx(bound)


@pytest.mark.parametrize("alpha", [1, 2, 3])
def test_bounds_are_the_highest_one_integrated_from_the_end_to_the_middle(alpha):
    bound = theory.step_derivative_bound(alpha, alpha + 1)
    for j in range(alpha, 0, -1):
        bound = sp.integrate(bound, (V, 0, V))
        assert bound.subs(V, sp.Rational(1, 2)) == theory.step_derivative_bound(alpha, j)


@pytest.mark.parametrize(("omega", "T", "alpha"), [("1/2", 2, 1), ("1/10", 5, 2), ("3", 4, 3)])
def test_derivatives_of_the_truncated_kernel_are_below_their_bounds(omega, T, alpha):
    omega, T = sp.Rational(omega), sp.Integer(T)
    late, early = theory.truncated_kernel(omega, T, alpha), theory.kernel_derivative(omega, 0)
    assert sp.simplify(late.subs(t, T) - early.subs(t, T)) == 0
    assert sp.simplify(late.subs(t, 2 * T)) == 0
    for n in range(alpha + 1):
        bound = float(theory.derivative_bound(omega, alpha, n))
        for f, start in ((early, 0), (late, int(T))):
            values = sp.lambdify(t, sp.diff(f, t, n), "numpy")(np.linspace(start, start + int(T), 301))
            assert np.abs(values).max() <= bound


@pytest.mark.parametrize(("omega", "error", "alpha"), [("1", "1/10", 1), ("1/3", "1/100", 2)])
def test_the_width_bound_solves_the_error_bound(omega, error, alpha):
    omega, error, alpha, CM = sp.Rational(omega), sp.Rational(error), sp.Integer(alpha), sp.Integer(7)
    m, T = theory.width_bound(omega, error, alpha, CM), theory.truncation_time(omega, error)
    assert float(theory.error_bound(omega, T, alpha, m, CM) / error) == pytest.approx(1, rel=1e-12)
    assert float(sp.log(m)) == pytest.approx(
        float(theory.log_width_bound(omega, error, alpha, CM)), rel=1e-12
    )
    fewer = theory.error_bound(omega, T, alpha, m * sp.Rational(9, 10), CM)
    assert fewer > error


def test_the_best_beta_is_a_minimum():
    M, T, alpha = sp.Integer(3), sp.Integer(5), sp.Integer(2)
    best = theory.best_beta(T, alpha)
    at = [float(theory.gamma_bound(M, T, alpha, best * c)) for c in (0.9, 1, 1.1)]
    assert at[1] < min(at[0], at[2])
    second = theory.error_bound(sp.Integer(1), T, alpha, sp.Integer(1), M) - theory.truncation_bound(
        sp.Integer(1), T
    )
    assert at[1] == pytest.approx(float(second))
