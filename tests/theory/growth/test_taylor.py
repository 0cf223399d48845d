"""Taylor expansions: the remainder against values at high precision, and which terms cancel."""

from __future__ import annotations

import mpmath as mp
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from memcurse.theory.growth.polynomials import Polynomial
from memcurse.theory.growth.taylor import LARGEST_ARGUMENT, expansion
from memcurse.theory.notation import t
from memcurse.theory.targets.parsing import parse_expression

EXPANDED = [
    "1-exp(-t)",
    "exp(-2*t)-exp(-3*t+t**2)",
    "1-2**(-t)",
    "1-(3/7)**(sqrt(t)/3)",
    "sin(t)-t*cos(2*t)",
    "exp(-t)*cos(t)*sqrt(t)-sqrt(t)",
    "sin(t)**3-t**3",
    "log(1+t)-sin(sqrt(2)*t)",
    "log(1-t)+t",
    "1/(1+t)-exp(-t)",
    "sqrt(1+t)-(1+t)**(1/3)",
    "(1+t)**(-3/5)-(1-t/2)**(11/2)",
    "1-besselj(0,t)",
    "besselj(1,t)-besselj(2,sqrt(t))",
    "besselj(3,t)*besselj(7,t)-1",
    "1-exp(-1/t)",
]


def _value(poly: Polynomial, x: mp.mpf, end: int) -> mp.mpf:
    """Sum of the powers, with the lower (0) or the upper (1) coefficients."""
    return mp.fsum(
        mp.mpf(c[end].numerator) / c[end].denominator * x ** (mp.mpf(r.numerator) / r.denominator)
        for r, c in poly.items()
    )


@pytest.mark.parametrize("text", EXPANDED)
@given(st.floats(-12, 12))
def test_the_remainder_holds(text: str, exponent: float) -> None:
    expr = parse_expression(text)
    found = expansion(expr)
    assert found is not None
    with mp.workdps(80):
        x = mp.mpf(2) ** exponent
        if any(_value(argument, x, 1) > float(LARGEST_ARGUMENT) for argument in found.arguments):
            return
        value, rest = sp.lambdify(t, expr, "mpmath")(x), _value(found.rest, x, 1)
        slack = mp.mpf(10) ** -60
        assert _value(found.head, x, 0) - rest - slack <= value <= _value(found.head, x, 1) + rest + slack


@pytest.mark.parametrize(
    ("text", "power", "coefficient"),
    [
        ("1-exp(-t)", 1, 1),
        ("1-cos(t)", 2, "1/2"),
        ("t-sin(t)", 3, "1/6"),
        ("1-besselj(0,t)", 2, "1/4"),
        ("besselj(2,t)", 2, "1/8"),
        ("exp(-t)*(1+t)-1", 2, "-1/2"),
        ("sqrt(1+t)-1-t/2", 2, "-1/8"),
        ("log(1+t)-t", 2, "-1/2"),
    ],
)
def test_leading_terms_cancel(text: str, power: int, coefficient: int | str) -> None:
    found = expansion(parse_expression(text))
    assert found is not None
    assert min(found.head) == power < min(found.rest)
    assert {sp.Rational(str(c)) for c in found.head[min(found.head)]} == {sp.Rational(coefficient)}


@pytest.mark.parametrize("text", ["exp(-exp(-t))", "(2+t)**(1/2)", "(1+t)**(-2)*exp(-t)", "airyai(t)-1"])
def test_other_forms_are_left_alone(text: str) -> None:
    assert expansion(parse_expression(text)) is None
