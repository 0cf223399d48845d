"""One explicit step for any field, in any arithmetic: any `ExplicitPair`, or the stabilised methods.

A step is kept as the cubic through values and slopes at both ends; its last stage is its end.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.flow.engine.machinery import internal_tolerance
from memcurse.numerics.flow.fields.arithmetic import Arithmetic, Numbers
from memcurse.numerics.flow.fields.field import Field, Point
from memcurse.numerics.flow.tableaus.explicit_pairs import ExplicitPair
from memcurse.numerics.flow.tableaus.stabilised import EMBEDDED_ORDER, STAGES, stabilised

from .stepper import DirectStepper, Step

Array = NDArray[np.float64]
#: Nodes of Radau IIA that keep a cubic.
_KEPT = 3
#: The embedded formula of a pair may be off by this share of the tolerance: errors of all steps add up.
_PAIR_ACCURACY = 1e-2
#: That of the stabilised methods is small by construction: in units of the implicit method's tolerance.
_STABILISED_ACCURACY = 0.01
#: The spectral radius may grow by this factor within a step, or have been underestimated by it.
_GROWTH = 1.2
#: Power iterations, until two sizes in a row agree to this.
_MOST_POWERS, _AGREE = 50, 0.02


@dataclass(frozen=True)
class Table:
    """Rows of Butcher's matrix (stage i has i coefficients), weights of the error, stage times."""

    rows: list[Numbers]
    gaps: Numbers
    times: list[float]


class ExplicitStepper(DirectStepper):
    """An explicit method on a field."""

    def __init__(self, field: Field, arithmetic: Arithmetic, rtol: float) -> None:
        super().__init__(field, arithmetic, _KEPT, rtol)

    @abstractmethod
    def table(self, h: float) -> Table:
        """The method of a step of length `h`."""

    def taken(self, time: arb, point: Point, h: Any, like: float) -> tuple[Numbers, Step] | None:
        """The embedded formula's difference, and the step; the last stage is its end."""
        table = self.table(like)
        length = self.arithmetic.array(h)[()]
        slopes, there = [point.velocity], point
        for row, node in zip(table.rows[1:], table.times[1:], strict=True):
            moved = self.arithmetic.rounded(point.theta + length * (row @ np.array(slopes)))
            at = self.field.at(time + arb(node * h), moved, self.arithmetic)
            if at is None:
                return None
            there = at
            slopes.append(at.velocity)
        Z = self._cubic(there.theta - point.theta, length * slopes[0], length * slopes[-1])
        ones = self.arithmetic.array(np.ones(_KEPT))
        return length * (table.gaps @ np.array(slopes)), Step(h, False, Z, ones, [there], there)

    def _cubic(self, change: Numbers, first: Numbers, last: Numbers) -> Numbers:
        """The cubic's increments at the nodes kept."""
        x: Any = self.method.nodes[:, None]
        value = first * x + (3 * change - 2 * first - last) * x**2 + (first + last - 2 * change) * x**3
        value[-1] = change
        return self.arithmetic.rounded(value)


class PairStepper(ExplicitStepper):
    """An explicit pair on a field."""

    def __init__(self, field: Field, arithmetic: Arithmetic, pair: ExplicitPair, rtol: float) -> None:
        super().__init__(field, arithmetic, rtol)
        self.control = min(pair.order, pair.embedded_order)
        gaps = [x - y for x, y in zip(pair.weights, pair.embedded, strict=True)]
        self._table = Table(
            [arithmetic.fractions(row) for row in pair.A],
            arithmetic.fractions(gaps),
            [float(x) for x in pair.nodes],
        )

    @staticmethod
    def tolerance(rtol: float) -> float:
        """See `_PAIR_ACCURACY`."""
        return _PAIR_ACCURACY * rtol

    def table(self, h: float) -> Table:
        """That of the pair."""
        return self._table


class StabilisedStepper(ExplicitStepper):
    """The stabilised methods on a field: the fewest stages whose stability interval holds ``h`` times the rates.

    How fast the fastest direction relaxes is the spectral radius of the velocity's derivative: a power iteration, that
    goes on from the last point's direction, and the Frobenius norm where that is less.
    """

    def __init__(self, field: Field, arithmetic: Arithmetic, rtol: float) -> None:
        super().__init__(field, arithmetic, rtol)
        self.control = EMBEDDED_ORDER
        self.radius = 0.0
        self._direction: Numbers | None = None
        self._at: Point | None = None
        self._tables: dict[int, Table] = {}

    @staticmethod
    def tolerance(rtol: float) -> float:
        """See `_STABILISED_ACCURACY`."""
        return _STABILISED_ACCURACY * internal_tolerance(rtol)

    def longest(self, point: Point, scale: Array) -> float:
        """What the method of the most stages can take."""
        if point is not self._at:
            self._at, self.radius = point, self._spectral_radius(point.jacobian, scale)
        return stabilised(STAGES[-1]).reach / (_GROWTH * self.radius) if self.radius > 0.0 else math.inf

    def table(self, h: float) -> Table:
        """The first method that reaches far enough."""
        needed = _GROWTH * h * self.radius
        stages = next((s for s in STAGES if stabilised(s).reach >= needed), STAGES[-1])
        if stages not in self._tables:
            A, _, gaps = stabilised(stages).table()
            rows = [self.arithmetic.array(row[:i]) for i, row in enumerate(A)]
            self._tables[stages] = Table(rows, self.arithmetic.array(gaps), A.sum(axis=1).tolist())
        return self._tables[stages]

    def _spectral_radius(self, jacobian: Numbers, scale: Array) -> float:
        """Of a matrix (n, n), by powers in units of `scale`."""
        units = self.arithmetic.array(scale / scale.max())
        matrix = self.arithmetic.rounded(jacobian * units / units[:, None])
        bound = float(np.linalg.norm(self.arithmetic.floats(jacobian)))
        if not 0.0 < bound < math.inf:
            return bound
        v = self._direction
        if v is None:
            v = self.arithmetic.array(1.0 + 0.1 * np.cos(np.arange(len(scale))))
        before = 0.0
        for _ in range(_MOST_POWERS):
            image = self.arithmetic.rounded(matrix @ v)
            size = float(np.linalg.norm(self.arithmetic.floats(image)))
            if not 0.0 < size < math.inf:
                return bound
            v = self._direction = self.arithmetic.rounded(image / self.arithmetic.array(size))
            if abs(size - before) <= _AGREE * size:
                return min(bound, size)
            before = size
        return bound
