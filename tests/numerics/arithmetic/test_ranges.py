"""Ranges hold every value, also where an end is infinite, and know nothing where a value is not defined."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.arithmetic.ranges import Range, add, between, mul

x, y = sp.symbols("x y", real=True)
numbers = st.fractions(-6, 6, max_denominator=12)
leaves = st.one_of(
    st.sampled_from([x, y, sp.pi]),
    numbers.map(lambda q: sp.Rational(q.numerator, q.denominator)),
)


def nodes(children: st.SearchStrategy[sp.Expr]) -> st.SearchStrategy[sp.Expr]:
    return st.one_of(
        st.lists(children, min_size=2, max_size=3).map(lambda c: sp.Add(*c)),
        st.lists(children, min_size=2, max_size=3).map(lambda c: sp.Mul(*c)),
        st.tuples(st.sampled_from([sp.sin, sp.cos, sp.erf, sp.erfc, sp.Abs]), children).map(
            lambda c: c[0](c[1])
        ),
        st.tuples(children, st.sampled_from([2, 3, -1, -2, sp.Rational(1, 2), sp.Rational(-2, 3)])).map(
            lambda c: (c[0] ** 2 + 1) ** c[1]
        ),
        children.map(lambda c: sp.exp(-sp.Abs(c))),
        children.map(lambda c: sp.log(1 + c**2)),
        children.map(lambda c: sp.gamma(sp.Rational(1, 3) + c**2 / (1 + c**2) * 3)),
        children.map(lambda c: c**3),
        children.map(lambda c: (1 + c**2) ** sp.cos(c)),
    )


@given(
    st.recursive(leaves, nodes, max_leaves=7),
    st.lists(numbers, min_size=2, max_size=2),
    st.lists(numbers, min_size=2, max_size=2),
    st.fractions(0, 1, max_denominator=7),
    st.fractions(0, 1, max_denominator=7),
)
@settings(max_examples=200, deadline=None)
def test_the_value_at_a_point_lies_in_the_range(
    f: sp.Expr, first: list[Fraction], second: list[Fraction], s: Fraction, u: Fraction
) -> None:
    sides = [(min(ends), max(ends)) for ends in (first, second)]
    point = [low + share * (high - low) for (low, high), share in zip(sides, (s, u), strict=True)]
    with precision(30):
        found = lower(f, (x, y), "range")(*(between(*side) for side in sides))
        value = lower(f, (x, y), "ball")(*(arb(fmpq(p.numerator, p.denominator)) for p in point))
        # Two routes to one number: the ball and the range may not lie apart.
        if value.is_finite():
            assert not value < found.low, (f, found, value)
            assert not value > found.high, (f, found, value)


def test_infinite_ends() -> None:
    late = between(Fraction(2), None)
    with precision(20):
        for f, low, high in (
            (sp.exp(-x), 0, 0.1354),
            (sp.erfc(x), 0, 0.005),
            (sp.erfc(-x), 1.99, 2),
            (1 / x, 0, 0.5),
            (x**-3, 0, 0.125),
            (sp.sqrt(x), 1.41, None),
            (sp.log(x), 0.69, None),
            (-(x**3), None, -8),
            (sp.sin(x), -1, 1),
        ):
            found = lower(f, (x,), "range")(late)
            assert not found.low.is_finite() if low is None else found.low >= low
            assert not found.high.is_finite() if high is None else found.high <= high
    # Of two infinite ends nothing is known; an end 0 stays 0, but not against nan.
    total = add(late, Range(arb("-inf"), arb(0)))
    assert (total.low < 0, total.high > 0, total.bounded) == (True, True, False)
    assert mul(between(Fraction(0), Fraction(0)), Range(arb("nan"), arb(1))).low.is_nan()
    assert mul(between(Fraction(0), Fraction(1)), late).low.is_zero()


@pytest.mark.parametrize(
    "f", [1 / x, sp.log(x), sp.sqrt(x), sp.gamma(x), x ** sp.Rational(1, 3), x**y, x**-2]
)
def test_nothing_is_known_where_a_value_is_missing(f: sp.Expr) -> None:
    sides = between(Fraction(-1), Fraction(2)), between(Fraction(1), Fraction(2))
    found = lower(f, (x, y), "range")(*sides)
    assert not found.bounded
    # And everything made of it decides nothing, though the functions around it are bounded.
    for g in (1 + sp.exp(f), 2 + sp.sin(f), 2 + sp.erf(f), sp.erfc(f), 1 + f**2, 1 + sp.Abs(f)):
        assert not lower(g, (x, y), "range")(*sides).low > 0


def test_what_ranges_lack_is_refused() -> None:
    with pytest.raises(TypeError, match="must avoid what this arithmetic lacks; got besselj"):
        lower(sp.besselj(0, x), (x,), "range")


ENDS = [Fraction(k, 2) for k in (-6, -3, -1, 0, 1, 2, 5)]
SIDES = [(low, high) for low in ENDS for high in ENDS if low <= high]


FUNCTIONS = [
    *(f(x) for f in (sp.erfc, sp.erf, sp.exp, sp.Abs, sp.sin, sp.cos, sp.gamma, sp.log, sp.sqrt)),
    *(x**p for p in (2, 3, -1, -2, sp.Rational(-3, 2))),
    -x,
]


@pytest.mark.parametrize("f", FUNCTIONS, ids=str)
def test_each_function_over_all_signs_of_its_ends(f: sp.Expr) -> None:
    """Ends and points between them lie in the range wherever they have a value; if one has none, nothing is known."""
    run, value_at = lower(f, (x,), "range"), lower(f, (x,), "ball")
    with precision(30):
        for low, high in SIDES:
            found = run(between(low, high))
            for k in range(5):
                p = low + (high - low) * Fraction(k, 4)
                value = value_at(arb(fmpq(p.numerator, p.denominator)))
                if not value.is_finite():
                    assert not found.bounded
                elif not found.low.is_nan():
                    assert not (value < found.low), (low, high, found)
                    assert not (value > found.high), (low, high, found)


def test_products_and_sums_over_all_signs_of_their_ends() -> None:
    for first in SIDES:
        for second in SIDES:
            product, total = mul(between(*first), between(*second)), add(between(*first), between(*second))
            corners = [
                arb(fmpq(a.numerator, a.denominator)) * arb(fmpq(b.numerator, b.denominator))
                for a in first
                for b in second
            ]
            # Halves of integers: no rounding, so that the ends are met exactly.
            assert product.low == min(corners, key=float)
            assert product.high == max(corners, key=float)
            assert float(total.low) == float(first[0] + second[0])
            assert float(total.high) == float(first[1] + second[1])
