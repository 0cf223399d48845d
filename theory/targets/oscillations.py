r"""Kernels that oscillate: sums of :math:`t^n e^{-st} (\alpha \cos \omega t + \beta \sin \omega t)`, in closed form.

With the complex amplitude ``c = alpha - i beta`` a term is the real part of ``c t^n e^{-(s - i omega) t}``, so that

.. math:: L_k(w) = (n+k)!\, \Re \frac{c}{(w + s - i \omega)^{n+k+1}}
                 = (n+k)! \frac{\Re [c\,(w + s + i \omega)^{n+k+1}]}{((w + s)^2 + \omega^2)^{n+k+1}},

a rational function of the rate, at complex rates, too. Products of such terms are sums of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from memcurse.theory.exact import exact_integer, exact_number, exact_positive, is_positive
from memcurse.theory.notation import t

from .rewriting import coefficients
from .target import ExponentialSum, Target


@dataclass(frozen=True)
class Oscillation:
    """One term: ``t^power e^{-rate t} (cosine cos(frequency t) + sine sin(frequency t))``."""

    power: int
    rate: sp.Expr
    frequency: sp.Expr
    cosine: sp.Expr
    sine: sp.Expr

    @property
    def expression(self) -> sp.Expr:
        """The term as an expression in `notation.t`."""
        wave = self.cosine * sp.cos(self.frequency * t) + self.sine * sp.sin(self.frequency * t)
        return t**self.power * sp.exp(-self.rate * t) * wave

    def integral(self, k: int, w: sp.Expr) -> sp.Expr:
        """``int_0^oo t^k e^{-wt}`` times the term."""
        count = self.power + k + 1
        x, y = w + self.rate, self.frequency
        re_part = sp.Add(
            *(sp.binomial(count, j) * _turn(j) * x ** (count - j) * y**j for j in range(0, count + 1, 2))
        )
        im_part = sp.Add(
            *(sp.binomial(count, j) * _turn(j) * x ** (count - j) * y**j for j in range(1, count + 1, 2))
        )
        # Re [(alpha - i beta) (re + i im)]
        top = self.cosine * re_part + self.sine * im_part
        return sp.factorial(count - 1) * top / (x**2 + y**2) ** count

    def scaled(self, factor: sp.Expr) -> Oscillation:
        """The term times a real number."""
        return Oscillation(self.power, self.rate, self.frequency, factor * self.cosine, factor * self.sine)

    def seen_from(self, time: sp.Expr) -> list[Oscillation]:
        """The terms of the term at ``t + time``."""
        angle, decay = self.frequency * time, sp.exp(-self.rate * time)
        cosine = decay * (self.cosine * sp.cos(angle) + self.sine * sp.sin(angle))
        sine = decay * (self.sine * sp.cos(angle) - self.cosine * sp.sin(angle))
        return [
            Oscillation(
                j,
                self.rate,
                self.frequency,
                sp.binomial(self.power, j) * time ** (self.power - j) * cosine,
                sp.binomial(self.power, j) * time ** (self.power - j) * sine,
            )
            for j in range(self.power + 1)
        ]


#: Nodes of a constant that is multiplied out, and of one that no product may have.
_LONG, _LONGEST = 40, 400


def _turn(j: int) -> int:
    """Real or imaginary part of ``i^j``, whichever is not 0."""
    return 1 if j % 4 < 2 else -1


def _times(x: sp.Expr, y: sp.Expr) -> sp.Expr:
    # Of 0 times a long constant SymPy asks first whether that is finite, which may take minutes.
    return sp.S.Zero if x == 0 or y == 0 else x * y


def product(p: Oscillation, q: Oscillation) -> list[Oscillation]:
    """The product of two terms as a sum of terms with the sum and the difference of the frequencies."""
    power, rate, half = p.power + q.power, p.rate + q.rate, sp.Rational(1, 2)
    found = []
    # Re(u e^{i f t}) Re(v e^{i g t}) = Re(u v e^{i (f+g) t} + u conj(v) e^{i (f-g) t})/2 with u = alpha - i beta.
    for sign in (1, -1):
        cosine = half * (_times(p.cosine, q.cosine) - sign * _times(p.sine, q.sine))
        sine = half * (_times(p.sine, q.cosine) + sign * _times(p.cosine, q.sine))
        found.append(_upright(Oscillation(power, rate, p.frequency + sign * q.frequency, cosine, sine)))
    return found


def _upright(x: Oscillation) -> Oscillation:
    """The same term with a nonnegative frequency, and no sine where that is 0."""
    if x.frequency == 0:
        return Oscillation(x.power, x.rate, sp.S.Zero, x.cosine, sp.S.Zero)
    if not is_positive("frequency", x.frequency):
        return Oscillation(x.power, x.rate, -x.frequency, x.cosine, -x.sine)
    return x


def _flat(constant: sp.Expr) -> sp.Expr:
    """A constant with its products multiplied out if it is long: sums within sums double with every factor."""
    return sp.expand_mul(constant) if _is_longer(constant, _LONG) else constant


def _is_longer(constant: sp.Expr, most: int) -> bool:
    nodes = sp.preorder_traversal(constant)
    return next(itertools.islice(nodes, most, None), None) is not None


def merged(terms: Iterable[Oscillation]) -> tuple[Oscillation, ...]:
    """The same sum with one term for each power, rate and frequency; those that cancel are left out."""
    sums: dict[tuple[int, sp.Expr, sp.Expr], tuple[sp.Expr, sp.Expr]] = {}
    for x in map(_upright, terms):
        key = (x.power, x.rate, x.frequency)
        cosine, sine = sums.get(key, (sp.S.Zero, sp.S.Zero))
        sums[key] = (_flat(cosine + x.cosine), _flat(sine + x.sine))
    return tuple(Oscillation(*key, *pair) for key, pair in sums.items() if pair != (0, 0))


@dataclass(frozen=True, init=False, repr=False)
class DampedOscillations(Target):
    """``sum_j t^{n_j} e^{-s_j t} (cosine_j cos(f_j t) + sine_j sin(f_j t))``.

    Parameters
    ----------
    powers : sequence of int
        ``n_j``, at least 0.
    rates : sequence of numbers
        ``s_j``, positive, 1/time.
    frequencies : sequence of numbers
        ``f_j``, real, radians per time.
    cosines, sines : sequences of numbers
        Real amplitudes.

    Raises
    ------
    ValueError, TypeError
        If the lengths differ, the sequences are empty, a power is no nonnegative integer or a rate is not positive.
    """

    terms: tuple[Oscillation, ...]

    def __init__(
        self,
        powers: Sequence[Any],
        rates: Sequence[Any],
        frequencies: Sequence[Any],
        cosines: Sequence[Any],
        sines: Sequence[Any],
    ) -> None:
        columns = {"rates": rates, "frequencies": frequencies, "cosines": cosines, "sines": sines}
        for name, values in columns.items():
            if len(values) != len(powers):
                raise ValueError(
                    f"`powers` and `{name}` must have the same length; got {len(powers)} and {len(values)}"
                )
        if not len(powers):
            raise ValueError(f"`powers` must not be empty; got {powers!r}")
        terms = [
            Oscillation(
                exact_integer("powers", n, 0),
                exact_positive("rates", s),
                exact_number("frequencies", f),
                exact_number("cosines", c),
                exact_number("sines", d),
            )
            for n, s, f, c, d in zip(powers, rates, frequencies, cosines, sines, strict=True)
        ]
        object.__setattr__(self, "terms", merged(terms))

    def __repr__(self) -> str:
        return f"DampedOscillations({self.expression})"

    @classmethod
    def of(cls, terms: Iterable[Oscillation]) -> DampedOscillations:
        """The kernel with these terms."""
        kernel = cls.__new__(cls)
        object.__setattr__(kernel, "terms", merged(terms))
        return kernel

    @property
    def expression(self) -> sp.Expr:
        return sp.Add(*(x.expression for x in self.terms))

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        return sp.Add(*(x.integral(k, w) for x in self.terms))

    def scaled(self, factor: Any) -> DampedOscillations:
        number = exact_number("factor", factor)
        return DampedOscillations.of([x.scaled(number) for x in self.terms])

    def seen_from(self, time: sp.Expr) -> DampedOscillations:
        return DampedOscillations.of([y for x in self.terms for y in x.seen_from(time)])

    def product_with(self, other: Target) -> sp.Expr | None:
        if not isinstance(other, DampedOscillations):
            return None
        pairs = [(x, y) for x in self.terms for y in other.terms]
        return sp.Add(*(z.integral(0, sp.S.Zero) for x, y in pairs for z in product(x, y)))


def split(terms: Iterable[Oscillation]) -> list[Target]:
    """A sum of terms as kernels: exponentials, if any, and what oscillates or has powers of t.

    Raises
    ------
    ValueError
        If a rate is not positive.
    """
    found = merged(terms)
    plain = [x for x in found if x.power == 0 and x.frequency == 0]
    others = [x for x in found if not (x.power == 0 and x.frequency == 0)]
    kernels: list[Target] = [] if found else [ExponentialSum([0], [1])]
    if plain:
        kernels.append(ExponentialSum([x.cosine for x in plain], [x.rate for x in plain]))
    if others:
        kernels.append(DampedOscillations.of(others))
    return kernels


# --- from an expression --------------------------------------------------------------------------------------------

#: Most terms, and largest power, that a product is multiplied out to.
_MOST_TERMS, _LARGEST_POWER = 64, 32
#: Largest size of the constant in the exponent of an exponential.
_LARGEST_EXPONENT = 10_000


def oscillations(expression: sp.Expr) -> tuple[Oscillation, ...] | None:
    """An expression in `notation.t` as a sum of terms, of any rates; None where it is no such sum, or a long one."""
    if not expression.has(t):
        return (Oscillation(0, sp.S.Zero, sp.S.Zero, expression, sp.S.Zero),)
    if expression == t:
        return (Oscillation(1, sp.S.Zero, sp.S.Zero, sp.S.One, sp.S.Zero),)
    if isinstance(expression, sp.Add):
        parts = [oscillations(term) for term in expression.args]
        terms = merged(x for part in parts if part is not None for x in part)
        return terms if None not in parts and len(terms) <= _MOST_TERMS else None
    if isinstance(expression, sp.Mul):
        return _multiplied([oscillations(factor) for factor in expression.args])
    if isinstance(expression, sp.exp):
        return _exponential(expression.args[0])
    if isinstance(expression, sp.Pow):
        return _power(expression)
    if isinstance(expression, sp.sin | sp.cos):
        return _wave(expression)
    return None


def _multiplied(factors: Sequence[tuple[Oscillation, ...] | None]) -> tuple[Oscillation, ...] | None:
    terms: tuple[Oscillation, ...] = (Oscillation(0, sp.S.Zero, sp.S.Zero, sp.S.One, sp.S.Zero),)
    for factor in factors:
        if factor is None:
            return None
        terms = merged(z for x in terms for y in factor for z in product(x, y))
        if len(terms) > _MOST_TERMS or any(_is_longer(x.cosine + x.sine, _LONGEST) for x in terms):
            return None
    return terms


def _power(expression: sp.Expr) -> tuple[Oscillation, ...] | None:
    base, exponent = expression.args
    if isinstance(base, sp.exp) and not exponent.has(t):
        return _exponential(exponent * base.args[0])
    if not base.has(t):
        return _exponential(exponent * sp.log(base)) if is_positive("base", base) else None
    if isinstance(exponent, sp.Integer) and 0 < exponent <= _LARGEST_POWER:
        return _multiplied([oscillations(base)] * int(exponent))
    return None


def _linear(argument: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """Constant and slope of an argument that is linear in t."""
    found = coefficients(argument)
    if found is None or len(found) > 2:
        return None
    return found[0], found[1] if len(found) == 2 else sp.S.Zero


def _exponential(argument: sp.Expr) -> tuple[Oscillation, ...] | None:
    line = _linear(argument)
    # Of exp(10^50 log(x)) SymPy would make a power of x, and compute it.
    if line is None or abs(line[0].n(15)) > _LARGEST_EXPONENT:
        return None
    return (Oscillation(0, -line[1], sp.S.Zero, sp.exp(line[0]), sp.S.Zero),)


def _wave(expression: sp.Expr) -> tuple[Oscillation, ...] | None:
    line = _linear(expression.args[0])
    if line is None:
        return None
    cosine, sine = sp.cos(line[0]), sp.sin(line[0])
    pair = (cosine, -sine) if isinstance(expression, sp.cos) else (sine, cosine)
    return merged([Oscillation(0, sp.S.Zero, line[1], *pair)])
