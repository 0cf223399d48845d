"""Complete monotonicity: recognised forms against the signs of derivatives, and forms that must not be recognised."""

from __future__ import annotations

import pytest
import sympy as sp

import memcurse as mc
from memcurse.theory.notation import t
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets import complete_monotonicity as monotone
from memcurse.theory.targets.target import is_completely_monotone

MONOTONE = [
    "exp(-t)/(1+t)^2",
    "exp(-t)*(1+t)^(-3/2)",
    "exp(-t^(1/2))",
    "exp(-2*(1+t)^(1/3))*exp(-t)",
    "1/(2+3*t+t^(1/2))^2",
    "exp(-t)/(1+log(1+t))",
    "(exp(-t)+1/(1+t)^2)^3",
    "2*exp(-t)/(1+t) + exp(-3*t)/(2+t)^3",
]
OTHERS = [
    "t*exp(-t)",
    "exp(-t^2)",
    "exp(-t)*cos(t)",
    "1/(1+t^2)",
    "exp(-t)/(1+t)^2 - exp(-2*t)/(1+t)",
    "exp(-t^(3/2))",
    "exp(-t)*(1+t)^2",
    "1/(1+exp(t))",  # completely monotone, but not by these rules
    "exp(-t-1/t)",  # 0 at 0
    "exp(-t)/(1+1/t)",
    "exp(-t)*exp(t^(1/2))",  # rises at 0
    "exp(-t)*(1+exp(-2*t))^(1/2)",  # sqrt(1+x) = 1 + x/2 - x^2/8 + ..., x = exp(-2t): a negative mass at 5
    "exp(-t*log(1+t))",  # no slope at 0
]


@pytest.mark.parametrize("text", MONOTONE)
def test_recognised_kernels_have_derivatives_of_alternating_sign(text: str) -> None:
    target = mc.parse_target(text)
    assert is_completely_monotone(target)
    assert is_completely_monotone(target.scaled(-3))
    derivative = target.expression
    for order in range(6):
        for time in (sp.Rational(1, 7), sp.Integer(1), sp.Rational(23, 3)):
            assert (-1) ** order * derivative.subs(t, time).evalf(30) > 0
        derivative = sp.diff(derivative, t)


@pytest.mark.parametrize("text", OTHERS)
def test_other_forms_are_not(text: str) -> None:
    assert not is_completely_monotone(mc.parse_target(text))


def test_logarithms_are_seen_where_they_are_positive() -> None:
    """``2 + log(t)`` changes its sign: no kernel has it in a denominator, so the rule is asked itself."""
    assert monotone._bernstein(sp.log(2 + 3 * t))
    assert not monotone._bernstein(2 + sp.log(t))


def test_parts_must_have_one_sign() -> None:
    power = mc.PowerLaw(1)
    assert is_completely_monotone(
        power + mc.ExponentialSum([1, 2], [3, 4]) + mc.parse_target("exp(-t)/(1+t)")
    )
    assert is_completely_monotone(mc.ExponentialSum([-1, -2], [3, 4]))
    assert is_completely_monotone(mc.ExponentialSum([0, 1], [3, 4]))
    assert is_completely_monotone(mc.PowerLaw(1, -1) + mc.PowerLaw("1/2", -1))
    assert not is_completely_monotone(mc.PowerLaw(1, -1) + mc.PowerLaw("1/2"))
    assert not is_completely_monotone(power + mc.ExponentialSum([1, -2], [3, 4]))
    assert not is_completely_monotone(power + mc.parse_target("-exp(-t)/(1+t)"))
    assert not is_completely_monotone(example_target(5))
    assert not is_completely_monotone(power.delayed(1))
