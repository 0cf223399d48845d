"""Exponential, logarithm, root, pi and waves at decimal numbers, each with a bound of what its series leaves out."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache

from answers import NotReachedError

from arithmetic import intervals
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

#: Beyond it an exponential is bounded by that of it, and a wave is not followed.
LARGEST = Decimal(10) ** 15
_TWO, MINUS = Decimal(2), Decimal(-1)


def _grown(x: Decimal, context: Context) -> Decimal:
    """exp x for x >= 0: the series at x / 2^k <= 2^-8, where what follows a term is at most that term; k squarings."""
    k = 8 + max(0, int(x).bit_length())
    usual = context.prec
    context.prec = usual + 5 + k // 3
    small = context.divide(x, _TWO**k)
    total, term, n = ONE, ONE, 0
    least = Decimal(10) ** -(context.prec + 2)
    while term > least:
        n += 1
        term = context.divide(context.multiply(term, small), Decimal(n))
        total = context.add(total, term)
    if context is UP:
        total = context.add(total, term)
    for _ in range(k):
        total = context.multiply(total, total)
    context.prec = usual
    return context.plus(total)


def exp_at(x: Decimal) -> Interval:
    """exp x; that of a negative number is a reciprocal."""
    if x > LARGEST:
        return _grown(LARGEST, DOWN), INF
    if x < LARGEST.copy_negate():
        return ZERO, UP.divide(ONE, _grown(LARGEST, DOWN))
    if x >= 0:
        return _grown(x, DOWN), _grown(x, UP)
    size = x.copy_negate()
    return DOWN.divide(ONE, _grown(size, UP)), UP.divide(ONE, _grown(size, DOWN))


def _atanh(z: Interval) -> Interval:
    """atanh z for 0 <= z <= 1/2: positive terms; what follows a term t is at most t / (1 - z^2) <= 4 t / 3."""
    square, term, total, n = power(z, 2), z, z, 1
    least = Decimal(10) ** -(DOWN.prec + 2)
    while term[1] > least:
        term = mul(term, square)
        n += 2
        total = add(total, mul(term, number(Fraction(1, n))))
    return total[0], UP.add(total[1], UP.multiply(term[1], _TWO))


@lru_cache
def _log_2(places: int) -> Interval:
    with digits(places):
        return mul((_TWO, _TWO), _atanh(number(Fraction(1, 3))))


def log_at(x: Decimal) -> Interval:
    """log x = k log 2 + 2 atanh((y - 1) / (y + 1)) with x = y 2^k, 1 <= y <= 3."""
    if x <= 0:
        raise NotReachedError("a logarithm of a number that may not be positive")
    # 3.3219 is a little less than log 10 / log 2: any whole k will do, this one leaves little.
    k = int(Decimal(x.adjusted()) * Decimal("3.3219"))
    with digits(DOWN.prec + 6):
        for _ in range(60):
            y = mul((x, x), power((_TWO, _TWO), -k) if k <= 0 else inverse(power((_TWO, _TWO), k)))
            if y[0] >= 1 and y[1] <= 3:
                break
            k += 1 if y[1] > 3 else -1
        else:
            raise NotReachedError("a logarithm of a number far from 1")
        z = mul(add(y, (MINUS, MINUS)), inverse(add(y, (ONE, ONE))))
        main = mul((_TWO, _TWO), _atanh(z))
        out = add(main, mul(_log_2(DOWN.prec), (Decimal(k), Decimal(k))))
    return DOWN.plus(out[0]), UP.plus(out[1])


def sqrt_at(x: Decimal) -> Interval:
    """Two neighbours, the squares of which are on the two sides of x."""
    if x < 0:
        raise NotReachedError("a root of a number that may be negative")
    if not x:
        return ZERO, ZERO
    guess = DOWN.sqrt(x)
    low, high = guess, guess
    while UP.multiply(low, low) > x:
        low = DOWN.next_minus(low)
    while DOWN.multiply(high, high) < x:
        high = UP.next_plus(high)
    return low, high


def _arctan(n: int) -> Interval:
    """arctan(1/n): alternating and decreasing, so two sums in a row enclose it."""
    total, k, term = Fraction(0), 0, Fraction(1, n)
    least = Fraction(1, 10 ** (DOWN.prec + 5))
    while term > least:
        total += (-1) ** k * term / (2 * k + 1)
        k, term = k + 1, term / n**2
    other = total + (-1) ** k * term / (2 * k + 1)
    return intervals.between(min(total, other), max(total, other))


@lru_cache
def _pi(places: int) -> Interval:
    with digits(places):
        return add(mul(number(Fraction(16)), _arctan(5)), mul(number(Fraction(-4)), _arctan(239)))


def pi() -> Interval:
    """Machin: pi = 16 arctan(1/5) - 4 arctan(1/239)."""
    return _pi(DOWN.prec)


def root_of_pi() -> Interval:
    """The square root of pi."""
    low, high = pi()
    return sqrt_at(low)[0], sqrt_at(high)[1]


def cos_at(x: Decimal) -> Interval:
    """cos x from its series at x / 2^k, whose terms alternate and fall, by cos 2t = 2 cos^2 t - 1."""
    if x.copy_abs() > LARGEST:
        return MINUS, ONE
    k = 4 + int(x.copy_abs()).bit_length()
    with digits(DOWN.prec + 5 + k):
        small = mul((x, x), inverse(power((_TWO, _TWO), k)))
        square, term, total, n = power(small, 2), (ONE, ONE), (ONE, ONE), 0
        least = Decimal(10) ** -(DOWN.prec + 2)
        while term[1] > least:
            n += 2
            term = mul(mul(term, square), number(Fraction(1, n * (n - 1))))
            total = add(total, term if n % 4 == 0 else opposite(term))
        total = DOWN.subtract(total[0], term[1]), UP.add(total[1], term[1])
        for _ in range(k):
            total = add(mul((_TWO, _TWO), power(total, 2)), (MINUS, MINUS))
    return max(DOWN.plus(total[0]), MINUS), min(UP.plus(total[1]), ONE)


def cos_of(x: Interval) -> Interval:
    """Values on an interval: those at the ends, and 1 or -1 where a multiple of pi may lie between."""
    if not (x[0].is_finite() and x[1].is_finite()) or max(x[0].copy_abs(), x[1].copy_abs()) > LARGEST:
        return MINUS, ONE
    turns = mul(x, inverse(pi()))
    first, last = turns[0].__ceil__(), turns[1].__floor__()
    ends = (cos_at(x[0]), cos_at(x[1]))
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    if any(k % 2 for k in range(first, min(last, first + 1) + 1)):
        low = MINUS
    if any(k % 2 == 0 for k in range(first, min(last, first + 1) + 1)):
        high = ONE
    return low, high


def sin_of(x: Interval) -> Interval:
    """A quarter of a turn behind."""
    return cos_of(add(x, mul(number(Fraction(-1, 2)), pi())))
