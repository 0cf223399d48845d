"""Certified integrals over the half line: against closed forms, and honest about what they cannot do."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from flint import arb, ctx

from memcurse.numerics.arithmetic import operations
from memcurse.numerics.arithmetic.balls import ball_precision, certainly_less, precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.arithmetic.quadrature.half_line import _rate_ball, integrate_half_line
from memcurse.theory.notation import t, w

KNOWN = [
    (t**3 * sp.exp(-2 * t), sp.Rational(6, 16)),
    (sp.exp(-t) / sp.sqrt(t), sp.sqrt(sp.pi)),
    (1 / (1 + t) ** 3, sp.Rational(1, 2)),
    (1 / (1 + t**2), sp.pi / 2),
    (1 / (1 + t) ** sp.Rational(9, 8), sp.Integer(8)),
    (sp.exp(-((t - 40) ** 2) * 5000), None),
    (t * sp.exp(-t) * sp.cos(7 * t), sp.Rational(1 - 49, 2500)),
    (sp.airyai(t), sp.Rational(1, 3)),
    (sp.exp(-t) * sp.besselj(0, 3 * t), 1 / sp.sqrt(10)),
    (sp.exp(-sp.sqrt(t)), sp.Integer(2)),
    (sp.exp(-t) * sp.log(t), None),
    (sp.erfc(t), 1 / sp.sqrt(sp.pi)),
]


@pytest.mark.parametrize(("kernel", "value"), KNOWN, ids=lambda x: str(x))
@pytest.mark.parametrize("digits", [15, 40])
def test_known_integrals_lie_in_their_balls(kernel: sp.Expr, value: sp.Expr | None, digits: int) -> None:
    with precision(digits):
        ball = lower(sp.Integral(kernel, (t, 0, sp.oo)), (), "ball")()
        if value is not None:
            assert lower(value, (), "ball")().overlaps(ball)
        elif kernel.has(sp.log):
            assert (-arb.const_euler()).overlaps(ball)
        else:
            # A peak of width 1/100 at t = 40: the whole Gaussian, less a tail of e^{-8 000 000}.
            assert (arb.pi() / 5000).sqrt().overlaps(ball)
        assert ball.rel_accuracy_bits() > 3.3 * digits


@pytest.mark.parametrize("rate", ["1e-8", "0.5", "1e8"])
def test_a_rate_as_a_parameter(rate: str) -> None:
    integral = sp.Integral(t**2 * sp.exp(-w * t) * sp.exp(-t), (t, 0, sp.oo))
    with precision(30):
        ball = lower(integral, (w,), "ball")(arb(rate))
        assert ball.overlaps(2 / (arb(rate) + 1) ** 3)
        assert ball.rel_accuracy_bits() > 95


def test_without_a_rate_the_kernel_alone_decides_where_the_tail_begins() -> None:
    """A rate of 0 is one: taken for a negative one, no tail would end; for a positive one, it would end too soon."""
    assert _rate_ball(sp.S.Zero, {}) == 0
    assert lower(sp.Integral(sp.S.Zero, (t, 0, sp.oo)), (), "ball")() == 0
    with precision(30):
        ball = lower(sp.Integral(1 / (1 + t) ** 4, (t, 0, sp.oo)), (), "ball")()
        assert ball.overlaps(arb(1) / 3)
        assert ball.rel_accuracy_bits() > 95


def test_a_ball_of_rates_gives_the_range_of_values() -> None:
    integral = sp.Integral(sp.exp(-w * t) * sp.exp(-t), (t, 0, sp.oo))
    with ball_precision(80):
        ball = lower(integral, (w,), "ball")(arb("1", "0.1"))
        for rate in ("0.91", "1", "1.09"):
            assert ball.contains(1 / (arb(rate) + 1))


def test_small_integrals_keep_their_relative_accuracy() -> None:
    with precision(20):
        ball = lower(sp.Integral(sp.exp(-w * t) * sp.exp(-((t - 30) ** 2) / 2), (t, 0, sp.oo)), (w,), "ball")(
            arb(12)
        )
        exact = (
            (arb(2) * arb.pi()).sqrt() / 2 * (arb(72) - 360).exp() * ((arb(12) - 30) / arb(2).sqrt()).erfc()
        )
        assert ball.overlaps(exact)
        assert ball.rel_accuracy_bits() > 60


def test_an_integral_that_cannot_be_resolved_raises() -> None:
    # Oscillates for ever and decays like t^-2: no affordable cut-off leaves a small tail.
    with precision(30), pytest.raises(ArithmeticError, match="`function`"):
        lower(sp.Integral(sp.sin(t) ** 2 / (1 + t) ** 2, (t, 0, sp.oo)), (), "ball")()


def test_integrands_that_do_not_fit_are_refused() -> None:
    with precision(20):
        with pytest.raises(TypeError, match="kernel times exp"):
            lower(sp.Integral(sp.exp(-w * t**2), (t, 0, sp.oo)), (w,), "ball")(arb(1))
        with pytest.raises(TypeError, match="half line"):
            lower(sp.Integral(sp.exp(-t), (t, 0, 1)), (), "ball")()


def test_certainly_less_has_three_answers() -> None:
    assert certainly_less(arb(1), arb(2)) is True
    assert certainly_less(arb(2), arb(2)) is False
    assert certainly_less(arb(1, 1), arb("1.5")) is None


def test_a_number_is_integrated_once_for_each_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(*arguments: Any) -> Any:
        asked.append(ctx.prec)
        return integrate_half_line(*arguments)

    monkeypatch.setattr(operations, "integrate_half_line", counted)
    number = sp.Integral(sp.exp(-7 * t) / (t + 3), (t, 0, sp.oo))
    values = []
    for bits in (80, 160, 80):
        # Another expression each time, so that its program is new.
        expression = (len(values) + 2) * number
        with ball_precision(bits):
            values.append(lower(expression, (), "ball")() / (len(values) + 2))
    assert len(asked) == 2
    assert values[1].rel_accuracy_bits() > 150 > 90 > values[0].rel_accuracy_bits()
    assert values[0].overlaps(values[1])
    assert values[2].overlaps(values[1])


def test_a_constant_beyond_all_exponents_is_refused_at_once(call_budget: Any) -> None:
    """``exp(1e50)`` as a quotient of integers would have 1e49 digits."""
    integral = sp.Integral(
        sp.exp(sp.Integer(10) ** 50) * sp.erfc(t) / sp.sqrt(t) * sp.exp(-(t**2)), (t, 0, sp.oo)
    )
    with (
        call_budget(200_000),
        pytest.raises(ArithmeticError, match="`function` must be bounded at both ends"),
    ):
        lower(integral, (), "ball")()
