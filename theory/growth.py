r"""How fast a kernel decays, proved by structure alone: reality, square-integrability and envelopes.

SymPy's ``limit`` and ``simplify`` can hang and can be wrong, so neither is called. An expression is read from
its leaves up, and every node carries inequalities that hold for *all* ``u >= U``:

.. math:: \ell\,u^{p'} e^{G'(u)} \le |f(u)| \le C\,u^{p} e^{G(u)}, \qquad G = \sum_j g_j u^{r_j},\ r_j \ge 0,

where ``u = t`` far out and ``u = 1/t`` near zero, so one calculus serves both ends. Where an argument needs
a larger ``U`` (one term must dominate another) the whole analysis restarts with a larger one; raising ``U``
also makes the bounds tighter. All numbers are rationals, rounded outwards. Along the half line,
:func:`require_real` uses ranges on ``(0, oo)`` and Sturm's theorem for polynomials.

What is refused is not always inadmissible: cancellation between terms that are not powers of ``t`` is
invisible to these rules.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cmp_to_key, lru_cache, reduce
from itertools import pairwise
from typing import Final, TypeVar

import sympy as sp
from sympy.core.evalf import PrecisionExhausted

from .notation import t

_T = TypeVar("_T")
_ZERO: Final = Fraction(0)
_ONE: Final = Fraction(1)
# Bits kept by rounding inside the analysis, and in the numbers handed out.
_BITS: Final = 96
_SHORT_BITS: Final = 40
# Largest |log| of a number that is formed; larger ones stay in the exponent.
_LARGEST_LOG: Final = 2000
# Terms and degree of a polynomial that is expanded or given to Sturm's theorem.
_MAX_TERMS: Final = 200
_MAX_DEGREE: Final = 64
# Work that one analysis may spend on Sturm's theorem, in units of _HalfLine._affordable: about 0.3 s.
_STURM_WORK: Final = 6 * 10**7
# Factors by which the start is raised: finely at first, because a late start costs the quadrature.
_RAISES: Final = (
    *(1 << k for k in range(13)),
    *(1 << k for k in (16, 20, 24, 32, 48, 64, 96, 128, 192, 256)),
)


class GrowthError(ValueError):
    """The expression is not, or cannot be shown to be, what was required; the message says which."""


class _StartTooSmall(Exception):
    """A domination argument fails at this start, and may hold at a larger one."""


@dataclass(frozen=True)
class Envelope:
    r"""``|f(t)| <= constant * t**power * exp(-rate * t**stretch)`` on one end of the half line.

    Attributes
    ----------
    constant : sympy.Expr
        Exact and nonnegative, ``q`` or ``q*exp(r)`` with rationals; 0 only for ``f = 0``.
    power : sympy.Rational
        Of ``t``, for both ends.
    rate : sympy.Rational
        Nonnegative; 0 at zero, and if the bound has no exponential.
    stretch : sympy.Rational
        Positive; 1 if ``rate`` is 0.
    start : sympy.Rational
        Positive. The bound holds for ``t >= start`` at infinity, for ``0 < t <= start`` at zero.
    """

    constant: sp.Expr
    power: sp.Rational
    rate: sp.Rational
    stretch: sp.Rational
    start: sp.Rational


# ------------------------------------------------------------------------- rounded rational arithmetic


def _rounded(x: Fraction, up: bool, bits: int = _BITS) -> Fraction:
    """A fraction of about that many bits, not below (``up``) or not above ``x``."""
    if max(abs(x.numerator), x.denominator).bit_length() <= bits:
        return x
    shift = bits - abs(x.numerator).bit_length() + x.denominator.bit_length()
    scaled = x * (1 << shift) if shift >= 0 else x / (1 << -shift)
    whole = math.ceil(scaled) if up else math.floor(scaled)
    return Fraction(whole, 1 << shift) if shift >= 0 else Fraction(whole * (1 << -shift))


@lru_cache(maxsize=4096)
def _exp(x: Fraction, up: bool) -> Fraction:
    """exp(x), rounded: Taylor's sum of ``x/2**m`` with its remainder, then m squarings."""
    if x < 0:
        return _rounded(1 / _exp(-x, not up), up)
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
        total = _rounded(total * total, up)
    return total


@lru_cache(maxsize=4096)
def _log(x: Fraction, up: bool) -> Fraction:
    """log(x) for x > 0, rounded: ``k log 2 + 2 artanh z`` with ``|z| <= 1/3``."""
    x = _rounded(x, up)
    k = x.numerator.bit_length() - x.denominator.bit_length()
    low, high = _twice_artanh(x / Fraction(2) ** k)
    two_low, two_high = _twice_artanh(Fraction(2))
    if (k < 0) == up:
        return (high if up else low) + k * two_low
    return (high if up else low) + k * two_high


@lru_cache(maxsize=4096)
def _twice_artanh(y: Fraction) -> tuple[Fraction, Fraction]:
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
    return _rounded(middle - slack, False), _rounded(middle + slack, True)


@lru_cache(maxsize=8192)
def _power(x: Fraction, e: Fraction, up: bool) -> Fraction:
    """x**e for x > 0, rounded; exact where short."""
    if e == 0 or x == 1:
        return _ONE
    size = max(x.numerator, x.denominator).bit_length()
    if e.denominator == 1 and abs(e) * size <= 512:
        return _rounded(x ** int(e), up)
    if e.denominator <= 6 and abs(e) * size <= 512:
        tops = [sp.integer_nthroot(n, e.denominator) for n in (x.numerator, x.denominator)]
        if all(exact for _, exact in tops):
            return _rounded(Fraction(int(tops[0][0]), int(tops[1][0])) ** e.numerator, up)
    return _exp_moderate(e * _log(x, up == (e > 0)), up)


def _exp_moderate(x: Fraction, up: bool) -> Fraction:
    """exp(x), or a refusal where the number itself would be too long."""
    if x < -_LARGEST_LOG and up:
        x = Fraction(-_LARGEST_LOG)
    if abs(x) > 4 * _LARGEST_LOG:
        raise _StartTooSmall
    return _exp(x, up)


