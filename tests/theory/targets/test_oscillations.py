"""Damped oscillations: SymPy's integrals and products, values in time, the issue's numbers, bad input."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.notation import t, w
from memcurse.theory.targets.oscillations import DampedOscillations, oscillations, split
from memcurse.theory.targets.parsing import parse_expression
from memcurse.theory.targets.recognition import parse_target
from memcurse.theory.targets.target import ExponentialSum, inner_product

KERNEL = DampedOscillations([0, 2, 1], ["1/3", 1, 2], [3, "1/2", 0], [1, "-2/5", 4], ["1/7", 2, 0])
OTHER = DampedOscillations([1], ["1/4"], [-2], ["2"], ["-1"])


def by_quadrature(integrand: sp.Expr, rate: sp.Expr) -> object:
    return lower(sp.Integral(integrand.xreplace({w: rate}), (t, 0, sp.oo)), (), "ball")()


@pytest.mark.parametrize("k", range(3))
@pytest.mark.parametrize("kernel", [KERNEL, OTHER])
def test_moments_are_the_integrals(kernel: DampedOscillations, k: int) -> None:
    rate = sp.Rational(3, 7)
    with ball_precision(120):
        closed = lower(kernel.moment(k, w), (w,), "ball")(lower(rate, (), "ball")())
        direct = by_quadrature(t**k * sp.exp(-rate * t) * kernel.expression, rate)
        assert closed.overlaps(direct)
        assert direct.rel_accuracy_bits() > 80


def test_products_and_norms_are_the_integrals() -> None:
    with ball_precision(120):
        for p, q in (
            (KERNEL, KERNEL),
            (KERNEL, OTHER),
            (OTHER, KERNEL.delayed("1/2")),
            (KERNEL.delayed(1), OTHER),
        ):
            closed = lower(inner_product(p, q), (), "ball")()
            lag = max(p.lag, q.lag)
            late = [x.undelayed.expression.subs(t, t + lag - x.lag) for x in (p, q)]
            assert closed.overlaps(by_quadrature(late[0] * late[1], sp.S.One))
            assert not inner_product(p, q).has(sp.Integral)


@pytest.mark.parametrize("time", ["0", "1/3", "2"])
def test_a_kernel_that_moved_on_is_the_kernel_later(time: str) -> None:
    moved = KERNEL.seen_from(sp.Rational(time))
    for x in (sp.S.Zero, sp.Rational(5, 3)):
        later, now = KERNEL.expression.subs(t, x + sp.Rational(time)), moved.expression.subs(t, x)
        assert abs(sp.N(later - now, 30)) < 1e-25


@pytest.mark.parametrize(
    "text",
    [
        "exp(-t)*(cos(t) + t)**2",
        "exp(-2*t)*sin(t)*cos(3*t)*sin(t/2)",
        "t**3*exp(-t)",
        "exp(-t)*cos(t + 1)",
        "2**(-t)*t",
        "exp(-t)*(1 + t)*(sin(t) - 1)",
    ],
)
def test_what_is_recognised_keeps_its_values(text: str) -> None:
    target = parse_target(text)
    assert not target.moment(0, w).has(sp.Integral)
    for x in (0.0, 0.7, 4.1):
        found = float(sp.N(target.expression.subs(t, x)))
        assert found == pytest.approx(float(sp.N(sp.sympify(text, locals={"t": t}).subs(t, x))), abs=1e-14)


@pytest.mark.parametrize(
    "text", ["exp(-t)/(1 + t)", "exp(-t*log(1 + t))", "exp(-t)*sin(t**2)", "exp(-t)*sqrt(t)"]
)
def test_what_is_no_such_sum_is_left_alone(text: str) -> None:
    assert oscillations(sp.sympify(text, locals={"t": t})) is None


def test_plain_exponentials_are_split_off() -> None:
    kernels = split(oscillations(sp.exp(-t) * (1 + t + sp.cos(t) ** 2)) or ())
    assert kernels[0] == ExponentialSum(["3/2"], [1])
    assert kernels[1] == DampedOscillations([1, 0], [1, 1], [0, 2], [1, "1/2"], [0, 0])


def test_numbers_of_the_issue() -> None:
    first = Objective(parse_target("exp(-t/10)*cos(t)"))
    assert first.loss([1.44452644], [1.70266053]) == pytest.approx(1.91198892, abs=5e-9)
    assert abs(first.gradient([1.44452644], [1.70266053])).max() < 1e-8
    assert Objective(parse_target("exp(-t/5)*cos(3*t)")).loss([1.0], [1.0]) == pytest.approx(
        1.52564591598006, rel=1e-14
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0], [0], [1], [1], [0]), "`rates` must be positive"),
        (([-1], [1], [1], [1], [0]), "`powers` must be at least 0"),
        (([0], [1], [1, 2], [1], [0]), "`powers` and `frequencies` must have the same length"),
        (([], [], [], [], []), "`powers` must not be empty"),
    ],
)
def test_bad_input_names_argument_and_rule(arguments: tuple[list[object], ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        DampedOscillations(*arguments)


def test_times_zero_is_zero() -> None:
    assert KERNEL.scaled(0).expression == 0
    assert KERNEL.scaled(0).scaled(2).moment(1, w) == 0


def test_arguments_of_waves_are_not_multiplied_out() -> None:
    """SymPy's `expand` would write (t + 1/10)^64 out, inside of exp and cos, and look for its roots."""
    high = sp.Pow(t + sp.Rational(1, 10), 64, evaluate=False)
    assert oscillations(sp.sin(sp.cos(sp.exp(high, evaluate=False), evaluate=False), evaluate=False)) is None
    assert oscillations(sp.cos(2 * (t + 1) - t)) == oscillations(sp.cos(t + 2))


@pytest.mark.parametrize(
    "text",
    [
        # Sums within sums doubled with every factor, and SymPy asked each of them for its digits.
        "(sin(sin(sqrt(10))-65*t-8))**7*exp(-t)",
        "exp(-2*t)*(((t+30)/(1e-9+7)+sin(airyai(3)))**12)",
        "exp(-2*t)*(((t+30)/(1e-9+7)+sin(airyai(30)))**30)",
    ],
)
def test_long_constants_are_multiplied_out(call_budget: Any, text: str) -> None:
    """Read, shown and squared in few calls; the kernel is what the text says."""
    with call_budget(3_000_000):
        kernel = parse_target(text)
        norm = kernel.squared_norm()
        assert len(repr(kernel)) > 0
    at = sp.Rational(1, 3)
    said = parse_expression(text).subs(t, at).n(30)
    assert abs(kernel.expression.subs(t, at).n(30) / said - 1) < sp.Float(10) ** -20
    assert not norm.free_symbols


def test_an_exponential_of_a_huge_constant_is_no_term(call_budget: Any) -> None:
    """``exp(1e50 log(1e-9))`` is a power of 1e-9, which SymPy set out to compute."""
    with call_budget(300_000):
        assert oscillations(sp.exp((10**50 - t) * sp.log(sp.Rational(1, 10**9)), evaluate=False)) is None
        with pytest.raises(ValueError, match="`text` must"):
            parse_target("1/(1+t)^2*(cosh((1e50-t)*(log(1e-9))))")
