"""Generalized polynomials: sums of real powers of ``t``, with enclosed coefficients.

Expanding them is what lets like powers cancel, and Sturm's theorem needs them with exact coefficients.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache, reduce
from itertools import pairwise
from typing import Final

import sympy as sp

from memcurse.theory.notation import t

from .outward_rounding import ONE, ZERO, Interval, enclosed, fraction, rational, rounded_power

#: Coefficient of each power.
Polynomial = dict[Fraction, Interval]

# Terms and degree of a polynomial that is expanded or given to Sturm's theorem.
_MAX_TERMS: Final = 200
_MAX_DEGREE: Final = 64


def _times(x: Interval, y: Interval) -> Interval:
    if x[0] == x[1] and y[0] == y[1]:
        return (x[0] * y[0],) * 2
    corners = [a * b for a in x for b in y]
    return min(corners), max(corners)


def polynomial_sum(*parts: Polynomial) -> Polynomial | None:
    """Sum, without the powers that cancel; None if it has too many terms."""
    out: Polynomial = {}
    for part in parts:
        for r, (low, high) in part.items():
            old = out.get(r, (ZERO, ZERO))
            out[r] = (old[0] + low, old[1] + high)
    out = {r: c for r, c in out.items() if any(c)}
    return out if len(out) <= _MAX_TERMS else None


def polynomial_product(x: Polynomial, y: Polynomial) -> Polynomial | None:
    """Product, without the powers that cancel; None if it has too many terms."""
    out: Polynomial = {}
    for r, a in x.items():
        for s, b in y.items():
            low, high = _times(a, b)
            old = out.get(r + s, (ZERO, ZERO))
            out[r + s] = (old[0] + low, old[1] + high)
    out = {r: c for r, c in out.items() if any(c)}
    return out if len(out) <= _MAX_TERMS else None


@lru_cache(maxsize=4096)
def polynomial(expr: sp.Expr) -> Polynomial | None:
    """Powers of ``t`` and their coefficients if the expression is a generalized polynomial."""
    if not expr.has(t):
        return {ZERO: enclosed(expr)} if expr != 0 else {}
    if expr == t:
        return {ONE: (ONE, ONE)}
    if expr.is_Pow and expr.exp.is_Rational:
        return _polynomial_power(polynomial(expr.base), fraction(expr.exp))
    if not (expr.is_Add or expr.is_Mul):
        return None
    parts = [polynomial(part) for part in expr.args]
    if expr.is_Mul:
        return reduce(lambda x, y: None if x is None or y is None else polynomial_product(x, y), parts)
    known = [part for part in parts if part is not None]
    return polynomial_sum(*known) if len(known) == len(parts) else None


def _polynomial_power(base: Polynomial | None, e: Fraction) -> Polynomial | None:
    if base is None or not base:
        return None
    if len(base) == 1:
        [(r, (low, high))] = base.items()
        if e.denominator == 1 and (low > 0 or high < 0):
            ends = sorted((low ** int(e), high ** int(e)))
            return {r * e: (ends[0], ends[1])}
        if low > 0:
            ends = sorted((rounded_power(low, e, e < 0), rounded_power(high, e, e > 0)))
            return {r * e: (ends[0], ends[1])}
    if e.denominator > 1 or not 0 < e <= _MAX_DEGREE:
        return None
    out: Polynomial | None = base
    for _ in range(int(e) - 1):
        out = None if out is None else polynomial_product(out, base)
    return out


def exact_polynomial(poly: Polynomial) -> sp.Poly | None:
    """Polynomial of the same sign in ``s = t**(1/q)``, not 0 at s = 0; None unless rational and short."""
    if any(low != high for low, high in poly.values()):
        return None
    least = min(poly)
    q = math.lcm(*((r - least).denominator for r in poly))
    degrees = {int((r - least) * q): c[0] for r, c in poly.items()}
    if max(degrees) > _MAX_DEGREE or _changes([c for _, c in sorted(degrees.items())]) % 2:
        # An odd number of sign changes means a change of sign: nothing to prove.
        return None
    return sp.Poly.from_dict({(k,): rational(c) for k, c in degrees.items()}, sp.Symbol("s"), domain="QQ")


def _changes(numbers: list[Fraction]) -> int:
    return sum((a > 0) != (b > 0) for a, b in pairwise(numbers))