def _enclosed(value: sp.Expr) -> tuple[Fraction, Fraction]:
    """Rationals around a real constant."""
    if value.is_Rational:
        exact = Fraction(int(value.p), int(value.q))
        return exact, exact
    try:
        digits = value.n(30, strict=True)
    except PrecisionExhausted:
        raise GrowthError(f"the constant {_shown(value)} cannot be told from zero") from None
    if not digits.is_Float:
        raise GrowthError(f"the constant {_shown(value)} is not a real number")
    ratio = sp.Rational(digits)
    middle = Fraction(int(ratio.p), int(ratio.q))
    # evalf's digits are right to one unit; five of thirty are given away.
    slack = abs(middle) / 10**25
    return _rounded(middle - slack, False), _rounded(middle + slack, True)


# ---------------------------------------------------------- bounds C u**p exp(G(u)) and their calculus

_Exponent = tuple[tuple[Fraction, Fraction], ...]


def _exponent(terms: Iterable[tuple[Fraction, Fraction]]) -> _Exponent:
    """Terms ``(r, g)`` of an exponent, powers falling, like ones joined."""
    joined: dict[Fraction, Fraction] = {}
    for r, g in terms:
        joined[r] = joined.get(r, _ZERO) + g
    return tuple(sorted(((r, g) for r, g in joined.items() if g), reverse=True))


@dataclass(frozen=True)
class _Bound:
    """The function ``scale * u**power * exp(sum of g * u**r)``."""

    scale: Fraction
    power: Fraction = _ZERO
    exponent: _Exponent = ()

    @property
    def growing(self) -> _Exponent:
        """The exponent without its constant."""
        return tuple((r, g) for r, g in self.exponent if r)

    @property
    def constant(self) -> Fraction:
        """The constant of the exponent."""
        return next((g for r, g in self.exponent if not r), _ZERO)

    def scaled(self, factor: Fraction, up: bool) -> _Bound:
        return replace(self, scale=_rounded(self.scale * factor, up))


def _product(x: _Bound, y: _Bound, up: bool) -> _Bound:
    return _Bound(_rounded(x.scale * y.scale, up), x.power + y.power, _exponent((*x.exponent, *y.exponent)))


def _raised(x: _Bound, e: Fraction, up: bool) -> _Bound:
    """``x**e``; ``up`` is the direction of the result."""
    return _Bound(_power(x.scale, e, up), x.power * e, _exponent((r, g * e) for r, g in x.exponent))


def _quotient(x: _Bound, y: _Bound, up: bool) -> _Bound:
    return _product(x, _raised(y, -_ONE, up), up)


def _order(x: _Bound) -> int:
    """Sign of the growth: 1 if x tends to infinity, 0 if it is constant, -1 if it tends to zero."""
    rate = x.growing[0][1] if x.growing else x.power
    return (rate > 0) - (rate < 0)


def _supremum(x: _Bound, U: Fraction) -> Fraction | None:
    """Upper bound of x over ``u >= U``; None if it is unbounded."""
    if not x.scale:
        return _ZERO
    if _order(x) > 0:
        return None
    if x.growing:
        lead, rate = x.growing[0]
        # u (log x)' <= 0, divided by u**lead: every positive part falls, so U decides for all u >= U.
        rising = max(x.power, _ZERO) * _power(U, -lead, True)
        rising += sum(g * r * _power(U, r - lead, True) for r, g in x.growing[1:] if g > 0)
        if rising > -rate * lead:
            raise _StartTooSmall
    value = x.constant + sum(g * _power(U, r, g > 0) for r, g in x.growing)
    if value > _LARGEST_LOG:
        raise _StartTooSmall
    return _rounded(x.scale * _power(U, x.power, True) * _exp_moderate(value, True), True)


def _infimum(x: _Bound, U: Fraction) -> Fraction:
    """Lower bound of a positive x over ``u >= U``, 0 if there is none better."""
    supremum = _supremum(_raised(x, -_ONE, True), U)
    return _rounded(1 / supremum, False) if supremum else _ZERO


@dataclass(frozen=True)
class _Germ:
    """Two-sided bounds of ``|f(u)|`` for ``u >= U``; ``lower`` positive or absent; ``sign`` 0 if unknown."""

    upper: _Bound
    lower: _Bound | None = None
    sign: int = 0


def _sum_of(germs: list[_Germ], U: Fraction) -> _Germ:
    """Bounds of a sum: everything measured against the term that grows fastest."""
    terms = [germ for germ in germs if germ.upper.scale]
    if not terms:
        return _Germ(_Bound(_ZERO))
    if len(terms) == 1:
        return terms[0]
    fastest = replace(_fastest([germ.upper for germ in terms]), scale=_ONE)
    total = sum((_ratio(germ.upper, fastest, U) for germ in terms), _ZERO)
    upper = fastest.scaled(total, True)
    try:
        lower, sign = _sum_from_below(terms, U)
    except _StartTooSmall:
        return _Germ(upper)
    return _Germ(upper, lower, sign)


def _sum_from_below(terms: list[_Germ], U: Fraction) -> tuple[_Bound | None, int]:
    """The fastest known term less everything of another sign, if something is left."""
    known = [germ.lower for germ in terms if germ.lower and germ.sign]
    if not known:
        return None, 0
    main = _fastest(known)
    sign = next(germ.sign for germ in terms if germ.lower is main and germ.sign)
    against = [germ for germ in terms if germ.sign != sign]
    if any(_order(_quotient(germ.upper, main, True)) > 0 for germ in against):
        return None, 0
    left = 1 - sum((_ratio(germ.upper, main, U) for germ in against), _ZERO)
    return (main.scaled(left, False), sign) if left > 0 else (None, 0)


def _fastest(bounds: list[_Bound]) -> _Bound:
    def compare(x: _Bound, y: _Bound) -> int:
        return _order(_quotient(x, y, True))

    return max(bounds, key=cmp_to_key(compare))


