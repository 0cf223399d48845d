"""What the statements of section 5 and appendix C.2 share: ladders of delays, random points, a finding for spectra."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import sympy as sp

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import certainly_less, precision
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.theory.landscape.equivalent_parameters import AffineSpace, equivalent_spaces
from memcurse.theory.plateau.delayed_part import Template, delta_constant
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum

#: The paper's example (125) with the defaults a* = w* = c_0 = sigma = 1, and a target with two short terms.
ONE_TERM: Final = ((1,), (1,))
TWO_TERMS: Final = ((sp.Rational(3, 2), sp.Rational(-1, 2)), (1, sp.Rational(5, 2)))

#: A false bound is tried with a constant this much larger than the derived one, so that only its rate can save it.
SLACK: Final = 10**6

_DOUBLINGS = 8


def delays(setting: Setting) -> tuple[int, ...]:
    """The ladder of delays ``T = 1/omega`` at which the code is held against what holds on a region."""
    return (4, 10, 25, 60) if setting.quick else (4, 10, 20, 30, 60)


def separated(smaller: sp.Expr, larger: sp.Expr, digits: int) -> tuple[Any, Any]:
    """Balls of two exact numbers, with the digits doubled until the balls tell which is smaller (or eight times).

    A bound may be tight up to a relative ``e^(-T^2)``, which no fixed number of digits resolves.
    """

    pair = (None, None)
    for _ in range(_DOUBLINGS):
        with precision(digits):
            pair = (constant_ball(smaller), constant_ball(larger))
        if certainly_less(*pair) is not None:
            break
        digits *= 2
    return pair


@dataclass(frozen=True)
class Claim:
    """``Delta_n(w) <= slack * C * T^power(n) * e^(-rate * w * T)`` at all orders, rates and delays."""

    template: Template
    power: Callable[[int], int] = lambda n: n
    rate: int = 1
    slack: int = 1
    constant_at: sp.Rational | None = None

    def bound(self, n: int, w: sp.Rational, delay: int) -> sp.Expr:
        """The right-hand side, exact."""
        c0, c1 = self.template.envelope
        constant = delta_constant(n, c0, c1, w if self.constant_at is None else self.constant_at)
        return self.slack * constant * sp.Integer(delay) ** self.power(n) * sp.exp(-self.rate * w * delay)


def bound_rows(
    claim: Claim, orders: Sequence[int], rates: Sequence[sp.Rational], ladder: Sequence[int], digits: int
) -> list[tuple[Any, ...]]:
    """``(n, w, T, Delta_n(w), bound)``, the last two as balls."""
    return [
        (n, w, T, *separated(claim.template.delta(n, w, sp.Integer(T)), claim.bound(n, w, T), digits))
        for n in orders
        for w in rates
        for T in ladder
    ]


def bound_finding(name: str, rows: Sequence[tuple[Any, ...]]) -> Finding:
    """Every value at most its bound."""
    return BallInequalities(name, tuple((row[3], row[4]) for row in rows), strict=False)


def generator(setting: Setting, name: str) -> random.Random:
    """The random numbers of one statement."""
    return random.Random(setting.seed_for(name))


def random_rational(rng: random.Random, bound: int = 3, zero: bool = True) -> sp.Rational:
    """A rational of absolute value at most `bound`, with a small denominator; not 0 unless allowed."""
    while True:
        bottom = rng.randint(1, 40)
        value = sp.Rational(rng.randint(-bound * bottom, bound * bottom), bottom)
        if zero or value:
            return value


def random_coefficients(space: AffineSpace, rng: random.Random) -> tuple[sp.Expr, ...]:
    """Amplitudes of a random point on an affine space: all of a group but one are drawn, that one is what is left."""
    a: list[sp.Expr] = [random_rational(rng) for _ in range(space.width)]
    for group, amplitude in zip(space.partition, space.amplitudes, strict=True):
        last = rng.choice(group)
        a[last] = amplitude - sum((a[i] for i in group if i != last), sp.S.Zero)
    return tuple(a)


def memory_target(short: Any, delay: Any, width: Any = 1, height: Any = 1) -> Any:
    """``rho_omega`` of eq. (20) with a Gaussian template."""

    return short + GaussianBump(0, width, height).delayed(delay)


def points_on_spaces(setting: Setting, name: str) -> list[OnSpace]:
    """Random points on spaces of definition C.1, with and without a degenerate group, also one of a slow rate."""
    rng = generator(setting, name)
    slow, fast = (sp.Rational(1, 2),), (sp.Integer(3),)
    cases = [(ONE_TERM, 2, ()), (ONE_TERM, 3, ()), (TWO_TERMS, 3, ()), (ONE_TERM, 3, slow)]
    if not setting.quick:
        cases += [(TWO_TERMS, 4, ()), (ONE_TERM, 4, fast), (TWO_TERMS, 5, slow), (TWO_TERMS, 2, ())]
    points = []
    for terms, m, extra in cases:
        short = ExponentialSum(*terms)
        space = rng.choice(list(equivalent_spaces(short, m, extra)))
        points.append(OnSpace(short, space, *space.point(random_coefficients(space, rng))))
    return points


@dataclass(frozen=True)
class OnSpace:
    """A point (a, w) on a space of definition C.1 of a short part."""

    short: ExponentialSum
    space: AffineSpace
    a: tuple[sp.Expr, ...]
    w: tuple[sp.Expr, ...]

    @property
    def rate(self) -> sp.Expr:
        """The smallest rate: the c of the bounds."""
        return min(self.w)

    @property
    def text(self) -> str:
        """The point, to reproduce it."""
        return f"a = ({', '.join(map(str, self.a))}), w = ({', '.join(map(str, self.w))})"


def fractions(values: Iterable[Any]) -> list[Fraction]:
    """SymPy rationals as fractions, whose arithmetic is faster."""
    return [Fraction(int(x.p), int(x.q)) for x in values]


def squared_distance(
    a: Sequence[Fraction], w: Sequence[Fraction], b: Sequence[Fraction], v: Sequence[Fraction]
) -> Fraction:
    """``||sum a_i e^(-w_i t) - sum b_j e^(-v_j t)||^2``, a rational number."""
    c, u = [*a, *(-x for x in b)], [*w, *v]
    return sum(
        (ci * cj / (ui + uj) for ci, ui in zip(c, u, strict=True) for cj, uj in zip(c, u, strict=True)),
        Fraction(0),
    )


def ball_text(value: Any, digits: int = 12) -> str:
    """The ball for a table: its midpoint and radius in decimals."""
    return str(value.str(digits))
