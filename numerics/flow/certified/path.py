"""One step of a computed path: polynomials whose coefficients are exact, made by collocation.

Nothing here is proved, and nothing needs to be: the proof starts from the polynomials as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from memcurse.numerics.arithmetic import chebyshev_series as series

from .gradient_system import GradientSystem

Array = NDArray[np.float64]
#: Newton's steps in float64 before a step counts as too long, and refinements in balls' midpoints.
_MOST_ROUGH, _MOST_FINE = 25, 60
#: A rough Newton step ends it when it is as small as this, or small and no longer shrinking.
_ENOUGH, _STAGNANT = 1e-11, 1e-8
#: A refinement by float64's factors that gains less than this is followed by ones with factors of all digits.
_LEAST_GAIN = 0.2


@dataclass(frozen=True)
class Path:
    """A step of the path.

    Attributes
    ----------
    begin, length : arb
        Time at its start, and its length; exact numbers.
    coefficients : arb_mat, shape (degree + 1, 2m)
        Exact numbers: the path in Chebyshev's polynomials of ``x = 2 (time - begin)/length - 1``.
    """

    begin: arb
    length: arb
    coefficients: arb_mat

    def point(self, x: arb) -> list[arb]:
        """The path at `x`, in balls that hold the exact value of the polynomial."""
        row = series.at(x, self.coefficients.nrows()) * self.coefficients
        return [row[0, i] for i in range(row.ncols())]

    def tail(self) -> float:
        """The size of the last coefficients: what the degree cuts off."""
        last = self.coefficients.nrows()
        return max(
            abs(float(self.coefficients[k, i]))
            for k in range(last - 2, last)
            for i in range(self.coefficients.ncols())
        )


def collocate(
    system: GradientSystem,
    begin: arb,
    start: Sequence[arb],
    slope: Sequence[arb],
    length: arb,
    degree: int,
    accuracy: float,
) -> Path | None:
    """The polynomial through `start` that solves the flow at the `degree` later extreme points of ``T_degree``.

    Newton's method in float64, from a straight line, then refined in midpoints of balls with float64's factors of the
    linear system, or with factors of all digits where those do not contract.

    Returns
    -------
    Path or None
        None if Newton's method finds nothing: the step is too long.
    """
    nodes = series.lobatto_nodes(degree)
    rough = _rough_solution(system, start, slope, float(length), degree, np.array([float(x) for x in nodes]))
    if rough is None:
        return None
    values = [list(start), *([arb(float(x)) for x in row] for row in rough)]
    if not _refine(system, values, length, degree, accuracy):
        return None
    matrix = arb_mat(degree + 1, system.size, [x for row in values for x in row])
    return Path(begin, length, (series.lobatto_to_coefficients(degree) * matrix).mid())


def _rough_solution(
    system: GradientSystem,
    start: Sequence[arb],
    slope: Sequence[arb],
    length: float,
    degree: int,
    nodes: Array,
) -> Array | None:
    """Values at the nodes behind the start, shape (degree, 2m), as good as float64 has them."""
    m = system.m
    D = _floats(series.differentiation(degree)) * (2.0 / length)
    y = np.array([float(x) for x in start])
    along = np.array([float(x) for x in slope])
    # Half of the slope: a full one leaves the plateau's valley when a step is longer than the last.
    values = y + 0.25 * length * np.outer(nodes[1:] + 1.0, along)
    last = math.inf
    for i in range(_MOST_ROUGH):
        if not np.all(np.isfinite(values)) or np.any(values[:, m:] <= 0.0):
            return None
        try:
            _, gradient, hessian = system.objective.evaluate(values[:, :m], values[:, m:])
            residual = D[1:, :1] * y + D[1:, 1:] @ values + gradient
            change = np.linalg.solve(_matrix(D, hessian), residual.ravel()).reshape(values.shape)
        except (ArithmeticError, np.linalg.LinAlgError):
            return None
        values = values - change
        size = float(np.abs(change).max())
        if size < _ENOUGH or (i > 3 and size < _STAGNANT and size > 0.3 * last):
            return None if np.any(values[:, m:] <= 0.0) else values
        last = size
    return None


def _matrix(D: Array, hessian: Array) -> Array:
    """Newton's matrix of the collocation equations, from the scaled differentiation matrix and the Hessians."""
    q, n = hessian.shape[:2]
    matrix = np.zeros((q, n, q, n))
    for i in range(n):
        matrix[:, i, :, i] += D[1:, 1:]
    for k in range(q):
        matrix[k, :, k, :] += hessian[k]
    return matrix.reshape(q * n, q * n)