def _ratio(x: _Bound, y: _Bound, U: Fraction) -> Fraction:
    """Supremum of ``x/y`` where x does not grow faster."""
    value = _supremum(_quotient(x, y, True), U)
    if value is None:
        raise _StartTooSmall
    return value


def _product_of(germs: list[_Germ]) -> _Germ:
    upper, lower, sign = _Bound(_ONE), _Bound(_ONE) if all(g.lower for g in germs) else None, 1
    for germ in germs:
        upper = _product(upper, germ.upper, True)
        if lower and germ.lower:
            lower = _product(lower, germ.lower, False)
        sign *= germ.sign
    return _Germ(upper, lower, sign)


def _power_of(base: _Germ, e: Fraction) -> _Germ:
    sign = base.sign if e.denominator == 1 and e.numerator % 2 else 1
    if e > 0:
        upper = _raised(base.upper, e, True) if base.upper.scale else base.upper
        return _Germ(upper, _raised(base.lower, e, False) if base.lower else None, sign)
    if base.lower is None:
        # Perhaps the start is too small for one term to dominate; else the caller gives up in words.
        raise _StartTooSmall
    return _Germ(_raised(base.lower, e, True), _raised(base.upper, e, False), sign)


# ----------------------------------------------------------------------------- generalized polynomials

_Interval = tuple[Fraction, Fraction]
_Polynomial = dict[Fraction, _Interval]


def _times(x: _Interval, y: _Interval) -> _Interval:
    if x[0] == x[1] and y[0] == y[1]:
        return (x[0] * y[0],) * 2
    corners = [a * b for a in x for b in y]
    return min(corners), max(corners)


def _poly_times(x: _Polynomial, y: _Polynomial) -> _Polynomial | None:
    out: _Polynomial = {}
    for r, a in x.items():
        for s, b in y.items():
            low, high = _times(a, b)
            old = out.get(r + s, (_ZERO, _ZERO))
            out[r + s] = (old[0] + low, old[1] + high)
    out = {r: c for r, c in out.items() if any(c)}
    return out if len(out) <= _MAX_TERMS else None


@lru_cache(maxsize=4096)
def _polynomial(expr: sp.Expr) -> _Polynomial | None:
    """Powers of ``t`` and their coefficients if the expression is a generalized polynomial."""
    if not expr.has(t):
        return {_ZERO: _enclosed(expr)} if expr != 0 else {}
    if expr == t:
        return {_ONE: (_ONE, _ONE)}
    if expr.is_Pow and expr.exp.is_Rational:
        return _polynomial_power(_polynomial(expr.base), Fraction(int(expr.exp.p), int(expr.exp.q)))
    if not (expr.is_Add or expr.is_Mul):
        return None
    parts = [_polynomial(part) for part in expr.args]
    if expr.is_Mul:
        return reduce(lambda x, y: None if x is None or y is None else _poly_times(x, y), parts)
    out: _Polynomial = {}
    for part in parts:
        if part is None:
            return None
        for r, (low, high) in part.items():
            old = out.get(r, (_ZERO, _ZERO))
            out[r] = (old[0] + low, old[1] + high)
    out = {r: c for r, c in out.items() if any(c)}
    return out if len(out) <= _MAX_TERMS else None


def _polynomial_power(base: _Polynomial | None, e: Fraction) -> _Polynomial | None:
    if base is None or not base:
        return None
    if len(base) == 1:
        [(r, (low, high))] = base.items()
        if e.denominator == 1 and (low > 0 or high < 0):
            ends = sorted((low ** int(e), high ** int(e)))
            return {r * e: (ends[0], ends[1])}
        if low > 0:
            ends = sorted((_power(low, e, e < 0), _power(high, e, e > 0)))
            return {r * e: (ends[0], ends[1])}
    if e.denominator > 1 or not 0 < e <= _MAX_DEGREE:
        return None
    out: _Polynomial | None = base
    for _ in range(int(e) - 1):
        out = None if out is None else _poly_times(out, base)
    return out


# ----------------------------------------------------------------------------- the analysis at one end


