"""What solves Newton's equations for the path of a step: factors of one matrix, in float64 or in more digits.

The unknowns are all values of the path behind the first; a factor is a function from a residual to the correction. That
corrections are approximate costs steps of Newton's method, never the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import scipy.linalg
from flint import arb, arb_mat
from numpy.typing import NDArray

from .gradient_system import Forces

Array = NDArray[np.float64]
#: From a residual to Newton's correction.
Solver = Callable[[Sequence[arb]], list[arb]]


def plain_factors(D: arb_mat, forces: Forces) -> Solver | None:
    """Float64's factors of Newton's matrix; None if it is not finite. D is scaled to the step."""
    mass = None if forces.mass is None else _rough(forces.mass)
    matrix = _matrix(_floats(D), mass, _rough(forces.stiffness))
    if not np.isfinite(matrix).all():
        return None
    factors = _factored(matrix)
    return None if factors is None else lambda residual: _solved_in_floats(factors, residual)


def turned_factors(D: arb_mat, forces: Forces) -> Solver | None:
    """The same in the directions of one Hessian, turned in all digits, each row scaled by its largest entry.

    Along a valley curvatures lie so far apart that float64's Hessian holds nothing of the soft ones but its round-off.
    In directions that part them they stand in entries of their own.
    """
    stiffness = _matrices(forces.stiffness)
    points, n = len(stiffness), stiffness[0].nrows()
    vectors = np.linalg.eigh(_floats(stiffness[points // 2]))[1]
    Q = arb_mat(n, n, [arb(float(x)) for x in vectors.ravel()])
    turn = Q.transpose()

    def turned(matrices: Sequence[arb_mat]) -> Array:
        return np.array([_floats((turn * H * Q).mid()) for H in matrices])

    mass = None if forces.mass is None else turned(_matrices(forces.mass))
    matrix = _matrix(_floats(D), mass, turned(stiffness))
    scales = 1.0 / np.abs(matrix).max(axis=1)
    if not (np.isfinite(matrix).all() and np.isfinite(scales).all()):
        return None
    factors = _factored(np.asfortranarray(matrix * scales[:, None]))
    if factors is None:
        return None
    weights = [arb(float(x)) for x in scales]

    def solve(residual: Sequence[arb]) -> list[arb]:
        rows = (arb_mat(points, n, list(residual)) * Q).mid().entries()
        solved = _solved_in_floats(factors, [(x * y).mid() for x, y in zip(rows, weights, strict=True)])
        return [x.mid() for x in (arb_mat(points, n, solved) * turn).entries()]

    return solve


def _factored(matrix: Array) -> tuple[Array, NDArray[np.int32]] | None:
    """LAPACK's factors; None where a pivot is 0."""
    factors, pivots, info = scipy.linalg.lapack.dgetrf(matrix)
    return None if info else (factors, pivots)


def exact_factors(D: arb_mat, forces: Forces) -> Solver | None:
    """The same in all digits."""
    matrix = _exact_matrix(D, forces)

    def solve(residual: Sequence[arb]) -> list[arb]:
        column = matrix.solve(arb_mat(len(residual), 1, list(residual)), algorithm="approx")
        return [x.mid() for x in column.entries()]

    return solve


#: From what costs least: each next one where the one before does not contract.
FACTORS: Final = (plain_factors, turned_factors, exact_factors)


def _rough(rows: Sequence[Sequence[Any]]) -> Array:
    """Matrices of columns in float64, one a point."""
    return np.array([[[float(x) for x in entry] for entry in row] for row in rows]).transpose(2, 0, 1)


def _matrices(rows: Sequence[Sequence[Any]]) -> list[arb_mat]:
    """The same as midpoints of balls."""
    n = len(rows)
    return [arb_mat(n, n, list(x)).mid() for x in zip(*(x for row in rows for x in row), strict=True)]


def _matrix(D: Array, mass: Array | None, stiffness: Array) -> Array:
    """Newton's matrix of the collocation equations in float64."""
    q, n = stiffness.shape[:2]
    matrix = np.zeros((q, n, q, n))
    if mass is None:
        for i in range(n):
            matrix[:, i, :, i] += D[1:, 1:]
    else:
        matrix += np.einsum("kij,kl->kilj", mass, D[1:, 1:])
    for k in range(q):
        matrix[k, :, k, :] += stiffness[k]
    # LAPACK wants columns in a row: a copy made by its wrapper takes a hundred times as long as the factors.
    return np.asfortranarray(matrix.reshape(q * n, q * n))


def _solved_in_floats(factors: Any, residual: Sequence[arb]) -> list[arb]:
    """The correction for a residual that may lie far below float64's range, scaled by a power of two."""
    largest = max((abs(x) for x in residual), key=lambda x: x.mid())
    if largest.is_zero():
        return [arb(0)] * len(residual)
    exponent = int(largest.man_exp()[1]) + int(largest.man_exp()[0]).bit_length()
    scale = arb(2) ** exponent
    solved = scipy.linalg.lu_solve(factors, np.array([float(x / scale) for x in residual]))
    return [arb(float(x)) * scale for x in solved]


def _exact_matrix(D: arb_mat, forces: Forces) -> arb_mat:
    """The same in all digits."""
    q, n = D.nrows() - 1, len(forces.stiffness)
    matrix = arb_mat(q * n, q * n)
    for k in range(q):
        for i in range(n):
            for j in range(n):
                mass = (i == j) if forces.mass is None else forces.mass[i][j].values[k]
                if forces.mass is not None or i == j:
                    for other in range(q):
                        matrix[k * n + i, other * n + j] = (mass * D[k + 1, other + 1]).mid()
                matrix[k * n + i, k * n + j] = (
                    matrix[k * n + i, k * n + j] + forces.stiffness[i][j].values[k]
                ).mid()
    return matrix


def _floats(matrix: arb_mat) -> Array:
    return np.array([float(x) for x in matrix.entries()]).reshape(matrix.nrows(), matrix.ncols())
