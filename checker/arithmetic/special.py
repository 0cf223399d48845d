"""Error functions, gamma and digamma at decimal numbers, each with a bound of what its series leaves out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import comb

from answers import NotReachedError

from arithmetic.elementary import exp_at, log_at, pi, root_of_pi
from arithmetic.intervals import (
    DOWN,
    INF,
    ONE,
    UP,
    ZERO,
    Interval,
    add,
    digits,
    inverse,
    mul,
    number,
    opposite,
    power,
)

TERMS = 5_000
#: From here on the asymptotic series of erfc is the shorter way, and its smallest term below 10^-27.
FAR = 8


def _shortened(x: Interval) -> Interval:
    return DOWN.plus(x[0]), UP.plus(x[1])


def _widened(x: Interval, by: Decimal) -> Interval:
    return DOWN.subtract(x[0], by), UP.add(x[1], by)


def _erf_series(x: Decimal) -> Interval:
    """2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!; with ratios below 1/2 the rest is below a term."""
    square = power((x, x), 2)
    term = total = (x, x)
    least = DOWN.multiply(x, Decimal(10) ** (-DOWN.prec - 2))
    for n in range(1, TERMS):
        ratio = mul(square, number(Fraction(2, 2 * n + 1)))
        term = mul(term, ratio)
        total = add(total, term)
        if ratio[1] < Decimal("0.5") and term[1] <= least:
            total = total[0], UP.add(total[1], term[1])
            gauss = exp_at(square[1].copy_negate())[0], exp_at(square[0].copy_negate())[1]
            return mul(mul(mul(number(Fraction(2)), inverse(root_of_pi())), gauss), total)
    raise NotReachedError("an error function whose series was not summed")


def _erfc_far(x: Decimal) -> Interval:
    """exp(-x^2) / (x sqrt(pi)) sum of (-1)^n (2n-1)!! / (2x^2)^n: what it is lies between two sums in a row."""
    square = power((x, x), 2)
    double = inverse(mul(number(Fraction(2)), square))
    term, total, n = (ONE, ONE), (ONE, ONE), 0
    while term[1] > Decimal(10) ** (-DOWN.prec - 2):
        following = mul(mul(term, number(Fraction(2 * n + 1))), double)
        if following[1] >= term[1]:
            break
        n, term = n + 1, following
        total = add(total, term if n % 2 == 0 else opposite(term))
    total = _widened(total, term[1])
    gauss = exp_at(square[1].copy_negate())[0], exp_at(square[0].copy_negate())[1]
    return mul(mul(gauss, inverse(mul((x, x), root_of_pi()))), total)


def erf_at(x: Decimal) -> Interval:
    """Odd; near 1 by what it lacks."""
    if x < 0:
        return opposite(erf_at(x.copy_negate()))
    if x >= FAR:
        return _shortened(add((ONE, ONE), opposite(_erfc_far(x))))
    with digits(DOWN.prec + 6):
        out = _erf_series(x) if x else (ZERO, ZERO)
    return _shortened(out)


def erfc_at(x: Decimal) -> Interval:
    """1 - erf x, with more digits than cancel before 8; from there on the asymptotic series."""
    if x >= FAR:
        return _shortened(_erfc_far(x))
    with digits(DOWN.prec + 36):
        out = add((ONE, ONE), opposite(erf_at(x)))
    return _shortened(out)


@cache
def bernoulli(n: int) -> Fraction:
    """Bernoulli's numbers, by their recurrence."""
    if n == 0:
        return Fraction(1)
    if n > 1 and n % 2:
        return Fraction(0)
    return -sum((comb(n + 1, k) * bernoulli(k) for k in range(n)), Fraction(0)) / (n + 1)


def _log(x: Interval) -> Interval:
    return log_at(x[0])[0], log_at(x[1])[1]


def _moved(x: Interval) -> int:
    """How far to the right an argument is moved, where few terms of an asymptotic series are enough."""
    return max(0, DOWN.prec + 5 - x[0].__floor__())


