"""Functions at rational points and on intervals, each with a bound of what its series leaves out."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isqrt

from answers import NotReachedError
from intervals import (
    BITS,
    INF,
    ONE,
    ZERO,
    End,
    Interval,
    add,
    down,
    inverse,
    is_infinite,
    mul,
    power,
    rounded,
)

TERMS = 3_000


def exp_at(x: Fraction) -> Interval:
    """exp x: the series at x / 2^k, |x| / 2^k <= 1/2, where what follows a term is at most that term; k squarings."""
    if x < -20_000:
        return ZERO, exp_at(Fraction(-20_000))[1]
    if x > 20_000:
        raise NotReachedError("an exponential of a large number")
    k = max(0, (abs(x).__ceil__()).bit_length() + 1)
    small = rounded(x / 2**k, x / 2**k)
    total, term, n = (ONE, ONE), (ONE, ONE), 0
    while max(abs(term[0]), abs(term[1])) > Fraction(1, 2 ** (BITS + 20)):
        n += 1
        term = mul(mul(term, small), (Fraction(1, n), Fraction(1, n)))
        total = add(total, term)
    rest = max(abs(term[0]), abs(term[1]))
    total = rounded(total[0] - rest, total[1] + rest)
    for _ in range(k):
        total = mul(total, total)
    return total


def _atanh(z: Fraction) -> Interval:
    """atanh z for 0 <= z <= 1/2: positive terms; what follows a term t is at most t / (1 - z^2) <= 4 t / 3."""
    square, term, total, n = z * z, (z, z), (z, z), 1
    while term[1] > Fraction(1, 2 ** (BITS + 20)):
        term = mul(term, (square, square))
        n += 2
        total = add(total, mul(term, (Fraction(1, n), Fraction(1, n))))
    return total[0], total[1] + 2 * term[1]


def log_at(x: Fraction) -> Interval:
    """log x = k log 2 + 2 atanh((y - 1) / (y + 1)) with x = y 2^k, 1 <= y <= 2."""
    if x <= 0:
        raise NotReachedError("a logarithm of a number that may not be positive")
    k = x.numerator.bit_length() - x.denominator.bit_length()
    y = x / Fraction(2) ** k
    if y < 1:
        k, y = k - 1, 2 * y
    y_low, y_high = rounded(y, y)
    low, high = (
        _atanh((y_low - 1) / (y_low + 1) if y_low > 1 else ZERO)[0],
        _atanh((y_high - 1) / (y_high + 1))[1],
    )
    two = _atanh(Fraction(1, 3))
    return add((2 * low, 2 * high), mul((2 * two[0], 2 * two[1]), (Fraction(k), Fraction(k))))


def sqrt_at(x: Fraction) -> Interval:
    """The integer root of a scaled numerator, and the next integer."""
    if x < 0:
        raise NotReachedError("a root of a number that may be negative")
    shift = max(0, 2 * BITS - x.numerator.bit_length() + x.denominator.bit_length()) // 2
    root = isqrt((x * 4**shift).__floor__())
    return Fraction(root, 2**shift), Fraction(root + 1, 2**shift)


def _arctan(n: int) -> Interval:
    """arctan(1/n): alternating and decreasing, so two sums in a row enclose it."""
    total, k, term = ZERO, 0, Fraction(1, n)
    while term > Fraction(1, 2 ** (BITS + 20)):
        total += (-1) ** k * term / (2 * k + 1)
        k, term = k + 1, term / n**2
    other = total + (-1) ** k * term / (2 * k + 1)
    return min(total, other), max(total, other)


def pi() -> Interval:
    """Machin: pi = 16 arctan(1/5) - 4 arctan(1/239)."""
    five, other = _arctan(5), _arctan(239)
    return rounded(16 * five[0] - 4 * other[1], 16 * five[1] - 4 * other[0])


PI = pi()


def _root(x: Interval) -> Interval:
    return sqrt_at(x[0])[0], sqrt_at(x[1])[1]


TWO_OVER_ROOT_PI = mul((Fraction(2), Fraction(2)), inverse(_root(PI)))


def erf_at(x: Fraction) -> Interval:
    """2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!; with ratios below 1/2 the rest is below a term."""
    if x < 0:
        low, high = erf_at(-x)
        return -high, -low
    if x > 12:
        return 1 - Fraction(1, 2**BITS), ONE  # exp(-144) < 2^-207
    x_low, x_high = rounded(x, x)
    square = power((x_low, x_high), 2)
    term = total = (x_low, x_high)
    for n in range(1, TERMS):
        ratio = mul(square, (Fraction(2, 2 * n + 1), Fraction(2, 2 * n + 1)))
        term = mul(term, ratio)
        total = add(total, term)
        if ratio[1] < Fraction(1, 2) and term[1] < Fraction(1, 2 ** (BITS + 20)):
            total = (total[0], total[1] + 2 * term[1])
            return mul(mul(TWO_OVER_ROOT_PI, (exp_at(-square[1])[0], exp_at(-square[0])[1])), total)
    raise NotReachedError("an error function whose series was not summed")


def erfc_at(x: Fraction) -> Interval:
    """1 - erf x; from 5 on exp(-x^2) / (x sqrt(pi)) times something in [1 - 1/(2x^2), 1 - 1/(2x^2) + 3/(4x^4)]."""
    if x < 5:
        low, high = erf_at(x)
        return rounded(1 - high, 1 - low)
    short = x if x.denominator < 2**BITS else down(x)
    if short != x:
        return erfc_at(-down(-x))[0], erfc_at(short)[1]
    factor = (1 - 1 / (2 * x * x), 1 - 1 / (2 * x * x) + 3 / (4 * x**4))
    return mul(mul(exp_at(-x * x), inverse(_root(PI))), mul(factor, (1 / x, 1 / x)))


def _at(name: str, x: End) -> Interval:
    """A function at an end, its limit at an infinite one."""
    if not is_infinite(x):
        return POINTS[name](x)
    limit = LIMITS[name][x > 0]
    if limit is None:
        raise NotReachedError(f"{name} of an unbounded interval")
    return limit, limit


POINTS: dict[str, Callable[[Fraction], Interval]] = {
    "exp": exp_at,
    "log": log_at,
    "sqrt": sqrt_at,
    "erf": erf_at,
    "erfc": erfc_at,
}
#: Limits at -oo and +oo.
LIMITS: dict[str, tuple[End, End]] = {
    "exp": (ZERO, INF),
    "log": (None, INF),
    "sqrt": (None, INF),
    "erf": (-ONE, ONE),
    "erfc": (Fraction(2), ZERO),
}
FUNCTIONS = tuple(POINTS)


def image(name: str, x: Interval) -> Interval:
    """Values on an interval: all functions rise, but erfc, which falls."""
    low, high = (x[1], x[0]) if name == "erfc" else x
    return rounded(_at(name, low)[0], _at(name, high)[1])


def slope(name: str, x: Interval, value: Interval) -> Interval:
    """Derivatives on an interval, `value` being the image."""
    if name == "exp":
        return value
    if name == "log":
        return inverse(x)
    if name == "sqrt":
        return inverse(mul((Fraction(2), Fraction(2)), value))
    square = power(x, 2)
    gauss = image("exp", (-square[1], -square[0]))
    sign = Fraction(1 if name == "erf" else -1)
    return mul(mul(TWO_OVER_ROOT_PI, gauss), (sign, sign))
