r"""Kernels by their Taylor polynomials on panels, with certified remainders, and their tails.

The sign of a residual whose terms cancel to many digits cannot be seen from their ranges on a box, however thin. On a
panel ``[c - h, c + h]`` every part is therefore written as ``sum_n p_n u^n``, ``u = (t - c)/h``, up to an error that
falls like ``2^-order`` where ``h`` is a third of ``c``: what cancels does so in the coefficients. `l1_error` adds the
parts up.
"""

# Overrides: the docstring is the base class's.
# ruff: noqa: D102

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from flint import arb, arb_mat

from .balls import ball_precision, certain_sign

#: Bits for bounds, of which only the size matters.
_BOUND_BITS = 53
#: Bits at which ends and centres of panels are computed: they have few digits, and so come out exact.
EXACT_BITS = 20_000


@dataclass(frozen=True)
class Panel:
    """An interval of time with exact ends, its centre and half its length (exact)."""

    start: arb
    end: arb
    centre: arb
    half: arb


def panel(start: arb, end: arb) -> Panel:
    """The panel between two exact points."""
    with ball_precision(EXACT_BITS):
        return Panel(start, end, (start + end) / 2, (end - start) / 2)


@dataclass(frozen=True)
class Model:
    """Taylor coefficients ``p_0 .. p_order`` in ``u``, one row a panel, and a bound on the error of each row.

    A bound that is not known is infinite, and its row 0.
    """

    rows: list[list[arb]]
    errors: list[arb]


@dataclass(frozen=True)
class Fading:
    """``|f(t)| <= size * exp(-rate (t - x))`` for ``t >= x``; with a `power`, also ``size * ((1+t)/(1+x))^-power``."""

    size: arb
    rate: arb
    power: arb | None = None


@dataclass(frozen=True)
class Lead:
    """``sign * f(t) >= size * exp(-rate (t - x))`` for ``t >= x``; with a `power`, also as `Fading`, from below."""

    sign: int
    size: arb
    rate: arb
    power: arb | None = None


class Part(ABC):
    """A term of a residual; what it returns are enclosures at the precision current when it is called."""

    @property
    def log2_scale(self) -> int:
        """Length of the first panel, at most, as a power of two."""
        return 0

    @abstractmethod
    def model(self, panels: Sequence[Panel], order: int) -> Model:
        """Taylor polynomials of a degree on panels."""

    @abstractmethod
    def jets(self, times: Sequence[arb]) -> list[tuple[arb, arb]]:
        """Value and slope at positive times, for every point of their balls; not finite where they are not known."""

    @abstractmethod
    def tails(self, points: Sequence[arb]) -> list[arb]:
        """``int_x^oo`` of the part at rising points, for every point of their balls."""

    @abstractmethod
    def absolute_tail(self, x: arb) -> arb:
        """Bound on ``int_x^oo`` of the absolute value, x > 0; infinite where none is known."""

    @abstractmethod
    def fading(self, x: arb) -> Fading | None:
        """How fast the part decays behind `x` at least, if that is known."""

    @abstractmethod
    def head(self, x: arb) -> arb:
        """Bound on ``int_0^x`` of the absolute value; infinite where none is known."""

    def lead(self, x: arb) -> Lead | None:
        """How slowly the part decays behind `x` at most, if that is known."""
        return None

    def sign_near_zero(self, x: arb) -> tuple[int, arb]:
        """The sign that the part has on (0, x], and what its absolute value is there at least; 0 if not known."""
        return 0, arb(0)

    def breaks(self) -> list[arb]:
        """Times at which the part is not smooth."""
        return []


