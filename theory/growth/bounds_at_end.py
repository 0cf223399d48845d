"""Bounds of a kernel at one end of the half line, read from the leaves of the expression up.

``u = t`` far out and ``u = 1/t`` near zero, so one analysis serves both ends. The rules of the named functions
follow it, each with the inequality it uses.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import sympy as sp

from memcurse.theory.notation import t

from .bounds import (
    Bound,
    Exponent,
    Germ,
    constant_germ,
    exponent,
    infimum,
    negated,
    order,
    power_of,
    product,
    product_of,
    quotient,
    raised,
    sum_of,
    supremum,
)
from .errors import GrowthError, StartTooSmall, shown
from .outward_rounding import (
    ONE,
    ZERO,
    Interval,
    enclosed,
    fraction,
    moderate_exp,
    rounded,
    rounded_log,
    rounded_power,
)
from .polynomials import Polynomial, polynomial
from .taylor import LARGEST_ARGUMENT, expansion

# From here on an expansion that does not hold yet is given up.
_LATE: Final = 1 << 64


@functools.lru_cache(maxsize=4096)
def _parted(expr: sp.Expr) -> tuple[Polynomial, tuple[sp.Expr, ...]]:
    """Generalized polynomial in t, and the other terms: the same for every start that is tried."""
    terms = sp.Add.make_args(expr)
    simple = [term for term in terms if polynomial(term) is not None]
    poly = polynomial(sp.Add(*simple))
    if poly is None:
        return {}, terms
    return poly, tuple(term for term in terms if term not in simple)


@dataclass(frozen=True)
class End:
    """One end of the half line: ``t = u**side`` for all ``u >= U``."""

    side: int
    U: Fraction

    def germ(self, expr: sp.Expr) -> Germ:
        """Bounds of an expression."""
        if not expr.has(t):
            return constant_germ(enclosed(expr))
        if expr == t:
            bound = Bound(ONE, Fraction(self.side))
            return Germ(bound, bound, 1)
        if expr.is_Add:
            return self._sum(expr)
        if expr.is_Mul:
            return product_of([self.germ(part) for part in expr.args])
        if expr.is_Pow:
            return self._pow(expr)
        if expr.func is sp.exp:
            return self.exponential(expr.args[0], (ONE, ONE))
        rule = _RULES.get(expr.func)
        if rule is None:
            raise GrowthError(f"no rule bounds {shown(expr)}")
        return rule(self, expr)

    def _sum(self, expr: sp.Expr) -> Germ:
        """A sum, with its generalized polynomial part expanded so that like powers cancel."""
        poly, rest = self._split(expr)
        plain = sum_of([*self._monomials(poly), *(self.germ(term) for term in rest)], self.U)
        return plain if plain.lower else self._expanded(expr) or plain

    def _expanded(self, expr: sp.Expr) -> Germ | None:
        """A sum whose leading terms may cancel, by Taylor expansions of functions of what tends to 0."""
        found = expansion(expr)
        if found is None or any(r * self.side >= 0 for x in found.arguments for r in x):
            return None
        for argument in found.arguments:
            terms = (c * rounded_power(self.U, r * self.side, True) for r, (_, c) in argument.items())
            if sum(terms) > LARGEST_ARGUMENT:
                if self.U < _LATE:
                    raise StartTooSmall
                return None
        rest = [Germ(Bound(c, r * self.side)) for r, (_, c) in found.rest.items()]
        head = {r * self.side: c for r, c in found.head.items()}
        return sum_of([*self._monomials(head), *rest], self.U)

    def _split(self, expr: sp.Expr) -> tuple[Polynomial, list[sp.Expr]]:
        """Generalized polynomial in u, and the other terms."""
        poly, rest = _parted(expr)
        return {r * self.side: c for r, c in poly.items()}, list(rest)

    @staticmethod
    def _monomials(poly: Polynomial) -> list[Germ]:
        germs = []
        for r, interval in poly.items():
            germ = constant_germ(interval)
            lower = replace(germ.lower, power=r) if germ.lower else None
            germs.append(Germ(replace(germ.upper, power=r), lower, germ.sign))
        return germs

    def _pow(self, expr: sp.Expr) -> Germ:
        base, e = expr.args
        if not e.is_Rational:
            low, high = (ZERO, ZERO) if base.has(t) else enclosed(base)
            if not low > 0:
                raise GrowthError(f"the exponent of {shown(expr)} is not a rational number")
            return self.exponential(e, (rounded_log(low, False), rounded_log(high, True)))
        return power_of(self.germ(base), fraction(e))

    def exponential(self, argument: sp.Expr, factor: Interval) -> Germ:
        """``exp(factor * argument)``: the argument, bounded from both sides, becomes the exponent."""
        poly, rest = self._split(argument)
        parts = [*self._monomials(poly), *(self.germ(term) for term in rest)]
        terms = [product_of([constant_germ(factor), part]) for part in parts]
        upper = Bound(ONE, ZERO, exponent(p for germ in terms for p in self.terms_above(germ)))
        try:
            lower = exponent((r, -g) for germ in terms for r, g in self.terms_above(negated(germ)))
        except (StartTooSmall, GrowthError):
            return Germ(upper, None, 1)
        return Germ(upper, Bound(ONE, ZERO, lower), 1)

    def terms_above(self, germ: Germ) -> Exponent:
        """Terms ``(r, g)`` with ``f <= sum g u**r``."""
        if germ.sign < 0:
            if germ.lower is None or order(germ.lower) < 0:
                return ()
            return tuple((r, -g) for r, g in self._power_below(germ.lower))
        bound = germ.upper
        if order(bound) <= 0:
            return ((ZERO, supremum(bound, self.U) or ZERO),)
        if bound.growing:
            raise GrowthError("an exponent grows faster than every power of t")
        return ((bound.power, rounded(bound.scale * moderate_exp(bound.constant, True), True)),)

    def _power_below(self, bound: Bound) -> Exponent:
        """A power of u below a bound that does not decay."""
        scale = bound.scale
        if bound.growing:
            # exp(g) >= g**2/2 for g >= 0, and g >= k u**r with r the leading power.
            lead, rate = bound.growing[0]
            k = rate + sum(
                g * rounded_power(self.U, r - lead, True) for r, g in bound.exponent if r < lead and g < 0
            )
            if k <= 0:
                raise StartTooSmall
            power = bound.power + 2 * lead
            return ((power, rounded(scale * k * k / 2, False)),) if power > 0 else ()
        return ((bound.power, rounded(scale * moderate_exp(bound.constant, False), False)),)


def _is_small(germ: Germ, U: Fraction, limit: Fraction = ONE) -> bool:
    """Whether ``|f| <= limit`` for ``u >= U``."""
    greatest = supremum(germ.upper, U)
    return greatest is not None and greatest <= limit


def _from_below(germ: Germ, U: Fraction) -> Fraction:
    return infimum(germ.lower, U) if germ.lower else ZERO


def _sine(end: End, expr: sp.Expr) -> Germ:
    """|sin x| <= min(1, |x|), and >= 4/5 |x| for |x| <= 1."""
    x = end.germ(expr.args[0])
    if order(x.upper) >= 0:
        return Germ(Bound(ONE))
    if not _is_small(x, end.U):
        raise StartTooSmall
    return Germ(x.upper, x.lower.scaled(Fraction(4, 5), False) if x.lower else None, x.sign)


def _cosine(end: End, expr: sp.Expr) -> Germ:
    """|cos x| <= 1, and >= 1/2 for |x| <= 1."""
    x = end.germ(expr.args[0])
    if order(x.upper) <= 0 and _is_small(x, end.U):
        return Germ(Bound(ONE), Bound(Fraction(1, 2)), 1)
    return Germ(Bound(ONE))


def _error_function(end: End, expr: sp.Expr) -> Germ:
    """erf is concave on x >= 0 with erf(1) > 0.84, and below 1 and 2/sqrt(pi) x < 1.129 x."""
    x = end.germ(expr.args[0])
    at_one, slope = Fraction(84, 100), Fraction(1129, 1000)
    if order(x.upper) < 0 and _is_small(x, end.U):
        return Germ(x.upper.scaled(slope, True), x.lower.scaled(at_one, False) if x.lower else None, x.sign)
    least = min(_from_below(x, end.U), ONE) * at_one if x.sign else ZERO
    return Germ(Bound(ONE), Bound(least) if least else None, x.sign)


def _complementary_error_function(end: End, expr: sp.Expr) -> Germ:
    """DLMF 7.8: ``erfc(x) <= exp(-x^2)/(sqrt(pi) x)`` for x > 0, and ``>= exp(-x^2)/(4 x)`` for x >= 1."""
    x = end.germ(expr.args[0])
    if x.sign < 0:
        return Germ(Bound(Fraction(2)), Bound(ONE), 1)
    if x.sign > 0 and x.lower and order(x.lower) > 0:
        gauss = end.exponential(sp.Pow(expr.args[0], 2, evaluate=False), (-ONE, -ONE))
        upper = quotient(gauss.upper, x.lower, True).scaled(Fraction(5642, 10000), True)
        if not gauss.lower or infimum(x.lower, end.U) < 1:
            return Germ(upper, None, 1)
        return Germ(upper, quotient(gauss.lower, x.upper, False).scaled(Fraction(1, 4), False), 1)
    if order(x.upper) <= 0 and _is_small(x, end.U):
        # erfc = 1 - erf, and |erf(x)| < 1.129 |x|.
        off = Fraction(1129, 1000) * (supremum(x.upper, end.U) or ZERO)
        most = Fraction(1) if x.sign > 0 else rounded(min(1 + off, Fraction(2)), True)
        return Germ(Bound(most), Bound(rounded(max(1 - off, Fraction(15, 100)), False)), 1)
    return Germ(Bound(Fraction(1 if x.sign > 0 else 2)), None, 1)


def _logarithm(end: End, expr: sp.Expr) -> Germ:
    """log of ``1 + small``, or the logarithm of the bounds term by term."""
    argument = expr.args[0]
    constant, rest = argument.as_coeff_Add()
    if constant == 1:
        h = end.germ(rest)
        if order(h.upper) < 0:
            size = supremum(h.upper, end.U)
            if size is None or size > Fraction(1, 2):
                raise StartTooSmall
            # |h|/(1+|h|) <= |log(1+h)| <= |h|/(1-|h|)
            lower = h.lower.scaled(1 / (1 + size), False) if h.lower else None
            return Germ(h.upper.scaled(1 / (1 - size), True), lower, h.sign)
    x = end.germ(argument)
    if x.lower is None:
        raise StartTooSmall
    if x.upper.power == x.lower.power and x.upper.growing == x.lower.growing:
        return _log_of_bounds(x.lower, x.upper, end.U)
    parts = [_log_of_bounds(bound, bound, end.U) for bound in (x.lower, x.upper)]
    return replace(sum_of([Germ(part.upper) for part in parts], end.U), lower=None, sign=0)


def _log_of_bounds(low: Bound, high: Bound, U: Fraction) -> Germ:
    """log of anything between two bounds that differ by a constant factor."""
    constant = (rounded_log(low.scale, False) + low.constant, rounded_log(high.scale, True) + high.constant)
    terms = [constant_germ(constant)]
    if low.power:
        terms.append(product_of([constant_germ((low.power, low.power)), _log_of_u(U)]))
    for r, g in low.growing:
        germ = constant_germ((g, g))
        terms.append(Germ(replace(germ.upper, power=r), Bound(abs(g), r), germ.sign))
    return sum_of(terms, U)


def _log_of_u(U: Fraction) -> Germ:
    """``log U <= log u <= C u**eps``, equal at U once U is large: eps = 1/n, n near log U."""
    if U < 2:
        raise StartTooSmall
    n = max(8, math.floor(rounded_log(U, False)))
    # log u / u**(1/n) rises up to u = e**n, where it is n/e, and falls after that; 1/e < 0.368.
    at_most = Fraction(368, 1000) * n
    if n <= rounded_log(U, False):
        at_most = min(at_most, rounded_log(U, True) * rounded_power(U, Fraction(-1, n), True))
    return Germ(
        Bound(rounded(at_most, True), Fraction(1, n)), Bound(rounded(rounded_log(U, False), False)), 1
    )


def _airy(end: End, expr: sp.Expr) -> Germ:
    """DLMF 9.7(iii), 9.8(iii): Ai(x) <= exp(-2/3 x^(3/2)) / (2 sqrt(pi) x^(1/4)); |Ai(-x)| <= x^(-1/4)/sqrt(pi)."""
    x = end.germ(expr.args[0])
    if not x.sign or x.lower is None or order(x.lower) <= 0:
        if x.sign > 0:
            return Germ(Bound(Fraction(3551, 10000)), None, 1)
        return Germ(Bound(Fraction(5357, 10000)))
    quarter = Fraction(-1, 4)
    if x.sign < 0:
        return Germ(raised(x.lower, quarter, True).scaled(Fraction(5642, 10000), True))
    decay = product_of([power_of(x, Fraction(3, 2)), constant_germ((Fraction(-2, 3), Fraction(-2, 3)))])
    factor = raised(x.lower, quarter, True).scaled(Fraction(2821, 10000), True)
    upper = product(factor, Bound(ONE, ZERO, exponent(end.terms_above(decay))), True)
    if infimum(x.lower, end.U) < 1:
        return Germ(upper, None, 1)
    try:
        below = exponent((r, -g) for r, g in end.terms_above(negated(decay)))
    except (StartTooSmall, GrowthError):
        return Germ(upper, None, 1)
    factor = raised(x.upper, quarter, False).scaled(Fraction(25, 100), False)
    return Germ(upper, product(factor, Bound(ONE, ZERO, below), False), 1)


def _bessel(end: End, expr: sp.Expr) -> Germ:
    """|J_n(x)| <= 1, (|x|/2)^n/n!, and sqrt(2/pi) (x^2 - n^2)^(-1/4) for x > n (Watson 13.74)."""
    index, argument = expr.args
    if not (index.is_Integer and index >= 0):
        raise GrowthError(f"the order of {shown(expr)} is not a nonnegative integer")
    n = int(index)
    x = end.germ(argument)
    if order(x.upper) < 0 and _is_small(x, end.U):
        factor = Fraction(1, 2**n * math.factorial(n))
        head = power_of(x, Fraction(n)) if n else constant_germ((ONE, ONE))
        # The alternating series keeps at least 1 - 1/(4(n+1)) >= 3/4 of its first term.
        lower = head.lower.scaled(factor * Fraction(3, 4), False) if head.lower else None
        return Germ(head.upper.scaled(factor, True), lower, head.sign)
    if x.lower is None or order(x.lower) <= 0:
        return Germ(Bound(ONE))
    least = infimum(x.lower, end.U)
    root = raised(x.lower, Fraction(-1, 2), True).scaled(Fraction(7979, 10000), True)
    if n == 0:
        return Germ(root)
    if least >= 2 * n:
        return Germ(root.scaled(rounded_power(1 - (n / least) ** 2, Fraction(-1, 4), True), True))
    # Landau's bound needs no largeness of x.
    return Germ(raised(x.lower, Fraction(-1, 3), True).scaled(Fraction(7858, 10000), True))


_RULES: Final[dict[object, Callable[[End, sp.Expr], Germ]]] = {
    sp.sin: _sine,
    sp.cos: _cosine,
    sp.erf: _error_function,
    sp.erfc: _complementary_error_function,
    sp.log: _logarithm,
    sp.airyai: _airy,
    sp.besselj: _bessel,
}