@dataclass(frozen=True)
class _End:
    """One end of the half line: ``t = u**side`` for all ``u >= U``."""

    side: int
    U: Fraction

    def germ(self, expr: sp.Expr) -> _Germ:
        """Bounds of an expression."""
        if not expr.has(t):
            return _constant_germ(_enclosed(expr))
        if expr == t:
            bound = _Bound(_ONE, Fraction(self.side))
            return _Germ(bound, bound, 1)
        if expr.is_Add:
            return self._sum(expr)
        if expr.is_Mul:
            return _product_of([self.germ(part) for part in expr.args])
        if expr.is_Pow:
            return self._pow(expr)
        if expr.func is sp.exp:
            return self._exponential(expr.args[0], (_ONE, _ONE))
        rule = _RULES.get(expr.func)
        if rule is None:
            raise GrowthError(f"no rule bounds {_shown(expr)}")
        return rule(self, expr)

    def _sum(self, expr: sp.Expr) -> _Germ:
        """A sum, with its generalized polynomial part expanded so that like powers cancel."""
        poly, rest = self._split(expr)
        return _sum_of([*self._monomials(poly), *(self.germ(term) for term in rest)], self.U)

    def _split(self, expr: sp.Expr) -> tuple[_Polynomial, list[sp.Expr]]:
        """Generalized polynomial in u, and the other terms."""
        terms = sp.Add.make_args(expr)
        simple = [term for term in terms if _polynomial(term) is not None]
        poly = _polynomial(sp.Add(*simple))
        if poly is None:
            return {}, list(terms)
        return {r * self.side: c for r, c in poly.items()}, [term for term in terms if term not in simple]

    @staticmethod
    def _monomials(poly: _Polynomial) -> list[_Germ]:
        germs = []
        for r, interval in poly.items():
            germ = _constant_germ(interval)
            lower = replace(germ.lower, power=r) if germ.lower else None
            germs.append(_Germ(replace(germ.upper, power=r), lower, germ.sign))
        return germs

    def _pow(self, expr: sp.Expr) -> _Germ:
        base, e = expr.args
        if not e.is_Rational:
            if base.has(t) or not base.is_positive:
                raise GrowthError(f"the exponent of {_shown(expr)} is not a rational number")
            low, high = _enclosed(base)
            return self._exponential(e, (_log(low, False), _log(high, True)))
        return _power_of(self.germ(base), Fraction(int(e.p), int(e.q)))

    def _exponential(self, argument: sp.Expr, factor: _Interval) -> _Germ:
        """``exp(factor * argument)``: the argument, bounded from both sides, becomes the exponent."""
        poly, rest = self._split(argument)
        parts = [*self._monomials(poly), *(self.germ(term) for term in rest)]
        terms = [_product_of([_constant_germ(factor), part]) for part in parts]
        upper = _Bound(_ONE, _ZERO, _exponent(p for germ in terms for p in self._from_above(germ)))
        try:
            lower = _exponent((r, -g) for germ in terms for r, g in self._from_above(_negative(germ)))
        except (_StartTooSmall, GrowthError):
            return _Germ(upper, None, 1)
        return _Germ(upper, _Bound(_ONE, _ZERO, lower), 1)

    def _from_above(self, germ: _Germ) -> _Exponent:
        """Terms ``(r, g)`` with ``f <= sum g u**r``."""
        if germ.sign < 0:
            if germ.lower is None or _order(germ.lower) < 0:
                return ()
            return tuple((r, -g) for r, g in self._power_below(germ.lower))
        bound = germ.upper
        if _order(bound) <= 0:
            return ((_ZERO, _supremum(bound, self.U) or _ZERO),)
        if bound.growing:
            raise GrowthError("an exponent grows faster than every power of t")
        return ((bound.power, _rounded(bound.scale * _exp_moderate(bound.constant, True), True)),)

    def _power_below(self, bound: _Bound) -> _Exponent:
        """A power of u below a bound that does not decay."""
        scale = bound.scale
        if bound.growing:
            # exp(g) >= g**2/2 for g >= 0, and g >= k u**r with r the leading power.
            lead, rate = bound.growing[0]
            k = rate + sum(
                g * _power(self.U, r - lead, True) for r, g in bound.exponent if r < lead and g < 0
            )
            if k <= 0:
                raise _StartTooSmall
            power = bound.power + 2 * lead
            return ((power, _rounded(scale * k * k / 2, False)),) if power > 0 else ()
        return ((bound.power, _rounded(scale * _exp_moderate(bound.constant, False), False)),)


def _negative(germ: _Germ) -> _Germ:
    return replace(germ, sign=-germ.sign)


def _constant_germ(interval: _Interval) -> _Germ:
    low, high = interval
    if low > 0 or high < 0:
        small, large = sorted((abs(low), abs(high)))
        return _Germ(_Bound(large), _Bound(small), 1 if low > 0 else -1)
    return _Germ(_Bound(max(-low, high)))


# ------------------------------------------------------------------------------------------- functions


def _is_small(germ: _Germ, U: Fraction, limit: Fraction = _ONE) -> bool:
    """Whether ``|f| <= limit`` for ``u >= U``."""
    supremum = _supremum(germ.upper, U)
    return supremum is not None and supremum <= limit


def _from_below(germ: _Germ, U: Fraction) -> Fraction:
    return _infimum(germ.lower, U) if germ.lower else _ZERO


def _sine(end: _End, expr: sp.Expr) -> _Germ:
    """|sin x| <= min(1, |x|), and >= 4/5 |x| for |x| <= 1."""
    x = end.germ(expr.args[0])
    if _order(x.upper) >= 0:
        return _Germ(_Bound(_ONE))
    if not _is_small(x, end.U):
        raise _StartTooSmall
    return _Germ(x.upper, x.lower.scaled(Fraction(4, 5), False) if x.lower else None, x.sign)


def _cosine(end: _End, expr: sp.Expr) -> _Germ:
    """|cos x| <= 1, and >= 1/2 for |x| <= 1."""
    x = end.germ(expr.args[0])
    if _order(x.upper) <= 0 and _is_small(x, end.U):
        return _Germ(_Bound(_ONE), _Bound(Fraction(1, 2)), 1)
    return _Germ(_Bound(_ONE))


def _error_function(end: _End, expr: sp.Expr) -> _Germ:
    """erf is concave on x >= 0 with erf(1) > 0.84, and below 1 and 2/sqrt(pi) x < 1.129 x."""
    x = end.germ(expr.args[0])
    at_one, slope = Fraction(84, 100), Fraction(1129, 1000)
    if _order(x.upper) < 0 and _is_small(x, end.U):
        return _Germ(x.upper.scaled(slope, True), x.lower.scaled(at_one, False) if x.lower else None, x.sign)
    least = min(_from_below(x, end.U), _ONE) * at_one if x.sign else _ZERO
    return _Germ(_Bound(_ONE), _Bound(least) if least else None, x.sign)


def _complementary_error_function(end: _End, expr: sp.Expr) -> _Germ:
    """DLMF 7.8: ``erfc(x) <= exp(-x^2)/(sqrt(pi) x)`` for x > 0, and ``>= exp(-x^2)/(4 x)`` for x >= 1."""
    x = end.germ(expr.args[0])
    if x.sign < 0:
        return _Germ(_Bound(Fraction(2)), _Bound(_ONE), 1)
    if x.sign > 0 and x.lower and _order(x.lower) > 0:
        gauss = end._exponential(sp.Pow(expr.args[0], 2, evaluate=False), (-_ONE, -_ONE))
        upper = _quotient(gauss.upper, x.lower, True).scaled(Fraction(5642, 10000), True)
        if not gauss.lower or _infimum(x.lower, end.U) < 1:
            return _Germ(upper, None, 1)
        return _Germ(upper, _quotient(gauss.lower, x.upper, False).scaled(Fraction(1, 4), False), 1)
    if _order(x.upper) <= 0 and _is_small(x, end.U):
        return _Germ(_Bound(Fraction(1 if x.sign > 0 else 2)), _Bound(Fraction(15, 100)), 1)
    return _Germ(_Bound(Fraction(1 if x.sign > 0 else 2)), None, 1)


