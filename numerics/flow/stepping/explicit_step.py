"""One step of an explicit pair for any field, in any arithmetic: what `method=` takes, any `ExplicitPair`."""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.flow.fields.arithmetic import Arithmetic, Numbers
from memcurse.numerics.flow.fields.field import Field, Point
from memcurse.numerics.flow.tableaus.explicit_pairs import ExplicitPair

from .implicit_step import Memory, Step, Stepper

Array = NDArray[np.float64]
#: A step is kept as the cubic through values and slopes at both ends, at the nodes of Radau IIA with so many stages.
_KEPT = 3
#: The embedded formula may be off by this share of the tolerance: errors of all steps add up.
_ACCURACY = 1e-2


class PairStepper(Stepper):
    """An explicit pair on a field."""

    curved = False

    def __init__(self, field: Field, arithmetic: Arithmetic, pair: ExplicitPair) -> None:
        super().__init__(field, arithmetic, _KEPT)
        self.control = min(pair.order, pair.embedded_order)
        gaps = [x - y for x, y in zip(pair.weights, pair.embedded, strict=True)]
        self.rows = [arithmetic.fractions(row) for row in pair.A]
        self.gaps, self.times = arithmetic.fractions(gaps), arithmetic.fractions(pair.nodes)

    @staticmethod
    def tolerance(rtol: float) -> float:
        """See `_ACCURACY`."""
        return _ACCURACY * rtol

    def attempt(
        self,
        time: arb,
        point: Point,
        h: float,
        arc: bool,
        memory: Memory | None,
        scale: Array,
        time_scale: float,
    ) -> tuple[Step | None, float]:
        """A step of length `h` and the size of the embedded formula's difference; None where it leaves the domain."""
        found = self._slopes(time, point, h)
        if found is None:
            return None, np.inf
        slopes, step = found
        gap = self.arithmetic.floats(self.gaps @ slopes) * h
        size = float(np.sqrt(np.mean((gap / scale) ** 2)))
        return step, size if size >= 0.0 else np.inf

    def resized(
        self,
        time: arb,
        point: Point,
        step: Step,
        h: float,
        memory: Memory | None,
        scale: Array,
        time_scale: float,
    ) -> Step | None:
        """The step taken anew with another length."""
        found = self._slopes(time, point, h)
        return None if found is None else found[1]

    def _slopes(self, time: arb, point: Point, h: float) -> tuple[Numbers, Step] | None:
        """Velocities at all stages, and the step; the last stage is its end."""
        length = self.arithmetic.array(h)[()]
        slopes, there = [point.velocity], point
        for row, node in zip(self.rows[1:], self.times[1:], strict=True):
            moved = self.arithmetic.rounded(point.theta + length * (row @ np.array(slopes)))
            at = self.field.at(time + arb(node * length), moved, self.arithmetic)
            if at is None:
                return None
            there = at
            slopes.append(at.velocity)
        Z = self._cubic(there.theta - point.theta, length * slopes[0], length * slopes[-1])
        ones = self.arithmetic.array(np.ones(_KEPT))
        return np.array(slopes), Step(h, False, Z, ones, [there])

    def _cubic(self, change: Numbers, first: Numbers, last: Numbers) -> Numbers:
        """The cubic's increments at the nodes kept."""
        x: Any = self.method.nodes[:, None]
        value = first * x + (3 * change - 2 * first - last) * x**2 + (first + last - 2 * change) * x**3
        value[-1] = change
        return self.arithmetic.rounded(value)
