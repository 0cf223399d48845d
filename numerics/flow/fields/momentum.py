r"""Momentum on any field: ``theta'' + gamma(t) theta' = -grad J``, from rest.

Variables are those of the base, then their velocities. What never rises is the energy ``J + |theta'|^2/2``.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Arithmetic, Numbers
from .field import Field, Layout, Point, Values

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Positions:
    """The first n variables, by a layout of their own."""

    base: Layout
    n: int

    def parameters(self, theta: Array) -> tuple[NDArray[Any], NDArray[Any]]:
        """Those of the base."""
        return self.base.parameters(theta[..., : self.n])


class MomentumField(Field):
    """A field with friction.

    Parameters
    ----------
    base : Field
        In the Euclidean metric.
    friction : exact number or None
        The constant gamma, not negative; None for Nesterov's ``3/t``.
    """

    curve, monotone = False, False

    def __init__(self, base: Field, friction: Any | None) -> None:
        self.base, self.friction = base, friction
        self.n = len(base.start)
        self.start = [*base.start, *[0] * self.n]
        self._rounded: dict[Arithmetic, Any] = {}
        self.any_digits, self.autonomous = base.any_digits, friction is not None

    def _constant(self, arithmetic: Arithmetic) -> Any:
        """The constant friction, rounded once for each arithmetic; None for Nesterov's."""
        if self.friction is None:
            return None
        if arithmetic not in self._rounded:
            self._rounded[arithmetic] = arithmetic.exact([self.friction])[0]
        return self._rounded[arithmetic]

    def evaluate(self, theta: Numbers, arithmetic: Arithmetic) -> Values | None:
        """Of the loss, in the base's variables."""
        return self.base.evaluate(theta[: self.n], arithmetic)

    def at(self, time: Any, theta: Numbers, arithmetic: Arithmetic) -> Point | None:
        """``(theta, u)' = (u, -gamma u - grad J)``; ``-gamma u`` tends to ``3/4 grad J`` from rest with ``3/t``."""
        values, n = self.evaluate(theta, arithmetic), self.n
        if values is None:
            return None
        u = theta[n:]
        rest = self.friction is None and float(time) == 0.0
        one = arithmetic.array(1.0)[()]
        gamma = self._constant(arithmetic)
        if gamma is None:
            gamma = one * 0 if rest else one * 3 / arithmetic.array(time)[()]
        share = one / 4 if rest else one

        def slope() -> Numbers:
            jacobian = arithmetic.zeros(2 * n, 2 * n)
            jacobian[:n, n:] = arithmetic.identity(n)
            jacobian[n:, :n] = -share * values.hessian
            jacobian[n:, n:] = -gamma * arithmetic.identity(n)
            return arithmetic.rounded(jacobian)

        velocity = arithmetic.rounded(np.concatenate([u, -gamma * u - share * values.gradient]))
        energy = values.loss + (u @ u) / 2
        noise = functools.partial(self.base.round_off, theta[:n], values, arithmetic)
        return Point(theta, values, velocity, slope, energy, noise)

    def drift(self, time: Any, point: Point, arithmetic: Arithmetic) -> Numbers | None:
        """``3 u/t^2`` of Nesterov's friction; at rest 0, as the velocity's whole derivative in time is."""
        if self.friction is not None:
            return None
        u = point.theta[self.n :]
        if float(time) == 0.0:
            return arithmetic.zeros(2 * self.n)
        rate = arithmetic.array(3.0)[()] / arithmetic.array(time)[()] ** 2
        return np.concatenate([arithmetic.zeros(self.n), arithmetic.rounded(rate * u)])

    def scales(self, theta: Numbers, arithmetic: Arithmetic) -> Array:
        """Those of the base, and the speed."""
        speed = max(float(np.linalg.norm(arithmetic.floats(theta[self.n :]))), 1e-300)
        return np.concatenate([self.base.scales(theta[: self.n], arithmetic), np.full(self.n, speed)])

    def scales_at(self, point: Point, arithmetic: Arithmetic) -> Array:
        """The same; a speed counts as what the force gives within one unit of the stiffest time at least."""
        gradient, hessian = (arithmetic.floats(x) for x in (point.values.gradient, point.values.hessian))
        force, stiffness = float(np.linalg.norm(gradient)), float(np.linalg.norm(hessian))
        speed = float(np.linalg.norm(arithmetic.floats(point.theta[self.n :])))
        speed = max(speed, force / math.sqrt(stiffness) if stiffness > 0.0 else force, 1e-300)
        return np.concatenate([self.base.scales(point.theta[: self.n], arithmetic), np.full(self.n, speed)])

    def symmetry(self) -> tuple[NDArray[np.int64], Array]:
        """That of the base, in both halves."""
        twins, signs = self.base.symmetry()
        return np.concatenate([twins, twins + self.n]), np.tile(signs, 2)

    def position(self, theta: Numbers, arithmetic: Arithmetic) -> Numbers:
        """That of the base."""
        return self.base.position(theta[: self.n], arithmetic)

    def stretch(self, theta: Numbers, arithmetic: Arithmetic) -> float:
        """That of the base."""
        return self.base.stretch(theta[: self.n], arithmetic)

    def layout(self) -> Layout:
        """That of the base, of the first half."""
        return _Positions(self.base.layout(), self.n)

    def parameters(self, theta: Array) -> tuple[NDArray[Any], NDArray[Any]]:
        """Those of the base."""
        return self.layout().parameters(theta)