def _logarithm(end: _End, expr: sp.Expr) -> _Germ:
    """log of ``1 + small``, or the logarithm of the bounds term by term."""
    argument = expr.args[0]
    constant, rest = argument.as_coeff_Add()
    if constant == 1:
        h = end.germ(rest)
        if _order(h.upper) < 0:
            size = _supremum(h.upper, end.U)
            if size is None or size > Fraction(1, 2):
                raise _StartTooSmall
            # |h|/(1+|h|) <= |log(1+h)| <= |h|/(1-|h|)
            lower = h.lower.scaled(1 / (1 + size), False) if h.lower else None
            return _Germ(h.upper.scaled(1 / (1 - size), True), lower, h.sign)
    x = end.germ(argument)
    if x.lower is None:
        raise _StartTooSmall
    if x.upper.power == x.lower.power and x.upper.growing == x.lower.growing:
        return _log_of_bounds(x.lower, x.upper, end.U)
    parts = [_log_of_bounds(bound, bound, end.U) for bound in (x.lower, x.upper)]
    return replace(_sum_of([_Germ(part.upper) for part in parts], end.U), lower=None, sign=0)


def _log_of_bounds(low: _Bound, high: _Bound, U: Fraction) -> _Germ:
    """log of anything between two bounds that differ by a constant factor."""
    constant = (_log(low.scale, False) + low.constant, _log(high.scale, True) + high.constant)
    terms = [_constant_germ(constant)]
    if low.power:
        terms.append(_product_of([_constant_germ((low.power, low.power)), _log_of_u(U)]))
    for r, g in low.growing:
        germ = _constant_germ((g, g))
        terms.append(_Germ(replace(germ.upper, power=r), _Bound(abs(g), r), germ.sign))
    return _sum_of(terms, U)


def _log_of_u(U: Fraction) -> _Germ:
    """``log U <= log u <= C u**eps``, equal at U once U is large: eps = 1/n, n near log U."""
    if U < 2:
        raise _StartTooSmall
    n = max(8, math.floor(_log(U, False)))
    # log u / u**(1/n) rises up to u = e**n, where it is n/e, and falls after that; 1/e < 0.368.
    at_most = Fraction(368, 1000) * n
    if n <= _log(U, False):
        at_most = min(at_most, _log(U, True) * _power(U, Fraction(-1, n), True))
    return _Germ(_Bound(_rounded(at_most, True), Fraction(1, n)), _Bound(_rounded(_log(U, False), False)), 1)


def _airy(end: _End, expr: sp.Expr) -> _Germ:
    """DLMF 9.7(iii), 9.8(iii): Ai(x) <= exp(-2/3 x^(3/2)) / (2 sqrt(pi) x^(1/4)); |Ai(-x)| <= x^(-1/4)/sqrt(pi)."""
    x = end.germ(expr.args[0])
    if not x.sign or x.lower is None or _order(x.lower) <= 0:
        if x.sign > 0:
            return _Germ(_Bound(Fraction(3551, 10000)), None, 1)
        return _Germ(_Bound(Fraction(5357, 10000)))
    quarter = Fraction(-1, 4)
    if x.sign < 0:
        return _Germ(_raised(x.lower, quarter, True).scaled(Fraction(5642, 10000), True))
    decay = _product_of([_power_of(x, Fraction(3, 2)), _constant_germ((Fraction(-2, 3), Fraction(-2, 3)))])
    factor = _raised(x.lower, quarter, True).scaled(Fraction(2821, 10000), True)
    upper = _product(factor, _Bound(_ONE, _ZERO, _exponent(end._from_above(decay))), True)
    if _infimum(x.lower, end.U) < 1:
        return _Germ(upper, None, 1)
    try:
        below = _exponent((r, -g) for r, g in end._from_above(_negative(decay)))
    except (_StartTooSmall, GrowthError):
        return _Germ(upper, None, 1)
    factor = _raised(x.upper, quarter, False).scaled(Fraction(25, 100), False)
    return _Germ(upper, _product(factor, _Bound(_ONE, _ZERO, below), False), 1)


def _bessel(end: _End, expr: sp.Expr) -> _Germ:
    """|J_n(x)| <= 1, (|x|/2)^n/n!, and sqrt(2/pi) (x^2 - n^2)^(-1/4) for x > n (Watson 13.74)."""
    order, argument = expr.args
    if not (order.is_Integer and order >= 0):
        raise GrowthError(f"the order of {_shown(expr)} is not a nonnegative integer")
    n = int(order)
    x = end.germ(argument)
    if _order(x.upper) < 0 and _is_small(x, end.U):
        factor = Fraction(1, 2**n * math.factorial(n))
        head = _power_of(x, Fraction(n)) if n else _constant_germ((_ONE, _ONE))
        # The alternating series keeps at least 1 - 1/(4(n+1)) >= 3/4 of its first term.
        lower = head.lower.scaled(factor * Fraction(3, 4), False) if head.lower else None
        return _Germ(head.upper.scaled(factor, True), lower, head.sign)
    if x.lower is None or _order(x.lower) <= 0:
        return _Germ(_Bound(_ONE))
    least = _infimum(x.lower, end.U)
    root = _raised(x.lower, Fraction(-1, 2), True).scaled(Fraction(7979, 10000), True)
    if n == 0:
        return _Germ(root)
    if least >= 2 * n:
        return _Germ(root.scaled(_power(1 - (n / least) ** 2, Fraction(-1, 4), True), True))
    # Landau's bound needs no largeness of x.
    return _Germ(_raised(x.lower, Fraction(-1, 3), True).scaled(Fraction(7858, 10000), True))


