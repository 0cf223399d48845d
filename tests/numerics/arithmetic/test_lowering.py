"""Lowering: the same expression in four arithmetics, and nothing that is not on the list."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import acb, arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from memcurse.numerics.arithmetic.balls import from_mpf, precision
from memcurse.numerics.arithmetic.lowering import lower

x, y = sp.symbols("x y", positive=True)

leaves = st.one_of(
    st.sampled_from([x, y, sp.pi, sp.E]),
    st.fractions(-3, 3, max_denominator=9).map(lambda q: sp.Rational(q.numerator, q.denominator)),
)


def nodes(children: st.SearchStrategy[sp.Expr]) -> st.SearchStrategy[sp.Expr]:
    bounded = [sp.sin, sp.cos, sp.erf, sp.erfc, sp.airyai]
    return st.one_of(
        st.lists(children, min_size=2, max_size=4).map(lambda c: sp.Add(*c)),
        st.lists(children, min_size=2, max_size=3).map(lambda c: sp.Mul(*c)),
        st.tuples(st.sampled_from(bounded), children).map(lambda c: c[0](sp.sin(c[1]))),
        children.map(lambda c: sp.exp(-(sp.sin(c) ** 2))),
        children.map(lambda c: (2 + sp.cos(c)) ** sp.Rational(-3, 2)),
        children.map(lambda c: (2 + sp.sin(c)) ** sp.Rational(1, 3)),
        children.map(lambda c: sp.log(2 + sp.sin(c))),
    )


@given(st.recursive(leaves, nodes, max_leaves=8))
@settings(max_examples=150)
def test_four_arithmetics_agree(expression: sp.Expr) -> None:
    symbols = (x, y)
    with precision(40):
        ball = lower(expression, symbols, "ball")(arb("0.7"), arb("1.3"))
        number = lower(expression, symbols, "mpmath")(mpmath.mpf("0.7"), mpmath.mpf("1.3"))
        wide = from_mpf(mpmath.mpf(number)) + arb(0, 1e-38 * (1 + abs(float(number))))
        assert ball.overlaps(wide)
        complex_ball = lower(expression, symbols, "integrand")(acb(arb("0.7")), acb(arb("1.3")))
        assert complex_ball.real.overlaps(ball)
    scalar = lower(expression, symbols, "float64")(0.7, 1.3)
    assert float(scalar) == pytest.approx(float(number), rel=1e-9, abs=1e-9)
    arrays = lower(expression, symbols, "float64")(np.array([0.7, 1.0]), np.array([1.3, 1.3]))
    assert np.broadcast_to(arrays, (2,))[0] == pytest.approx(float(scalar), rel=1e-14, abs=1e-14)


@pytest.mark.parametrize(
    "expression",
    [
        sp.expint(sp.Rational(7, 3), x),
        sp.uppergamma(sp.Rational(1, 3), x),
        sp.airyaiprime(x),
        sp.besselj(2, x),
        sp.gamma(x),
        x**y,
    ],
)
def test_special_functions_by_two_libraries(expression: sp.Expr) -> None:
    for point in ("0.01", "1", "20"):
        with precision(40):
            ball = lower(expression, (x, y), "ball")(arb(point), arb("0.5"))
            number = lower(expression, (x, y), "mpmath")(mpmath.mpf(point), mpmath.mpf("0.5"))
            assert ball.overlaps(from_mpf(number) + arb(0, abs(float(number)) * 1e-39))
            assert ball.rel_accuracy_bits() > 100


def test_erfc_of_a_large_inexact_argument_keeps_its_digits() -> None:
    with precision(40):
        z = arb(10) ** 7 / arb(2).sqrt()
        value = lower(sp.erfc(x) * sp.exp(x**2), (x,), "ball")(z)
        assert value.rel_accuracy_bits() > 80
        # erfc(z) e^{z^2} lies between 1/(sqrt(pi) (z + 1/z)) and 1/(sqrt(pi) z).
        assert value < 1 / (arb.pi().sqrt() * z)
        assert value > 1 / (arb.pi().sqrt() * (z + 1 / z))


@pytest.mark.parametrize("argument", ["9/2", "71/10", "153/10", "1000", "30001"])
@pytest.mark.parametrize("radius", [0, 1e-6, 1e-12, 1e-20, 1e-40])
def test_erfc_of_an_inexact_argument_is_as_good_as_its_incomplete_gamma_function(
    argument: str, radius: float
) -> None:
    with precision(50):
        z = arb(fmpq(*map(int, argument.split("/")))) + arb(0, radius)
        value = lower(sp.erfc(x), (x,), "ball")(z)
        gamma = (z * z).gamma_upper(arb(0.5)) / arb.const_sqrt_pi()
        assert value.overlaps(gamma)
        assert value.rel_accuracy_bits() >= gamma.rel_accuracy_bits() - 6


def test_lists_and_shared_parts() -> None:
    values = lower([x + y, (x + y) ** 2, sp.Integer(3)], (x, y), "float64")(1.0, 2.0)
    assert [float(v) for v in values] == [3.0, 9.0, 3.0]


def test_integrands_refuse_a_branch_cut_when_asked() -> None:
    from memcurse.numerics.arithmetic.operations import integrand

    for function in (sp.sqrt(x), sp.log(x), x ** sp.Rational(1, 3)):
        f = integrand(function, (x,))
        across = acb(arb(-1), arb(0, 0.5))
        assert not f([across], True).is_finite()
        assert f([acb(1)], True).is_finite()


@pytest.mark.parametrize(
    ("expression", "to", "message"),
    [
        (sp.Symbol("z"), "ball", "got none for z"),
        (sp.Function("f")(x), "float64", "elementary"),
        (sp.expint(sp.Rational(1, 3), x), "float64", "got expint"),
        (sp.Derivative(sp.Function("f")(x), x), "mpmath", "elementary"),
        (sp.I * x, "ball", "elementary"),
        (sp.oo, "float64", "elementary"),
    ],
)
def test_what_is_not_on_the_list_is_refused(expression: sp.Expr, to: str, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        lower(expression, (x,), to)  # type: ignore[arg-type]
