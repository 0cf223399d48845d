"""The residual of an exponential sum as a list of parts: one sum of exponentials, power laws, and whatever else."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import arb, ctx

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.jets import Exponentials, Late, Part, Power
from memcurse.theory.growth.envelopes import envelope_at_infinity
from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import GaussianBump, PowerLaw
from memcurse.theory.targets.recognition import as_target
from memcurse.theory.targets.target import ExponentialSum, Target

from .smooth_jets import Smooth

_FAR = sp.Integer(2) ** 64


def validate_integrable(target: Any) -> Target:
    """`target`, if it is a kernel whose absolute value is seen to have a finite integral."""
    target = as_target(target)
    for part in target.parts():
        base = part.undelayed
        if isinstance(base, PowerLaw) and not base.omega > 0 and base.amplitude != 0:
            raise ValueError(f"`target` must be integrable, with `omega` > 0 for a power law; got {base}")
        if not isinstance(base, ExponentialSum | GaussianBump | PowerLaw):
            envelope = envelope_at_infinity(base.expression, _FAR)
            if envelope.rate == 0 and envelope.power >= -1 and envelope.constant != 0:
                raise ValueError(f"`target` must be integrable, and this cannot be shown to be; got {base}")
    return target


@dataclass(frozen=True)
class Decomposition:
    """An integrable target taken apart, once: everything in L1 is given this in place of the target.

    Attributes
    ----------
    target : Target
        What was taken apart.
    terms : tuple of (amplitude, rate)
        Its exponentials, with the sign of the residual.
    powers : tuple of (omega, amplitude)
        Its power laws, likewise, one for each exponent.
    others : tuple of Target
        Whatever else it is a sum of.
    """

    target: Target
    terms: tuple[tuple[sp.Expr, sp.Expr], ...]
    powers: tuple[tuple[sp.Expr, sp.Expr], ...]
    others: tuple[Target, ...]

    def residual(
        self, a: Sequence[Any] = (), w: Sequence[Any] = (), every_point: bool = False
    ) -> tuple[list[Part], arb]:
        """The residual as parts, and a bound on the L1 norm of what moving balls to their midpoints changed.

        With `every_point` nothing is moved. Without `a` and `w`, minus the target.
        """
        exponentials, slack = _exponentials([*zip(a, w, strict=True), *self.terms], every_point)
        laws = [Power(constant_ball(x), constant_ball(y)) for y, x in self.powers if x != 0]
        return [*exponentials, *laws, *_parts_at(self.others, int(ctx.prec))], slack


def decomposed(target: Any) -> Decomposition:
    """The decomposition of a target, or the one that is given.

    Raises
    ------
    TypeError, ValueError
        If this is no kernel whose absolute value is seen to have a finite integral.
    """
    if isinstance(target, Decomposition):
        return target
    kernel = validate_integrable(target)
    terms: list[tuple[sp.Expr, sp.Expr]] = []
    powers: dict[sp.Expr, sp.Expr] = {}
    others: list[Target] = []
    for part in kernel.parts():
        if isinstance(part, ExponentialSum):
            terms += [(-x, y) for x, y in zip(part.a, part.w, strict=True)]
        elif isinstance(part, PowerLaw):
            powers[part.omega] = powers.get(part.omega, sp.S.Zero) - part.amplitude
        elif part.expression != 0:
            others.append(part)
    return Decomposition(kernel, tuple(terms), tuple(powers.items()), tuple(others))


@functools.lru_cache(maxsize=64)
def _parts_at(others: tuple[Target, ...], bits: int) -> tuple[Part, ...]:
    """Parts in balls of the working precision, which is `bits`."""
    return tuple(_part(part) for part in others)


def _exponentials(terms: Sequence[tuple[Any, Any]], every_point: bool) -> tuple[list[Exponentials], arb]:
    """Terms with equal rates joined; then midpoints, and a bound on what that moves."""
    joined: dict[Any, tuple[Any, arb]] = {}
    for amplitude, rate in terms:
        ball = constant_ball(rate)
        key = _exact_key(ball) if ball.is_exact() or not isinstance(rate, sp.Expr) else rate
        before = joined.get(key)
        joined[key] = (amplitude, ball) if before is None else (_added(before[0], amplitude), ball)
    balls = [(constant_ball(amplitude), rate) for amplitude, rate in joined.values()]
    pairs = sorted(((b, v) for b, v in balls if not b.is_zero()), key=lambda pair: _Rate(pair[1].mid()))
    slack = arb(0)
    if not every_point:
        slack = sum((b.rad() / v.mid() + abs(b) * abs(1 / v - 1 / v.mid()) for b, v in pairs), slack)
        pairs = [(b.mid(), v.mid()) for b, v in pairs if not b.mid().is_zero()]
    if not pairs:
        return [], slack
    return [Exponentials(tuple(b for b, _ in pairs), tuple(v for _, v in pairs))], slack


@functools.total_ordering
class _Rate:
    """Exact balls in order."""

    def __init__(self, value: arb) -> None:
        self.value = value

    def __lt__(self, other: _Rate) -> bool:
        return bool(self.value < other.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rate) and bool(self.value == other.value)


def _exact_key(rate: arb) -> Any:
    """What balls of one exact value share; every other ball is different from all."""
    return tuple(int(x) for x in rate.man_exp()) if rate.is_exact() else object()


def _added(x: Any, y: Any) -> Any:
    if isinstance(x, sp.Expr) and isinstance(y, sp.Expr):
        return x + y
    return constant_ball(x) + constant_ball(y)


def _part(target: Target) -> Part:
    """Minus a part of the target that is no plain sum of exponentials or power law."""
    part = _base(target.undelayed)
    return part if target.lag == 0 else Late(part, constant_ball(target.lag))


def _base(target: Target) -> Part:
    if isinstance(target, ExponentialSum):
        pairs = sorted(zip(target.w, target.a, strict=True))
        return Exponentials(
            tuple(-constant_ball(x) for _, x in pairs), tuple(constant_ball(y) for y, _ in pairs)
        )
    if isinstance(target, PowerLaw):
        return Power(-constant_ball(target.amplitude), constant_ball(target.omega))
    tail = None
    if isinstance(target, GaussianBump):
        root = target.width * sp.sqrt(2)
        height = target.amplitude * target.width * sp.sqrt(sp.pi / 2)
        tail = -height * sp.erfc((t - target.delay) / root)
    return Smooth(-target.expression, tail)