_RULES: Final[dict[object, Callable[[_End, sp.Expr], _Germ]]] = {
    sp.sin: _sine,
    sp.cos: _cosine,
    sp.erf: _error_function,
    sp.erfc: _complementary_error_function,
    sp.log: _logarithm,
    sp.airyai: _airy,
    sp.besselj: _bessel,
}


def _settled(expr: sp.Expr, side: int, first: Fraction, finish: Callable[[_Germ, Fraction], _T]) -> _T:
    """What ``finish`` makes of the bounds at the first start that is large enough for all arguments."""
    for factor in _RAISES:
        try:
            return finish(_End(side, first * factor).germ(expr), first * factor)
        except _StartTooSmall:
            continue
    where = "for large t" if side > 0 else "near t = 0"
    raise GrowthError(f"no bound of {_shown(expr)} can be shown {where}: no term is seen to dominate")


def envelope_at_infinity(expr: sp.Expr, start: sp.Rational) -> Envelope:
    """Upper bound of a kernel for all ``t >= start``.

    Parameters
    ----------
    expr : sympy.Expr
        Expression in ``notation.t`` that :func:`require_real` accepts.
    start : sympy.Rational
        Positive. Raised where one term does not dominate yet; a larger one gives a tighter envelope.

    Raises
    ------
    GrowthError
        If no such bound can be shown, for instance because the kernel grows exponentially.
    """

    def finish(germ: _Germ, U: Fraction) -> Envelope:
        constant, power, rate, stretch = _collapsed(germ.upper, U, expr)
        return Envelope(constant, power, rate, stretch, _rational(U))

    return _settled(expr, 1, _positive(start), finish)


def envelope_at_zero(expr: sp.Expr, end: sp.Rational) -> Envelope:
    """Upper bound ``constant * t**power`` of a kernel for ``0 < t <= end``; ``end`` is lowered where needed.

    Raises
    ------
    GrowthError
        If no such bound can be shown.
    """

    def finish(germ: _Germ, U: Fraction) -> Envelope:
        constant, power, _, _ = _collapsed(germ.upper, U, expr)
        return Envelope(constant, -power, sp.S.Zero, sp.S.One, _rational(1 / U))

    return _settled(expr, -1, 1 / _positive(end), finish)


def _collapsed(
    x: _Bound, U: Fraction, expr: sp.Expr
) -> tuple[sp.Expr, sp.Rational, sp.Rational, sp.Rational]:
    """Constant, power, rate and stretch: the whole exponent goes into its leading term and a constant."""
    if not x.scale:
        return sp.S.Zero, sp.S.Zero, sp.S.Zero, sp.S.One
    constant, rate, lead = x.constant, _ZERO, _ONE
    if x.growing:
        lead, slope = x.growing[0]
        if slope > 0:
            raise GrowthError(f"{_shown(expr)} has no envelope: its bound grows exponentially")
        # Lower powers that help are frozen at U; those that hurt go into the leading one, exactly at U.
        constant += sum(g * _power(U, r, False) for r, g in x.growing[1:] if g < 0)
        rate = -slope - sum(g * _power(U, r - lead, True) for r, g in x.growing[1:] if g > 0)
        if rate < -slope / 4:
            raise _StartTooSmall
    scale = _rational(_rounded(x.scale, True, _SHORT_BITS))
    factor = sp.exp(_rational(_rounded(constant, True, _SHORT_BITS)))
    return scale * factor, _rational(x.power), _rational(_rounded(rate, False, _SHORT_BITS)), _rational(lead)


def _positive(value: sp.Rational) -> Fraction:
    exact = Fraction(int(value.p), int(value.q))
    if exact <= 0:
        raise ValueError(f"the start of an envelope must be positive; got {value}")
    return exact


def _rational(x: Fraction) -> sp.Rational:
    return sp.Rational(x.numerator, x.denominator)


def _shown(expr: object) -> str:
    text = str(expr)
    return text if len(text) <= 60 else text[:57] + "..."


# -------------------------------------------------------------------------------- square-integrability


def require_square_integrable(expr: sp.Expr) -> None:
    """Return if the square of a kernel has a finite integral over ``(0, oo)``, by its bounds at both ends.

    Between the ends a kernel that :func:`require_real` accepts is continuous.

    Raises
    ------
    GrowthError
        Saying "is not square-integrable" if a lower bound shows it, else "cannot be shown to be".
    """
    # Far out, so that logarithms are seen as very small powers.
    far = Fraction(1 << 64)
    _settled(expr, 1, far, lambda germ, _: _require_tail(expr, germ, 1))
    _settled(expr, -1, far, lambda germ, _: _require_tail(expr, germ, -1))


def _require_tail(expr: sp.Expr, germ: _Germ, side: int) -> None:
    """Integrability of the square at one end: t**p with p < -1/2 far out, p > -1/2 near zero."""
    critical = Fraction(-side, 2)
    upper, lower = germ.upper, germ.lower
    if not upper.scale or (upper.growing and upper.growing[0][1] < 0):
        return
    if not upper.growing and upper.power < critical:
        return
    where = "as t grows" if side > 0 else "as t tends to 0"
    if lower and (lower.growing[0][1] > 0 if lower.growing else lower.power >= critical):
        raise GrowthError(f"{_shown(expr)} is not square-integrable: it {_described(lower, side)} {where}")
    raise GrowthError(f"{_shown(expr)} cannot be shown to be square-integrable {where}")


def _described(lower: _Bound, side: int) -> str:
    """A lower bound in words."""
    if lower.growing:
        return "grows exponentially"
    if not lower.power:
        return "stays away from 0"
    verb = "grows" if lower.power > 0 else "decays no faster than"
    return f"{verb} like t**({lower.power * side})".replace("than like", "than")


def admissible(expr: sp.Expr) -> None:
    """Return if an expression is a target kernel: real, finite and square-integrable on ``(0, oo)``."""
    require_real(expr)
    require_square_integrable(expr)


# ------------------------------------------------------------------------ ranges over (0, oo), reality

