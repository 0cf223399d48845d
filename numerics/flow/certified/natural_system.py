"""What a proof about the natural gradient flow must know besides gradient and Hessian: the metric, and how it bends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.matrices.columns import Column
from memcurse.numerics.arithmetic.matrices.inertia import ball_inertia, shifted
from memcurse.numerics.flow.fields.natural import gram_along, gram_bending, gram_matrix
from memcurse.numerics.objective.assembly import Parts
from memcurse.numerics.objective.objective import Objective

from .gradient_system import Forces, GradientSystem, in_columns, norm_of
from .majorants import Majorant

Numbers = NDArray[Any]


class NaturalSystem(GradientSystem):
    """``M(theta) theta' = -grad J(theta)`` with ``M = 2 (G + damping I)``, in balls at the current precision.

    Parameters
    ----------
    objective : Objective
        Of real modes in continuous time.
    m : int
    damping : exact number
        Not negative.

    Notes
    -----
    Rigour: enclosures.
    """

    stiff = False

    def __init__(self, objective: Objective, m: int, damping: Any) -> None:
        super().__init__(objective, m)
        self.damping = constant_ball(damping)

    def metric(self, theta: Sequence[Any]) -> Numbers:
        """M at a point (entries balls) or at many (entries columns), shape (2m, 2m)."""
        a, w = self._split(theta)
        M = 2 * gram_matrix("continuous", a, w)
        i = np.arange(self.size)
        M[i, i] = M[i, i] + 2 * self.damping
        return M

    def metric_along(self, points: arb_mat) -> list[list[Column]]:
        """M at the rows of a matrix."""
        return cast(list[list[Column]], self.metric(in_columns(points)).tolist())

    def pulled_along(self, points: arb_mat, speeds: arb_mat) -> list[list[Column]]:
        """``H + B`` at the rows of matrices: the Hessian, and what the metric's turning adds to its part."""
        theta, hessian = in_columns(points), self.parts_along(points).hessian
        rows = zip(hessian, self._bending(theta, in_columns(speeds)), strict=True)
        return [[x + y for x, y in zip(*row, strict=True)] for row in rows]

    def _bending(self, theta: Sequence[Any], speed: Sequence[Any]) -> Numbers:
        """B: twice the inner products of the model's second derivatives with its derivative along `speed`."""
        a, w = self._split(theta)
        return 2 * gram_bending("continuous", a, w, _numbers(speed))

    def distance(self, place: Sequence[arb], radius: arb) -> arb:
        """A bound of ``sqrt(e^T M e)`` for all e within `radius`."""
        return (norm_of(list(self.metric(place).ravel())).sqrt() * radius).upper()

    def is_definite_within(self, centre: Sequence[arb], radius: arb) -> bool:
        """Whether M is certainly positive definite within `radius`, by Cauchy's estimate of its change."""
        n, margin = self.size, (min(centre[self.m :], key=float) / 2 - radius).lower()
        if not margin > 0:
            return False
        zero = [arb(0)] * n
        most, _ = self.bounds_of_metric(centre, [radius + margin] * n, zero)
        change = (most * radius / margin).upper()
        return self.is_definite(centre, change)

    def is_definite(self, place: Sequence[arb], least: arb) -> bool:
        """Whether M is certainly above `least` there."""
        n = self.size
        inertia = ball_inertia(shifted(arb_mat(n, n, list(self.metric(place).ravel())), least))
        return inertia is not None and inertia.positive == n

    def bounds_of_metric(
        self, centre: Sequence[arb], radii: Sequence[arb], speed: Sequence[arb]
    ) -> tuple[arb, arb]:
        """Frobenius bounds of M and of B for speeds up to `speed`, on a polydisc whose rates stay positive."""
        rates = range(self.m, self.size)
        sizes = [Majorant((abs(centre[i]) + radii[i]).upper()) for i in range(self.m)]
        lower = [Majorant((centre[i] - radii[i]).lower()) for i in rates]
        M = self.metric([*sizes, *lower])
        bent = self._bending([*sizes, *lower], [Majorant(x.upper()) for x in speed])
        return _frobenius(M), _frobenius(bent)

    def _forces(self, parts: Parts, theta: Sequence[Any], speed: Sequence[Any]) -> Forces:
        M, u = self.metric(theta), _numbers(speed)
        residual = [x + y for x, y in zip(M @ u, parts.gradient, strict=True)]
        stiffness: list[list[Any]] = []
        if parts.hessian:
            turned = 2 * gram_along("continuous", *self._split(theta), u)
            stiffness = [
                [x + y for x, y in zip(*rows, strict=True)]
                for rows in zip(turned, parts.hessian, strict=True)
            ]
        return Forces(residual, M.tolist(), stiffness)

    def _split(self, theta: Sequence[Any]) -> tuple[Numbers, Numbers]:
        return _numbers(theta[: self.m]), _numbers(theta[self.m :])


def _numbers(values: Sequence[Any]) -> Numbers:
    """An array of objects, which NumPy does not look into."""
    array = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        array[i] = value
    return array


def _frobenius(matrix: Numbers) -> arb:
    """An upper bound of the norm of a matrix of majorants; entries that are plain zeros count as such."""
    return norm_of([x.bound if isinstance(x, Majorant) else arb(x) for x in matrix.ravel()])
