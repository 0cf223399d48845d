"""Whether a kernel is real and finite on ``(0, oo)``, by ranges and, for polynomials, Sturm's theorem."""

from __future__ import annotations

import math
from functools import reduce
from typing import Final

import sympy as sp

from memcurse.theory.notation import t

from .errors import GrowthError, shown
from .outward_rounding import enclosed, fraction
from .polynomials import exact_polynomial, polynomial
from .value_ranges import (
    NONNEGATIVE,
    POSITIVE,
    RANGES,
    Range,
    opposite,
    range_exp,
    range_log,
    range_power,
    range_product,
    range_sum,
    tamed,
)

# Work that one analysis may spend on Sturm's theorem, in units of HalfLine._affordable: about 0.3 s.
_STURM_WORK: Final = 6 * 10**7


class HalfLine:
    """Ranges over ``(0, oo)`` of one expression and its parts, and the check that all are real.

    One instance serves one analysis: it keeps the ranges, and the work that Sturm's theorem may still cost.
    """

    def __init__(self) -> None:
        self._known: dict[sp.Expr, Range] = {}
        self._work = _STURM_WORK

    def range(self, expr: sp.Expr) -> Range:
        """Range of an expression whose parts are real."""
        if expr not in self._known:
            self._known[expr] = tamed(self._range(expr))
        return self._known[expr]

    def _range(self, expr: sp.Expr) -> Range:
        if not expr.has(t):
            return Range(*enclosed(expr))
        if expr == t:
            return POSITIVE
        if expr.is_Add or expr.is_Mul:
            join = range_sum if expr.is_Add else range_product
            simple = reduce(join, map(self.range, expr.args))
            return simple if simple.nonzero else simple.meet(self._polynomial_range(expr))
        if expr.is_Pow and expr.exp.is_Rational:
            return range_power(self.range(expr.base), fraction(expr.exp))
        if expr.is_Pow and not expr.base.has(t) and self.range(expr.base).positive:
            return range_exp(range_product(self.range(expr.exp), range_log(self.range(expr.base))))
        rule = RANGES.get(expr.func)
        if rule is None:
            raise GrowthError(f"{shown(expr)} is not a function of the grammar")
        return rule(self.range(expr.args[-1]), expr)

    def _polynomial_range(self, expr: sp.Expr) -> Range:
        """Sign of a generalized polynomial, by Descartes' rule and Sturm's theorem."""
        poly = polynomial(expr)
        if not poly:
            return Range()
        if all(low > 0 for low, _ in poly.values()):
            return POSITIVE
        if all(high < 0 for _, high in poly.values()):
            return opposite(POSITIVE)
        exact = exact_polynomial(poly)
        if exact is None or not self._affordable(exact):
            return Range()
        if exact.count_roots(0, None) == 0:
            sign = POSITIVE
        elif all(part.count_roots(0, None) == 0 for part, k in exact.sqf_list()[1] if k % 2):
            sign = NONNEGATIVE
        else:
            return Range()
        return sign if exact.LC() > 0 else opposite(sign)

    def _affordable(self, exact: sp.Poly) -> bool:
        """Whether the work left allows one more sequence of remainders."""
        degree = exact.degree()
        bits = max(abs(int(c)).bit_length() for c in exact.clear_denoms(convert=True)[1].coeffs())
        # degree**2 products of numbers of degree*bits bits, as measured.
        self._work -= degree**2 * math.isqrt((degree * (bits + 4)) ** 3)
        return self._work >= 0

    def require_real(self, expr: sp.Expr) -> None:
        """Check the parts first, so that every range asked for is one of a real function."""
        if expr in self._known:
            return
        if not expr.has(t):
            enclosed(expr)
            return
        for part in expr.args:
            self.require_real(part)
        if expr.is_Pow:
            self._require_power(expr)
        elif expr.func is sp.log:
            _require(self.range(expr.args[0]).positive, expr, "the argument", expr.args[0], "positive")
        elif expr.func is sp.besselj and not (expr.args[0].is_Integer and expr.args[0] >= 0):
            raise GrowthError(f"the order of {shown(expr)} is not a nonnegative integer")
        self.range(expr)

    def _require_power(self, expr: sp.Expr) -> None:
        base, e = expr.args
        values = self.range(base)
        if not e.is_Rational:
            _require(not base.has(t) and values.positive, expr, "the base", base, "a positive constant")
        elif not e.is_Integer:
            ok = values.positive if e < 0 else values.low >= 0
            _require(ok, expr, "the base", base, "positive" if e < 0 else "nonnegative")
        elif e < 0:
            _require(values.nonzero, expr, "the denominator", base, "nonzero")


def _require(ok: bool, expr: sp.Expr, role: str, part: sp.Expr, rule: str) -> None:
    if not ok:
        reason = f"{role} {shown(part)} must be {rule}"
        raise GrowthError(f"{shown(expr)} is not shown to be real and finite for t > 0: {reason}")
