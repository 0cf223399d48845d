"""What a method is to the walk: the contract of its steps, in any arithmetic, and what a step leaves behind."""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.flow.fields.arithmetic import Arithmetic, Midpoints, Numbers
from memcurse.numerics.flow.fields.field import Field, Point
from memcurse.numerics.flow.tableaus.radau import radau, radau_arrays

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Method:
    """Radau IIA in an arithmetic: see `tableaus.radau.RadauArrays`."""

    nodes: Numbers
    A: Numbers
    inverse: Numbers
    powers: Numbers
    error: Numbers
    gamma: Any

    @property
    def stages(self) -> int:
        """Their number s; the order is 2s - 1."""
        return len(self.nodes)


def method_in(stages: int, arithmetic: Arithmetic) -> Method:
    """The tableau of so many stages."""
    if not isinstance(arithmetic, Midpoints):
        table = radau_arrays(stages)
        return Method(table.nodes, table.A, table.inverse, table.powers, table.error, table.gamma)
    return _midpoint_method(stages, arithmetic.bits)


@functools.cache
def _midpoint_method(stages: int, bits: int) -> Method:
    tableau = radau(stages, bits)
    s = stages
    with ball_precision(bits):
        powers = arb_mat(s, s, [c ** (k + 1) for c in tableau.nodes for k in range(s)]).inv()
        arrays = [
            np.array(M.entries(), dtype=object).reshape(s, s) for M in (tableau.A, tableau.inverse, powers)
        ]
        vectors = [np.array(x, dtype=object) for x in (tableau.nodes, tableau.error)]
        A, inverse, powers, nodes, error = (np.frompyfunc(arb.mid, 1, 1)(x) for x in (*arrays, *vectors))
        return Method(nodes, A, inverse, powers, error, tableau.gamma.mid())


@dataclass
class Step:
    """A trial step: increments at the stages (s, n), ``dt/dx`` there (s,), which is 1 in time, and the points there.

    Its length is a float, or, where it lands on an event, a number of the arithmetic. `end` is the point at its end
    where the method has been there.
    """

    h: Any
    arc: bool
    Z: Numbers
    sigma: Numbers
    points: list[Point]
    end: Point | None = None


@dataclass(frozen=True)
class Memory:
    """What the last step leaves for the next one: its polynomial (s, n), and at its end tangent, velocity, ``dt/dx``.

    `length` is that of the polynomial's slope, `rate` the time that belongs to it. Velocity and `sigma` are to the last
    digit those of the polynomial: with its float64 length alone an estimate of the error would end at 1e-16.
    """

    powers: Numbers
    tangent: Numbers
    velocity: Numbers
    sigma: Any
    length: float
    rate: float

    @property
    def speed(self) -> float:
        """At the end of the step."""
        return self.length / self.rate


class Stepper(ABC):
    """Steps of one method on a field: what the walk asks of it.

    Attributes
    ----------
    method : Method
        The nodes, of Radau IIA, at which a step's polynomial is kept.
    stages : int
        Their number.
    control : int
        The step control takes the error for one of the order of this plus one.
    curved : bool
        Whether steps in arclength can be taken.
    rtol : float
        Tolerance of a step, relative to the sizes of the variables.
    iterations : int
        Linear systems solved by Newton's method.
    """

    curved = False

    def __init__(self, field: Field, arithmetic: Arithmetic, kept: int, rtol: float) -> None:
        self.field, self.arithmetic = field, arithmetic
        self.method = method_in(kept, arithmetic)
        self.stages = self.control = kept
        self.twins, signs = field.symmetry()
        self.signs = arithmetic.array(signs)
        self.rtol = self.tolerance(rtol)
        self.iterations = 0

    @staticmethod
    @abstractmethod
    def tolerance(rtol: float) -> float:
        """Tolerance of a step for a relative accuracy of the time."""

    def longest(self, point: Point, scale: Array) -> float:
        """The longest step from `point` that the method can take."""
        return math.inf

    @abstractmethod
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
        """A step of length `h` and the size of its error, below 1 if it is good; None where it fails."""

    @abstractmethod
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
        """The step solved anew with another length."""

    def duration(self, step: Step) -> arb:
        """Time that the step takes."""
        return (arb(step.h) * arb((self.method.A[-1] * step.sigma).sum())).mid()

    def remember(self, step: Step) -> Memory:
        """What an accepted step leaves."""
        powers = self.arithmetic.rounded(self.method.powers @ step.Z)
        orders = self.arithmetic.array(np.arange(1.0, self.stages + 1))
        slope = self.arithmetic.rounded(orders @ powers)
        length = float(np.linalg.norm(self.arithmetic.floats(slope)))
        rate, unit = step.h * step.sigma[-1], self.arithmetic.array(length)[()]
        velocity = self.arithmetic.rounded(slope / rate)
        if length == 0.0:
            return Memory(powers, slope, velocity, rate, length, float(rate))
        tangent = self.arithmetic.rounded(slope / unit)
        return Memory(powers, tangent, velocity, rate / unit, length, float(rate))


class DirectStepper(Stepper):
    """A method that computes its step and the error's estimate at once, and solves nothing by iteration."""

    @abstractmethod
    def taken(self, time: arb, point: Point, h: Any, like: float) -> tuple[Numbers, Step] | None:
        """The error's estimate (n,) and a step of length `h`, by the method for `like`; None outside the domain."""

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
        """A step of length `h` and the size of its error; None where it leaves the domain."""
        found = self.taken(time, point, h, h)
        if found is None:
            return None, math.inf
        gap, step = found
        size = float(np.sqrt(np.mean((self.arithmetic.floats(gap) / scale) ** 2)))
        return step, size if size >= 0.0 else math.inf

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
        """The step taken anew with another length, by the method it was taken by."""
        found = self.taken(time, point, h, step.h)
        return None if found is None else found[1]
