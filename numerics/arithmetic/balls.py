"""Ball arithmetic: precision contexts, conversions, and the only comparison of balls.

A ball (python-flint's ``arb``) is a midpoint and a radius that together enclose the exact value. Comparisons of
overlapping balls are all false, so code elsewhere never negates one: it asks `certainly_less`, which can say "unknown".
"""

from __future__ import annotations

import copyreg
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

import mpmath
import sympy as sp
from flint import acb, arb, arb_mat, ctx, fmpq, fmpz
from mpmath import mp
from mpmath.libmp import from_man_exp

from memcurse.theory.exact import exact_integer
from memcurse.theory.shared_precision import PRECISION

#: Guard bits on top of the digits asked for; what the loops that raise the precision start from.
GUARD_BITS = 32
_LOG2_10 = 3.3219280948873626
MIN_DIGITS, MAX_DIGITS = 15, 100_000


def validate_digits(digits: Any) -> int:
    """`digits` as an int, at least 15 (what a float holds) and at most 100000."""
    return exact_integer("digits", digits, MIN_DIGITS, MAX_DIGITS)


def bits_for(digits: int) -> int:
    """Bits that hold `digits` decimal digits."""
    return int(digits * _LOG2_10) + 1


@contextmanager
def ball_precision(bits: int) -> Iterator[None]:
    """Run a block with a working precision of `bits` for balls, and restore what was there.

    Other threads that set a precision wait meanwhile: python-flint has one for all.
    """
    with PRECISION:
        before = ctx.prec
        ctx.prec = bits
        try:
            yield
        finally:
            ctx.prec = before


@contextmanager
def mp_precision(bits: int) -> Iterator[None]:
    """The same for mpmath's numbers."""
    with PRECISION, mp.workprec(bits):
        yield


@contextmanager
def mp_digits(digits: int) -> Iterator[None]:
    """The same with decimal digits."""
    with PRECISION, mp.workdps(digits):
        yield


@contextmanager
def series_length(count: int) -> Iterator[None]:
    """The same for the number of terms of power series of balls."""
    with PRECISION:
        before = ctx.cap
        ctx.cap = count
        try:
            yield
        finally:
            ctx.cap = before


@contextmanager
def precision(digits: int, guard_bits: int = GUARD_BITS) -> Iterator[None]:
    """Run a block with `digits` decimal digits (and a guard) for balls and for mpmath, restoring both."""
    bits = bits_for(validate_digits(digits)) + guard_bits
    with ball_precision(bits), mp_precision(bits):
        yield


def rational_ball(number: sp.Rational) -> arb:
    """The ball of an exact rational at the current precision: radius 0 where binary holds it."""
    return arb(fmpq(int(number.p), int(number.q)))


def certainly_less(x: arb, y: arb) -> bool | None:
    """Whether every point of `x` is below every point of `y`; False if none is; None if the balls do not tell.

    Rigour: a True or a False is proved for all points of the two balls.
    """
    if x < y:
        return True
    if x >= y:
        return False
    return None


def certain_sign(x: arb) -> int | None:
    """Sign of all points of the ball: 1, -1, 0 (only for the exact zero), or None if the ball does not tell."""
    if x.is_zero():
        return 0
    if x > 0:
        return 1
    if x < 0:
        return -1
    return None


def hull(lower: arb, upper: arb) -> arb:
    """The smallest ball known to hold both arguments."""
    return lower.union(upper)


def to_mpf(x: arb) -> mpmath.mpf:
    """The midpoint of a ball, exactly, as an mpmath number."""
    mantissa, exponent = x.mid().man_exp()
    # Not through mpf(int), which rounds to the working precision of the moment.
    return mp.make_mpf(from_man_exp(int(mantissa), int(exponent)))


def from_mpf(x: mpmath.mpf) -> arb:
    """The ball of an mpmath number: exact where the current precision holds its mantissa."""
    sign, mantissa, exponent, _ = x._mpf_
    value = arb(int(mantissa)) * arb(2) ** int(exponent)
    return -value if sign else value


def relative_accuracy(x: arb) -> int:
    """Bits to which the midpoint is accurate relative to the ball; negative or tiny where the ball holds 0."""
    return int(x.rel_accuracy_bits())


def ends_text(x: arb, digits: int = 15) -> tuple[str, str]:
    """Decimals just below and just above a ball: as many as tell its ends apart, and at least `digits`.

    Rigour: rounded outwards, so the interval that they show holds the ball.
    """
    bits = max(0, min(relative_accuracy(x), x.mid().bits()))  # an exact ball is accurate without end
    shown = max(digits, bits * 3 // 10 + 3)
    # The ends would be rounded outwards to the working precision of the moment, which may be less than the ball's.
    with ball_precision(bits + 2 * GUARD_BITS):
        return _rounded(x.lower(), shown, ROUND_FLOOR), _rounded(x.upper(), shown, ROUND_CEILING)


def _rounded(x: arb, digits: int, rounding: str) -> str:
    """An exact ball to `digits` significant decimals, one division rounded as asked."""
    mantissa, exponent = (int(part) for part in x.mid().man_exp())
    context = Context(prec=digits, rounding=rounding, Emax=MAX_EMAX, Emin=MIN_EMIN)
    above, below = mantissa * 2 ** max(exponent, 0), 2 ** max(-exponent, 0)
    return str(context.divide(Decimal(above), Decimal(below)))


# --- pickles -------------------------------------------------------------------------------------------------------
# Results hold balls, and travel between processes; python-flint leaves it to its users how.


def restored_ball(mid: tuple[int, int], rad: tuple[int, int]) -> arb:
    """The ball with these mantissas and exponents; the radius is at most a 2^29th part larger, never smaller."""
    return arb((fmpz(mid[0]), fmpz(mid[1])), arb((fmpz(rad[0]), fmpz(rad[1]))))


def _restored_infinite(kind: str) -> arb:
    """Not a number, an infinity, or the whole line."""
    return {"nan": arb.nan(), "+": arb.pos_inf(), "-": arb.neg_inf()}.get(kind, arb("[+/- inf]"))


def _reduced(x: arb) -> tuple[Any, ...]:
    if not x.is_finite():
        return _restored_infinite, ("nan" if x.is_nan() else "+" if x > 0 else "-" if x < 0 else "all",)
    (mantissa, exponent), (size, scale) = (tuple(map(int, part.man_exp())) for part in (x.mid(), x.rad()))
    if size:
        # A radius of 30 bits is rounded up by one when it is read: one less is written, unless that has other bits.
        shift = _RADIUS_BITS - size.bit_length()
        size, scale = size << shift, scale - shift
        size -= size != 1 << (_RADIUS_BITS - 1)
    return restored_ball, ((mantissa, exponent), (size, scale))


_RADIUS_BITS = 30
copyreg.pickle(arb, _reduced)
copyreg.pickle(acb, lambda z: (acb, (z.real, z.imag)))
copyreg.pickle(arb_mat, lambda m: (arb_mat, (m.nrows(), m.ncols(), m.entries())))
