"""Critical points of complex amplitudes and modes in either time, proved in balls over the real variables.

Variables: (Re a, Im a, Re x, Im x), x the rates (Re w > 0) or the poles (|p| < 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import acb, arb, arb_mat

from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for
from memcurse.numerics.objective.complex_modes.objective import ComplexObjective
from memcurse.numerics.objective.objective import Enclosure
from memcurse.theory.landscape.equivalent_parameters import Inertia

from .krawczyk import IsolatedPoint, certified_point, isolate


@dataclass(frozen=True)
class ComplexPoint:
    """A proved critical point.

    Attributes
    ----------
    a, x : tuple of acb, length m
        Balls of the amplitudes and of the modes.
    point : IsolatedPoint
        The proof, in real variables.
    digits : int
        Those that it was made with.
    """

    a: tuple[acb, ...]
    x: tuple[acb, ...]
    point: IsolatedPoint
    digits: int

    @property
    def loss(self) -> arb:
        """Ball of the loss there."""
        return self.point.loss

    @property
    def inertia(self) -> Inertia:
        """Of the real Hessian, of order 4m."""
        if self.point.inertia is None:
            raise ArithmeticError(f"`point` must have a decided inertia; got {self.point}")
        return self.point.inertia

    def mirror(self) -> tuple[int, ...] | None:
        """Where conjugation takes each mode, if it maps the point to itself; for real targets only.

        The conjugate of a critical point of a real target is one. If the conjugated image lies in the box after some
        exchange of the modes, it is the point itself, the only one there. Rigour: proof; None is no statement.
        """
        bits = max(int(ball.mid().bits()) for ball in self.point.box)
        # Conjugation must not round.
        with ball_precision(2 * bits + GUARD_BITS):
            return self._mirror()

    def _mirror(self) -> tuple[int, ...] | None:
        m = len(self.a)
        order = []
        for k in range(m):
            conjugate = self.x[k].conjugate()
            matches = [j for j in range(m) if self.x[j].overlaps(conjugate)]
            if len(matches) != 1:
                return None
            order.append(matches[0])
        if sorted(order) != list(range(m)):
            return None
        boxed = _numbers(self.point.box)
        pairs = zip((*self.a, *self.x), (*order, *(m + j for j in order)), strict=True)
        inside = all(boxed[j].contains(ball.conjugate()) for ball, j in pairs)
        return tuple(order) if inside else None


@dataclass(frozen=True)
class _ComplexSurface:
    objective: ComplexObjective

    def enclose(self, x: Sequence[arb], digits: int) -> Enclosure:
        numbers = _numbers(x)
        m = len(numbers) // 2
        # At one precision: a box would never be accurate, and `certified_point` raises the digits itself.
        with ball_precision(bits_for(digits) + GUARD_BITS):
            parts = self.objective.ball_parts(numbers[:m], numbers[m:])
            hessian = [v for row in parts.real_hessian() for v in row]
            return Enclosure(
                parts.loss, arb_mat(4 * m, 1, parts.real_gradient()), arb_mat(4 * m, 4 * m, hessian)
            )

    def sizes(self, x: Sequence[arb], loss: arb) -> list[arb]:
        """The largest amplitude; and how far each mode is from instability."""
        numbers = _numbers([value.mid() for value in x])
        m = len(numbers) // 2
        largest = max((abs(a) for a in numbers[:m]), key=lambda size: float(size.mid())).mid()
        gaps = [z.real.mid() if self._continuous else (1 - abs(z)).mid() for z in numbers[m:]]
        return [largest] * (2 * m) + gaps * 2

    def admits(self, x: Sequence[arb]) -> bool:
        modes = _numbers(x)[len(x) // 4 :]
        if self._continuous:
            return all(z.real > 0 for z in modes)
        return all(abs(z) < 1 for z in modes)

    @property
    def _continuous(self) -> bool:
        return self.objective.moments.time == "continuous"


def _numbers(x: Sequence[arb]) -> list[acb]:
    """Amplitudes, then modes, from the real variables."""
    m = len(x) // 4
    return [acb(x[k + shift], x[k + m + shift]) for shift in (0, 2 * m) for k in range(m)]


def certify_complex(
    objective: ComplexObjective, a: Sequence[acb], x: Sequence[acb], digits: int
) -> ComplexPoint | None:
    """Polish and prove a critical point, to `digits` of the largest amplitude and of each mode's distance from
    instability.

    Notes
    -----
    Rigour: proof. None is no statement.
    """
    start = [part for group in (a, x) for part in (*(z.real for z in group), *(z.imag for z in group))]
    point = certified_point(_ComplexSurface(objective), start, digits)
    if point is None:
        return None
    numbers, m = _numbers(point.x), len(a)
    return ComplexPoint(tuple(numbers[:m]), tuple(numbers[m:]), point, digits)


def symmetric_point(objective: ComplexObjective, point: ComplexPoint) -> ComplexPoint | None:
    """The critical point near by in a box about exact conjugates, which `mirror` sees; None if it proves nothing.

    Notes
    -----
    Rigour: proof, as `certify_complex`, on its own; that it is the point given is not shown.
    """
    m, digits = len(point.a), point.digits
    with ball_precision(bits_for(digits) + GUARD_BITS):
        a, x = [v.mid() for v in point.a], [v.mid() for v in point.x]
        for k in range(m):
            distances = [float(abs(z - x[k].conjugate()).mid()) for z in x]
            partner = distances.index(min(distances))
            if partner == k:
                a[k], x[k] = acb(a[k].real), acb(x[k].real)
            elif partner > k:
                a[partner], x[partner] = a[k].conjugate(), x[k].conjugate()
        flat = [part for group in (a, x) for part in (*(z.real for z in group), *(z.imag for z in group))]
        found = isolate(_ComplexSurface(objective), flat, digits)
    if found is None or found.inertia is None:
        return None
    numbers = _numbers(found.x)
    symmetric = ComplexPoint(tuple(numbers[:m]), tuple(numbers[m:]), found, digits)
    return symmetric if symmetric.mirror() is not None else None
