r"""Bounds ``C u**p exp(G(u))`` for all ``u >= U``, and the calculus that carries them through sums and products.

A :class:`Bound` is one such function, with ``G`` a sum of powers ``g_j u**r_j``, ``r_j >= 0``. A :class:`Germ` holds
a function between two of them. Every rule is an inequality on the whole of ``[U, oo)``; where it needs a larger
``U`` it raises :class:`StartTooSmall`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cmp_to_key

from .errors import StartTooSmall
from .outward_rounding import LARGEST_LOG, ONE, ZERO, Interval, moderate_exp, rounded, rounded_power

Exponent = tuple[tuple[Fraction, Fraction], ...]


def exponent(terms: Iterable[tuple[Fraction, Fraction]]) -> Exponent:
    """Terms ``(r, g)`` of an exponent, powers falling, like ones joined."""
    joined: dict[Fraction, Fraction] = {}
    for r, g in terms:
        joined[r] = joined.get(r, ZERO) + g
    return tuple(sorted(((r, g) for r, g in joined.items() if g), reverse=True))


@dataclass(frozen=True)
class Bound:
    """The function ``scale * u**power * exp(sum of g * u**r)``."""

    scale: Fraction
    power: Fraction = ZERO
    exponent: Exponent = ()

    @property
    def growing(self) -> Exponent:
        """The exponent without its constant."""
        return tuple((r, g) for r, g in self.exponent if r)

    @property
    def constant(self) -> Fraction:
        """The constant of the exponent."""
        return next((g for r, g in self.exponent if not r), ZERO)

    def scaled(self, factor: Fraction, up: bool) -> Bound:
        """The bound times a nonnegative number."""
        return replace(self, scale=rounded(self.scale * factor, up))


def product(x: Bound, y: Bound, up: bool) -> Bound:
    """``x*y``; ``up`` is the direction of the result, here and below."""
    return Bound(rounded(x.scale * y.scale, up), x.power + y.power, exponent((*x.exponent, *y.exponent)))


def raised(x: Bound, e: Fraction, up: bool) -> Bound:
    """``x**e`` for a positive x."""
    return Bound(rounded_power(x.scale, e, up), x.power * e, exponent((r, g * e) for r, g in x.exponent))


def quotient(x: Bound, y: Bound, up: bool) -> Bound:
    """``x/y`` for a positive y."""
    return product(x, raised(y, -ONE, up), up)


def order(x: Bound) -> int:
    """Sign of the growth: 1 if x tends to infinity, 0 if it is constant, -1 if it tends to zero."""
    rate = x.growing[0][1] if x.growing else x.power
    return (rate > 0) - (rate < 0)


def supremum(x: Bound, U: Fraction) -> Fraction | None:
    """Upper bound of x over ``u >= U``; None if it is unbounded."""
    if not x.scale:
        return ZERO
    if order(x) > 0:
        return None
    if x.growing:
        lead, rate = x.growing[0]
        # u (log x)' <= 0, divided by u**lead: every positive part falls, so U decides for all u >= U.
        rising = max(x.power, ZERO) * rounded_power(U, -lead, True)
        rising += sum(g * r * rounded_power(U, r - lead, True) for r, g in x.growing[1:] if g > 0)
        if rising > -rate * lead:
            raise StartTooSmall
    value = x.constant + sum(g * rounded_power(U, r, g > 0) for r, g in x.growing)
    if value > LARGEST_LOG:
        raise StartTooSmall
    return rounded(x.scale * rounded_power(U, x.power, True) * moderate_exp(value, True), True)


def infimum(x: Bound, U: Fraction) -> Fraction:
    """Lower bound of a positive x over ``u >= U``, 0 if there is none better."""
    greatest = supremum(raised(x, -ONE, True), U)
    return rounded(1 / greatest, False) if greatest else ZERO


@dataclass(frozen=True)
class Germ:
    """Two-sided bounds of ``|f(u)|`` for ``u >= U``; ``lower`` positive or absent; ``sign`` 0 if unknown."""

    upper: Bound
    lower: Bound | None = None
    sign: int = 0


def sum_of(germs: list[Germ], U: Fraction) -> Germ:
    """Bounds of a sum: everything measured against the term that grows fastest."""
    terms = [germ for germ in germs if germ.upper.scale]
    if not terms:
        return Germ(Bound(ZERO))
    if len(terms) == 1:
        return terms[0]
    fastest = replace(_fastest([germ.upper for germ in terms]), scale=ONE)
    total = sum((_ratio(germ.upper, fastest, U) for germ in terms), ZERO)
    upper = fastest.scaled(total, True)
    try:
        lower, sign = _sum_from_below(terms, U)
    except StartTooSmall:
        return Germ(upper)
    return Germ(upper, lower, sign)


def _sum_from_below(terms: list[Germ], U: Fraction) -> tuple[Bound | None, int]:
    """The fastest known term less everything of another sign, if something is left."""
    known = [germ.lower for germ in terms if germ.lower and germ.sign]
    if not known:
        return None, 0
    main = _fastest(known)
    sign = next(germ.sign for germ in terms if germ.lower is main and germ.sign)
    against = [germ for germ in terms if germ.sign != sign]
    if any(order(quotient(germ.upper, main, True)) > 0 for germ in against):
        return None, 0
    left = 1 - sum((_ratio(germ.upper, main, U) for germ in against), ZERO)
    return (main.scaled(left, False), sign) if left > 0 else (None, 0)


def _fastest(bounds: list[Bound]) -> Bound:
    def compare(x: Bound, y: Bound) -> int:
        return order(quotient(x, y, True))

    return max(bounds, key=cmp_to_key(compare))


def _ratio(x: Bound, y: Bound, U: Fraction) -> Fraction:
    """Supremum of ``x/y`` where x does not grow faster."""
    value = supremum(quotient(x, y, True), U)
    if value is None:
        raise StartTooSmall
    return value


def product_of(germs: list[Germ]) -> Germ:
    """Bounds of a product."""
    upper, lower, sign = Bound(ONE), Bound(ONE) if all(g.lower for g in germs) else None, 1
    for germ in germs:
        upper = product(upper, germ.upper, True)
        if lower and germ.lower:
            lower = product(lower, germ.lower, False)
        sign *= germ.sign
    return Germ(upper, lower, sign)


def power_of(base: Germ, e: Fraction) -> Germ:
    """Bounds of a real power; a negative one needs a lower bound of the base."""
    sign = base.sign if e.denominator == 1 and e.numerator % 2 else 1
    if e > 0:
        upper = raised(base.upper, e, True) if base.upper.scale else base.upper
        return Germ(upper, raised(base.lower, e, False) if base.lower else None, sign)
    if base.lower is None:
        # Perhaps the start is too small for one term to dominate; else the caller gives up in words.
        raise StartTooSmall
    return Germ(raised(base.lower, e, True), raised(base.upper, e, False), sign)


def negated(germ: Germ) -> Germ:
    """Bounds of ``-f``."""
    return replace(germ, sign=-germ.sign)


def constant_germ(interval: Interval) -> Germ:
    """Bounds of a number between two others."""
    low, high = interval
    if low > 0 or high < 0:
        small, large = sorted((abs(low), abs(high)))
        return Germ(Bound(large), Bound(small), 1 if low > 0 else -1)
    return Germ(Bound(max(-low, high)))