@dataclass(frozen=True)
class Exponentials(Part):
    """``sum_k b_k exp(-v_k t)`` with exact balls, one or more, rates rising."""

    b: tuple[arb, ...]
    v: tuple[arb, ...]

    @property
    def log2_scale(self) -> int:
        return 2 - log2(self.v[-1])

    def model(self, panels: Sequence[Panel], order: int) -> Model:
        """Rows are ``b_k e^{-v_k c}`` times the matrix ``(-v_k)^n/n!``, columns scaled by ``h^n``."""
        powers = []
        for rate in self.v:
            row = [arb(1)]
            for n in range(1, order + 1):
                row.append(row[-1] * rate / -n)
            powers.append(row)
        rows = (arb_mat([self._values(p.centre) for p in panels]) * arb_mat(powers)).table()
        for row, p in zip(rows, panels, strict=True):
            factor = arb(1)
            for n in range(1, order + 1):
                factor *= p.half
                row[n] *= factor
        return Model(rows, self._errors(panels, order + 1))

    def jets(self, times: Sequence[arb]) -> list[tuple[arb, arb]]:
        found = []
        for x in times:
            terms = self._values(x)
            slope = sum((-v * y for v, y in zip(self.v, terms, strict=True)), arb(0))
            found.append((sum(terms, arb(0)), slope))
        return found

    def _values(self, x: arb) -> list[arb]:
        return [b * (-v * x).exp() for b, v in zip(self.b, self.v, strict=True)]

    def _errors(self, panels: Sequence[Panel], n: int) -> list[arb]:
        # Lagrange's form: every derivative is largest at the left end.
        with ball_precision(_BOUND_BITS):
            top = [abs(b) * v**n / arb(n).fac() for b, v in zip(self.b, self.v, strict=True)]
            decays = [[(-v * p.start).exp() for v in self.v] for p in panels]
            return [
                sum((x * y for x, y in zip(top, row, strict=True)), arb(0)) * p.half**n
                for row, p in zip(decays, panels, strict=True)
            ]

    def tails(self, points: Sequence[arb]) -> list[arb]:
        scaled = [b / v for b, v in zip(self.b, self.v, strict=True)]
        return [
            sum((x * (-v * point).exp() for x, v in zip(scaled, self.v, strict=True)), arb(0))
            for point in points
        ]

    def absolute_tail(self, x: arb) -> arb:
        with ball_precision(_BOUND_BITS):
            pairs = zip(self.b, self.v, strict=True)
            return sum((abs(b) / v * (-v * x).exp() for b, v in pairs), arb(0))

    def fading(self, x: arb) -> Fading:
        size = sum((abs(value) for value in self._values(x)), arb(0))
        return Fading(size, functools.reduce(arb.min, self.v))

    def head(self, x: arb) -> arb:
        return x * sum((abs(b) for b in self.b), arb(0))

    def lead(self, x: arb) -> Lead | None:
        sign = certain_sign(self.b[0])
        if len(self.b) > 1 or not sign:
            return None
        return Lead(sign, abs(self._values(x)[0]), self.v[0])

    def split(self) -> tuple[Part, ...]:
        """The slowest term, and the others if there are any."""
        slowest = Exponentials(self.b[:1], self.v[:1])
        return (slowest, Exponentials(self.b[1:], self.v[1:])) if len(self.v) > 1 else (slowest,)


@dataclass(frozen=True)
class Power(Part):
    """``amplitude * (1 + t)^-(1 + omega)`` with ``omega > 0``."""

    amplitude: arb
    omega: arb

    def model(self, panels: Sequence[Panel], order: int) -> Model:
        p, rows = 1 + self.omega, []
        factors = [-(p + n - 1) / n for n in range(1, order + 1)]
        for x in panels:
            base = 1 + x.centre
            ratio, row = x.half / base, [self.amplitude * base**-p]
            for factor in factors:
                row.append(row[-1] * ratio * factor)
            rows.append(row)
        with ball_precision(_BOUND_BITS):
            n = order + 1
            top = abs(self.amplitude) * p.rising(n) / arb(n).fac()
            errors = [top * (1 + x.start) ** -p * (x.half / (1 + x.start)) ** n for x in panels]
        return Model(rows, errors)

    def jets(self, times: Sequence[arb]) -> list[tuple[arb, arb]]:
        p, found = 1 + self.omega, []
        for x in times:
            value = self.amplitude * (1 + x) ** -p
            found.append((value, -p * value / (1 + x)))
        return found

    def tails(self, points: Sequence[arb]) -> list[arb]:
        factor = self.amplitude / self.omega
        return [factor * (1 + x) ** -self.omega for x in points]

    def absolute_tail(self, x: arb) -> arb:
        return abs(self.tails([x])[0])

    def fading(self, x: arb) -> Fading:
        p = 1 + self.omega
        return Fading(abs(self.amplitude) * (1 + x) ** -p, arb(0), p)

    def head(self, x: arb) -> arb:
        return abs(self.amplitude) * x

    def lead(self, x: arb) -> Lead | None:
        # (1+t)/(1+x) <= exp((t - x)/(1 + x)).
        p, sign = 1 + self.omega, certain_sign(self.amplitude)
        return Lead(sign, abs(self.amplitude) * (1 + x) ** -p, p / (1 + x), p) if sign else None


