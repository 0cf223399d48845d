"""What an event watches along a flow of a field, and where inside a step it is largest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.flow.engine.humps import NEAR, first_hump
from memcurse.numerics.flow.engine.state import DISPLACEMENT, LOSS_DROP
from memcurse.numerics.flow.events import Displacement, Event
from memcurse.numerics.flow.fields.arithmetic import Arithmetic
from memcurse.numerics.flow.fields.field import Field, Point

from .stepper import Method, Step

Array = NDArray[np.float64]
#: Points of a step at which a loss that can rise is looked at, and cuts nearer to the step's ends than this are none.
_SAMPLES, _EDGE = 16, 0.02


def threshold_in(arithmetic: Arithmetic, stop: Event, loss: Any) -> Any:
    """An event's threshold, from its exact numbers and the loss at the start."""
    if isinstance(stop, Displacement):
        return arithmetic.exact([stop.distance])[0]
    if stop.drop is not None:
        return arithmetic.exact([stop.drop])[0]
    return arithmetic.exact([stop.fraction])[0] * loss


class Watch:
    """The event's quantity, its threshold, and the start that it is measured from."""

    def __init__(self, field: Field, arithmetic: Arithmetic, stop: Event, start: Point) -> None:
        self.field, self.arithmetic = field, arithmetic
        self.kind = DISPLACEMENT if isinstance(stop, Displacement) else LOSS_DROP
        self.loss = start.values.loss
        self.exact = threshold_in(arithmetic, stop, self.loss)
        self.threshold = float(self.exact)
        self.origin = field.position(start.theta, arithmetic)

    def gap(self, point: Point) -> Any:
        """How far the quantity is past its threshold, in the arithmetic: the event comes where this turns positive."""
        if self.kind == LOSS_DROP:
            return (self.loss - point.values.loss) - self.exact
        offset = self.field.position(point.theta, self.arithmetic) - self.origin
        return np.sqrt(offset @ offset) - self.exact

    def excess(self, point: Point) -> float:
        """The same as a float: small ones are as good as the arithmetic."""
        return float(self.gap(point))

    def _offset(self, theta: Any) -> Array:
        return self.arithmetic.floats(self.field.position(theta, self.arithmetic) - self.origin)

    def hump(self, point: Point, step: Step, method: Method) -> float:
        """Where the step must be cut because the quantity has a maximum there; 0 if it need not be."""
        if self.kind == LOSS_DROP:
            return 0.0 if self.field.monotone else self._hump_of_the_loss(point, step, method)
        offset = self._offset(point.theta)
        stages = np.array([self._offset(point.theta + Z) for Z in step.Z]) - offset
        powers = self.arithmetic.floats(method.powers) @ stages
        return float(first_hump(offset, powers, self.threshold, 1.0)[0])

    def _hump_of_the_loss(self, point: Point, step: Step, method: Method) -> float:
        """The same for a loss that falls and rises, by looking at the step's polynomial."""
        before = self.excess(point)
        reach = max([before, *(self.excess(p) for p in step.points)])
        swing = max([abs(self.excess(p) - before) for p in step.points], default=0.0)
        if reach + swing < (NEAR - 1.0) * self.threshold:
            return 0.0
        powers = method.powers @ step.Z
        found = [before] + [self._on(point, powers, x / _SAMPLES) for x in range(1, _SAMPLES + 1)]
        for i in range(1, _SAMPLES):
            if found[i] >= found[i - 1] and found[i] >= found[i + 1]:
                x, top = self._top(point, powers, (i - 1) / _SAMPLES, (i + 1) / _SAMPLES)
                near = top >= (NEAR - 1.0) * self.threshold and _EDGE < x < 1.0 - _EDGE
                if near and (top >= 0.0 or x * _SAMPLES > 1.0):
                    return x
        return 0.0

    def _on(self, point: Point, powers: Any, x: float) -> float:
        """`excess` on the polynomial with coefficients `powers` (s, n), at `x`."""
        orders = self.arithmetic.array(x ** np.arange(1, len(powers) + 1))
        theta = self.arithmetic.rounded(point.theta + orders @ powers)
        values = self.field.evaluate(theta, self.arithmetic)
        return -math.inf if values is None else float((self.loss - values.loss) - self.exact)

    def _top(self, point: Point, powers: Any, left: float, right: float) -> tuple[float, float]:
        """The maximum between two places, by thirds."""
        for _ in range(24):
            x, y = left + (right - left) / 3, right - (right - left) / 3
            if self._on(point, powers, x) < self._on(point, powers, y):
                left = x
            else:
                right = y
        x = 0.5 * (left + right)
        return x, self._on(point, powers, x)
