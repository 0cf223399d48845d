r"""How fast a kernel decays, proved by structure alone: reality, square-integrability and envelopes.

SymPy's ``limit`` and ``simplify`` can hang and can be wrong, so neither is called. An expression is read from
its leaves up, and every node carries inequalities that hold for *all* ``u >= U``:

.. math:: \ell\,u^{p'} e^{G'(u)} \le |f(u)| \le C\,u^{p} e^{G(u)}, \qquad G = \sum_j g_j u^{r_j},\ r_j \ge 0,

where ``u = t`` far out and ``u = 1/t`` near zero, so one calculus serves both ends. Where an argument needs
a larger ``U`` (one term must dominate another) the whole analysis restarts with a larger one; raising ``U``
also makes the bounds tighter. All numbers are rationals, rounded outwards. Along the half line,
:func:`require_real` uses ranges on ``(0, oo)`` and Sturm's theorem for polynomials.

What is refused is not always inadmissible: of cancellation between terms these rules see only that of powers
of ``t`` and of Taylor expansions, as in ``(1 - exp(-t))/t`` at zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeVar

import sympy as sp

from memcurse.theory.notation import t
from memcurse.theory.shared_precision import holding_precision

from .bounds import Bound, Germ, order, supremum
from .bounds_at_end import End
from .errors import GrowthError, StartTooSmall, shown
from .outward_rounding import ONE, ZERO, fraction, rational, rounded, rounded_power
from .real_valued import HalfLine

__all__ = [
    "Envelope",
    "GrowthError",
    "admissible",
    "envelope_at_infinity",
    "envelope_at_zero",
    "require_real",
    "require_square_integrable",
]

_T = TypeVar("_T")
# Bits of the numbers handed out.
_SHORT_BITS: Final = 40
# Factors by which the start is raised: finely at first, because a late start costs the quadrature.
_RAISES: Final = (
    *(1 << k for k in range(13)),
    *(1 << k for k in (16, 20, 24, 32, 48, 64, 96, 128, 192, 256)),
)


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


def _settled(expr: sp.Expr, side: int, first: Fraction, finish: Callable[[Germ, Fraction], _T]) -> _T:
    """What ``finish`` makes of the bounds at the first start that is large enough for all arguments."""
    for factor in _RAISES:
        try:
            return finish(End(side, first * factor).germ(expr), first * factor)
        except StartTooSmall:
            continue
    where = "for large t" if side > 0 else "near t = 0"
    raise GrowthError(f"no bound of {shown(expr)} can be shown {where}: no term is seen to dominate")


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

    def finish(germ: Germ, U: Fraction) -> Envelope:
        constant, power, rate, stretch = _collapsed(germ.upper, U, expr)
        return Envelope(constant, power, rate, stretch, rational(U))

    return _settled(expr, 1, _positive(start), finish)


def envelope_at_zero(expr: sp.Expr, end: sp.Rational) -> Envelope:
    """Upper bound ``constant * t**power`` of a kernel for ``0 < t <= end``; ``end`` is lowered where needed.

    A pole that an exponential outweighs, as in ``t**-2 * exp(-1/t)``, is none: the power is then 0.

    Raises
    ------
    GrowthError
        If no such bound can be shown.
    """

    def finish(germ: Germ, U: Fraction) -> Envelope:
        bound = germ.upper
        if bound.scale and bound.power > 0 and bound.growing and order(bound) < 0:
            greatest = supremum(bound, U) or ZERO
            short = rational(rounded(greatest, True, _SHORT_BITS))
            return Envelope(short, sp.S.Zero, sp.S.Zero, sp.S.One, rational(1 / U))
        constant, power, _, _ = _collapsed(bound, U, expr)
        return Envelope(constant, -power, sp.S.Zero, sp.S.One, rational(1 / U))

    return _settled(expr, -1, 1 / _positive(end), finish)


def _collapsed(x: Bound, U: Fraction, expr: sp.Expr) -> tuple[sp.Expr, sp.Rational, sp.Rational, sp.Rational]:
    """Constant, power, rate and stretch: the whole exponent goes into its leading term and a constant."""
    if not x.scale:
        return sp.S.Zero, sp.S.Zero, sp.S.Zero, sp.S.One
    constant, rate, lead = x.constant, ZERO, ONE
    if x.growing:
        lead, slope = x.growing[0]
        if slope > 0:
            raise GrowthError(f"{shown(expr)} has no envelope: its bound grows exponentially")
        # Lower powers that help are frozen at U; those that hurt go into the leading one, exactly at U.
        constant += sum(g * rounded_power(U, r, False) for r, g in x.growing[1:] if g < 0)
        rate = -slope - sum(g * rounded_power(U, r - lead, True) for r, g in x.growing[1:] if g > 0)
        if rate < -slope / 4:
            raise StartTooSmall
    scale = rational(rounded(x.scale, True, _SHORT_BITS))
    factor = sp.exp(rational(rounded(constant, True, _SHORT_BITS)))
    return scale * factor, rational(x.power), rational(rounded(rate, False, _SHORT_BITS)), rational(lead)


def _positive(value: sp.Rational) -> Fraction:
    exact = fraction(value)
    if exact <= 0:
        raise ValueError(f"the start of an envelope must be positive; got {value}")
    return exact


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


def _require_tail(expr: sp.Expr, germ: Germ, side: int) -> None:
    """Integrability of the square at one end: t**p with p < -1/2 far out, p > -1/2 near zero."""
    critical = Fraction(-side, 2)
    upper, lower = germ.upper, germ.lower
    if not upper.scale or (upper.growing and upper.growing[0][1] < 0):
        return
    if not upper.growing and upper.power < critical:
        return
    where = "as t grows" if side > 0 else "as t tends to 0"
    if lower and (lower.growing[0][1] > 0 if lower.growing else lower.power >= critical):
        raise GrowthError(f"{shown(expr)} is not square-integrable: it {_described(lower, side)} {where}")
    raise GrowthError(f"{shown(expr)} cannot be shown to be square-integrable {where}")


def _described(lower: Bound, side: int) -> str:
    """A lower bound in words."""
    if lower.growing:
        return "grows exponentially"
    if not lower.power:
        return "stays away from 0"
    verb = "grows" if lower.power > 0 else "decays no faster than"
    return f"{verb} like t**({lower.power * side})".replace("than like", "than")


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
    HalfLine().require_real(expr)


@holding_precision
def admissible(expr: sp.Expr) -> None:
    """Return if an expression is a target kernel: real, finite and square-integrable on ``(0, oo)``."""
    require_real(expr)
    require_square_integrable(expr)
