"""How large an expression is, before SymPy is asked about it; and functions applied within those limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice
from typing import Final

import sympy as sp

from memcurse.theory.notation import t

#: Most SymPy nodes, with rational coefficients only, that are simplified with the knowledge that t >= 0.
MAX_LIGHT_NODES: Final = 16
#: Largest power in what is simplified so.
MAX_LIGHT_POWER: Final = 8
#: Most digits of a number under a root, and up to which SymPy divides such a number by primes.
MAX_ROOT_DIGITS: Final = 100
_SMALL_PRIMES: Final = 2**15

# Stands for t while building. SymPy asks every argument for its sign: for t >= 0 it may factor polynomials
# for minutes to answer; of a symbol without assumptions it knows at once that it knows nothing.
PLAIN: Final = sp.Symbol("t")


def is_plain_sum(base: sp.Expr, exponent: sp.Rational) -> bool:
    """Whether a power is one of a sum that varies, which SymPy would expand or factor."""
    return bool(base.is_Add and base.has(PLAIN) and exponent not in (0, 1))


def applied(function: Callable[..., sp.Expr], arguments: list[sp.Expr]) -> sp.Expr:
    """``function(*arguments)`` in SymPy's form, without its questions where none of its rules applies.

    What its rules do with a varying argument is: move a sign out, join logarithms in ``exp``, undo ``exp``
    in ``log``, reduce multiples of pi in ``sin`` and ``cos``. Before that it looks for zeros, and may factor
    polynomials for minutes.
    """
    *order, x = arguments
    trigonometric = function in (sp.sin, sp.cos)
    ruled = (
        x == 0
        # Of 1 - t SymPy makes (1 - t)**2*besselj(2, t - 1)/(t - 1)**2, which is undefined at t = 1.
        or (function is not sp.besselj and not x.has(PLAIN))
        or (function is sp.exp and x.has(sp.log))
        or (function is sp.log and (x.func is sp.exp or x.is_Pow or x.is_Mul))
        or (trigonometric and x.has(sp.pi))
    )
    if ruled:
        return function(*arguments)
    if function in (sp.exp, sp.log, sp.airyai) or not x.could_extract_minus_sign():
        return function(*arguments, evaluate=False)
    even = function(*order, -x, evaluate=False)
    if function is sp.erfc:
        return 2 - even
    return even if function is sp.cos or (order and order[0].is_even) else -even


@lru_cache(maxsize=4096)
def in_time(value: sp.Expr) -> sp.Expr:
    """A value with ``notation.t`` for the plain symbol, simplified for t >= 0 where that is quick."""
    if not value.has(PLAIN):
        return value
    if value == PLAIN:
        return t
    return value.func(*map(in_time, value.args), evaluate=_is_light(value))


def _is_light(value: sp.Expr) -> bool:
    parts = list(islice(sp.preorder_traversal(value), MAX_LIGHT_NODES + 1))
    return len(parts) <= MAX_LIGHT_NODES and all(
        part.is_Rational or (part.has(PLAIN) and not (part.is_Pow and _is_high(part.exp))) for part in parts
    )


def _is_high(exponent: sp.Expr) -> bool:
    """Whether a power of a sum is a polynomial whose roots SymPy would isolate for long, to know its sign."""
    return bool(exponent.is_Rational and abs(exponent.p) > MAX_LIGHT_POWER)


def is_positive_rational(value: sp.Expr) -> bool:
    """Whether this is a rational number above 0."""
    return isinstance(value, sp.Rational) and bool(value.is_positive)


@lru_cache(maxsize=4096)
def is_negative_number(value: sp.Expr) -> bool:
    """Whether this is a constant below 0."""
    # Every constant was told from zero when it was built.
    return not value.free_symbols and bool(value.n(15) < 0)


def digits_of(value: sp.Expr) -> int:
    """Digits of the largest numerator or denominator at the top of an expression."""
    numbers = [part for part in (value, *value.args) if isinstance(part, sp.Rational)]
    bits = max((max(abs(n.p), n.q).bit_length() for n in numbers), default=0)
    return bits * 3 // 10


def raised(base: sp.Expr, exponent: sp.Rational) -> sp.Expr:
    """A power in SymPy's form, but for numbers that would grow under a root: those stay powers of primes.

    Of ``(2^3 b)^(457/1000)`` SymPy makes ``(2^371 b^457)^(1/1000)``, and then looks whether that number is prime. It
    leaves powers of primes, and of what no small prime divides, as they are.
    """
    numbers, rest = _apart(sp.Mul.make_args(base), exponent)
    power = sp.Mul(*rest) if numbers else base
    # A sum stays as it is under a power; SymPy would ask whether its terms are infinite.
    return sp.Mul(*numbers, sp.Pow(power, exponent, evaluate=not is_plain_sum(power, exponent)))


def product(factors: list[sp.Expr]) -> sp.Expr:
    """A product with such numbers taken apart in the same way."""
    numbers, rest = _apart([x for factor in factors for x in sp.Mul.make_args(factor)], sp.S.One)
    return sp.Mul(*numbers, *rest) if numbers else sp.Mul(*factors)


def _apart(factors: Iterable[sp.Expr], exponent: sp.Rational) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """Powers of primes that the numbers among the factors become under an exponent, and the other factors.

    No powers where the numbers stay short as they are.
    """
    parts = list(factors)
    powers: dict[sp.Rational, sp.Rational] = {}
    for base, power in map(_rational_power, parts):
        powers[base] = powers.get(base, sp.S.Zero) + power * exponent
    sizes = (_digits_under_root(n, e) for base, e in powers.items() for n in (base.p, base.q))
    if max(sizes) <= MAX_ROOT_DIGITS:
        return [], parts
    primes = ((n, c * e) for base, e in powers.items() for n, c in base.factors(limit=_SMALL_PRIMES).items())
    return [sp.Pow(n, e) for n, e in primes], [x for x in parts if _rational_power(x)[0] == 1]


def _rational_power(factor: sp.Expr) -> tuple[sp.Rational, sp.Rational]:
    """Base and exponent of a rational power of a rational number; 1 and 1 for anything else."""
    base, power = factor.as_base_exp()
    rational = isinstance(base, sp.Rational) and isinstance(power, sp.Rational)
    return (base, power) if rational else (sp.S.One, sp.S.One)


def _digits_under_root(n: int, power: sp.Rational) -> int:
    """Digits of the number under a root that SymPy makes of a power of n."""
    if abs(n) <= 1 or power.q == 1:
        return 0
    parts = sp.Integer(abs(n)).factors(limit=_SMALL_PRIMES)
    left = {prime: count * abs(power.p) % power.q for prime, count in parts.items()}
    common = math.gcd(*left.values()) or 1
    return sum(int(prime).bit_length() * (count // common) for prime, count in left.items()) * 3 // 10


@lru_cache(maxsize=4096)
def composition(value: sp.Expr) -> int:
    """How deep functions and powers of ``t`` stand inside each other."""
    if not value.has(PLAIN) or not value.args:
        return 0
    return max(map(composition, value.args)) + (not (value.is_Add or value.is_Mul))


def degree_of(value: sp.Expr) -> sp.Rational:
    """Size of the power that an expression is, with functions counted like ``t``."""
    if value.is_Add:
        return max(degree_of(term) for term in value.args)
    if value.is_Mul:
        return sum((degree_of(factor) for factor in value.args), sp.S.Zero)
    if value.is_Pow and value.exp.is_Rational:
        return degree_of(value.base) * abs(value.exp)
    return sp.S.One if value.has(PLAIN) else sp.S.Zero


def shortened(value: object) -> str:
    """A value in a message, cut if long."""
    shown = getattr(value, "__name__", None) or str(value)
    return shown if len(shown) <= 40 else shown[:37] + "..."
