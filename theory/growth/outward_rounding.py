"""Outward-rounded rational arithmetic: exp, log and powers of fractions, from below or from above.

Every bound of the growth analysis rests on these numbers. ``up`` is the direction of the rounding: the result is
not below the exact value if it is true, not above it otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Final

import sympy as sp
from sympy.core.evalf import PrecisionExhausted

from .errors import GrowthError, StartTooSmall, shown

#: Lower and upper end.
Interval = tuple[Fraction, Fraction]

ZERO: Final = Fraction(0)
ONE: Final = Fraction(1)
# Bits kept by rounding.
_BITS: Final = 96
#: Largest |log| of a number that is formed; larger ones stay in the exponent.
LARGEST_LOG: Final = 2000


def fraction(value: sp.Rational) -> Fraction:
    """SymPy's rational as a fraction."""
    return Fraction(int(value.p), int(value.q))


def rational(x: Fraction) -> sp.Rational:
    """A fraction as SymPy's rational."""
    return sp.Rational(x.numerator, x.denominator)


def rounded(x: Fraction, up: bool, bits: int = _BITS) -> Fraction:
    """A fraction of about that many bits, not below (``up``) or not above ``x``."""
    if max(abs(x.numerator), x.denominator).bit_length() <= bits:
        return x
    shift = bits - abs(x.numerator).bit_length() + x.denominator.bit_length()
    scaled = x * (1 << shift) if shift >= 0 else x / (1 << -shift)
    whole = math.ceil(scaled) if up else math.floor(scaled)
    return Fraction(whole, 1 << shift) if shift >= 0 else Fraction(whole * (1 << -shift))


@lru_cache(maxsize=4096)
def rounded_exp(x: Fraction, up: bool) -> Fraction:
    """exp(x), rounded: Taylor's sum of ``x/2**m`` with its remainder, then m squarings."""
    if x < 0:
        return rounded(1 / rounded_exp(-x, not up), up)
    halvings = max(0, math.ceil(x).bit_length() + 2)
    # Fixed point: a tiny x must not make long fractions.
    one = 1 << 128
    y = math.ceil(x * one / (1 << halvings)) if up else math.floor(x * one / (1 << halvings))
    term = sum_ = one
    for k in range(1, 30):
        term = -(-term * y // (k * one)) if up else term * y // (k * one)
        sum_ += term
    # y <= 1/4, so the remainder is far below the last term.
    total = Fraction(sum_ + term if up else sum_, one)
    for _ in range(halvings):
        total = rounded(total * total, up)
    return total


@lru_cache(maxsize=4096)
def rounded_log(x: Fraction, up: bool) -> Fraction:
    """log(x) for x > 0, rounded: ``k log 2 + 2 artanh z`` with ``|z| <= 1/3``."""
    x = rounded(x, up)
    k = x.numerator.bit_length() - x.denominator.bit_length()
    low, high = _twice_artanh(x / Fraction(2) ** k)
    two_low, two_high = _twice_artanh(Fraction(2))
    if (k < 0) == up:
        return (high if up else low) + k * two_low
    return (high if up else low) + k * two_high


@lru_cache(maxsize=4096)
def _twice_artanh(y: Fraction) -> Interval:
    """Enclosure of log(y) = 2 artanh((y-1)/(y+1)) for 1/2 <= y <= 2."""
    one = 1 << 160
    z = (y - 1) / (y + 1)
    scaled = math.floor(z * one)
    square, total, power = scaled * scaled // one, 0, scaled
    for k in range(50):
        total += power // (2 * k + 1)
        power = power * square // one
    # The rest is below 3**-101 |z|; 50 floors of each kind cost less than 1000 units.
    slack = abs(z) / (1 << 150) + Fraction(2000, one)
    middle = Fraction(2 * total, one)
    return rounded(middle - slack, False), rounded(middle + slack, True)


@lru_cache(maxsize=8192)
def rounded_power(x: Fraction, e: Fraction, up: bool) -> Fraction:
    """x**e for x > 0, rounded; exact where short."""
    if e == 0 or x == 1:
        return ONE
    size = max(x.numerator, x.denominator).bit_length()
    if e.denominator == 1 and abs(e) * size <= 512:
        return rounded(x ** int(e), up)
    if e.denominator <= 6 and abs(e) * size <= 512:
        tops = [sp.integer_nthroot(n, e.denominator) for n in (x.numerator, x.denominator)]
        if all(exact for _, exact in tops):
            return rounded(Fraction(int(tops[0][0]), int(tops[1][0])) ** e.numerator, up)
    return moderate_exp(e * rounded_log(x, up == (e > 0)), up)


def moderate_exp(x: Fraction, up: bool) -> Fraction:
    """exp(x), or a refusal where the number itself would be too long."""
    if x < -LARGEST_LOG and up:
        x = Fraction(-LARGEST_LOG)
    if abs(x) > 4 * LARGEST_LOG:
        raise StartTooSmall
    return rounded_exp(x, up)


#: Binary exponents beyond it would fill the memory: exp(-exp(30)) has 1.5e13 digits.
LARGEST_EXPONENT = 100_000

#: Gives rationals that certainly enclose a constant; `numerics.arithmetic` hands one in that rests on balls.
_certain: Callable[[sp.Expr], Interval] | None = None


def hand_in_enclosures(enclosure: Callable[[sp.Expr], Interval] | None) -> None:
    """Let `enclosed` check what SymPy says of a constant against an enclosure that is proved."""
    global _certain
    _certain = enclosure


def enclosed(value: sp.Expr) -> Interval:
    """Rationals around a real constant.

    SymPy's thirty digits with five of them given away; once `numerics` is loaded, as it is whenever anything is
    certified, these are accepted only where they lie around a proved enclosure, which otherwise takes their place.

    Raises
    ------
    GrowthError
        If the constant cannot be told from 0, is not real, or has an exponent beyond `LARGEST_EXPONENT`.
    """
    if value.is_Rational:
        exact = fraction(value)
        return exact, exact
    try:
        digits = value.n(30, strict=True)
    except PrecisionExhausted:
        raise GrowthError(f"the constant {shown(value)} cannot be told from zero") from None
    if not digits.is_Float:
        raise GrowthError(f"the constant {shown(value)} is not a real number")
    if abs(digits._mpf_[2]) > LARGEST_EXPONENT:
        raise GrowthError(f"the constant {shown(value)} is too large or too small for a quotient of integers")
    middle = fraction(sp.Rational(digits))
    slack = abs(middle) / 10**25
    low, high = rounded(middle - slack, False), rounded(middle + slack, True)
    if _certain is None:
        return low, high
    least, most = _certain(value)
    return (low, high) if low <= least and most <= high else (least, most)
