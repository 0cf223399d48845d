"""Functions on intervals: what they and their slopes can be there."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from answers import NotReachedError

from arithmetic.elementary import MINUS, cos_of, exp_at, log_at, root_of_pi, sin_of, sqrt_at
from arithmetic.exponential_integral import expint_of
from arithmetic.intervals import INF, ONE, ZERO, Interval, inverse, mul, number, opposite, power
from arithmetic.special import erf_at, erfc_at, gamma_of, gamma_slope

#: Those that rise everywhere, with their limits at -oo and +oo.
RISING: dict[str, tuple[Callable[[Decimal], Interval], Decimal | None, Decimal]] = {
    "exp": (exp_at, ZERO, INF),
    "log": (log_at, None, INF),
    "sqrt": (sqrt_at, None, INF),
    "erf": (erf_at, MINUS, ONE),
}
FUNCTIONS = (*RISING, "erfc", "sin", "cos", "tan", "abs", "gamma")


def _at(name: str, x: Decimal) -> Interval:
    """A function that rises at an end, its limit at an infinite one."""
    function, below, above = RISING[name]
    if not x.is_infinite():
        return function(x)
    limit = above if x > 0 else below
    if limit is None:
        raise NotReachedError(f"{name} of an unbounded interval")
    return limit, limit


def _erfc(x: Interval) -> Interval:
    low = ZERO if x[1].is_infinite() else erfc_at(x[1])[0]
    return low, Decimal(2) if x[0].is_infinite() else erfc_at(x[0])[1]


def _abs(x: Interval) -> Interval:
    sizes = x[0].copy_abs(), x[1].copy_abs()
    return ZERO if x[0] <= 0 <= x[1] else min(sizes), max(sizes)


def image(name: str, x: Interval) -> Interval:
    """Values on an interval."""
    if name in RISING:
        return _at(name, x[0])[0], _at(name, x[1])[1]
    if name == "tan":
        return mul(sin_of(x), inverse(cos_of(x)))
    return {"erfc": _erfc, "sin": sin_of, "cos": cos_of, "abs": _abs, "gamma": gamma_of}[name](x)


def slope(name: str, x: Interval, value: Interval) -> Interval:
    """Derivatives on an interval, `value` being the image."""
    if name == "exp":
        return value
    if name == "log":
        return inverse(x)
    if name == "sqrt":
        return inverse(mul(number(Fraction(2)), value))
    if name == "sin":
        return cos_of(x)
    if name == "cos":
        return opposite(sin_of(x))
    if name == "tan":
        return power(inverse(cos_of(x)), 2)
    if name == "gamma":
        return gamma_slope(x, value)
    if name == "abs":
        return (ONE if x[0] >= 0 else MINUS), (MINUS if x[1] <= 0 else ONE)
    square = power(x, 2)
    gauss = image("exp", opposite(square))
    sign = number(Fraction(2 if name == "erf" else -2))
    return mul(mul(sign, inverse(root_of_pi())), gauss)


def expint(order: Fraction, x: Interval) -> Interval:
    """Values of an exponential integral."""
    return expint_of(order, x)


def expint_slope(order: Fraction, x: Interval) -> Interval:
    """Its slope is that of one order less, with the other sign."""
    return opposite(expint_of(order - 1, x))