@dataclass(frozen=True)
class Late(Part):
    """A part that starts at a positive `delay`, 0 before that."""

    part: Part
    delay: arb

    def model(self, panels: Sequence[Panel], order: int) -> Model:
        zero = [arb(0)] * (order + 1)
        touched = [p for p in panels if not p.end <= self.delay]
        inner = self.part.model([self._earlier(p) for p in touched], order) if touched else Model([], [])
        found: dict[int, tuple[list[arb], arb]] = {}
        for p, row, error in zip(touched, inner.rows, inner.errors, strict=True):
            if p.start >= self.delay:
                found[id(p)] = row, error
            else:
                # The delay lies inside: all that is known is a bound.
                found[id(p)] = zero, sum((abs(x) for x in row), error)
        pairs = [found.get(id(p), (zero, arb(0))) for p in panels]
        return Model([row for row, _ in pairs], [error for _, error in pairs])

    def _earlier(self, p: Panel) -> Panel:
        """The panel in the time of the part; all of it from 0 on where the delay lies inside."""
        if p.start >= self.delay:
            return Panel(p.start - self.delay, p.end - self.delay, p.centre - self.delay, p.half)
        return panel(arb(0), (p.end - self.delay).upper())

    def jets(self, times: Sequence[arb]) -> list[tuple[arb, arb]]:
        return [self._jet(x) for x in times]

    def _jet(self, x: arb) -> tuple[arb, arb]:
        if x < self.delay:
            return arb(0), arb(0)
        # At the delay the part jumps: there it has no slope.
        return self.part.jets([x - self.delay])[0] if x > self.delay else (arb.nan(), arb.nan())

    def tails(self, points: Sequence[arb]) -> list[arb]:
        return self.part.tails([(x - self.delay).max(arb(0)) for x in points])

    def absolute_tail(self, x: arb) -> arb:
        return self.part.absolute_tail(x - self.delay) if x > self.delay else arb.pos_inf()

    def fading(self, x: arb) -> Fading | None:
        if not x > self.delay:
            return None
        # A power of 1 + t - delay decays faster than that of 1 + t.
        return self.part.fading(x - self.delay)

    def head(self, x: arb) -> arb:
        return arb(0) if x <= self.delay else self.part.head((x - self.delay).upper())

    def lead(self, x: arb) -> Lead | None:
        found = self.part.lead(x - self.delay) if x > self.delay else None
        return None if found is None else Lead(found.sign, found.size, found.rate)

    def breaks(self) -> list[arb]:
        return [self.delay]


def log2(x: arb) -> int:
    """About the logarithm of a positive ball; floats would overflow."""
    mantissa, exponent = x.mid().man_exp()
    return int(mantissa).bit_length() + int(exponent)


def fraction(x: arb) -> Fraction:
    """An exact ball as a fraction."""
    mantissa, exponent = x.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def rational(x: arb) -> sp.Rational:
    """An exact ball as a SymPy number."""
    value = fraction(x)
    return sp.Rational(value.numerator, value.denominator)
