"""Positive on a whole box: decided, refuted at a point, or left open with what remains."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.ranges import Range
from memcurse.numerics.arithmetic.subdivision import _least_side, positive_on

x, y = sp.symbols("x y", real=True)
UNIT = (Fraction(0), Fraction(1))


def test_a_minimum_inside_is_found_or_cleared() -> None:
    for height, holds in ((Fraction(1, 1000), True), (Fraction(-1, 1000), False)):
        f = (3 * x - 1) ** 2 + (x - y) ** 2 + sp.Rational(height.numerator, height.denominator)
        found = positive_on(f, {x: UNIT, y: UNIT})
        assert found.holds is holds
        if not holds:
            assert f.subs(dict(zip((x, y), found.point, strict=True))) <= 0


def test_derivatives_of_one_sign_decide_up_to_a_corner_that_touches() -> None:
    touching = sp.exp(-(x**2)) - sp.erfc(x)
    assert positive_on(touching, {x: (Fraction(0), Fraction(400))}, strict=False).holds is True
    assert positive_on(touching, {x: (Fraction(0), Fraction(400))}).holds is False
    assert positive_on(
        touching - sp.Rational(1, 10**9), {x: (Fraction(0), Fraction(1))}, strict=False
    ).point == (0,)


def test_sides_without_end() -> None:
    found = positive_on(1 + 1 / x - sp.exp(-x) * 2, {x: (Fraction(3), None)})
    assert found.holds is True
    # A product of what grows and what falls has no limit for intervals: it must be divided by what grows.
    assert positive_on(2 + sp.cos(x) - x * sp.exp(-x), {x: (Fraction(1), None)}, budget=100).holds is None
    assert positive_on(1 - sp.log(x) / x, {x: (Fraction(1), Fraction(10**6))}).holds is True
    far = positive_on(100 - x, {x: (Fraction(1), None)})
    assert far.holds is False
    assert far.point[0] >= 100


def test_the_budget_and_what_remains() -> None:
    # It touches 0 at a root of 2, which no rational point is.
    found = positive_on(x**4 - 4 * x**2 + 4, {x: (Fraction(0), Fraction(7, 4))}, strict=False, budget=50)
    assert found.holds is None
    assert found.looked == 50
    assert any(low**2 <= 2 <= high**2 for ((low, high),) in found.remaining if high is not None)


def test_what_only_touches_0_is_decided_at_rational_points() -> None:
    sides = {x: (Fraction(0), Fraction(5)), y: UNIT}
    for touching in (
        1 + x**2 - 2 * x,
        sp.exp(x) - x * sp.E,
        (3 * x - 1) ** 2 * (x - 4) ** 2,
        (3 * x - 1) ** 2 * sp.exp(y) + (x + 3 * y - 1) ** 2,
        # Least at y = 0, where its slope in y is not 0.
        y + (7 * x - 3) ** 2 * (1 + y),
    ):
        assert positive_on(touching, sides, strict=False).holds is True
        refuted = positive_on(touching, sides)
        assert refuted.holds is False
        assert touching.subs(dict(zip(sides, refuted.point, strict=True))) == 0


def test_what_is_0_with_its_slopes_may_be_negative_near_by() -> None:
    z = x - sp.Rational(1, 3)
    sides = {x: (Fraction(0), Fraction(5)), y: UNIT}
    for crossing in (z**3, z**2 - (y - sp.Rational(1, 3)) ** 2, z**2 * (4 - x), z**2 - 3 * z**2 * y):
        assert positive_on(crossing, sides, strict=False).holds is False
    # Below 0 by less than the digits show: no proof of the contrary.
    assert positive_on(z**2 - sp.Rational(1, 10**70), sides, strict=False, budget=400).holds is not True
    # Convex in one of two sides only.
    assert positive_on(z**2 + z * (y - sp.Rational(1, 2)), sides, strict=False).holds is False


def test_a_function_without_derivative_is_decided_by_its_values() -> None:
    assert positive_on(sp.gamma(x) - sp.Rational(88, 100), {x: (Fraction(1, 2), Fraction(4))}).holds is True
    assert (
        positive_on(sp.Abs(x) + sp.Abs(y), {x: (Fraction(-1), Fraction(1)), y: UNIT}, strict=False).holds
        is True
    )


def test_three_sides_against_a_grid() -> None:
    """The least value over a grid, lowered a little, is cleared; raised a little, it is refuted."""
    z = sp.Symbol("z", real=True)
    f = sp.sin(3 * x) * y + sp.exp(-z * x) + (y - z) ** 2
    grid = [Fraction(k, 6) for k in range(7)]
    least = min(float(f.subs({x: a, y: b, z: c})) for a in grid for b in grid for c in grid)
    box = {x: UNIT, y: UNIT, z: UNIT}
    assert positive_on(f - sp.Rational(round((least + 0.01) * 1000), 1000), box).holds is False
    assert positive_on(f - sp.Rational(round((least - 0.2) * 1000), 1000), box).holds is True


def test_what_ranges_lack_is_refused() -> None:
    with pytest.raises(TypeError, match="lacks"):
        positive_on(sp.besselj(0, x), {x: UNIT})


def test_where_a_function_is_least_on_a_side() -> None:
    rising, falling, either = Range(arb(0), arb(2)), Range(arb(-2), arb(0)), Range(arb(-1), arb(1))
    assert _least_side(UNIT, rising) == (0, 0)
    assert _least_side(UNIT, falling) == (1, 1)
    assert _least_side(UNIT, either) == UNIT
    # The least value of what falls for ever is at no end.
    assert _least_side((Fraction(1), None), falling) == (1, None)
    assert _least_side((Fraction(1), None), rising) == (1, 1)


def test_a_corner_that_precision_does_not_tell_from_0_stays_open() -> None:
    touching = sp.log(6) - (sp.log(2) + sp.log(3)) * x
    found = positive_on(touching, {x: (Fraction(1, 2), Fraction(1))}, strict=False)
    assert found.holds is None
    assert found.remaining == (((Fraction(1), Fraction(1)),),)


def test_the_search_goes_on_along_the_side_that_is_left() -> None:
    """Rising in x alone: what is left is the side x = 0, which has to be halved in y."""
    valley = 4 * y**2 - 4 * y + sp.Rational(101, 100)
    found = positive_on(valley + x, {x: UNIT, y: UNIT})
    assert found.holds is True
