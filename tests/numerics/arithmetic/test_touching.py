"""Zeros without a change of sign: each condition of the proof, dropped, would give a false one here."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
import sympy as sp

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.arithmetic.touching import Touching, simplest

x, y = sp.symbols("x y", real=True)
THIRD = Fraction(1, 3)
Z, V = x - sp.Rational(1, 3), y - sp.Rational(1, 3)
SMALL = ((Fraction(1, 4), Fraction(2, 5)), (Fraction(1, 4), Fraction(2, 5)))
REGION = ((Fraction(0), Fraction(5)), (Fraction(0), Fraction(1)))


@pytest.mark.parametrize(
    "not_least",
    [
        Z**2 + sp.Rational(1, 10**70),
        Z + Z**2 + V**2,
        Z**2 + V + V**2,
        Z**2 + V**2 - sp.Rational(1, 10**70),
    ],
)
def test_no_zero_without_the_value_and_all_slopes(not_least: sp.Expr) -> None:
    assert Touching(not_least, (x, y)).look(SMALL) is None


@pytest.mark.parametrize("form", [Z**2 + 3 * Z * V + V**2, Z**2 - 3 * Z * V + V**2, Z**2 - V**2, V**2 - Z**2])
def test_no_box_about_an_indefinite_form(form: sp.Expr) -> None:
    touching = Touching(form, (x, y))
    zero = touching.look(SMALL)
    assert zero == (THIRD, THIRD)
    with precision(30):
        touching.cover(zero, SMALL, REGION)
    assert not touching.covers(((THIRD, THIRD), (THIRD, THIRD)))


def test_sides_that_are_held_fixed_stay_fixed() -> None:
    touching = Touching(Z**2 - y, (x, y))
    face = (SMALL[0], (Fraction(0), Fraction(0)))
    zero = touching.look(face)
    assert zero == (THIRD, 0)
    with precision(30):
        touching.cover(zero, face, REGION)
    assert touching.covers((REGION[0], face[1]))
    assert not touching.covers((REGION[0], REGION[1]))


def test_the_box_reaches_as_far_as_the_function_is_convex() -> None:
    # Convex up to x = 1/3 + 2/3, below 0 from x = 1/3 + 2 on.
    touching = Touching(Z**2 * (2 - Z) + V**2, (x, y))
    zero = touching.look(SMALL)
    assert zero is not None
    with precision(30):
        touching.cover(zero, SMALL, REGION)
    middle = (THIRD, THIRD)
    assert touching.covers((middle, middle))
    for far in (Fraction(11, 10), Fraction(3)):
        assert not touching.covers(((far, far), middle))


def test_the_simplest_fraction_of_an_interval() -> None:
    for low, high in itertools.combinations([Fraction(n, 97) for n in range(-40, 300, 7)], 2):
        found = simplest(low, high)
        assert low <= found <= high
        assert not any(low <= Fraction(math.ceil(low * d), d) <= high for d in range(1, found.denominator))
    assert simplest(Fraction(0), Fraction(1, 10**400)) == 0
    assert simplest(THIRD - Fraction(1, 10**900), THIRD + Fraction(1, 2**4000)) == THIRD