def _refine(
    system: GradientSystem, values: list[list[arb]], length: arb, degree: int, accuracy: float
) -> bool:
    """Newton's method on the values behind the first, in midpoints, until a step is below `accuracy`."""
    m, n = system.m, system.size
    D = series.differentiation(degree) * (2 / length)
    rough = np.array([[float(x) for x in row] for row in values[1:]])
    _, _, hessian = system.objective.evaluate(rough[:, :m], rough[:, m:])
    factors = scipy.linalg.lu_factor(_matrix(_floats(D), hessian))
    last, in_floats = math.inf, True
    for _ in range(_MOST_FINE):
        parts = [system.parts(row, 2 - in_floats) for row in values[1:]]
        slopes = D * arb_mat(degree + 1, n, [x for row in values for x in row])
        residual = [(slopes[k + 1, i] + p.gradient[i]).mid() for k, p in enumerate(parts) for i in range(n)]
        if in_floats:
            change = _solved_in_floats(factors, residual)
        else:
            matrix = _exact_matrix(D, [p.hessian for p in parts])
            column = matrix.solve(arb_mat(degree * n, 1, residual), algorithm="approx")
            change = [column[i, 0].mid() for i in range(degree * n)]
        size = max(abs(float(x)) for x in change)
        if not math.isfinite(size):
            return False
        for k, row in enumerate(values[1:]):
            values[k + 1] = [(x - change[k * n + i]).mid() for i, x in enumerate(row)]
        if not all(x > 0 for row in values for x in row[m:]):
            return False
        if size <= accuracy:
            return True
        in_floats = in_floats and size <= _LEAST_GAIN * last
        last = size
    return False


def _solved_in_floats(factors: tuple[Array, Array], residual: Sequence[arb]) -> list[arb]:
    """The correction for a residual that may lie far below float64's range, scaled by a power of two."""
    largest = max((abs(x) for x in residual), key=lambda x: x.mid())
    if largest.is_zero():
        return [arb(0)] * len(residual)
    exponent = int(largest.man_exp()[1]) + int(largest.man_exp()[0]).bit_length()
    scale = arb(2) ** exponent
    solved = scipy.linalg.lu_solve(factors, np.array([float(x / scale) for x in residual]))
    return [arb(float(x)) * scale for x in solved]


def _exact_matrix(D: arb_mat, hessians: Sequence[Sequence[Sequence[arb]]]) -> arb_mat:
    q, n = len(hessians), len(hessians[0])
    matrix = arb_mat(q * n, q * n)
    for k in range(q):
        for j in range(q):
            for i in range(n):
                matrix[k * n + i, j * n + i] = D[k + 1, j + 1].mid()
        for i in range(n):
            for j in range(n):
                matrix[k * n + i, k * n + j] = (matrix[k * n + i, k * n + j] + hessians[k][i][j]).mid()
    return matrix


def _floats(matrix: arb_mat) -> Array:
    return np.array([[float(matrix[i, j]) for j in range(matrix.ncols())] for i in range(matrix.nrows())])


def degree_for(accuracy: float) -> int:
    """The degree whose coefficients fall to `accuracy` on an ellipse of about 3, which allows for long steps."""
    return max(16, 2 * math.ceil(-math.log10(accuracy)))


def working_digits() -> int:
    """Decimal digits of the current precision."""
    return int(ctx.prec * 0.30103)