#: End of a range: a fraction, or an infinity used as a sentinel in comparisons only.
_Limit = Fraction | float
_INFINITE: Final = math.inf
_HUGE: Final = Fraction(1 << 1000)


@dataclass(frozen=True)
class _Range:
    """A set that holds every value on ``(0, oo)``; an open end is not attained."""

    low: _Limit = -_INFINITE
    high: _Limit = _INFINITE
    low_open: bool = False
    high_open: bool = False

    @property
    def positive(self) -> bool:
        return self.low > 0 or (self.low == 0 and self.low_open)

    @property
    def negative(self) -> bool:
        return self.high < 0 or (self.high == 0 and self.high_open)

    @property
    def nonzero(self) -> bool:
        return self.positive or self.negative

    def meet(self, other: _Range) -> _Range:
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, high_closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        return _Range(low, high, low_open, not high_closed)


_POSITIVE: Final = _Range(_ZERO, _INFINITE, True)
_NONNEGATIVE: Final = _Range(_ZERO)
_UNIT: Final = _Range(-_ONE, _ONE)


def _opposite(x: _Range) -> _Range:
    return _Range(-x.high, -x.low, x.high_open, x.low_open)


def _limit_times(a: _Limit, b: _Limit) -> _Limit:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a * b
    if a == 0 or b == 0:
        return _ZERO
    return _INFINITE if (a > 0) == (b > 0) else -_INFINITE


def _tamed(x: _Range) -> _Range:
    """A range around this one whose ends are short numbers: not huge, and 0 or not tiny."""
    low, low_open = _tame_low(x.low, x.low_open)
    minus_high, high_open = _tame_low(-x.high, x.high_open)
    return _Range(low, -minus_high, low_open, high_open)


def _tame_low(low: _Limit, is_open: bool) -> tuple[_Limit, bool]:
    if not isinstance(low, Fraction) or not low:
        return low, is_open
    if low > _HUGE:
        return _HUGE, True
    if 0 < low < 1 / _HUGE:
        return _ZERO, True
    if low < -_HUGE:
        return -_INFINITE, False
    return (-1 / _HUGE, True) if -1 / _HUGE < low < 0 else (low, is_open)


def _range_product(x: _Range, y: _Range) -> _Range:
    corners = [_limit_times(a, b) for a in (x.low, x.high) for b in (y.low, y.high)]
    low, high = min(corners), max(corners)
    nonzero = x.nonzero and y.nonzero
    return _Range(low, high, low == 0 and nonzero, high == 0 and nonzero)


def _range_sum(x: _Range, y: _Range) -> _Range:
    low = -_INFINITE if -_INFINITE in (x.low, y.low) else x.low + y.low
    high = _INFINITE if _INFINITE in (x.high, y.high) else x.high + y.high
    return _Range(low, high, x.low_open or y.low_open, x.high_open or y.high_open)


def _range_power(x: _Range, e: Fraction) -> _Range:
    """``x**e``; anything if it is not defined everywhere."""
    if e < 0:
        return _reciprocal(_range_power(x, -e)) if x.nonzero else _Range()
    if e.denominator == 1 and e.numerator % 2 == 0 and x.low < 0:
        if x.high <= 0:
            return _range_power(_opposite(x), e)
        return _Range(_ZERO, _limit_power(max(-x.low, x.high), e, True))
    if x.low >= 0:
        low, high = _limit_power(x.low, e, False), _limit_power(x.high, e, True)
        return _Range(low, high, x.low_open, x.high_open)
    if e.denominator > 1:
        return _Range()
    low = -_limit_power(-x.low, e, True)
    if x.high <= 0:
        return _Range(low, -_limit_power(-x.high, e, False), False, x.high_open)
    return _Range(low, _limit_power(x.high, e, True))


def _limit_power(x: _Limit, e: Fraction, up: bool) -> _Limit:
    return _power(x, e, up) if isinstance(x, Fraction) and x else x


def _reciprocal(x: _Range) -> _Range:
    """1/x for x of one sign."""
    if x.negative:
        return _opposite(_reciprocal(_opposite(x)))
    low = _rounded(1 / x.high, False) if isinstance(x.high, Fraction) else _ZERO
    high = _rounded(1 / x.low, True) if isinstance(x.low, Fraction) and x.low else _INFINITE
    return _Range(low, high, low == 0 or x.high_open, x.low_open)


def _range_exp(x: _Range) -> _Range:
    """exp of a range; beyond the largest logarithm the ends become 0, infinity, or stay at that logarithm."""
    largest = Fraction(_LARGEST_LOG)
    low, high = x.low, x.high
    exp_low: _Limit = _ZERO
    if isinstance(low, Fraction) and low > -largest:
        exp_low = _exp(min(low, largest), False)
    exp_high: _Limit = _INFINITE
    if isinstance(high, Fraction) and high < largest:
        exp_high = _exp(max(high, -largest), True)
    return _Range(exp_low, exp_high, exp_low == 0 or x.low_open, x.high_open)


def _range_log(x: _Range) -> _Range:
    if not x.positive:
        return _Range()
    low: _Limit = _log(x.low, False) if isinstance(x.low, Fraction) and x.low else -_INFINITE
    high: _Limit = _log(x.high, True) if isinstance(x.high, Fraction) else _INFINITE
    return _Range(low, high, x.low_open, x.high_open)


