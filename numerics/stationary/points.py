"""What a critical point is, and a list of them; the checks that every way to them shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for, to_mpf
from memcurse.numerics.plain import JsonResult
from memcurse.theory.exact import exact_integer
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.targets.recognition import as_target
from memcurse.theory.targets.target import ExponentialSum, Target

MAX_WIDTH = 12


@dataclass(frozen=True)
class Box:
    """Balls of the amplitudes `a` and of the rates `w` (1/time), each a tuple of arb of length l."""

    a: tuple[arb, ...]
    w: tuple[arb, ...]


@dataclass(frozen=True, repr=False)
class CriticalPoint(JsonResult):
    """A zero of the gradient of ``J_l``, rates in increasing order.

    Attributes
    ----------
    amplitudes, rates : tuple of mpmath.mpf, length l
        Midpoints of the enclosure, exactly.
    enclosure : Box
        Balls in which exactly one critical point lies, if `certified`.
    inertia : Inertia or None
        Numbers of positive, zero and negative eigenvalues of the Hessian, proved; None where not certified.
    loss : arb
        Ball of ``J_l`` at the critical point.
    certified : bool
        Whether existence, uniqueness in the enclosure, and the inertia are proved.
    """

    amplitudes: tuple[mpmath.mpf, ...]
    rates: tuple[mpmath.mpf, ...]
    enclosure: Box
    inertia: Inertia | None
    loss: arb
    certified: bool

    def __repr__(self) -> str:
        kind = "not certified" if self.inertia is None else f"inertia {tuple(self.inertia)}"
        return f"CriticalPoint(l={len(self.rates)}, loss {self.loss.str(6)}, {kind})"

    @property
    def minimum(self) -> bool:
        """Whether this is proved to be a strict local minimum."""
        return self.inertia is not None and self.inertia.positive == 2 * len(self.rates)


class CriticalPoints(tuple[CriticalPoint, ...]):
    """Certified critical points, one per class of permutations, in order of rising loss.

    Attributes
    ----------
    complete : bool
        Whether it is proved that there are no others (with distinct rates).
    reason : str
        Why it is, or why it is not known.
    undecided : tuple of CriticalPoint
        Candidates that could not be proved, not part of the list: degenerate points, or none at all.
    """

    complete: bool
    reason: str
    undecided: tuple[CriticalPoint, ...]

    def __new__(
        cls,
        points: Iterable[CriticalPoint],
        complete: bool,
        reason: str,
        undecided: Iterable[CriticalPoint] = (),
    ) -> CriticalPoints:
        """Order the points by their losses."""
        ordered = sorted(points, key=lambda point: to_mpf(point.loss))
        self = super().__new__(cls, ordered)
        self.complete, self.reason, self.undecided = complete, reason, tuple(undecided)
        return self

    def minima(self) -> tuple[CriticalPoint, ...]:
        """The proved local minima, lowest first."""
        return tuple(point for point in self if point.minimum)


def critical_point(
    a: Iterable[arb], w: Iterable[arb], loss: arb, inertia: Inertia | None, certified: bool
) -> CriticalPoint:
    """A critical point from its balls, sorted by rate."""
    pairs = sorted(zip(a, w, strict=True), key=lambda pair: to_mpf(pair[1]))
    balls_a, balls_w = tuple(x for x, _ in pairs), tuple(y for _, y in pairs)
    amplitudes, rates = (tuple(to_mpf(x) for x in balls) for balls in (balls_a, balls_w))
    return CriticalPoint(amplitudes, rates, Box(balls_a, balls_w), inertia, loss, certified)


def validate_width(name: str, value: Any) -> int:
    """`value` as an integer from 1 to 12."""
    return exact_integer(name, value, 1, MAX_WIDTH)


def validate_target(target: Any) -> Target:
    """`target`, if it is a kernel that is not 0."""
    target = as_target(target)
    if target.expression == 0:
        raise ValueError(f"`target` must not be 0, for which every rate is critical; got {target!r}")
    return target


def is_rational_sum(target: Target) -> bool:
    """Whether the target is an exponential sum with rational amplitudes and rates."""
    return isinstance(target, ExponentialSum) and all(
        isinstance(x, sp.Rational) for x in (*target.a, *target.w)
    )


def working_precision(digits: int) -> Any:
    """A context with the ball precision for results of `digits`."""
    return ball_precision(bits_for(digits) + GUARD_BITS)
