"""Kernels on which section 4 is tried, and the exact distances of a few of them from sums of exponentials."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import sympy as sp
from flint import arb, ctx

from memcurse.numerics.approximation.decay import decay_constant
from memcurse.numerics.approximation.widths.width import Width
from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import certain_sign, from_mpf, hull, precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.functionals import Kernel, fraction_ball
from memcurse.theory.approximation.truncation import kernel_tail
from memcurse.theory.approximation.witnesses import canonical_equation
from memcurse.theory.targets.kernels import PowerLaw
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
_FLOOR_DIGITS: Final = 30
#: Ends of the pieces: as dense as the zeros of sines in the angle with ``e^-t = cos^2(angle/2)``.
_KNOTS: Final = tuple(Fraction(round(-2000 * math.log(math.cos(math.pi * k / 96))), 1000) for k in range(48))
#: The ratio of the canonical points lies in here: the equation is monotone.
_RATIO: Final = (4, 5)


@lru_cache(maxsize=64)
def target(text: str) -> Target:
    """The kernel that a text stands for."""

    return parse_target(text)


def floor_by_pieces(
    kernel: sp.Expr, a: Sequence[Any], w: Sequence[Any], tail: Callable[[sp.Expr], sp.Expr] | None = None
) -> Any:
    r"""Lower bound on the L1 distance of a kernel from one sum, by nothing but its integrals over pieces.

    :math:`\sum_i |\int_{t_i}^{t_{i+1}} (\rho - \hat\rho)\,dt| \le \|\rho - \hat\rho\|_{L^1}`, near equality where
    the pieces are as fine as the signs. It shares nothing with the enclosures of the distance, which look for signs.

    The integrals from each end of a piece on are certified quadratures, unless `tail` gives them in closed form.

    Rigour: lower bound.
    """
    # Amplitudes may cancel as many digits as there are terms.
    with precision(_FLOOR_DIGITS + len(a)):
        amplitudes, rates = [_number(x) for x in a], [_number(x) for x in w]
        rests = []
        for knot in _KNOTS:
            x = fraction_ball(knot)
            terms = (b * (-v * x).exp() / v for b, v in zip(amplitudes, rates, strict=True))
            exact = sp.Rational(knot.numerator, knot.denominator)
            rest = _tail(kernel, knot) if tail is None else constant_ball(tail(exact))
            rests.append(rest - sum(terms, arb(0)))
        rests.append(arb(0))
        return sum((abs(x - y).abs_lower() for x, y in pairwise(rests)), arb(0))


def power_law_floor(omega: sp.Rational, width: Width) -> Any:
    """`floor_by_pieces` for ``(1+t)^{-(1+omega)}`` and a certified sum."""
    kernel = PowerLaw(omega).expression
    return floor_by_pieces(kernel, width.a, width.w, lambda x: kernel_tail(omega, x))


def _number(x: Any) -> Any:
    """An exact or a binary number as a ball."""
    return constant_ball(x) if isinstance(x, sp.Expr) else from_mpf(x)


@lru_cache(maxsize=2048)
def _tail(kernel: sp.Expr, knot: Fraction) -> Any:
    with precision(_FLOOR_DIGITS):
        return Kernel(kernel).tail(knot)


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
