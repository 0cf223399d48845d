"""The loss with real rates, or with real poles in discrete time, as a field of amplitudes and modes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError, exact_parameters
from memcurse.numerics.objective import sequences
from memcurse.numerics.objective.assembly import Time, assemble
from memcurse.numerics.objective.discrete import DiscreteObjective
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.objective.pole_arguments import exact_gains

from .arithmetic import Arithmetic, Midpoints, Numbers
from .balls import BallField
from .field import Values
from .units import UnitField

Array = NDArray[np.float64]


class RealField(UnitField):
    """What both times share: balls by `objective.assembly`, None outside the domain."""

    time: Time

    def target(self, modes: Sequence[arb]) -> tuple[list[Any], arb]:
        """Moments at the modes, and the squared norm, in balls."""
        raise NotImplementedError

    def inside(self, modes: Sequence[arb]) -> bool:
        """Whether modes, in balls, lie inside the domain."""
        raise NotImplementedError

    def in_float64(self, a: Array, x: Array) -> Values:
        """The loss in float64, inside the domain."""
        raise NotImplementedError

    def evaluate(self, theta: Numbers, arithmetic: Arithmetic) -> Values | None:
        """Loss, gradient and Hessian; None outside the domain."""
        m = self.m
        if isinstance(arithmetic, Midpoints):
            return self._in_balls(theta[:m].tolist(), theta[m:].tolist())
        if not (np.isfinite(theta).all() and (self.edge(theta) > 0.0).all()):
            return None
        try:
            return self.in_float64(theta[:m].copy(), theta[m:].copy())
        except FloatRangeError:
            return None

    def _in_balls(self, a: list[arb], modes: list[arb]) -> Values | None:
        if not (all(x.is_finite() for x in (*a, *modes)) and self.inside(modes)):
            return None
        parts = assemble(self.time, a, modes, *self.target(modes))
        gradient = np.array([x.mid() for x in parts.gradient], dtype=object)
        hessian = np.array([[x.mid() for x in row] for row in parts.hessian], dtype=object)
        return Values(parts.loss.mid(), gradient, hessian)


class RateField(RealField):
    """``J(a, w)`` of `Objective`: amplitudes and positive rates."""

    time = "continuous"

    def __init__(self, J: Objective, a: Any, w: Any) -> None:
        amplitudes, rates = exact_parameters(a, w)
        super().__init__(amplitudes, rates, 1)
        self._prepared, self._balls = J.prepare(self.m), BallField(J.target)

    def edge(self, theta: Array) -> Array:
        """The rates."""
        return theta[self.m :]

    def inside(self, modes: Sequence[arb]) -> bool:
        """Positive rates."""
        return all(w > 0 for w in modes)

    def target(self, modes: Sequence[arb]) -> tuple[list[Any], arb]:
        """Moments at the rates, and the squared norm."""
        return [self._balls.moments(w) for w in modes], self._balls.squared_norm

    def in_float64(self, a: Array, x: Array) -> Values:
        """By the kernel."""
        loss, gradient, hessian = self._prepared(a, x)
        return Values(loss, gradient.copy(), hessian.copy())


class PoleField(RealField):
    """``J(a, p)`` of `DiscreteObjective`: gains, and poles in (-1, 1)."""

    time = "discrete"

    def __init__(self, J: DiscreteObjective, a: Any, p: Any) -> None:
        gains, poles = exact_gains(a, p)
        super().__init__(gains, poles, 1)
        self._objective = J

    def edge(self, theta: Array) -> Array:
        """Distance of the poles from the ends of (-1, 1)."""
        return 1.0 - np.abs(theta[self.m :])

    def inside(self, modes: Sequence[arb]) -> bool:
        """Poles in (-1, 1)."""
        return all(abs(p) < 1 for p in modes)

    def target(self, modes: Sequence[arb]) -> tuple[list[Any], arb]:
        """Moments at the poles, and the squared norm."""
        sequence = self._objective.sequence
        return [sequences.moments(sequence, p) for p in modes], sequences.squared_norm(sequence)

    def in_float64(self, a: Array, x: Array) -> Values:
        """In NumPy."""
        return Values(*self._objective.evaluate(a, x))
