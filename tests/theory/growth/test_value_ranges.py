"""Ranges of products against products of points, and how far a proof that a kernel is real may go."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import sympy as sp

from memcurse.theory.growth.real_valued import HalfLine
from memcurse.theory.growth.value_ranges import INFINITE, Range, range_product
from memcurse.theory.notation import t

HALF, FAR = Fraction(1, 2), Fraction(1000)


def _points(x: Range) -> list[Fraction]:
    """Both ends; for a side without end a number far out."""
    return [max(x.low, -FAR), min(x.high, FAR)]


@pytest.mark.parametrize("ends", list(itertools.product([-INFINITE, -HALF, Fraction(0), HALF], repeat=2)))
def test_the_range_of_a_product_is_that_of_products_of_points(ends: tuple[Fraction, Fraction]) -> None:
    """A side without end times any number takes that number's sign, of 1/2 like of 2."""
    first, second = (Range(low, HALF if low == -INFINITE else INFINITE) for low in ends)
    products = [x * y for x in _points(first) for y in _points(second)]
    found = range_product(first, second)
    # A product of a far number is far, or is 0.
    assert found.low == (min(products) if min(products) > -FAR / 2 else -INFINITE)
    assert found.high == (max(products) if max(products) < FAR / 2 else INFINITE)


@pytest.mark.parametrize("degree", [2, 4, 6, 8])
def test_a_root_of_a_positive_polynomial_with_signs_that_change_is_real(degree: int) -> None:
    """``1 - t + t^2 - ... = (1 + t^(n + 1))/(1 + t) > 0``; only Sturm's theorem can tell, and it is given the work."""
    polynomial = sum((-t) ** k for k in range(degree + 1))
    line = HalfLine()
    line.require_real(sp.sqrt(polynomial))
    assert line.range(polynomial).positive
