"""Points at which the objective is tried: all kinds of targets, exact random numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Final

import sympy as sp

from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import AiryKernel, ExpressionTarget, GaussianBump, PowerLaw
from memcurse.theory.targets.target import ExponentialSum, Target

if TYPE_CHECKING:
    from flint import arb


@dataclass(frozen=True)
class Instance:
    """A target and a point (a, w) of the parameter space, all exact."""

    target: Target
    a: tuple[sp.Rational, ...]
    w: tuple[sp.Rational, ...]

    @property
    def label(self) -> str:
        """For messages and tables: enough to reproduce the point."""
        return f"{self.target}, a = {self.a}, w = {self.w}"

    @property
    def kind(self) -> str:
        """Kinds of the target's parts."""
        return " + ".join(type(part).__name__ for part in self.target.parts())


def instances(seed: int, count: int, widest: int = 8) -> list[Instance]:
    """`count` random instances that go round all kinds of targets, with widths from 1 to `widest`."""
    random = Random(seed)
    found = []
    for i in range(count):
        make, limit = _KINDS[i % len(_KINDS)]
        found.append(_instance(make(random), random.randint(1, min(widest, limit)), random))
    return found


def _instance(target: Target, m: int, random: Random) -> Instance:
    a = tuple(_signed(random) for _ in range(m))
    return Instance(target, a, tuple(_rate(random) for _ in range(m)))


def _signed(random: Random) -> sp.Rational:
    return sp.Rational(random.choice((-1, 1)) * random.randint(1, 48), 16)


def _rate(random: Random) -> sp.Rational:
    return sp.Rational(random.randint(8, 15), 8) * sp.Integer(2) ** random.randint(-4, 3)


def _positive(random: Random) -> sp.Rational:
    return sp.Rational(random.randint(4, 24), 8)


def _sum(random: Random) -> Target:
    n = random.randint(1, 4)
    return ExponentialSum([_signed(random) for _ in range(n)], [_rate(random) for _ in range(n)])


def _bump(random: Random) -> Target:
    return GaussianBump(random.randint(0, 12), _positive(random), _signed(random))


def _expression(random: Random) -> Target:
    q = _positive(random)
    return ExpressionTarget(
        random.choice((t * sp.exp(-q * t), sp.exp(-q * t) * sp.cos(2 * t), sp.sqrt(1 + t) * sp.exp(-q * t)))
    )


#: Maker of a target, and the largest width: where moments are certified integrals, large ones take long.
_KINDS: Final[tuple[tuple[Callable[[Random], Target], int], ...]] = (
    (_sum, 8),
    (_bump, 8),
    (lambda r: PowerLaw(sp.Rational(r.randint(-3, 16), 8), _signed(r)), 8),
    (lambda r: _sum(r) + _bump(r), 8),
    (lambda r: _sum(r).delayed(_positive(r)) + _sum(r), 8),
    (lambda r: PowerLaw(_positive(r)).delayed(_positive(r)), 8),
    (_expression, 2),
    (lambda r: AiryKernel(_positive(r), r.randint(-1, 4), _signed(r)), 1),
)


def fractions(numbers: Sequence[sp.Rational]) -> list[Fraction]:
    """The same numbers as fractions."""
    return [Fraction(int(x.p), int(x.q)) for x in numbers]


def short(x: arb, digits: int = 15) -> str:
    """A ball for a table cell: its midpoint."""
    return str(x.str(digits, radius=False))
