r"""Kernels as functionals: certified signs, L1 norms, and answers to inputs made of straight lines.

An input enters through ``g(s) = x_{t-s}``, its value at the age `s`. For a `g` made of straight lines the
functional ``int_0^oo rho(s) g(s) ds`` needs no quadrature of products: it is a combination of the tails

.. math:: R_1(x) = \int_x^\infty \rho(s)\,ds, \qquad R_2(x) = \int_x^\infty (s - x)\,\rho(s)\,ds,

and so is the L1 norm once the zeros are isolated.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from flint import arb, ctx, fmpq

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import certain_sign, hull, rational_ball
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.growth.envelopes import envelope_at_infinity
from memcurse.theory.notation import t

#: Powers of two at which the kernel may be cut.
_CUTS = range(0, 512)


@dataclass(frozen=True)
class Piece:
    """An interval on which a kernel has the certain sign `sign`, or (sign 0) where it was not told."""

    start: Fraction
    end: Fraction
    sign: int


def fraction_ball(x: Fraction) -> arb:
    """The ball of a fraction at the current precision."""
    return arb(fmpq(x.numerator, x.denominator))


def sign_pieces(f: Callable[[arb], arb], start: Fraction, end: Fraction, width: Fraction) -> list[Piece]:
    """Bisect [start, end] until `f` has a certain sign or a piece is shorter than `width`; then join them.

    Notes
    -----
    Rigour: a sign other than 0 holds at every point of its piece.
    """
    pieces: list[Piece] = []
    pending = [(start, end)]
    while pending:
        a, b = pending.pop()
        sign = certain_sign(f(hull(fraction_ball(a), fraction_ball(b))))
        if sign is None and b - a >= width:
            middle = (a + b) / 2
            pending += [(middle, b), (a, middle)]
        elif pieces and pieces[-1].sign == (sign or 0):
            pieces[-1] = Piece(pieces[-1].start, b, pieces[-1].sign)
        else:
            pieces.append(Piece(a, b, sign or 0))
    return pieces


@dataclass(frozen=True)
class Kernel:
    """A kernel in `notation.t` with an integrable tail, as a functional on inputs."""

    expression: sp.Expr

    @functools.cached_property
    def value(self) -> Callable[[arb], arb]:
        """The kernel on balls."""
        return lower(self.expression, (t,), "ball")

    def tail(self, x: Fraction, power: int = 0) -> arb:
        """``R_1(x)``, or ``R_2(x)`` for `power` 1, at the current precision. Rigour: enclosure."""
        return _tail(self.expression, x, power, ctx.prec)

    def cut(self, error: arb) -> tuple[Fraction, arb]:
        """A point behind which ``int |rho|`` is certainly below `error`, and the bound found there."""
        for k in _CUTS:
            bound = absolute_tail(self.expression, sp.Integer(2) ** k)
            if bound < error:
                return Fraction(2) ** k, bound
        raise ArithmeticError(f"`expression` must have an integrable tail; got {self.expression}")

    def pieces(self, bits: int) -> tuple[list[Piece], arb]:
        """Signs up to a cut, and a bound on the L1 norm behind it, both good to about `bits` bits."""
        return _pieces(self, bits, ctx.prec)

    def l1_norm(self, bits: int) -> arb:
        """Enclosure of ``int_0^oo |rho|``: tails between the zeros, with signs; radius about ``2^-bits``."""
        pieces, beyond = self.pieces(bits)
        total = arb(0)
        for piece in pieces:
            if piece.sign:
                total += piece.sign * (self.tail(piece.start) - self.tail(piece.end))
            else:
                box = hull(fraction_ball(piece.start), fraction_ball(piece.end))
                widest = abs(self.value(box)) * fraction_ball(piece.end - piece.start)
                total += hull(arb(0), widest.upper())
        return total + hull(arb(0), beyond.upper())

    def answer(self, knots: Sequence[Fraction], values: Sequence[Fraction]) -> arb:
        """``int_0^oo rho(s) g(s) ds`` for the `g` with these values at these ages, straight in between.

        `knots` begin at 0; behind the last one `g` keeps its last value. Rigour: enclosure.
        """
        return answer_to_lines(self.tail, knots, values)


def answer_to_lines(tail: Callable[..., arb], knots: Sequence[Fraction], values: Sequence[Fraction]) -> arb:
    """``int_0^oo rho(s) g(s) ds`` from ``tail(x, k) = int_x^oo (s - x)^k rho(s) ds``; see `Kernel.answer`."""
    slopes = [(v - u) / (b - a) for a, b, u, v in zip(knots, knots[1:], values, values[1:], strict=False)]
    total = fraction_ball(values[0]) * tail(Fraction(0))
    for knot, before, after in zip(knots, [Fraction(0), *slopes], [*slopes, Fraction(0)], strict=True):
        if after != before:
            total += fraction_ball(after - before) * tail(knot, 1)
    return total


@functools.lru_cache(maxsize=256)
def _pieces(kernel: Kernel, bits: int, precision: int) -> tuple[list[Piece], arb]:
    end, bound = kernel.cut(arb(2) ** (-bits))
    return sign_pieces(kernel.value, Fraction(0), end, Fraction(1, 2**bits)), bound


@functools.lru_cache(maxsize=4096)
def _tail(expression: sp.Expr, x: Fraction, power: int, bits: int) -> arb:
    shifted = expression.xreplace({t: t + sp.Rational(x.numerator, x.denominator)})
    return lower(sp.Integral(t**power * shifted, (t, 0, sp.oo)), (), "ball")()


@functools.lru_cache(maxsize=1024)
def absolute_tail(expression: sp.Expr, start: sp.Integer) -> arb:
    """Bound on ``int_start^oo |expression|``, from its envelope ``C t^p exp(-q t^r)``; else infinite.

    `start` must be positive. Rigour: enclosure of a bound, at the precision current when it was first computed.
    """
    envelope = envelope_at_infinity(expression, start)
    X, p = rational_ball(envelope.start), rational_ball(envelope.power)
    if envelope.start > start:
        return arb.pos_inf()
    constant = constant_ball(envelope.constant)
    if envelope.rate > 0:
        q, r = rational_ball(envelope.rate), rational_ball(envelope.stretch)
        s = (p + 1) / r
        return constant * q ** (-s) / r * (q * X**r).gamma_upper(s)
    if envelope.power < -1:
        return constant * X ** (p + 1) / (-p - 1)
    return arb.pos_inf()