class _HalfLine:
    """Ranges over ``(0, oo)`` of one expression and its parts, and the check that all are real.

    One instance serves one analysis: it keeps the ranges, and the work that Sturm's theorem may still cost.
    """

    def __init__(self) -> None:
        self._known: dict[sp.Expr, _Range] = {}
        self._work = _STURM_WORK

    def range(self, expr: sp.Expr) -> _Range:
        """Range of an expression whose parts are real."""
        if expr not in self._known:
            self._known[expr] = _tamed(self._range(expr))
        return self._known[expr]

    def _range(self, expr: sp.Expr) -> _Range:
        if not expr.has(t):
            return _Range(*_enclosed(expr))
        if expr == t:
            return _POSITIVE
        if expr.is_Add or expr.is_Mul:
            join = _range_sum if expr.is_Add else _range_product
            simple = reduce(join, map(self.range, expr.args))
            return simple if simple.nonzero else simple.meet(self._polynomial_range(expr))
        if expr.is_Pow and expr.exp.is_Rational:
            return _range_power(self.range(expr.base), Fraction(int(expr.exp.p), int(expr.exp.q)))
        if expr.is_Pow and not expr.base.has(t) and expr.base.is_positive:
            return _range_exp(_range_product(self.range(expr.exp), _range_log(self.range(expr.base))))
        rule = _RANGES.get(expr.func)
        if rule is None:
            raise GrowthError(f"{_shown(expr)} is not a function of the grammar")
        return rule(self.range(expr.args[-1]), expr)

    def _polynomial_range(self, expr: sp.Expr) -> _Range:
        """Sign of a generalized polynomial, by Descartes' rule and Sturm's theorem."""
        poly = _polynomial(expr)
        if not poly:
            return _Range()
        if all(low > 0 for low, _ in poly.values()):
            return _POSITIVE
        if all(high < 0 for _, high in poly.values()):
            return _opposite(_POSITIVE)
        exact = _exact_polynomial(poly)
        if exact is None or not self._affordable(exact):
            return _Range()
        if exact.count_roots(0, None) == 0:
            sign = _POSITIVE
        elif all(part.count_roots(0, None) == 0 for part, k in exact.sqf_list()[1] if k % 2):
            sign = _NONNEGATIVE
        else:
            return _Range()
        return sign if exact.LC() > 0 else _opposite(sign)

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
            _enclosed(expr)
            return
        for part in expr.args:
            self.require_real(part)
        if expr.is_Pow:
            self._require_power(expr)
        elif expr.func is sp.log:
            _require(self.range(expr.args[0]).positive, expr, "the argument", expr.args[0], "positive")
        elif expr.func is sp.besselj and not (expr.args[0].is_Integer and expr.args[0] >= 0):
            raise GrowthError(f"the order of {_shown(expr)} is not a nonnegative integer")
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


def _odd_range(x: _Range, until: _Limit, bound: Fraction) -> _Range:
    """Range of an odd function with values in [-bound, bound] that has the sign of x for ``|x| <= until``."""
    if x.low >= 0 and x.high <= until:
        return _Range(_ZERO, bound, x.positive)
    if x.high <= 0 and -x.low <= until:
        return _Range(-bound, _ZERO, False, x.negative)
    return _Range(-bound, bound)


def _cosine_range(x: _Range, _: sp.Expr) -> _Range:
    return _Range(_ZERO, _ONE, True) if max(-x.low, x.high) <= Fraction(3, 2) else _UNIT


def _erfc_range(x: _Range, _: sp.Expr) -> _Range:
    return _Range(_ZERO, _ONE if x.low >= 0 else Fraction(2), True, x.positive)


def _airy_range(x: _Range, _: sp.Expr) -> _Range:
    """0 < Ai <= Ai(0) < 0.3551 on x >= 0; elsewhere between -0.42 and 0.54."""
    if x.low >= 0:
        return _Range(_ZERO, Fraction(3551, 10000), True)
    return _Range(Fraction(-42, 100), Fraction(54, 100))


def _bessel_range(x: _Range, expr: sp.Expr) -> _Range:
    """First zeros: 2.404 for n = 0, above 3.83 for n >= 1; the least value of J_0 is above -0.41."""
    if expr.args[0] == 0:
        small = max(-x.low, x.high) <= Fraction(12, 5)
        return _Range(_ZERO, _ONE, True) if small else _Range(Fraction(-41, 100), _ONE)
    return _odd_range(x, 3, _ONE) if x.low >= 0 else _UNIT


_RANGES: Final[dict[object, Callable[[_Range, sp.Expr], _Range]]] = {
    sp.exp: lambda x, _: _range_exp(x),
    sp.log: lambda x, _: _range_log(x),
    sp.sin: lambda x, _: _odd_range(x, 3, _ONE),
    sp.cos: _cosine_range,
    sp.erf: lambda x, _: _odd_range(x, _INFINITE, _ONE),
    sp.erfc: _erfc_range,
    sp.airyai: _airy_range,
    sp.besselj: _bessel_range,
}


def _exact_polynomial(poly: _Polynomial) -> sp.Poly | None:
    """Polynomial of the same sign in ``s = t**(1/q)``, not 0 at s = 0; None unless rational and short."""
    if any(low != high for low, high in poly.values()):
        return None
    least = min(poly)
    q = math.lcm(*((r - least).denominator for r in poly))
    degrees = {int((r - least) * q): c[0] for r, c in poly.items()}
    if max(degrees) > _MAX_DEGREE or _changes([c for _, c in sorted(degrees.items())]) % 2:
        # An odd number of sign changes means a change of sign: nothing to prove.
        return None
    return sp.Poly.from_dict({(k,): _rational(c) for k, c in degrees.items()}, sp.Symbol("s"), domain="QQ")


def _changes(numbers: list[Fraction]) -> int:
    return sum((a > 0) != (b > 0) for a, b in pairwise(numbers))


def require_real(expr: sp.Expr) -> None:
    """Return if an expression in ``notation.t`` is real and finite on ``(0, oo)``, as shown by ranges.

    Raises
    ------
    GrowthError
        Naming the subexpression: a logarithm or a root that may leave its domain, a denominator that may
        vanish for some t > 0, an unknown function.
    """
    if others := expr.free_symbols - {t}:
        raise GrowthError(f"a kernel depends on t alone; got {', '.join(sorted(map(str, others)))}")
    _HalfLine().require_real(expr)


def _require(ok: bool, expr: sp.Expr, role: str, part: sp.Expr, rule: str) -> None:
    if not ok:
        reason = f"{role} {_shown(part)} must be {rule}"
        raise GrowthError(f"{_shown(expr)} is not shown to be real and finite for t > 0: {reason}")
