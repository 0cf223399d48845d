"""One step of a Rosenbrock method for any field, in any arithmetic: linear systems with one matrix, no iteration.

The matrix ``I - gamma h f'`` has the exact derivative of the velocity, whatever the metric; where the velocity depends
on the time by itself, its derivative in time comes in (Hairer and Wanner, *Solving ODEs II*, IV.7). What a step leaves
is what a Radau step leaves, increments at Radau's nodes, from the method's own polynomial.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.flow.engine.machinery import internal_tolerance
from memcurse.numerics.flow.fields.arithmetic import Arithmetic, Numbers
from memcurse.numerics.flow.fields.field import Field, Point
from memcurse.numerics.flow.tableaus.rosenbrock import Rosenbrock

from .stepper import DirectStepper, Step

Array = NDArray[np.float64]
#: Nodes of Radau IIA at which the polynomial is kept: enough for a quartic.
_KEPT = 5
#: Share of the implicit method's tolerance: half of what the plain flow takes, as errors of oscillations add up.
_ACCURACY = 0.01


class RosenbrockStepper(DirectStepper):
    """A Rosenbrock method on a field."""

    def __init__(self, field: Field, arithmetic: Arithmetic, table: Rosenbrock, rtol: float) -> None:
        super().__init__(field, arithmetic, _KEPT, rtol)
        self.control = table.embedded_order
        self.gamma, self.times, self.slants = table.gamma, *table.times()
        self.rows = [arithmetic.array(row) for row in table.a]
        self.changes = [arithmetic.array(row) for row in table.c]
        nodes = arithmetic.floats(self.method.nodes)
        self.inside = arithmetic.array([table.weights_at(float(x)) for x in nodes])

    @staticmethod
    def tolerance(rtol: float) -> float:
        """See `_ACCURACY`."""
        return _ACCURACY * internal_tolerance(rtol)

    def taken(self, time: arb, point: Point, h: Any, like: float) -> tuple[Numbers, Step] | None:
        """The last stage (n,), and the step."""
        arithmetic, n = self.arithmetic, len(point.theta)
        gamma, length = arithmetic.array(self.gamma)[()], arithmetic.array(h)[()]
        matrix = arithmetic.rounded(arithmetic.identity(n) - gamma * length * point.jacobian)
        drift = self.field.drift(time, point, arithmetic)
        stages: list[Numbers] = []
        points, there = [], point
        for i, (row, change) in enumerate(zip(self.rows, self.changes, strict=True)):
            right = gamma * length * there.velocity
            if i > 0:
                known = np.array(stages)
                moved = arithmetic.rounded(point.theta + row @ known)
                at = self.field.at(time + arb(self.times[i] * h), moved, arithmetic)
                if at is None:
                    return None
                there = at
                points.append(at)
                right = gamma * (length * at.velocity + change @ known)
            if drift is not None:
                right = right + gamma * (length * length * arithmetic.array(self.slants[i])) * drift
            u = arithmetic.solve(matrix, right)
            if u is None:
                return None
            stages.append(u[self.twins] * self.signs)
        Z = arithmetic.rounded(self.inside @ np.array(stages))
        ones = arithmetic.array(np.ones(_KEPT))
        return stages[-1], Step(h, False, Z, ones, points)
