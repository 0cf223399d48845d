r"""Newton's method in many digits, and Krawczyk's proof that a box of real variables holds exactly one critical point.

Krawczyk's operator on a box X about x is ``K = x - Y g(x) + (1 - Y H(X)) (X - x)``, with Y an approximate inverse of
the Hessian. If K lies in the interior of X, the gradient has exactly one zero in X, it lies in K, and every matrix in
``H(X)`` is invertible (Krawczyk 1969, Moore 1977; strict interior as in Rump 1983). What the variables are (amplitudes
and rates, or real and imaginary parts of complex ones) the `Surface` knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for
from memcurse.numerics.arithmetic.matrices.inertia import ball_inertia
from memcurse.numerics.objective.objective import Enclosure
from memcurse.theory.landscape.equivalent_parameters import Inertia

#: Newton steps in one precision before it counts as lost, and doublings of the digits before a proof is given up.
_STEPS, _ROUNDS = 12, 5
#: Digits above which Newton's method first runs at half of them.
_LADDER = 100
#: Times that a box is inflated before its centre counts as too far from a zero.
_INFLATIONS = 3


class Surface(Protocol):
    """A loss over real variables."""

    def enclose(self, x: Sequence[arb], digits: int) -> Enclosure:
        """Balls of loss, gradient and Hessian at a point or over a box."""

    def sizes(self, x: Sequence[arb], loss: arb) -> list[arb]:
        """What the errors of the variables are relative to."""

    def admits(self, x: Sequence[arb]) -> bool:
        """Whether a point, or all of a box, certainly lies where the loss is defined."""


@dataclass(frozen=True)
class IsolatedPoint:
    """A box with exactly one critical point in it.

    Attributes
    ----------
    x : tuple of arb, length n
        The image under Krawczyk's operator, in which the point lies.
    box : tuple of arb, length n
        The box in whose interior the image lies; the point is the only one in it.
    loss : arb
        Ball of the loss at the critical point.
    inertia : Inertia or None
        Of the Hessian there; None if balls did not decide a sign.
    """

    x: tuple[arb, ...]
    box: tuple[arb, ...]
    loss: arb
    inertia: Inertia | None


def newton(surface: Surface, x: Sequence[arb], digits: int) -> list[arb] | None:
    """An exact point to about `digits` after Newton's method on the gradient; None if it strays.

    Notes
    -----
    Rigour: none; `isolate` decides what the point is worth.
    """
    schedule = [digits]
    while schedule[0] > _LADDER:
        schedule.insert(0, schedule[0] // 2 + 10)
    start = list(x)
    moved: list[arb] | None = None
    for now in schedule:
        # What a lower precision cannot carry is left to the next.
        moved = _newton(surface, start, now)
        start = start if moved is None else moved
    return moved


def _newton(surface: Surface, x: list[arb], digits: int) -> list[arb] | None:
    """Newton steps in one precision until they are settled; None if they do not settle or lead out of the domain."""
    bits = bits_for(digits) + GUARD_BITS
    with ball_precision(bits):
        for _ in range(_STEPS):
            at = surface.enclose(x, digits)
            step = _solve(at.hessian, at.gradient)
            if step is None or not all(s.is_finite() for s in step):
                return None
            x = [(value - s).mid() for value, s in zip(x, step, strict=True)]
            if not surface.admits(x):
                return None
            # Half the digits are right, so the step just taken has made all of them right.
            scale = arb(2) ** (-(bits // 2))
            if all(abs(s) <= scale * size for s, size in zip(step, surface.sizes(x, at.loss), strict=True)):
                return x
    return None


def _solve(matrix: arb_mat, right: arb_mat) -> list[arb] | None:
    try:
        solution = matrix.mid().solve(right.mid(), algorithm="approx")
    except ZeroDivisionError:
        return None
    return [solution[i, 0].mid() for i in range(solution.nrows())]


def isolate(surface: Surface, x: Sequence[arb], digits: int) -> IsolatedPoint | None:
    """One Krawczyk step about an exact point at one precision; None if it proves nothing.

    Notes
    -----
    Rigour: proof. What is returned holds exactly one critical point, with the loss and the inertia stated.
    """
    with ball_precision(bits_for(digits) + GUARD_BITS):
        n = len(x)
        at = surface.enclose(x, digits)
        try:
            inverse = at.hessian.mid().inv().mid()
        except ZeroDivisionError:
            return None
        step = inverse * at.gradient
        radii = _radii(step, surface.sizes(x, at.loss), digits)
        identity = arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
        for _ in range(_INFLATIONS):
            box = [value + arb(0, radius) for value, radius in zip(x, radii, strict=True)]
            if not surface.admits(box):
                return None
            hessian = surface.enclose(box, digits).hessian
            offset = arb_mat(n, 1, [arb(0, radius) for radius in radii])
            shift = (identity - inverse * hessian) * offset - step
            image = [x[i] + shift[i, 0] for i in range(n)]
            if all(outer.contains_interior(inner) for outer, inner in zip(box, image, strict=True)):
                return _isolated(box, image, at, hessian, shift)
            radii = [8 * radius for radius in radii]
    return None


def _radii(step: arb_mat, sizes: Sequence[arb], digits: int) -> list[arb]:
    """Radii for a first box: twice what the Newton step may still be, and never less than the last digits."""
    last = arb(2) ** (-bits_for(digits) - GUARD_BITS // 2)
    return [(2 * abs(step[i, 0]) + last * size).abs_upper() for i, size in enumerate(sizes)]


def _isolated(
    box: list[arb], image: list[arb], at: Enclosure, hessian: arb_mat, shift: arb_mat
) -> IsolatedPoint:
    # Taylor with the Hessian over the box: the loss is flat there, its own enclosure over the box is not.
    first = (at.gradient.transpose() * shift)[0, 0]
    second = (shift.transpose() * hessian * shift)[0, 0] / 2
    return IsolatedPoint(tuple(image), tuple(box), at.loss + first + second, ball_inertia(hessian))


def certified_point(surface: Surface, x: Sequence[arb], digits: int) -> IsolatedPoint | None:
    """Polish a point near a critical point and prove it, to `digits` relative to the sizes of the variables.

    The working digits are raised until proof and accuracy are there.

    Notes
    -----
    Rigour: proof. None is no statement: the point may be degenerate, or no critical point at all.
    """
    goal, now = bits_for(digits), digits
    for _ in range(_ROUNDS):
        point = newton(surface, x, now)
        if point is not None:
            proof = isolate(surface, point, now)
            if proof is not None and proof.inertia is not None and _accurate(surface, proof, goal):
                return proof
            x = point
        now = now + max(10, now // 2)
    return None


def _accurate(surface: Surface, proof: IsolatedPoint, bits: int) -> bool:
    scale = arb(2) ** (-bits)
    sizes = surface.sizes(proof.x, proof.loss)
    return all(ball.rad() <= scale * size for ball, size in zip(proof.x, sizes, strict=True))
