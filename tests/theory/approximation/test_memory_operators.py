"""The kernel of the modes and the Blaschke product by second routes."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.theory.approximation.memory_operators import (
    blaschke_coefficients,
    diagonal_kernel,
    memory_capacity,
)
from memcurse.theory.notation import t


def test_blaschke_coefficients_by_series() -> None:
    z = sp.Symbol("z")
    poles = [sp.Rational(1, 2), -sp.Rational(1, 3)]
    product = sp.Mul(*((z - l) / (1 - l * z) for l in poles))
    series = sp.series(product, z, 0, 5).removeO()
    assert blaschke_coefficients(poles, 5) == [series.coeff(z, k) for k in range(5)]


def test_kernel_integrates_to_the_number_of_modes() -> None:
    kernel = diagonal_kernel([sp.S.One, sp.Integer(2)])
    assert float(sp.Integral(kernel, (t, 0, sp.oo)).evalf(10)) == pytest.approx(2)


def test_memory_capacity_sums_to_the_number_of_poles() -> None:
    poles = [sp.Rational(1, 2), -sp.Rational(1, 4)]
    assert float(sum(memory_capacity(poles, k) for k in range(30))) == pytest.approx(2, abs=1e-8)