def _asymptotic(z: Interval, coefficient: Callable[[int], Fraction], odd: int) -> Interval:
    """Sum of coefficient(k) / z^(2k - odd), k >= 1, z > 0, of Stirling's kind: each error is below the next term."""
    total: Interval = (ZERO, ZERO)
    for k in range(1, TERMS):
        term = mul(number(coefficient(k)), inverse(power(z, 2 * k - odd)))
        size = max(term[0].copy_abs(), term[1].copy_abs())
        if size < Decimal(10) ** (-DOWN.prec - 2):
            return _widened(total, size)
        total = add(total, term)
    raise NotReachedError("an asymptotic series that was not summed")


def gamma_at(x: Interval) -> Interval:
    """Gamma of a number known to digits: a factorial, or Stirling's series further right."""
    if x[0] == x[1] and x[0] == x[0].to_integral_value() and 0 < x[0] <= 1000:
        return _factorial(int(x[0]) - 1)
    if x[1] > 10**6 or x[0] < -(10**3):
        raise NotReachedError("gamma far from 0")
    with digits(DOWN.prec + 8):
        steps = _moved(x)
        z = add(x, number(Fraction(steps)))
        total = add(mul(add(z, number(Fraction(-1, 2))), _log(z)), opposite(z))
        total = add(total, mul(number(Fraction(1, 2)), _log(mul(number(Fraction(2)), pi()))))
        total = add(total, _asymptotic(z, lambda k: bernoulli(2 * k) / (2 * k * (2 * k - 1)), 1))
        out = exp_at(total[0])[0], exp_at(total[1])[1]
        for k in range(steps):
            out = mul(out, inverse(add(x, number(Fraction(k)))))
    return _shortened(out)


def _factorial(n: int) -> Interval:
    out: Interval = (ONE, ONE)
    for k in range(2, n + 1):
        out = mul(out, number(Fraction(k)))
    return out


def digamma_at(x: Interval) -> Interval:
    """The slope of log gamma, for x > 0: from further right, by one step of 1/x at a time."""
    if x[0] <= 0:
        raise NotReachedError("digamma of a number that may not be positive")
    with digits(DOWN.prec + 8):
        steps = _moved(x)
        z = add(x, number(Fraction(steps)))
        out = add(_log(z), mul(number(Fraction(-1, 2)), inverse(z)))
        out = add(out, opposite(_asymptotic(z, lambda k: bernoulli(2 * k) / (2 * k), 0)))
        for k in range(steps):
            out = add(out, opposite(inverse(add(x, number(Fraction(k))))))
    return _shortened(out)


#: Near where gamma is least.
_TURN = Decimal("1.46163214496836234126")


def gamma_of(x: Interval) -> Interval:
    """Values on an interval of positive numbers: gamma is convex, so the ends are highest and tangents lie below."""
    if x[0] <= 0:
        raise NotReachedError("gamma of what may not be positive")
    left = gamma_at((x[0], x[0]))
    right = (ONE, INF) if x[1].is_infinite() else gamma_at((x[1], x[1]))
    if x[0] < _TURN < x[1]:
        turn = (_TURN, _TURN)
        steep = mul(gamma_at(turn), digamma_at(turn))
        reach = add((x[0], min(x[1], Decimal(2))), opposite(turn))
        # Beyond 2 gamma is at least 1.
        low = add(gamma_at(turn), mul(steep, reach))[0]
    else:
        low = min(left[0], right[0])
    return low, max(left[1], right[1])


def gamma_slope(x: Interval, value: Interval) -> Interval:
    """Gamma times digamma, which rises."""
    if x[0] <= 0:
        raise NotReachedError("the slope of gamma of what may not be positive")
    high = INF if x[1].is_infinite() else digamma_at((x[1], x[1]))[1]
    return mul(value, (digamma_at((x[0], x[0]))[0], high))
