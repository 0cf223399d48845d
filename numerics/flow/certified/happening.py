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

#: Steps by which a window around a computed time is widened before it is given up, by 2 and by 4.
_DOUBLINGS, _QUARTERS = 40, 80
_BISECTIONS = 200
#: Pieces of one step before the search for the first crossing is given up.
_PIECES = 20_000


@dataclass(frozen=True)
class Window:
    """Local times between which the event comes for the first time, in [-1, 1]."""

    first: arb
    last: arb


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
        self.loss = self._loss_near(start, spread)
        if isinstance(stop, Displacement):
            self.threshold = constant_ball(stop.distance)
        elif stop.drop is not None:
            self.threshold = constant_ball(stop.drop)
        else:
            self.threshold = constant_ball(stop.fraction or sp.S.Zero) * self.loss

    def _loss_near(self, point: Sequence[arb], radius: arb) -> arb:
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
        return self.loss - self._loss_near(point, radius) - self.threshold

    def window(self, path: Path, tube: Tube) -> Window | None | str:
        """When the event comes first in this step; None if it certainly does not; else why that is not known."""
        if isinstance(self.stop, Displacement):
            return self._first_crossing(path, tube)
        at_end = self.amount(path.point(arb(1)), tube.radius)
        if at_end < 0:
            return None
        if not at_end > 0:
            return "the event is too near the end of a step to tell on which side"
        return self._drop(lambda x: self.amount(path.point(x), tube.radius), path, tube)

    def _drop(self, amount: Callable[[arb], arb], path: Path, tube: Tube) -> Window | str:
        low, high = arb(-1), arb(1)
        for _ in range(_BISECTIONS):
            middle = ((low + high) / 2).mid()
            value = amount(middle)
            if value < 0:
                low = middle
            elif value > 0:
                high = middle
            else:
                break
        else:
            return Window(low, high)
        # `middle` is undecided: what is decided lies a little to its left and right.
        return Window(
            _decided(amount, middle, low, lambda x: x < 0), _decided(amount, middle, high, lambda x: x > 0)
        )

    def _first_crossing(self, path: Path, tube: Tube) -> Window | None | str:
        speed = sum(
            (k**2 * norm_of([path.coefficients[k, i] for i in range(self.system.size)]))
            for k in range(1, path.coefficients.nrows())
        )
        finest = (tube.radius + self.spread) / (arb(speed) + arb(2) ** (-60))
        finest = finest.max(arb(2) ** (-120)).mid()
        pending, left = [(arb(-1), arb(1))], arb(-1)
        for _ in range(_PIECES):
            if not pending:
                return None
            low, high = pending.pop()
            middle, half = ((low + high) / 2).mid(), ((high - low) / 2).upper()
            value = self.amount(path.point(middle), (tube.radius + speed * half).upper())
            if value < 0:
                left = high
            elif half > finest:
                pending += [(middle, high), (low, middle)]
            else:
                break
        else:
            return "too many pieces are needed to follow the distance"
        step = half
        for _ in range(_DOUBLINGS):
            right = (left + step).mid().min(arb(1))
            if self.amount(path.point(right), tube.radius) > 0:
                return Window(left, right)
            if right >= 1:
                break
            step *= 2
        return "the distance comes so near the threshold that neither side of it is certain"


def _decided(amount: Callable[[arb], arb], start: arb, end: arb, holds: Callable[[arb], bool]) -> arb:
    """A point between `start` (undecided) and `end` (decided), near the start, at which `holds`; else `end`."""
    step = (end - start) * arb(4) ** (-_QUARTERS)
    for _ in range(_QUARTERS):
        point = (start + step).mid()
        if holds(amount(point)):
            return point
        step *= 4
    return end


def time_of(path: Path, window: Window) -> arb:
    """The ball of times that the window stands for."""
    first = path.begin + path.length * (window.first + 1) / 2
    last = path.begin + path.length * (window.last + 1) / 2
    return hull(first, last)
