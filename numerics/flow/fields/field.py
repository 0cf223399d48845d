r"""What a flow is made of: the contract of a field, ``theta' = -M(theta)^{-1} grad J(theta)``.

A field supplies the loss, its gradient and its curvature; a metric M if it is not the Euclidean one; the sizes that
errors are measured in; and the round-off of its gradient. Everything else, steps, step control, events, statuses, is
the integrator's (`stepping`).
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Arithmetic, Numbers

Array = NDArray[np.float64]


class Values(NamedTuple):
    """Loss, gradient (n,) and Hessian (n, n) at a point, in the arithmetic of the point."""

    loss: Any
    gradient: Numbers
    hessian: Numbers


class Metric(NamedTuple):
    """A metric at a point: `matrix` M (n, n), positive definite, and its derivative.

    ``along(u)`` is the matrix (n, n) with entries ``sum_j dM_ij/dtheta_k u_j`` at (i, k).
    """

    matrix: Numbers
    along: Callable[[Numbers], Numbers]


class Layout(Protocol):
    """What turns states (..., n) in float64 into amplitudes and modes."""

    def parameters(self, theta: Array) -> tuple[NDArray[Any], NDArray[Any]]:
        """Amplitudes and modes."""


@dataclass(frozen=True)
class Point:
    """A field at one point, everything in one arithmetic.

    Attributes
    ----------
    theta : (n,)
    values : Values
        Of the loss, in the variables that it depends on.
    velocity : (n,)
        Of the flow.
    slope : callable
        Computes `jacobian`, which the stages of implicit methods are asked for, and no other point.
    energy : number
        What never rises along the flow: the loss unless there is momentum.
    rounding : callable
        Computes `noise`, which few points are asked for.
    """

    theta: Numbers
    values: Values
    velocity: Numbers
    slope: Callable[[], Numbers]
    energy: Any
    rounding: Callable[[], float]

    @functools.cached_property
    def jacobian(self) -> Numbers:
        """Derivative of the velocity (n, n) at constant time."""
        return self.slope()

    @functools.cached_property
    def noise(self) -> float:
        """Round-off of the velocity, Euclidean length."""
        return self.rounding()


class Field(ABC):
    """A flow to follow; subclass it for one of your own, and hand it to `field_flow`.

    `evaluate` alone must be written: then the metric is Euclidean, an error counts relative to the size of its variable
    (at least 1e-8 of the largest), and round-off is that of a gradient whose terms are as large as ``|H| |theta|``.

    Attributes
    ----------
    start : sequence of n exact real numbers
        Where the flow begins.
    any_digits : bool
        Whether `evaluate` also takes arrays of `arb` (midpoints); then the arithmetic may rise beyond float64.
    most_digits : int
        As far as the arithmetic rises by itself then.
    autonomous : bool
        Whether the velocity is a function of the point alone.
    curve : bool
        Whether steps may run in arclength where the flow speeds up: of use where it nearly ends in finite time.
    monotone : bool
        Whether the loss itself never rises.
    """

    start: Sequence[Any]
    any_digits: bool = False
    most_digits: int = 80
    autonomous: bool = True
    curve: bool = True
    monotone: bool = True

    @abstractmethod
    def evaluate(self, theta: Numbers, arithmetic: Arithmetic) -> Values | None:
        """Loss, gradient and Hessian at `theta` (n,); None outside the domain."""

    def metric(self, theta: Numbers, arithmetic: Arithmetic) -> Metric | None:
        """The metric at `theta`; None for the Euclidean one."""
        return None

    def scales(self, theta: Numbers, arithmetic: Arithmetic) -> Array:
        """Size of each variable (n,), positive, float64: an error of `rtol` times this counts as 1."""
        sizes = np.abs(arithmetic.floats(theta))
        return np.maximum(sizes, max(1e-8 * float(sizes.max()), 1e-300))

    def round_off(self, theta: Numbers, values: Values, arithmetic: Arithmetic) -> float:
        """Absolute round-off of the gradient, Euclidean length."""
        terms = np.abs(arithmetic.floats(values.hessian)) @ np.abs(arithmetic.floats(theta))
        return 2.0 * arithmetic.unit * float(terms.max())

    def symmetry(self) -> tuple[NDArray[np.int64], Array]:
        """For each variable the first (twin) that it follows for ever, and the sign (1, -1, or 0: it stays 0).

        Units that start alike stay alike: round-off must not break a symmetry that the flow keeps.
        """
        n = len(self.start)
        return np.arange(n), np.ones(n)

    def position(self, theta: Numbers, arithmetic: Arithmetic) -> Numbers:
        """The coordinates in which a `Displacement` is measured."""
        return theta

    def stretch(self, theta: Numbers, arithmetic: Arithmetic) -> float:
        """At most how much farther, near `theta`, positions move than variables."""
        return 1.0

    def scales_at(self, point: Point, arithmetic: Arithmetic) -> Array:
        """`scales` at a point of the flow."""
        return self.scales(point.theta, arithmetic)

    def drift(self, time: Any, point: Point, arithmetic: Arithmetic) -> Numbers | None:
        """Derivative of the velocity in time at a constant point (n,); None where it does not depend on the time.

        Rosenbrock methods need it: write it for a field that is not `autonomous`.
        """
        return None

    def layout(self) -> Layout:
        """What turns states into parameters, for a run to keep: small and picklable, where the field is not."""
        return self

    def parameters(self, theta: Array) -> tuple[NDArray[Any], NDArray[Any]]:
        """Amplitudes and modes of states (..., n) in float64: by default both halves of the state."""
        half = theta.shape[-1] // 2
        return theta[..., :half], theta[..., half:]

    def at(self, time: Any, theta: Numbers, arithmetic: Arithmetic) -> Point | None:
        """The flow at a point; None outside the domain."""
        values = self.evaluate(theta, arithmetic)
        if values is None:
            return None
        noise = functools.partial(self.round_off, theta, values, arithmetic)
        metric = self.metric(theta, arithmetic)
        if metric is None:
            return Point(theta, values, -values.gradient, lambda: -values.hessian, values.loss, noise)
        return self._in_metric(theta, values, metric, noise, arithmetic)

    def _in_metric(
        self,
        theta: Numbers,
        values: Values,
        metric: Metric,
        noise: Callable[[], float],
        arithmetic: Arithmetic,
    ) -> Point | None:
        """``M u = -grad J``, hence ``M du = -(H + dM u)``, along the symmetry; M's condition amplifies round-off."""
        fold = self._fold(arithmetic)
        if fold is None:
            matrix, right, columns = metric.matrix, values.gradient, arithmetic.identity(len(theta))
        else:
            matrix, right, columns = fold.T @ metric.matrix @ fold, fold.T @ values.gradient, fold.T
        # By itself, not by the inverse: it must be as good as it can be.
        folded = arithmetic.solve(matrix, -right)
        if folded is None:
            return None
        velocity = arithmetic.rounded(folded if fold is None else fold @ folded)

        @functools.cache
        def inverse() -> Numbers:
            """Of M on the symmetric vectors; infinite where it overflows, so that no system is solved with it."""
            found = arithmetic.solve(matrix, columns)
            if found is None:
                return arithmetic.array(np.full((len(theta), len(theta)), np.inf))
            return arithmetic.rounded(found if fold is None else fold @ found)

        def slope() -> Numbers:
            return arithmetic.rounded(-(inverse() @ (values.hessian + metric.along(velocity))))

        def lost() -> float:
            size, width, speed = (
                float(np.linalg.norm(arithmetic.floats(x))) for x in (inverse(), metric.matrix, velocity)
            )
            return size * (noise() + arithmetic.unit * width * speed)

        return Point(theta, values, velocity, slope, values.loss, lost)

    def _fold(self, arithmetic: Arithmetic) -> Numbers | None:
        """`symmetry_matrix` in an arithmetic; None where the start has no symmetry."""
        return None if self._folded is None else arithmetic.array(self._folded)

    @functools.cached_property
    def _folded(self) -> Array | None:
        matrix = symmetry_matrix(self)
        n = len(matrix)
        return None if matrix.shape == (n, n) and (matrix == np.eye(n)).all() else matrix


def symmetry_matrix(field: Field, n: int | None = None) -> Array:
    """The matrix (n, k) of the symmetry of the start: one column for each class of (the first n) variables."""
    twins, signs = field.symmetry()
    n = len(twins) if n is None else n
    out = np.zeros((n, n))
    out[np.arange(n), twins[:n]] = signs[:n]
    return out[:, np.abs(out).sum(axis=0) > 0.0]
