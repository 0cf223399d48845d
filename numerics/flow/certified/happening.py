r"""Whether an event comes in a proved step, and when: from the path and the radius of its tube.

The loss falls along every flow, so a drop of the loss has one time, and is decided by values at single points. A
distance need not grow: the path is searched from the left in pieces on which the distance, which changes by no more
than the path moves, stays certainly below, and the first crossing lies behind the last of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sympy as sp
from flint import arb

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import hull
from memcurse.numerics.flow.events import Displacement, Event

from .gradient_system import GradientSystem, norm_of
from .path import Path
from .tube import Tube

#: From a local time to the event's quantity less its threshold.
Amount = Callable[[arb], arb]
#: Steps by which a window around a computed time is widened before it is given up, by 2 and by 4.
_DOUBLINGS, _QUARTERS = 40, 80
_BISECTIONS = 200
#: Points at which a step is looked at for an event that may have come, on either side of its middle.
_SAMPLES = 16
#: Pieces of one step before the rest of it counts as a possible crossing.
_PIECES = 20_000


@dataclass(frozen=True)
class Window:
    """What a step says of the first coming of an event, in local times of [-1, 1].

    Attributes
    ----------
    first : arb or None
        Up to here it certainly has not come; None if it certainly does not come in the step.
    last : arb or None
        By then it certainly has come; None if that is not certain in the step.
    """

    first: arb | None
    last: arb | None


NOTHING = Window(None, None)


class Watch:
    """An event, and the start from which it is counted.

    Parameters
    ----------
    system : GradientSystem
    stop : LossDrop or Displacement
    start : sequence of arb
        Exact midpoint of the starts.
    spread : arb
        Radius within which they lie.
    """

    def __init__(self, system: GradientSystem, stop: Event, start: Sequence[arb], spread: arb) -> None:
        self.system, self.stop, self.start, self.spread = system, stop, start, spread
        #: The first time at which the event may have come; None as long as it certainly has not.
        self.earliest: arb | None = None
        self.loss = self.loss_near(start, spread)
        if isinstance(stop, Displacement):
            self.threshold = constant_ball(stop.distance)
        elif stop.drop is not None:
            self.threshold = constant_ball(stop.drop)
        else:
            self.threshold = constant_ball(stop.fraction or sp.S.Zero) * self.loss

    def loss_near(self, point: Sequence[arb], radius: arb) -> arb:
        """The loss at all points within `radius` of `point`, by Taylor's formula of first order."""
        parts = self.system.parts(point, 1)
        zero = arb(0, 1) * radius
        box = [x + zero for x in point]
        slope = norm_of(self.system.parts(box, 1).gradient)
        return parts.loss + arb(0, 1) * slope * radius

    def amount(self, point: Sequence[arb], radius: arb) -> arb:
        """The event's quantity less its threshold, at all points within `radius` of `point`."""
        if isinstance(self.stop, Displacement):
            moved = sum(((x - y) ** 2 for x, y in zip(point, self.start, strict=True)), arb(0)).sqrt()
            return moved + arb(0, 1) * (radius + self.spread) - self.threshold
        return self.loss - self.loss_near(point, radius) - self.threshold

    def look(self, path: Path, tube: Tube) -> arb | None:
        """The next step: a ball around the time of the event if that has certainly come by its end, else None."""
        window = self._window(path, tube)
        if self.earliest is None and window.first is not None:
            self.earliest = time_at(path, window.first)
        if self.earliest is None or window.last is None:
            return None
        return hull(self.earliest, time_at(path, window.last))

    def _window(self, path: Path, tube: Tube) -> Window:

        def amount(x: arb) -> arb:
            return self.amount(path.point(x), tube.radius)

        if self.earliest is not None:
            return Window(
                arb(-1), _first_certain(amount, [arb(k) / _SAMPLES for k in range(-_SAMPLES, _SAMPLES + 1)])
            )
        if isinstance(self.stop, Displacement):
            return self._first_crossing(amount, path, tube)
        at_end = amount(arb(1))
        return NOTHING if at_end < 0 else _drop(amount, bool(at_end > 0))

    def _first_crossing(self, amount: Amount, path: Path, tube: Tube) -> Window:
        """Pieces from the left on which the distance stays below, as long as the tube lets them be told."""
        speed = sum(
            (
                k**2 * norm_of([path.coefficients[k, i] for i in range(self.system.size)])
                for k in range(1, path.coefficients.nrows())
            ),
            arb(0),
        ).upper()
        finest = ((tube.radius + self.spread) / (speed + arb(2) ** (-60))).max(arb(2) ** (-120)).mid()
        pending, left = [(arb(-1), arb(1))], arb(-1)
        for _ in range(_PIECES):
            if not pending:
                return NOTHING
            low, high = pending.pop()
            middle, half = ((low + high) / 2).mid(), ((high - low) / 2).upper()
            if self.amount(path.point(middle), (tube.radius + speed * half).upper()) < 0:
                left = high
            elif half > finest:
                pending += [(middle, high), (low, middle)]
            else:
                break
        rights = [(left + finest * arb(2) ** k).mid().min(arb(1)) for k in range(_DOUBLINGS)]
        return Window(left, _first_certain(amount, rights))


def _first_certain(amount: Amount, points: Sequence[arb]) -> arb | None:
    """The first of increasing points at which the event has certainly come."""
    return next((x for x in points if amount(x) > 0), None)


def _drop(amount: Amount, certain: bool) -> Window:
    """The window of an event whose quantity increases, and may be past its threshold at the end (certainly or not)."""
    low, high, middle = arb(-1), arb(1), arb(1)
    for _ in range(_BISECTIONS):
        middle = ((low + high) / 2).mid()
        value = amount(middle)
        if value < 0:
            low = middle
        elif value > 0:
            high = middle
        else:
            break
    # What is decided lies a little to the left and right of what is not.
    first = _decided(amount, middle, low, lambda x: x < 0)
    return Window(first, _decided(amount, middle, high, lambda x: x > 0) if certain else None)


def _decided(amount: Amount, start: arb, end: arb, holds: Callable[[arb], bool]) -> arb:
    """A point between `start` (undecided) and `end` (decided), near the start, at which `holds`; else `end`."""
    step = (end - start) * arb(4) ** (-_QUARTERS)
    for _ in range(_QUARTERS):
        point = (start + step).mid()
        if holds(amount(point)):
            return point
        step *= 4
    return end


def time_at(path: Path, x: arb) -> arb:
    """The time that belongs to a local one."""
    return path.begin + path.length * (x + 1) / 2
