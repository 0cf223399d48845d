"""One step of Radau IIA for any field, in any arithmetic: predictor, full Newton with the exact Jacobian, local error.

The method is that of `engine.step` and `engine.local_error`, which explain it, with a velocity f(theta) in the place of
``-grad J``: in time, or in arclength with ``dt/dx`` as one more unknown a stage.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.flow.engine.loop import FAR
from memcurse.numerics.flow.engine.machinery import internal_tolerance
from memcurse.numerics.flow.engine.step import MOST_ITERATIONS, diverging
from memcurse.numerics.flow.fields.arithmetic import Arithmetic, Numbers
from memcurse.numerics.flow.fields.field import Field, Point

from .stepper import Memory, Step, Stepper

Array = NDArray[np.float64]
#: Below this tolerance a first correction may be as many more tolerances as the tolerance is less.
_USUAL = 1e-10


class RadauStepper(Stepper):
    """Radau IIA on a field."""

    curved = True

    def __init__(self, field: Field, arithmetic: Arithmetic, stages: int, rtol: float) -> None:
        super().__init__(field, arithmetic, stages, rtol)
        self._ease = min(1.0, self.rtol / _USUAL)
        self._templates: dict[int, Numbers] = {}

    @staticmethod
    def tolerance(rtol: float) -> float:
        """Tolerance of a step for a relative accuracy of the time."""
        return internal_tolerance(rtol)

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
        """A step of length `h` and the size of its error, below 1 if it is good; None where Newton's method fails."""
        step = self._predict(h, arc, memory, len(point.theta))
        if not self._correct(time, point, step, memory, scale, time_scale):
            return None, math.inf
        return step, self._local_error(time, point, step, memory, scale, time_scale)

    def resized(
        self,
        time: arb,
        point: Point,
        step: Step,
        h: Any,
        memory: Memory | None,
        scale: Array,
        time_scale: float,
    ) -> Step | None:
        """The step solved anew with another length, from its own polynomial."""
        ends = self.method.nodes * self.arithmetic.array(h / step.h)
        powers = np.stack([ends ** (p + 1) for p in range(self.stages)], axis=1)
        Z = self.arithmetic.rounded(powers @ (self.method.powers @ step.Z))
        trial = Step(h, step.arc, Z, step.sigma.copy(), [])
        return trial if self._correct(time, point, trial, memory, scale, time_scale) else None

    # --- predictor and Newton's method --------------------------------------------------------------------------

    def _predict(self, h: float, arc: bool, memory: Memory | None, n: int) -> Step:
        """Carry on the last step's polynomial; its end tangent where that is far."""
        s, arithmetic = self.stages, self.arithmetic
        sigma = arithmetic.array(np.ones(s))
        if memory is None:
            return Step(h, arc, arithmetic.zeros(s, n), sigma, [])
        ratio = h / (memory.length if arc else memory.rate)
        c = self.method.nodes * arithmetic.array(ratio)
        if ratio <= FAR:
            growth = np.stack([(c + 1) ** (p + 1) - 1 for p in range(s)], axis=1)
        else:
            growth = np.stack([c * (p + 1) for p in range(s)], axis=1)
        if arc:
            sigma = arithmetic.array(np.full(s, memory.rate / memory.length))
        return Step(h, arc, arithmetic.rounded(growth @ memory.powers), sigma, [])

    def _correct(
        self, time: arb, point: Point, step: Step, memory: Memory | None, scale: Array, time_scale: float
    ) -> bool:
        """Newton's method for the stages, in place; the rules are those of `engine.step.solve_stages`."""
        s, n = step.Z.shape
        before = earlier = math.inf
        tangent = memory.tangent if memory else step.Z[0]
        unit = abs(step.sigma[-1])
        for iteration in range(1, MOST_ITERATIONS + 1):
            self.iterations += 1
            system = self._system(time, point.theta, step, tangent, unit)
            if system is None:
                return False
            d = self.arithmetic.solve(*system)
            if d is None:
                return False
            moves = d.reshape(s, -1)
            change = moves[:, self.twins] * self.signs
            step.Z = self.arithmetic.rounded(step.Z + change)
            sizes = np.sqrt(np.mean((self.arithmetic.floats(change) / scale) ** 2, axis=1))
            size = float(sizes.max())
            if step.arc:
                faster = moves[:, n] * unit
                size = max(
                    size,
                    abs(float(step.h)) * float(np.abs(self.arithmetic.floats(faster)).max()) / time_scale,
                )
                step.sigma = self.arithmetic.rounded(step.sigma + faster)
            if diverging(*(self._ease * x for x in (size, before, earlier)), iteration):
                return False
            if max(size, before) <= self.arithmetic.newton:
                return bool((self.arithmetic.floats(step.sigma) > 0.0).all())
            before, earlier = size, before
        return False

    def _points(self, time: arb, theta: Numbers, step: Step) -> list[Point] | None:
        """The field at the stages; None where one leaves the domain."""
        there = self.arithmetic.rounded(theta + step.Z)
        times = [time] * len(there)
        if not self.field.autonomous:
            times = [time + arb(x) for x in self.method.A @ step.sigma * self.arithmetic.array(step.h)]
        points = []
        for moment, state in zip(times, there, strict=True):
            at = self.field.at(moment, state, self.arithmetic)
            if at is None:
                return None
            points.append(at)
        return points

    def _system(
        self, time: arb, theta: Numbers, step: Step, tangent: Numbers, unit: Any
    ) -> tuple[Numbers, Numbers] | None:
        """Newton's matrix and right-hand side at the stages; see `engine.step._assemble`."""
        points = self._points(time, theta, step)
        if points is None:
            return None
        step.points = points
        (s, n), h = step.Z.shape, self.arithmetic.array(step.h)[()]
        width = n + 1 if step.arc else n
        velocities = np.array([at.velocity for at in points])
        M, rhs, i = self._template(n, width).copy(), self.arithmetic.zeros(s, width), np.arange(s)
        slopes = h * step.sigma
        jacobians = np.array([at.jacobian for at in points])
        M[i, :n, i, :n] = M[i, :n, i, :n] - slopes[:, None, None] * jacobians
        rhs[:, :n] = slopes[:, None] * velocities - self.method.inverse @ step.Z
        if step.arc:
            M[i, :n, i, n] = -(h * unit) * velocities
            M[i, n, i, :n] = tangent
            rhs[:, n] = self.method.nodes * h - step.Z @ tangent
        return M.reshape(s * width, s * width), rhs.reshape(-1)

    def _template(self, n: int, width: int) -> Numbers:
        """What no iteration changes: the inverse tableau for each variable."""
        if width not in self._templates:
            M = self.arithmetic.zeros(self.stages, width, self.stages, width)
            M[:, range(n), :, range(n)] = self.method.inverse
            self._templates[width] = M
        return self._templates[width]

    # --- the local error ----------------------------------------------------------------------------------------

    def _local_error(
        self, time: arb, point: Point, step: Step, memory: Memory | None, scale: Array, time_scale: float
    ) -> float:
        """Size of the embedded formula's difference, damped in the stiff directions, in units of the tolerance."""
        velocity, sigma, tangent = point.velocity, self.arithmetic.array(1.0)[()], None
        if memory:
            velocity = memory.velocity
            if step.arc:
                sigma, tangent = memory.sigma, memory.tangent
        entry, size = velocity, math.inf
        for _ in range(2):
            filtered = self._filtered(point, entry, velocity, sigma, step, tangent)
            if filtered is None:
                return math.inf
            size = min(size, self._size(filtered, sigma, step, scale, time_scale))
            if size < 1.0:
                break
            there = self.arithmetic.rounded(point.theta + filtered[: len(point.theta)])
            moved = self.field.at(time, there, self.arithmetic)
            if moved is None:
                break
            velocity = moved.velocity
        return size

    def _filtered(
        self, point: Point, entry: Numbers, velocity: Numbers, sigma: Any, step: Step, tangent: Numbers | None
    ) -> Numbers | None:
        n = len(point.theta)
        slope = sigma * self.arithmetic.array(step.h)[()] * self.method.gamma
        M, rhs = self.arithmetic.zeros(n + 1, n + 1), self.arithmetic.zeros(n + 1)
        rhs[:n] = self.method.error @ step.Z + slope * velocity
        M[:n, :n] = self.arithmetic.identity(n) - slope * point.jacobian
        if tangent is None:
            M[n, n] = self.arithmetic.array(1.0)[()]
        else:
            M[:n, n], M[n, :n] = -entry, tangent
        return self.arithmetic.solve(M, rhs)

    def _size(self, filtered: Numbers, sigma: Any, step: Step, scale: Array, time_scale: float) -> float:
        n = len(scale)
        size = float(np.sqrt(np.mean((self.arithmetic.floats(filtered[:n]) / scale) ** 2)))
        if step.arc:
            h, tau = self.arithmetic.array(step.h)[()], self.method.A @ step.sigma
            gap = self.method.gamma * h * sigma + filtered[n] + h * (self.method.error * tau).sum()
            size = max(size, abs(float(gap)) / time_scale)
        return size if size >= 0.0 else math.inf
