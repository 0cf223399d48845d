"""Text to expressions: what is read, what is refused where, and that nothing runs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath as mp
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from memcurse.theory.notation import t
from memcurse.theory.targets import tokens
from memcurse.theory.targets.parsing import parse_expression
from memcurse.theory.targets.tokens import TargetSyntaxError

READ = [
    ("t", t),
    ("0.1", sp.Rational(1, 10)),
    ("1e-3*t", t / 1000),
    (".5", sp.Rational(1, 2)),
    ("2.", sp.Integer(2)),
    ("007", sp.Integer(7)),
    ("1.5E+1", sp.Integer(15)),
    ("1/3", sp.Rational(1, 3)),
    ("-t^2", -(t**2)),
    ("-t**2", -(t**2)),
    ("2^3^2", sp.Integer(512)),
    ("t^-2", t**-2),
    ("t**-1/2", 1 / (2 * t)),
    ("t**(-1/2)", 1 / sp.sqrt(t)),
    ("  exp ( -t )\t", sp.exp(-t)),
    ("exp(-t) + 2*exp(-3*t)", sp.exp(-t) + 2 * sp.exp(-3 * t)),
    ("8/2/2 - 3 - 1", sp.Integer(-2)),
    ("exp(-(t - 10)**2/2)", sp.exp(-((t - 10) ** 2) / 2)),
    ("sin(pi*t)*cos(t)/t", sp.sin(sp.pi * t) * sp.cos(t) / t),
    ("erf(t) - erfc(t)", sp.erf(t) - sp.erfc(t)),
    ("log(1 + t)", sp.log(1 + t)),
    ("airyai(t - 3)", sp.airyai(t - 3)),
    ("besselj(3, 2*t)", sp.besselj(3, 2 * t)),
    ("sqrt(1 + t)", sp.sqrt(1 + t)),
    ("2**(-t)", sp.Pow(2, -t)),
    ("besselj(2, 1 - t)", sp.besselj(2, t - 1)),
    ("besselj(3, 1 - t)", -sp.besselj(3, t - 1)),
    ("erfc(1 - t)", 2 - sp.erfc(t - 1)),
    ("sqrt(t^2)", t),
    ("log(exp(-t))", -t),
    ("+t", t),
    ("0*t", sp.Integer(0)),
]

ATTACKS = [
    "9**9**9",
    "9^9^9^9^9",
    "t**1000000",
    "exp(1e400)",
    "1e999999999",
    "1e" + "9" * 1000,
    "2**(1/99999999999999)",
    "(1e50)**64",
    "1e50**64*1e50**64",
    "((t**64)**64)**64",
    "(((1+t)^8)^8)^8",
    "(1/3 + t)**64*(1/7 + t)",
    "exp(exp(exp(exp(9))))",
    "exp(700)**64",
    "exp(10**50*log(2))",
    "exp(t + 1e50*log(2))",
    "exp(t*log(2)*10**50)",
    "exp(1e40*log(t))",
    "2**(t + 1e50)",
    "sin(1e50)",
    "1" * 100_000,
    "t" * 100_000,
    " " * 100_000,
    "(" * 100_000,
    ")" * 100_000,
    "(" * 900 + "t" + ")" * 900,
    "-" * 100_000,
    "-" * 499 + "t",
    "t**" * 249 + "t",
    "2**" * 100 + "t",
    "sqrt(1+" * 200 + "t" + ")" * 200,
    "+".join(["t"] * 5000),
    "*".join(["t"] * 249),
    "exp(" * 100 + "t" + ")" * 100,
    "__import__('os').system('touch CANARY')",
    "().__class__.__bases__[0].__subclasses__()",
    "t.__class__",
    "t.free_symbols",
    "exp.__globals__",
    "__builtins__",
    "open('CANARY', 'w')",
    "exec(t)",
    "eval(t)",
    "print(t)",
    "lambda: t",
    "[t for t in t]",
    "{t: t}",
    "t[0]",
    "f'{t}'",
    "'t'",
    '"t"',
    "b't'",
    "(t := 1)",
    "t = 1",
    "t < 1",
    "t == t",
    "t and t",
    "not t",
    "True",
    "None",
    "...",
    "1j",
    "I",
    "oo",
    "nan",
    "zoo",
    "inf",
    "E",
    "x",
    "1_000",
    "0x10",
    "0b1",
    "1e",
    "1e+",
    "1.2.3",
    "2t",
    "2(t)",
    "t(2)",
    "t t",
    "t exp(t)",
    "exp",
    "exp()",
    "exp(t, t)",
    "exp(x=t)",
    "exp(*t)",
    "exp(**t)",
    "sin(cos)",
    "exp(t)(t)",
    "besselj(t)",
    "besselj(1/2, t)",
    "besselj(-1, t)",
    "besselj(101, t)",
    "besselj(t, 1)",
    "()",
    "t, t",
    "(t,)",
    "t,",
    "t +",
    "* t",
    "t // 2",
    "t % 2",
    "t @ t",
    "~t",
    "t | t",
    "t << 2",
    "t;t",
    "t\n",
    "\nt",
    "t\r+1",
    "t # comment",
    "t\\",
    "t\x00",
    "t\x0c",
    "\ud800",
    "ｅxp(t)",
    "ｔ",
    "𝐭",
    "т",  # Cyrillic
    "t²",
    "t−1",
    "１",
    "t\u200b",
    "",
    "   ",
    "1/0",
    "t/0",
    "1/(t - t)",
    "0**-1",
    "0**(-1/2)",
    "0/0",
    "log(0)",
    "log(-1)",
    "sqrt(-2)",
    "sqrt(-t)",
    "(-t)**(1/3)",
    "(-8)**(1/3)",
    "sqrt((t - 1)**2)",
    "t**t",
    "t**pi",
    "(-2)**t",
    "0**t",
    "1/(sin(1)**2 + cos(1)**2 - 1)",
    "exp(-sqrt(2)*log(1 + t))",
    "exp(-1/(1+(1e20*log(1e20)+sin(t))**2))",
    "erf(sin(2**(t*exp(-(1/(1+(pi-erfc(1)-t)**2)+log(1.8)*t+2**0.3)**2))**8)) + exp(1e20-2*t)",
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_reads(text: str, expected: sp.Expr) -> None:
    assert parse_expression(text) == expected


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: ascii(text[:24]))
def test_refuses_in_few_calls_and_runs_nothing(
    text: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, call_budget: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with call_budget(200_000), pytest.raises(TargetSyntaxError) as caught:
        parse_expression(text)
    assert not list(tmp_path.iterdir())
    assert caught.value.text == text
    assert 0 <= caught.value.position <= len(text)
    assert len(str(caught.value)) < 500
    reason, line, caret = str(caught.value).split("\n")
    assert reason
    assert caret.strip() == "^"
    assert len(caret) <= len(line) + 1


@pytest.mark.parametrize("value", [None, 1, b"t", t, ["t"]])
def test_refuses_what_is_not_text(value: Any) -> None:
    with pytest.raises(TypeError, match="`text` must be a str"):
        parse_expression(value)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("exp(-t) + foo(t)", "foo"),
        ("exp(-t) + 2$t", "$"),
        ("t^2^x", "x"),
        ("t^2 + 9^9^9", "^9^9"),
        ("t + 1/(t - t)", "/("),
        ("t + (1 + 2", "(1"),
        ("t + 1) + 2", ") +"),
        ("t + ", ""),
        ("t * * 2", "* 2"),
        ("t^2 t", "t"),
        ("t + 1e99", "1e99"),
        ("t + sqrt(-2)", "sqrt"),
        ("(t + 1)^2 + t + besselj(1.5, t)", "1.5"),
        ("exp(t, t)", "exp"),
        ("t^(2) + 3t", "t"),
    ],
)
def test_caret_is_under_the_place(text: str, marked: str) -> None:
    with pytest.raises(TargetSyntaxError) as caught:
        parse_expression(text)
    position = caught.value.position
    assert text[position:].startswith(marked)
    assert position == len(text) or position == text.rindex(marked) or marked == ") +"
    _, line, caret = str(caught.value).split("\n")
    assert caret.index("^") == 2 + position
    assert line[2:] == text


def test_caret_survives_a_long_text() -> None:
    text = "t + " * 100 + "y" + " + t" * 100
    with pytest.raises(TargetSyntaxError) as caught:
        parse_expression(text)
    _, line, caret = str(caught.value).split("\n")
    assert line[caret.index("^")] == "y"
    assert len(line) < 90


def test_error_survives_a_copy() -> None:
    error = TargetSyntaxError("t +", 3, "stops")
    again = copy.copy(error)
    assert (again.text, again.position, str(again)) == ("t +", 3, str(error))


def test_limits_are_attained() -> None:
    assert parse_expression("t**64") == t**64
    assert parse_expression("1e50") == 10**50
    assert parse_expression("9" * tokens.MAX_DIGITS) == 10**tokens.MAX_DIGITS - 1
    assert parse_expression("(" * 40 + "t" + ")" * 40) == t
    assert parse_expression("besselj(100, t)") == sp.besselj(100, t)
    assert parse_expression("+".join(f"exp(-{k}*t)" for k in range(1, 62))).is_Add


# A tree is text, the SymPy expression built by hand, and a function that evaluates it without SymPy.
Tree = tuple[str, sp.Expr, Callable[[Any], Any]]

_leaves: st.SearchStrategy[Tree] = st.one_of(
    st.just(("t", t, lambda x: x)),
    st.integers(0, 99).map(lambda n: (str(n), sp.Integer(n), lambda x, n=n: mp.mpf(n))),
    st.integers(1, 999).map(
        lambda n: (f"{n / 100:.2f}", sp.Rational(n, 100), lambda x, n=n: mp.mpf(n) / 100)
    ),
)


def _binary(parts: tuple[str, Tree, Tree]) -> Tree:
    sign, (p, a, f), (q, b, g) = parts
    apply: dict[str, Callable[[Any, Any], Any]] = {
        "+": lambda x, y: x + y,
        "-": lambda x, y: x - y,
        "*": lambda x, y: x * y,
    }
    act = apply[sign]
    return f"({p}){sign}({q})", act(a, b), lambda x: act(f(x), g(x))


def _even_bessel(a: sp.Expr) -> sp.Expr:
    # SymPy's own form of besselj(2, 1 - t) is undefined at t = 1.
    return sp.besselj(2, -a if a.could_extract_minus_sign() else a)


def _unary(parts: tuple[str, Tree]) -> Tree:
    name, (p, a, f) = parts
    forms: dict[str, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = {
        "gauss": (f"exp(-({p})^2)", lambda a: sp.exp(-(a**2)), lambda v: mp.exp(-(v**2))),
        "sin": (f"sin({p})", sp.sin, mp.sin),
        "cos": (f"cos( {p} )", sp.cos, mp.cos),
        "erf": (f"erf({p})", sp.erf, mp.erf),
        "inverse": (f"1/(1+({p})**2)", lambda a: 1 / (1 + a**2), lambda v: 1 / (1 + v**2)),
        "minus": (f"-({p})", lambda a: -a, lambda v: -v),
        "root": (f"sqrt(1+({p})^2)", lambda a: sp.sqrt(1 + a**2), lambda v: mp.sqrt(1 + v**2)),
        "bessel": (f"besselj(2,{p})", _even_bessel, lambda v: mp.besselj(2, v)),
    }
    text, build, evaluate = forms[name]
    return text, build(a), lambda x: evaluate(f(x))


_trees = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("+-*"), inner, inner).map(_binary),
        st.tuples(
            st.sampled_from(["gauss", "sin", "cos", "erf", "inverse", "minus", "root", "bessel"]), inner
        ).map(_unary),
    ),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(_trees, st.integers(1, 200))
def test_round_trip_and_value(call_budget: Any, tree: Tree, hundredths: int) -> None:
    text, expected, evaluate = tree
    try:
        with call_budget(1_000_000):
            parsed = parse_expression(text)
    except TargetSyntaxError as error:
        assume("at most" not in error.reason and "told from zero" not in error.reason)
        raise
    # SymPy multiplies out 2*(t + 1), but not 2*(t + 1)*t: products built in one go differ in that.
    assert parsed == expected or sp.expand(parsed) == sp.expand(expected)
    at = Fraction(hundredths, 100)
    with mp.workdps(40):
        independent = evaluate(mp.mpf(at.numerator) / at.denominator)
    assume(abs(independent) > 1e-20)
    value = parsed.subs(t, sp.Rational(at.numerator, at.denominator)).n(25)
    assert abs(mp.mpmathify(value) / independent - 1) < 1e-20


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="t12.e^*/+-() ,expsinlogbj", max_size=60))
def test_any_text_is_read_or_refused(call_budget: Any, text: str) -> None:
    try:
        with call_budget(1_000_000):
            value = parse_expression(text)
    except TargetSyntaxError:
        return
    assert value.free_symbols <= {t}
    assert not value.has(sp.I, sp.zoo, sp.nan, sp.oo)


@pytest.mark.parametrize(
    "text",
    [
        "exp(-t)*log(airyai(besselj(0, pi) - 10))",
        "exp(-t)*log(-700 - airyai(100))",
        "exp(-t)*sqrt(-airyai(2))",
        "airyai(t + 1)*log(airyai(0.1)*1e-8 - exp(65) + 700)",
        "exp(-t)/log(-(700) - airyai(100))",
    ],
)
def test_constants_that_are_not_real_are_refused(text: str) -> None:
    """SymPy does not know the sign of airyai and besselj."""
    with pytest.raises(TargetSyntaxError, match="this is not real"):
        parse_expression(text)


def test_constants_whose_sums_nest_in_functions_are_small() -> None:
    """SymPy evaluates every sum in a sum anew for each digit that it lost: 1824 times erfc(10) here."""
    with pytest.raises(TargetSyntaxError, match="inside composed functions has at most 30 parts"):
        parse_expression("sinh(sinh(2.5e-50/3*129-sinh(erfc(10))))")
    assert parse_expression("sinh(sinh(erfc(10)))").is_positive is not False


@pytest.mark.parametrize(
    ("text", "powers"),
    [
        # A number of 55 digits, of which SymPy took a root of one of 5900 digits.
        ("(((65-2.5e-50)**0.1)/(1+t))**1.13", [("65-2.5e-50", "113/1000")]),
        # 2504 = 2^3 313: a root of a number of 1.3 million digits.
        ("(2504/(1+t))^1.457991", [("2504", "1457991/1000000")]),
        ("(2504*sqrt(3)/7/(1+t))^1.457991", [("2504/7", "1457991/1000000"), ("3", "1457991/2000000")]),
        (
            "2504^(17/64)*2504^(17/63)*2504^(17/61)*exp(-t)",
            [("2504", "17/64"), ("2504", "17/63"), ("2504", "17/61")],
        ),
        ("(2504^(1/3)*exp(-t)/(1+t))^1.457991", [("2504", "1457991/3000000")]),
    ],
)
def test_roots_of_numbers_are_not_made_of_huge_ones(
    call_budget: Any, text: str, powers: list[tuple[str, str]]
) -> None:
    """The value at t = 0 is what the text says, to 60 digits, and no number in it is long."""
    with call_budget(400_000):
        value = parse_expression(text)
    assert max(max(abs(n.p), n.q) for n in value.atoms(sp.Rational)) < 10**120
    with mp.workdps(70):
        expected = mp.mpf(1)
        for base, exponent in powers:
            first, _, second = base.partition("-")
            n = Fraction(first) - Fraction(second or 0)
            e = Fraction(exponent)
            expected *= (mp.mpf(n.numerator) / n.denominator) ** (mp.mpf(e.numerator) / e.denominator)
        found = mp.mpf(value.subs(t, 0).n(70)._mpf_)
        assert abs(found / expected - 1) < mp.mpf("1e-60")


@pytest.mark.parametrize("text", ["(-2504/(1+t))^1.457991", "((3-2507)*exp(-t))^1.457991"])
def test_roots_of_negative_numbers_are_refused_at_once(call_budget: Any, text: str) -> None:
    with call_budget(200_000), pytest.raises(TargetSyntaxError, match="this is not real"):
        parse_expression(text)
