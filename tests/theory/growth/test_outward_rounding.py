"""Constants are enclosed by proof once balls are there, and SymPy's digits are not taken on trust."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import mpmath
import pytest
import sympy as sp

from memcurse.numerics.arithmetic import lowering
from memcurse.theory.growth import outward_rounding
from memcurse.theory.growth.outward_rounding import enclosed, hand_in_enclosures

CONSTANTS = [
    sp.sqrt(2),
    sp.pi - 3,
    sp.exp(sp.Rational(1, 3)) * sp.log(7),
    sp.airyai(2),
    -sp.erf(1),
    sp.gamma("1/3"),
]


@pytest.fixture
def other_hands() -> Iterator[None]:
    """Whatever a test hands in, what was there comes back."""
    yield
    hand_in_enclosures(lowering._rational_ends)


@pytest.mark.parametrize("value", CONSTANTS, ids=str)
def test_ends_lie_around_the_constant(value: sp.Expr) -> None:
    low, high = enclosed(value)
    with mpmath.workdps(60):
        exact = mpmath.mpf(str(value.evalf(55)))
        assert (
            mpmath.mpf(low.numerator) / low.denominator
            < exact
            < mpmath.mpf(high.numerator) / high.denominator
        )
    assert high - low < abs(high) * Fraction(3, 10**25)


def test_balls_are_handed_in_with_the_numerics() -> None:
    assert outward_rounding._certain is lowering._rational_ends


@pytest.mark.usefixtures("other_hands")
def test_digits_that_a_proof_contradicts_are_not_used() -> None:
    hand_in_enclosures(lambda value: (Fraction(14143, 10000), Fraction(14144, 10000)))
    assert enclosed(sp.sqrt(2)) == (Fraction(14143, 10000), Fraction(14144, 10000))
