r"""`prony`: gains and poles of :math:`h_n = \sum_k g_k p_k^n` from 2m samples, exact where they are rational.

The samples obey a recurrence of order m whose coefficients solve the Hankel system
:math:`\sum_j h_{i+j} c_j = -h_{i+m}`; the poles are the zeros of :math:`c(z) = z^m + \sum_j c_j z^j`. With
:math:`q_k(z) = c(z)/(z - p_k)`, which vanishes at the other poles, :math:`g_k = \sum_n q_{k,n} h_n / q_k(p_k)`. The
Hankel determinant is :math:`\prod g_k \prod_{i<j} (p_i - p_j)^2` (fp-prony), so where it is not 0 no gain is 0.

A rational zero of a polynomial over the Gaussian integers with the leading coefficient L is a Gaussian integer over L.
So a ball of :math:`L p` of radius below 1/8 leaves at most one candidate, which is tried exactly: what comes back as a
ball is proved to be irrational where the samples are rational.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp
from flint import acb, acb_poly, arb, ctx, fmpq, fmpz
from sympy.polys.domains import QQ_I
from sympy.polys.matrices import DomainMatrix

from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for, validate_digits
from memcurse.numerics.plain import JsonResult
from memcurse.theory.exact import exact_complex_vector, exact_integer

#: Doublings of the precision.
_ROUNDS = 8
#: A Gaussian rational of SymPy's domain, with the parts `x` and `y`.
_Rational = Any


@dataclass(frozen=True)
class PronyModes(JsonResult):
    """Gains and poles, each of length m: exact SymPy numbers where the pole is rational, else `arb` or `acb`.

    In order of falling modulus of the poles to twelve digits, then of falling real and imaginary parts.
    """

    gains: tuple[Any, ...]
    poles: tuple[Any, ...]

    @property
    def exact(self) -> bool:
        """Whether every gain and pole is an exact number."""
        return all(isinstance(x, sp.Expr) for x in (*self.gains, *self.poles))


def prony(samples: Sequence[Any], m: int, digits: int = 30) -> PronyModes:
    """The one sum of m geometric sequences with distinct poles that has these samples.

    Parameters
    ----------
    samples : sequence of at least 2m exact rational numbers, real or complex
        ``h_0, h_1, ...``. Floats are taken as the rationals that they are. Those behind the first 2m must agree.
    m : int
        Number of poles, at least 1. Poles may lie anywhere, also at 0 and outside the unit disc.
    digits : int
        Digits of irrational poles and of their gains, relative to each, at least 15.

    Raises
    ------
    TypeError, ValueError
        For samples that are not rational or fewer than 2m; if they come from fewer poles than m (the message says how
        many); if poles coincide, so that powers of n belong to the sum (it says which, and how often); if a later
        sample contradicts the first 2m.
    ArithmeticError
        If poles lie too near each other for the precision tried, or differ so much in size (by 1e400, say) that the
        iteration for zeros does not find them.

    Notes
    -----
    Rigour: exact or enclosures. Noise is not smoothed: these are the modes of the samples as given.
    """
    m, digits = exact_integer("m", m, 1), validate_digits(digits)
    values = _rational_samples(samples)
    if len(values) < 2 * m:
        raise ValueError(f"`samples` must hold at least 2m = {2 * m} numbers; got {len(values)}")
    coefficients = _recurrence(values, m)
    _validate_later(values, coefficients)
    _validate_distinct(coefficients)
    for extra in range(_ROUNDS):
        with ball_precision((bits_for(digits) + GUARD_BITS) << extra):
            modes = _modes(values, coefficients, bits_for(digits))
        if modes is not None:
            return modes
    raise ArithmeticError(
        f"`samples` must come from poles that {digits << (_ROUNDS - 1)} digits find apart; got {len(values)} samples"
    )


def _rational_samples(samples: Sequence[Any]) -> list[_Rational]:
    values = []
    for i, x in enumerate(exact_complex_vector("samples", samples)):
        parts = x.as_real_imag()
        if not all(isinstance(part, sp.Rational) for part in parts):
            raise TypeError(f"`samples` must be rational numbers, real or complex; got {x} at index {i}")
        values.append(QQ_I.from_sympy(x))
    return values


def _recurrence(values: list[_Rational], m: int) -> list[_Rational]:
    """``c_0, ..., c_{m-1}, 1``."""
    hankel = DomainMatrix([values[i : i + m] for i in range(m)], (m, m), QQ_I)
    rank = hankel.rank()
    if rank < m:
        found = f"`m` must be at most {rank}, which the first {2 * m} samples allow" if rank else None
        raise ValueError(
            f"{found or '`samples` must not all be 0'}; got m = {m}, a Hankel matrix of rank {rank}"
        )
    right = DomainMatrix([[-x] for x in values[m : 2 * m]], (m, 1), QQ_I)
    return [row[0] for row in hankel.lu_solve(right).to_list()] + [QQ_I.one]


def _validate_later(values: list[_Rational], c: list[_Rational]) -> None:
    m = len(c) - 1
    for n in range(m, len(values)):
        told = -sum((x * y for x, y in zip(c[:m], values[n - m : n], strict=True)), QQ_I.zero)
        if told != values[n]:
            raise ValueError(
                f"`samples` must obey the recurrence of their first 2m = {2 * m}, which gives {QQ_I.to_sympy(told)} "
                f"at index {n}; got {QQ_I.to_sympy(values[n])}"
            )


def _validate_distinct(c: list[_Rational]) -> None:
    z = sp.Symbol("z")
    polynomial = sp.Poly.from_list(c[::-1], z, domain=QQ_I)
    common = polynomial.gcd(polynomial.diff(z))
    if common.degree() > 0:
        # The parts with every zero once, by how often it is one.
        repeated = [(factor, count) for factor, count in polynomial.sqf_list()[1] if count > 1]
        shown = "; ".join(f"{_zeros(factor)} ({count} times)" for factor, count in repeated)
        raise ValueError(
            "`samples` must come from distinct poles; these take powers of n times p^n, "
            f"with poles that coincide: {shown}"
        )


def _zeros(factor: sp.Poly) -> str:
    if factor.degree() == 1:
        slope, constant = factor.all_coeffs()
        return str(-constant / slope)
    return f"the zeros of {factor.as_expr()}"


# --- poles and gains -----------------------------------------------------------------------------------------------


def _modes(values: list[_Rational], c: list[_Rational], bits: int) -> PronyModes | None:
    """At the current precision; None if it does not carry so many bits."""
    lead, scaled = _over_integers(c)
    try:
        zeros = acb_poly(scaled).roots(tol=arb(2) ** -ctx.prec)
    except ValueError:
        return None
    real = all(x.y == 0 for x in values)
    h, ball_c = [_ball(x) for x in values], [_ball(x) for x in c]
    pairs: list[tuple[acb, Any, Any]] = []
    for k, zero in enumerate(zeros):
        scaled_zero = zero * lead
        if not (8 * scaled_zero.real.rad() < 1 and 8 * scaled_zero.imag.rad() < 1):
            return None
        rational = _rational_zero(c, lead, scaled_zero)
        if rational is not None:
            pairs.append((zero, QQ_I.to_sympy(_gain(values, c, rational)), QQ_I.to_sympy(rational)))
            continue
        # The conjugate of a zero of a real polynomial is a zero; if no other ball may hold it, it is the zero itself.
        on_axis = real and not any(x.conjugate().overlaps(zero) for x in (*zeros[:k], *zeros[k + 1 :]))
        pole = acb(zero.real) if on_axis and zero.imag.contains(0) else zero
        found = [_gain(h, ball_c, pole), pole]
        if any(x.rel_accuracy_bits() < bits for x in found):
            return None
        pairs.append((zero, *(x.real if pole.imag.is_zero() else x for x in found)))
    pairs.sort(key=lambda pair: _order(pair[0]))
    return PronyModes(tuple(g for _, g, _ in pairs), tuple(p for _, _, p in pairs))


def _order(zero: acb) -> tuple[mpmath.mpf, ...]:
    # Sizes of conjugates, equal but for rounding, must not decide.
    size, re, im = (
        mpmath.mpf(x.str(12, radius=False)) for x in (abs(zero).mid(), zero.real.mid(), zero.imag.mid())
    )
    return -size, -re, -im


def _over_integers(c: list[_Rational]) -> tuple[int, list[acb]]:
    """The least multiple of c over the Gaussian integers: its leading coefficient, and all of them, exactly."""
    lead = math.lcm(*(int(part.denominator) for x in c for part in (x.x, x.y)))
    parts = [(fmpz(int(x.x * lead)), fmpz(int(x.y * lead))) for x in c]
    # More bits than the working precision are kept: these balls are exact.
    return lead, [acb(arb(re), arb(im)) for re, im in parts]


def _rational_zero(c: list[_Rational], lead: int, ball: acb) -> _Rational | None:
    """The zero of c, times `lead`, in a ball with parts of radius below 1/8, if it is rational."""
    # The one Gaussian integer that the ball may hold is that nearest to its midpoint.
    parts = [(x.mid() + arb("0.5")).mid().floor().unique_fmpz() for x in (ball.real, ball.imag)]
    if None in parts:
        return None
    zero = QQ_I(*(QQ_I.dom(int(part), lead) for part in parts))
    return None if _value(c, zero) else zero


def _value(c: Sequence[Any], x: Any) -> Any:
    """The polynomial at x, by Horner's rule."""
    return functools.reduce(lambda value, coefficient: value * x + coefficient, reversed(c))


def _gain(h: Sequence[Any], c: Sequence[Any], pole: Any) -> Any:
    """``sum_n q_n h_n / q(p)`` with ``q = c/(z - p)``, in rationals or in balls."""
    carried = itertools.accumulate(reversed(c[1:]), lambda carry, coefficient: carry * pole + coefficient)
    quotient = list(carried)[::-1]
    first, *rest = [x * y for x, y in zip(quotient, h, strict=False)]
    return sum(rest, first) / _value(quotient, pole)


def _ball(x: _Rational) -> acb:
    return acb(*(arb(fmpq(int(part.numerator), int(part.denominator))) for part in (x.x, x.y)))
