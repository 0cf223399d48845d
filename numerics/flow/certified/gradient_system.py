r"""What a proof about ``theta' = -grad J`` must know of the objective: values in balls, and bounds on polydiscs.

On a polydisc with ``|a_k| <= A_k`` and ``Re w_k >= omega_k > 0`` the moments of the target are bounded by Cauchy and
Schwarz,

.. math:: |L_n(w)| \le \int_0^\infty t^n |\rho| e^{-t\, \mathrm{Re}\, w}\,dt
          \le \|\rho\|_2 \sqrt{\frac{(2n)!}{(2\omega)^{2n+1}}},

whatever the target; and the Gram form (`objective.assembly`), evaluated in `Majorant` numbers, bounds gradient and
Hessian. Nothing else is needed: the bounds are only ever multiplied by factors that can be made as small as one likes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_mat, ctx

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.matrices.columns import Column
from memcurse.numerics.objective.assembly import Parts, assemble
from memcurse.numerics.objective.objective import Objective

from .majorants import Majorant


@dataclass(frozen=True)
class Bounds:
    """Upper bounds, on a polydisc, of the Euclidean norm of the gradient and of the Frobenius norm of the Hessian."""

    gradient: arb
    hessian: arb


@dataclass(frozen=True)
class Forces:
    """What a path must balance at one point or at many: ``mass(theta) theta' + grad J(theta)``.

    Attributes
    ----------
    residual : list, 2m entries
        That sum.
    mass : list of rows, or None
        The metric; None stands for the identity.
    stiffness : list of rows
        The sum's derivative by theta at fixed speed; empty unless asked for.
    """

    residual: list[Any]
    mass: list[list[Any]] | None
    stiffness: list[list[Any]]


class GradientSystem:
    """Gradient and Hessian of an objective of width m, in balls at the current precision.

    Attributes
    ----------
    stiff : bool
        Whether steps are as a rule longer than 1/curvature.

    Notes
    -----
    Rigour: enclosures.
    """

    stiff = True

    def __init__(self, objective: Objective, m: int) -> None:
        self.objective = objective
        self.m = m
        self._norms: dict[int, arb] = {}

    @property
    def size(self) -> int:
        """The number of variables, amplitudes before rates."""
        return 2 * self.m

    def parts(self, theta: Sequence[arb], order: int = 2) -> Parts:
        """Loss, gradient and Hessian at a point or a box."""
        return self.objective.ball_parts(theta[: self.m], theta[self.m :], order)

    def parts_along(self, points: arb_mat, order: int = 2) -> Parts:
        """The same at every row of a matrix with n columns: entries are columns of balls."""
        theta = in_columns(points)
        return self.objective.ball_columns(theta[: self.m], theta[self.m :], order)

    def forces(self, theta: Sequence[arb], speed: Sequence[arb], order: int = 2) -> Forces:
        """The balance at a point and a speed; order 1 leaves the stiffness out."""
        return self._forces(self.parts(theta, order), theta, speed)

    def forces_along(self, points: arb_mat, speeds: arb_mat, order: int = 2) -> Forces:
        """The same at the rows of matrices."""
        theta, speed = in_columns(points), in_columns(speeds)
        return self._forces(self.parts_along(points, order), theta, speed)

    def _forces(self, parts: Parts, theta: Sequence[Any], speed: Sequence[Any]) -> Forces:
        return Forces([x + y for x, y in zip(speed, parts.gradient, strict=True)], None, parts.hessian)

    def distance(self, place: Sequence[arb], radius: arb) -> arb:
        """What `radius` at `place` is at most in the norm in which errors are followed."""
        return radius

    def _squared_norm(self) -> arb:
        """Of the target, at the current precision; asked for on every ellipse of every step."""
        if ctx.prec not in self._norms:
            self._norms[ctx.prec] = constant_ball(self.objective.target.squared_norm())
        return self._norms[ctx.prec]

    def bounds(self, centre: Sequence[arb], radii: Sequence[arb]) -> Bounds | None:
        """Bounds for all complex points within `radii` of a real `centre`; None if rates come to 0 there."""
        lower = [(x - r).lower() for x, r in zip(centre[self.m :], radii[self.m :], strict=True)]
        if not all(x > 0 for x in lower):
            return None
        sizes = [
            Majorant((abs(x) + r).upper()) for x, r in zip(centre[: self.m], radii[: self.m], strict=True)
        ]
        norm = self._squared_norm()
        moments = [
            [Majorant((norm * math.factorial(2 * n) / (2 * x) ** (2 * n + 1)).sqrt()) for n in range(3)]
            for x in lower
        ]
        parts = assemble("continuous", sizes, [Majorant(x) for x in lower], moments, Majorant(norm), 2)
        return Bounds(
            norm_of([x.bound for x in parts.gradient]),
            norm_of([x.bound for row in parts.hessian for x in row]),
        )


def in_columns(matrix: arb_mat) -> list[Column]:
    """The columns of a matrix."""
    entries, width = matrix.entries(), matrix.ncols()
    return [Column(entries[i::width]) for i in range(width)]


def in_rows(columns: Iterable[Column]) -> list[arb]:
    """The entries of the matrix with these columns, row by row."""
    return [x for row in zip(*columns, strict=True) for x in row]


def norm_of(vector: Sequence[arb]) -> arb:
    """An upper bound of the Euclidean norm, exact."""
    return sum((x.abs_upper() ** 2 for x in vector), arb(0)).sqrt().upper()
