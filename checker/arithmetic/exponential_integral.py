"""Exponential integrals ``E_s(x)``, the integral of ``exp(-x t) t^-s`` over t > 1, for x > 0 and rational s.

By their series about 0, which alternates; what follows a term with a ratio below 1/2 is at most that term. Orders up to
0, and whole ones from 2 on, by ``s E_(s+1)(x) = exp(-x) - x E_s(x)``. They fall in x, and the slope of E_s is -E_(s-1).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from answers import NotReachedError

from arithmetic.elementary import exp_at, log_at
from arithmetic.intervals import DOWN, ONE, UP, ZERO, Interval, add, digits, inverse, mul, number, opposite
from arithmetic.special import digamma_at, gamma_at

#: Beyond it too many digits cancel.
LARGEST = 200


def _series(s: Fraction, x: Interval) -> Interval:
    """The sum of (-x)^k / (k! (1 - s + k)) over k >= 0, without the term whose denominator is 0."""
    total: Interval = (ZERO, ZERO)
    factor, k = (ONE, ONE), 0
    while True:
        if k != s - 1:
            term = mul(factor, number(1 / (1 - s + k)))
            total = add(total, term)
            size = max(term[0].copy_abs(), term[1].copy_abs())
            if k > s and k // 2 > x[1] and size < Decimal(10) ** (-DOWN.prec - 2):
                return DOWN.subtract(total[0], size), UP.add(total[1], size)
        k += 1
        factor = mul(factor, mul(opposite(x), number(Fraction(1, k))))


def _by_series(s: Fraction, x: Interval) -> Interval:
    """``Gamma(1 - s) x^(s - 1)`` less the series; for s = 1 ``-gamma - log x`` less it."""
    log = log_at(x[0])[0], log_at(x[1])[1]
    if s == 1:
        first = add(_minus_euler(DOWN.prec), opposite(log))
    else:
        exponent = mul(number(s - 1), log)
        first = mul(_gamma(1 - s, DOWN.prec), (exp_at(exponent[0])[0], exp_at(exponent[1])[1]))
    return add(first, opposite(_series(s, x)))


@lru_cache
def _gamma(s: Fraction, places: int) -> Interval:
    with digits(places):
        return gamma_at(number(s))


@lru_cache
def _minus_euler(places: int) -> Interval:
    """digamma(1)."""
    with digits(places):
        return digamma_at((ONE, ONE))


def _at(s: Fraction, x: Interval) -> Interval:
    decay = exp_at(x[1].copy_negate())[0], exp_at(x[0].copy_negate())[1]
    if s <= 0:
        following = _at(s + 1, x) if s else (ZERO, ZERO)
        return mul(add(decay, mul(number(-s), following)), inverse(x))
    if s.denominator == 1 and s > 1:
        return mul(add(decay, opposite(mul(x, _at(s - 1, x)))), number(1 / (s - 1)))
    return _by_series(s, x)


@lru_cache(maxsize=4_000)
def _kept(s: Fraction, x: Decimal, places: int) -> Interval:
    guard = 12 + int(x) + 2 * int(abs(s))
    with digits(places + guard):
        low, high = _at(s, (x, x))
    with digits(places):
        return DOWN.plus(low), UP.plus(high)


def expint_at(s: Fraction, x: Decimal) -> Interval:
    """E_s(x)."""
    if not 0 < x <= LARGEST or abs(s) > 50:
        raise NotReachedError("an exponential integral of what may not be positive, or is large")
    return _kept(s, x, DOWN.prec)


def expint_of(s: Fraction, x: Interval) -> Interval:
    """Values on an interval."""
    return ZERO if x[1].is_infinite() else expint_at(s, x[1])[0], expint_at(s, x[0])[1]
