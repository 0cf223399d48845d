"""Critical points of real amplitudes and rates: Newton's method and Krawczyk's proof (`krawczyk`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb

from memcurse.numerics.objective.objective import Enclosure, Objective
from memcurse.theory.landscape.equivalent_parameters import Inertia

from .krawczyk import IsolatedPoint, certified_point, isolate, newton


@dataclass(frozen=True)
class Proof:
    """A box with exactly one critical point in it.

    Attributes
    ----------
    a, w : tuple of arb, length l
        Balls of the amplitudes and of the rates (1/time): the image under Krawczyk's operator.
    box : tuple of arb, length 2l
        The box, amplitudes first, in whose interior the image lies; the point is the only one in the box.
    loss : arb
        Ball of the loss at the critical point.
    inertia : Inertia or None
        Of the Hessian there; None if balls did not decide a sign.
    """

    a: tuple[arb, ...]
    w: tuple[arb, ...]
    box: tuple[arb, ...]
    loss: arb
    inertia: Inertia | None


@dataclass(frozen=True)
class _RealSurface:
    """The loss over amplitudes and rates."""

    objective: Objective

    def enclose(self, x: Sequence[arb], digits: int) -> Enclosure:
        l = len(x) // 2
        return self.objective.enclose(x[:l], x[l:], digits)

    def sizes(self, x: Sequence[arb], loss: arb) -> list[arb]:
        """The largest amplitude, and each rate.

        Where every amplitude is 0, or all but, the target's own size stands in: the loss is then its squared norm.
        """
        l = len(x) // 2
        own = (abs(loss) * max(x[l:], key=float)).sqrt().mid()
        largest = max((abs(a).mid() for a in x[:l]), key=float)
        if largest <= own * arb(2) ** -64:
            largest = own
        return [largest] * l + [abs(w).mid() for w in x[l:]]

    def admits(self, x: Sequence[arb]) -> bool:
        return all(rate > 0 for rate in x[len(x) // 2 :])


def newton_point(
    objective: Objective, a: Sequence[arb], w: Sequence[arb], digits: int
) -> tuple[list[arb], list[arb]] | None:
    """Amplitudes and rates (exact balls) to about `digits` after Newton's method on the gradient; None if it strays.

    Notes
    -----
    Rigour: none; `prove` decides what the point is worth.
    """
    point = newton(_RealSurface(objective), [*a, *w], digits)
    return None if point is None else (point[: len(a)], point[len(a) :])


def prove(objective: Objective, a: Sequence[arb], w: Sequence[arb], digits: int) -> Proof | None:
    """One Krawczyk step about an exact point at one precision; None if it proves nothing.

    Notes
    -----
    Rigour: proof. What is returned holds exactly one critical point, with the loss and the inertia stated.
    """
    return _proof(isolate(_RealSurface(objective), [*a, *w], digits))


def certify(objective: Objective, a: Sequence[arb], w: Sequence[arb], digits: int) -> Proof | None:
    """Polish a point near a critical point and prove it, to `digits` relative to the rates and the largest amplitude.

    Notes
    -----
    Rigour: proof. None is no statement: the point may be degenerate, or no critical point at all.
    """
    return _proof(certified_point(_RealSurface(objective), [*a, *w], digits))


def _proof(point: IsolatedPoint | None) -> Proof | None:
    if point is None:
        return None
    l = len(point.x) // 2
    return Proof(point.x[:l], point.x[l:], point.box, point.loss, point.inertia)
