"""Text to targets: closed forms are found where they are, and the kernel never changes."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy.core import random as sympy_random
from sympy.core.cache import clear_cache

from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import AiryKernel, ExpressionTarget, GaussianBump, PowerLaw
from memcurse.theory.targets.oscillations import DampedOscillations
from memcurse.theory.targets.parsing import parse_expression
from memcurse.theory.targets.recognition import parse_target, recognise
from memcurse.theory.targets.target import ExponentialSum, Target
from memcurse.theory.targets.tokens import TargetSyntaxError


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("exp(-t)", ExponentialSum([1], [1])),
        ("exp(-t) + 2*exp(-3*t)", ExponentialSum([1, 2], [1, 3])),
        ("exp(-t) - exp(-t)/3", ExponentialSum(["2/3"], [1])),
        ("0.1*exp(-0.25*t)", ExponentialSum(["0.1"], ["0.25"])),
        ("exp(-t)*exp(-t)", ExponentialSum([1], [2])),
        ("3*(exp(-t) + exp(-2*t))", ExponentialSum([3, 3], [1, 2])),
        ("exp(-(t-10)^2/2)", GaussianBump(10)),
        ("2*exp(-(t-3)**2/(2*0.5**2))", GaussianBump(3, "0.5", 2)),
        ("exp(-t) + exp(-(t - 10)^2/2)", ExponentialSum([1], [1]) + GaussianBump(10)),
        ("(1+t)^(-3/2)", PowerLaw("1/2")),
        ("1/(1+t)^2", PowerLaw(1)),
        ("5/(2+2*t)", PowerLaw(0, "5/2")),
        ("airyai(t - 3)", AiryKernel(1, 3)),
        ("-2*airyai(0.5*t - 1)", AiryKernel("0.5", 2, -2)),
        ("t*exp(-t)", DampedOscillations([1], [1], [0], [1], [0])),
        ("exp(-t/10)*cos(t)", DampedOscillations([0], ["1/10"], [1], [1], [0])),
        ("exp(-t)*sin(2*t)*t^2", DampedOscillations([2], [1], [2], [0], [1])),
        (
            "(exp(-t)*cos(t))^2",
            ExponentialSum(["1/2"], [2]) + DampedOscillations([0], [2], [2], ["1/2"], [0]),
        ),
        ("exp(-t)*cos(t) - cos(t)*exp(-t)", ExponentialSum([0], [1])),
        ("exp(-(t+1)^2)", ExpressionTarget(sp.exp(-((t + 1) ** 2)))),
        ("0", ExponentialSum([0], [1])),
    ],
)
def test_kernels_are_recognised(text: str, target: Target) -> None:
    found = parse_target(text)
    if isinstance(target, ExponentialSum):
        assert isinstance(found, ExponentialSum)
        assert dict(zip(found.w, found.a, strict=True)) == dict(zip(target.w, target.a, strict=True))
    else:
        assert found == target


TEXTS = [
    "exp(-t)*(1+t)^2 + 1/(1+t)^2",
    "exp(-t^2+3*t-1)",
    "2*pi*exp(-t)*sin(t) + besselj(1, t)/t",
    "exp(-sqrt(t)) + erfc(t) - exp(-2*t)",
    "(exp(-t)+exp(-(t-3)^2))^2",
    "t^(-1/4)*exp(-t)",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("x", ["1/10", "1", "7/2"])
def test_the_kernel_stays_what_it_was(text: str, x: str) -> None:
    from memcurse.theory.targets.parsing import parse_expression

    point = sp.Rational(x)
    before = parse_expression(text).subs(t, point)
    after = parse_target(text).expression.subs(t, point)
    assert abs(sp.N(before - after, 30, maxn=200)) < 1e-25


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 9)), min_size=1, max_size=5))
@settings(max_examples=50)
def test_every_exponential_sum_is_recognised(terms: list[tuple[int, int]]) -> None:
    text = " + ".join(f"({a})*exp(-{w}*t)" for a, w in terms)
    expression = sum((a * sp.exp(-w * t) for a, w in terms), sp.S.Zero)
    found = parse_target(text)
    assert isinstance(found, ExponentialSum)
    assert sp.expand(found.expression - expression) == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("exp(t)", "grows"),
        ("1", "square-integrable"),
        ("t", "grows"),
        ("1/(1-t)", "zero"),
        ("1/sqrt(1+t)", "square-integrable"),
        ("1/t", "square-integrable"),
        ("sqrt(t-1)*exp(-t)", "sqrt|real"),
        ("log(t-2)*exp(-t)", "log|positive"),
    ],
)
def test_what_is_not_admissible_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_target(text)


def test_recognise_takes_expressions_too() -> None:
    assert recognise(sp.exp(-2 * t)) == ExponentialSum([1], [2])


def test_products_are_multiplied_out_only_while_that_gives_few_terms(call_budget: Any) -> None:
    """Every factor of two terms doubles them."""
    for k in (3, 10, 20):
        text = "exp(-t)*" + "*".join(f"(exp(-{i}*t)+sin({i}*t))" for i in range(1, k + 1))
        with call_budget(1_000_000):
            target = parse_target(text)
        if k == 3:
            difference = target.expression - parse_expression(text)
            assert sp.expand(difference.rewrite(sp.exp)) == 0
    text = "*".join(f"(exp(-{i}*t) + exp(-{i}.5*t))" for i in range(1, 6))
    assert parse_target(text).a == (5, 5, 10, 10, 1, 1)


def test_constants_of_any_function() -> None:
    assert parse_target("airyai(2)*exp(-t)") == ExponentialSum([sp.airyai(2)], [1])
    assert parse_target("exp(-besselj(3, 2)*t)/log(erf(3))") == ExponentialSum(
        [1 / sp.log(sp.erf(3))], [sp.besselj(3, 2)]
    )
    for text in ("exp(-t)/log(erf(7))", "exp(-t)*log(erf(30))", "exp(log(erf(7))*t)"):
        with pytest.raises(TargetSyntaxError, match="this constant cannot be told from zero"):
            parse_target(text)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_read_does_not_depend_on_chance(seed: int) -> None:
    """SymPy asks its rules about a constant in an order of chance: here in several, with nothing remembered."""
    texts = {
        "exp(-t)/log(erf(6))": ExponentialSum,
        "exp(-t*airyai(1))": ExponentialSum,
        "(erf(6)+t)^(-2)": ExpressionTarget,
        "exp(-t)*sqrt(erfc(30))": ExponentialSum,
        "exp(-t)*log(2-erf(6))": ExponentialSum,
        "exp(t*log(erf(6)))": ExponentialSum,
        "exp(-t)/log(erf(7))": None,
        "1/(t-log(erf(7)))^2": None,
    }
    for text, kind in texts.items():
        clear_cache()
        sympy_random.seed(seed)
        if kind is None:
            with pytest.raises(TargetSyntaxError, match="cannot be told from zero"):
                parse_target(text)
        else:
            assert isinstance(parse_target(text), kind)
