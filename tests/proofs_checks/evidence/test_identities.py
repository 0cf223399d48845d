"""Identities between polynomials are decided by the arithmetic of polynomials, and by nothing less."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.proofs_checks.evidence.identities import _is_zero_polynomial, vanishing_reduction

x, y, z = sp.symbols("x y z", positive=True)
A, B = sp.symbols("A B", commutative=False)
#: A product whose factors SymPy does not multiply out by itself.
_POWER = (x + y / 3) ** 7
_EXPANDED = sp.expand(_POWER)


@pytest.mark.parametrize(
    "zero", [_POWER - _EXPANDED, (x + y) * (x - y) - x**2 + y**2, z * (x - y) + z * (y - x)]
)
def test_polynomials_that_are_zero(zero: sp.Expr) -> None:
    assert _is_zero_polynomial(zero)
    assert sp.expand(zero) == 0


@pytest.mark.parametrize(
    "other",
    [
        _POWER - _EXPANDED + sp.Rational(1, 10**9),
        _POWER - _EXPANDED + x * y**6 / 10**9,
        (x + y) * (x - y) - x**2 - y**2,
        1 / x - 1 / x**2,
        sp.sqrt(x) * sp.sqrt(y) - sp.sqrt(x * y + 1),
        sp.exp(x) * (1 - y) - sp.exp(x) + y * sp.exp(x),
        sp.Integer(3),
        A * B - B * A,
    ],
)
def test_what_is_not_zero_or_no_polynomial_is_left_to_the_others(other: sp.Expr) -> None:
    assert not _is_zero_polynomial(other)


def test_rational_functions_reduce_over_their_common_denominator() -> None:
    parts = 1 / ((x + z) * (y + z)) - (1 / (x + z) - 1 / (y + z)) / (y - x)
    assert vanishing_reduction(parts) == "over a common denominator"
    assert vanishing_reduction(parts + 1 / (x + z) / 10**6) is None
