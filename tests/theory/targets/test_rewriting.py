"""Forms in which terms that cancel are gone: equal to what was written, and admitted where that was not."""

from __future__ import annotations

import pytest
import sympy as sp
from mpmath import mp

import memcurse as mc
from memcurse.theory.notation import t
from memcurse.theory.targets.parsing import parse_expression
from memcurse.theory.targets.rewriting import coefficients, equal_forms
from memcurse.theory.targets.tokens import TargetSyntaxError

ADMITTED = [
    ("1+erf(1-t)", "erfc(t - 1)"),
    ("2-2*erf(3*t)", "2*erfc(3*t)"),
    ("exp(-t)*(1-erf(t))+(1-erf(t))", None),
    ("((t+1)^2+1)/(t^2+1)-1", "(2*t + 1)/(t**2 + 1)"),
    ("t/(t+1)-t/(t+2)", None),
    ("sqrt(t^2+1)-t", "1/(t + sqrt(t**2 + 1))"),
    ("t+1-sqrt(t^2+2*t)", None),
    ("2*sqrt(t^2+t+1)-2*t-1", None),
    ("-log(1-exp(-t))", None),
    ("log(1+exp(-2*t))", None),
    ("1/cosh(t)", None),
    ("cosh(t)*exp(-2*t)", None),
    ("sinh(t/2)*exp(-t)", None),
]
T = (sp.Rational(1, 7), sp.Integer(1), sp.Rational(9, 2))


@pytest.mark.parametrize(("text", "form"), ADMITTED)
def test_admitted_and_equal_to_what_was_written(text, form):
    kernel = mc.parse_target(text)
    if form is not None:
        assert str(kernel.expression) == form
    for time in T:
        value = kernel.expression.subs(t, time).n(30)
        assert abs(value - direct(text, time)) < 1e-25


def direct(text, time):
    """The text at one time by mpmath, independently of the parser."""
    formulas = {
        "1+erf(1-t)": lambda m, x: 1 + m.erf(1 - x),
        "2-2*erf(3*t)": lambda m, x: 2 - 2 * m.erf(3 * x),
        "exp(-t)*(1-erf(t))+(1-erf(t))": lambda m, x: (m.exp(-x) + 1) * (1 - m.erf(x)),
        "((t+1)^2+1)/(t^2+1)-1": lambda m, x: ((x + 1) ** 2 + 1) / (x**2 + 1) - 1,
        "t/(t+1)-t/(t+2)": lambda m, x: x / (x + 1) - x / (x + 2),
        "sqrt(t^2+1)-t": lambda m, x: m.sqrt(x**2 + 1) - x,
        "t+1-sqrt(t^2+2*t)": lambda m, x: x + 1 - m.sqrt(x**2 + 2 * x),
        "2*sqrt(t^2+t+1)-2*t-1": lambda m, x: 2 * m.sqrt(x**2 + x + 1) - 2 * x - 1,
        "-log(1-exp(-t))": lambda m, x: -m.log(1 - m.exp(-x)),
        "log(1+exp(-2*t))": lambda m, x: m.log(1 + m.exp(-2 * x)),
        "1/cosh(t)": lambda m, x: 1 / m.cosh(x),
        "cosh(t)*exp(-2*t)": lambda m, x: m.cosh(x) * m.exp(-2 * x),
        "sinh(t/2)*exp(-t)": lambda m, x: m.sinh(x / 2) * m.exp(-x),
    }
    with mp.workdps(60):
        return sp.Float(formulas[text](mp, mp.mpf(time.p) / time.q), 40)


@pytest.mark.parametrize(
    "text",
    [
        "1+erf(t)",
        "2+erf(1-t)",
        "(t^2+t+1)/(t^2+1)",
        "sqrt(t^2+1)-2*t",
        "sqrt(t^2+1)+t",
        "-log(1-exp(-t)/2)+1",
    ],
)
def test_what_does_not_decay_is_still_refused(text):
    with pytest.raises(ValueError, match="square-integrable"):
        mc.parse_target(text)


def test_long_or_irrational_ones_are_left_alone():
    assert list(equal_forms(sp.sqrt(t**2 + sp.pi) - t)) == []
    assert list(equal_forms((t**40 + 1) / (t**40 + t) - 1)) == []
    assert list(equal_forms(sp.exp(-t))) == []


@pytest.mark.parametrize(("text", "omega"), [("(1+t)^-1.13", "13/100"), ("(1+t)^-1.123456", "1929/15625")])
def test_decimal_exponents(text, omega):
    assert mc.parse_target(text) == mc.PowerLaw(omega)


@pytest.mark.parametrize("text", ["(1+t)^-1.1234567", "2^1.123*exp(-t)", "(1+t)^-65"])
def test_exponents_out_of_range(text):
    with pytest.raises(ValueError, match="an exponent is at most 64 in size, its denominator"):
        mc.parse_target(text)


def test_products_with_long_constants_are_counted_not_asked():
    """0 times a sum of nested constants is 0 without asking whether that is finite."""
    with pytest.raises(ValueError, match="square-integrable"):
        mc.parse_target("(sin(sin(sqrt(10))-(65)*(t)-7-1))**7")
    assert len(mc.parse_target("exp(-t)*(sin(sin(sqrt(10))-(65)*(t)-7-1))**7").terms) == 4


def test_numbers_that_are_no_rationals_are_not_reduced() -> None:
    """SymPy would take exp(1e-9) as a variable and divide polynomials of degree 7 000 000 000 in it."""
    text = "(1.13+sinh(7*0.000000001))/(exp(0.5)/erf(0.5)-sqrt(cosh(2)))"
    assert list(equal_forms(parse_expression(text))) == []
    assert list(equal_forms(parse_expression("exp(-t)/(1+t)"))) == []
    assert list(equal_forms(parse_expression("sqrt(t^2+1)-t+exp(1)"))) == []


def test_coefficients_by_a_second_route() -> None:
    a, b = sp.exp(sp.Rational(1, 10**30)), sp.erfc(2)
    cases = {
        (1 + a * t) ** 2 - 1: [0, 2 * a, a**2],
        3 * (t - b) + b: [-2 * b, 3],
        (1 + t) ** 3 - t**3: [1, 3, 3],
        a * t - t * a: [0],
        a + b: [a + b],
        2 * a * t - (a * t + a * t): [0],
    }
    for expression, expected in cases.items():
        found = coefficients(sp.sympify(expression))
        assert found is not None
        assert [sp.expand(x - y) for x, y in zip(found, expected, strict=True)] == [0] * len(expected)
    for other in (1 / (1 + t), sp.sqrt(t), sp.exp(t), (1 + a * t) ** 9):
        assert coefficients(other) is None
    assert coefficients((1 + t) ** 20)[10] == sp.binomial(20, 10)


def test_constants_between_which_are_millions_of_digits_are_refused() -> None:
    with pytest.raises(TargetSyntaxError, match="a constant is at least 1e-1000"):
        parse_expression("exp(-t)*64/(erfc(700)+sinh(0.00001))")
    # SymPy's own polynomials overflow here: exp(2.5e-50) to the power 1e49.
    text = "1/((0.1-0.000000001)*erfc(7)+10-t+cosh(1.13)-erfc(1/pi)/sinh(-64)+exp(2.5e-50))"
    with pytest.raises(ValueError, match="`text` must be a kernel"):
        mc.parse_target(text)
