"""Taylor expansions with a remainder, so that leading terms cancel: ``1 - exp(-t)`` is like ``t`` at t = 0.

Products and sums of powers of ``t`` and of functions of them are expanded; the remainder is a sum of powers too.
Whoever uses an expansion checks that every argument is at most :data:`LARGEST_ARGUMENT` there.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from math import factorial
from typing import Final

import sympy as sp

from memcurse.theory.notation import t

from .outward_rounding import ONE, ZERO, Interval, enclosed, fraction, rounded_log
from .polynomials import Polynomial, polynomial, polynomial_product, polynomial_sum

#: The remainders below hold for arguments of at most this size.
LARGEST_ARGUMENT: Final = Fraction(1, 2)
# Terms of a series, and the largest power of a function that is multiplied out.
_ORDER: Final = 6
_LARGEST_POWER: Final = 4


@dataclass(frozen=True)
class Expansion:
    """``|f - head| <= rest``, if each of ``arguments`` is at most :data:`LARGEST_ARGUMENT`.

    The coefficients of ``rest`` and of ``arguments`` are not negative.
    """

    head: Polynomial
    rest: Polynomial
    arguments: tuple[Polynomial, ...] = ()


@dataclass(frozen=True)
class _Series:
    """``sum c_k x**k`` up to the order, and ``remainder * |x|**order`` above what is left."""

    coefficients: tuple[Fraction, ...]
    remainder: Fraction


@lru_cache(maxsize=1024)
def expansion(expr: sp.Expr) -> Expansion | None:
    """Expansion of an expression, or None if it has another form or too many terms."""
    poly = polynomial(expr)
    if poly is not None:
        return Expansion(poly, {})
    if expr.is_Add or expr.is_Mul:
        parts = [expansion(part) for part in expr.args]
        return reduce(_sum if expr.is_Add else _product, parts)
    if expr.is_Pow and expr.exp.is_Integer and 0 < expr.exp <= _LARGEST_POWER:
        return reduce(_product, [expansion(expr.base)] * int(expr.exp))
    found = _series(expr)
    return None if found is None else _composed(*found)


def _sum(x: Expansion | None, y: Expansion | None) -> Expansion | None:
    if x is None or y is None:
        return None
    head, rest = polynomial_sum(x.head, y.head), polynomial_sum(x.rest, y.rest)
    return None if head is None or rest is None else Expansion(head, rest, x.arguments + y.arguments)


def _product(x: Expansion | None, y: Expansion | None) -> Expansion | None:
    """``|fg - FG| <= (|F| + R) S + R |G|``."""
    if x is None or y is None:
        return None
    head = polynomial_product(x.head, y.head)
    size = polynomial_sum(_absolute(x.head), x.rest)
    left = None if size is None else polynomial_product(size, y.rest)
    right = polynomial_product(x.rest, _absolute(y.head))
    rest = None if left is None or right is None else polynomial_sum(left, right)
    return None if head is None or rest is None else Expansion(head, rest, x.arguments + y.arguments)


def _absolute(poly: Polynomial) -> Polynomial:
    """Powers with nonnegative exact coefficients whose sum is at least ``|poly|``."""
    return {r: (max(-low, high),) * 2 for r, (low, high) in poly.items()}


def _composed(series: _Series, argument: Polynomial) -> Expansion | None:
    """The series in powers of the argument, by Horner's rule."""
    size = _absolute(argument)
    head: Polynomial | None = {}
    rest: Polynomial | None = {ZERO: (series.remainder,) * 2}
    for c in reversed(series.coefficients):
        head = None if head is None else polynomial_product(head, argument)
        head = None if head is None else polynomial_sum(head, {ZERO: (c, c)} if c else {})
        rest = None if rest is None else polynomial_product(rest, size)
    return None if head is None or rest is None else Expansion(head, rest, (size,))


def _series(expr: sp.Expr) -> tuple[_Series, Polynomial] | None:
    """Series of the outermost function and the argument it is taken of."""
    if expr.is_Pow and not expr.exp.is_Rational:
        return _general_exponential(expr)
    argument = expr.args[0] if expr.is_Pow else expr.args[-1]
    if expr.is_Pow or expr.func is sp.log:
        constant, argument = argument.as_coeff_Add()
        if constant != 1:
            return None
    poly = polynomial(argument)
    series = _binomial(fraction(expr.exp)) if expr.is_Pow else _function_series(expr)
    return None if poly is None or series is None else (series, poly)


def _general_exponential(expr: sp.Expr) -> tuple[_Series, Polynomial] | None:
    """``b**x = exp(x log b)`` for a positive number b."""
    poly = polynomial(expr.exp)
    low, high = (ZERO, ZERO) if expr.base.has(t) else enclosed(expr.base)
    if not low > 0 or poly is None:
        return None
    log: Interval = (rounded_log(low, False), rounded_log(high, True))
    argument = polynomial_product(poly, {ZERO: log})
    return None if argument is None else (_entire([ONE] * _ORDER), argument)


def _function_series(expr: sp.Expr) -> _Series | None:
    if expr.func is sp.exp:
        return _entire([ONE] * _ORDER)
    if expr.func is sp.sin:
        return _entire([Fraction((0, 1, 0, -1)[k % 4]) for k in range(_ORDER)])
    if expr.func is sp.cos:
        return _entire([Fraction((1, 0, -1, 0)[k % 4]) for k in range(_ORDER)])
    if expr.func is sp.besselj and expr.args[0].is_Integer and expr.args[0] >= 0:
        return _bessel(int(expr.args[0]))
    if expr.func is sp.log:
        # Of 1 + x: the rest is at most |x|**n/n (1 + |x| + ...).
        terms = tuple(Fraction((-1) ** (k + 1), k) if k else ZERO for k in range(_ORDER))
        return _Series(terms, Fraction(2, _ORDER))
    return None


def _entire(derivatives: list[Fraction]) -> _Series:
    """A function whose derivatives at 0 are at most 1: the rest is at most ``e |x|**n / n!`` for ``|x| <= 1``."""
    terms = tuple(d / factorial(k) for k, d in enumerate(derivatives))
    return _Series(terms, Fraction(3, factorial(_ORDER)))


def _bessel(n: int) -> _Series:
    """J_n: the derivative of order ``k = 2m + n`` at 0 is ``(-1)**m binomial(k, m) / 2**k``."""
    derivatives = [ZERO] * _ORDER
    for m, k in enumerate(range(n, _ORDER, 2)):
        derivatives[k] = Fraction((-1) ** m * int(sp.binomial(k, m)), 2**k)
    return _entire(derivatives)


def _binomial(e: Fraction) -> _Series | None:
    """``(1 + x)**e``: from k = n on the coefficients do not grow, if -1 <= e <= n."""
    if not -1 <= e <= _ORDER:
        return None
    terms = [ONE]
    for k in range(_ORDER):
        terms.append(terms[-1] * (e - k) / (k + 1))
    return _Series(tuple(terms[:-1]), 2 * abs(terms[-1]))
