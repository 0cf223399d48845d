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
from memcurse.numerics.flow.fields.arithmetic import Numbers
from memcurse.numerics.flow.fields.field import Point

from .stepper import Memory, Step, Stepper

Array = NDArray[np.float64]


class RadauStepper(Stepper):
    """Radau IIA on a field."""

    curved = True

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
        h: float,
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
                    size, abs(step.h) * float(np.abs(self.arithmetic.floats(faster)).max()) / time_scale
                )
                step.sigma = self.arithmetic.rounded(step.sigma + faster)
            if diverging(size, before, earlier, iteration):
                return False
            if max(size, before) <= self.arithmetic.newton:
                return bool((self.arithmetic.floats(step.sigma) > 0.0).all())
            before, earlier = size, before
        return False

    def _system(
        self, time: arb, theta: Numbers, step: Step, tangent: Numbers, unit: Any
    ) -> tuple[Numbers, Numbers] | None:
        """Newton's matrix and right-hand side at the stages; see `engine.step._assemble`."""
        (s, n), h = step.Z.shape, self.arithmetic.array(step.h)[()]
        width = n + 1 if step.arc else n
        M = self.arithmetic.zeros(s, width, s, width)
        M[:, range(n), :, range(n)] = self.method.inverse
        rhs = self.arithmetic.zeros(s, width)
        combined = self.method.inverse @ step.Z
        clock = self.method.A @ step.sigma * h
        step.points = []
        for i in range(s):
            there = self.arithmetic.rounded(theta + step.Z[i])
            at = self.field.at(time + arb(clock[i]), there, self.arithmetic)
            if at is None:
                return None
            step.points.append(at)
            slope = step.sigma[i] * h
            M[i, :n, i, :n] = M[i, :n, i, :n] - slope * at.jacobian
            rhs[i, :n] = slope * at.velocity - combined[i]
            if step.arc:
                M[i, :n, i, n] = -(h * unit) * at.velocity
                M[i, n, i, :n] = tangent
                rhs[i, n] = self.method.nodes[i] * h - tangent @ step.Z[i]
        return M.reshape(s * width, s * width), rhs.reshape(-1)

    # --- the local error ----------------------------------------------------------------------------------------

    def _local_error(
        self, time: arb, point: Point, step: Step, memory: Memory | None, scale: Array, time_scale: float
    ) -> float:
        """Size of the embedded formula's difference, damped in the stiff directions, in units of the tolerance."""
        velocity, sigma, tangent = point.velocity, self.arithmetic.array(1.0)[()], None
        if memory:
            velocity = memory.tangent * self.arithmetic.array(memory.speed)[()]
            if step.arc:
                sigma, tangent = 1 / self.arithmetic.array(memory.speed)[()], memory.tangent
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
