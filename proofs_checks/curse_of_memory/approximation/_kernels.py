"""Kernels on which section 4 is tried, and the exact distances of a few of them from sums of exponentials."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import sympy as sp
from flint import arb, ctx

from memcurse.numerics.approximation.decay import decay_constant
from memcurse.numerics.arithmetic.balls import certain_sign, hull, precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.approximation.witnesses import canonical_equation
from memcurse.theory.targets.recognition import parse_target

if TYPE_CHECKING:
    from memcurse.theory.targets.target import Target

#: With exponential decay, smooth: what the kernel is called, its expression, and a beta at which (13) holds. No rate is
#: a multiple of ``beta/(alpha + 1)`` for alpha <= 3, so that no kernel is met exactly.
DECAYING: Final = (
    ("t e^-t", "t*exp(-t)", "1/2"),
    ("t e^-t", "t*exp(-t)", "73/100"),
    ("damped wave", "exp(-t)*cos(2*t)", "3/4"),
    ("two signs", "exp(-t) - 2*exp(-3*t)", "7/10"),
    ("bump at 2", "exp(-(t-2)**2/2)", "1"),
    ("t^2 e^-t/(1+t)", "t**2*exp(-t)/(1+t)", "3/5"),
    ("cut power law", "exp(-t)/(1+t)**2", "9/10"),
)
#: Integrable, with or without exponential decay, smooth or not: name, expression, and errors to be reached.
INTEGRABLE: Final = (
    ("t e^-t", "t*exp(-t)", ("1/4", "1/16", "1/64", "1/256")),
    ("slow decay", "exp(-t/4)", ("2", "1", "9/10")),
    ("power law, omega = 2", "(1+t)**-3", ("1/8", "1/32", "1/64", "1/120")),
    ("power law, omega = 1", "(1+t)**-2", ("1/4", "1/5", "1/6", "1/8")),
    ("bump at 3", "exp(-2*(t-3)**2)", ("1", "1/2", "1/4", "1/16")),
    ("stretched exponential", "exp(-sqrt(t))", ("1", "4/5", "2/3")),
)
#: The ratio of the canonical points lies in here: the equation is monotone.
_RATIO: Final = (4, 5)


@lru_cache(maxsize=64)
def target(text: str) -> Target:
    """The kernel that a text stands for."""

    return parse_target(text)


@lru_cache(maxsize=256)
def gamma(text: str, alpha: int, beta: str) -> Any:
    """Ball of the constant of (13) for the kernel that a text stands for."""

    return decay_constant(target(text), alpha, beta)


def canonical_ratio() -> Any:
    """Ball of the one root r > 1 of `sharpness.canonical_equation`, by bisection at the current precision."""

    r = sp.Symbol("r", positive=True)
    equation = lower(canonical_equation(r), (r,), "ball")
    low, high = (arb(end) for end in _RATIO)
    if not (equation(low) < 0 and equation(high) > 0):
        raise ArithmeticError(f"the root must lie in {_RATIO}; got values of one sign")
    for _ in range(ctx.prec):
        middle = ((low + high) / 2).mid()
        sign = certain_sign(equation(middle))
        if sign == -1:
            low = middle
        elif sign == 1:
            high = middle
        else:
            break
    return hull(low, high)


def at_ratio(expression: Any, digits: int) -> Any:
    """A function of the symbol r (`sharpness.single_error`, ...) at the root, as a ball."""

    r = sp.Symbol("r", positive=True)
    with precision(digits):
        return lower(expression(r), (r,), "ball")(canonical_ratio())
