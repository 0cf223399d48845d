r"""All eigenvalues of a symmetric matrix of balls, enclosed at once from an approximate diagonalisation.

Let Q hold approximate eigenvectors, exact numbers, with :math:`\|Q^T Q - I\| \le \epsilon < 1`, and let
:math:`Q^T M Q = D + E` with D diagonal. By Ostrowski's theorem the k-th eigenvalue of M is that of ``D + E`` divided
by a number in :math:`[1 - \epsilon, 1 + \epsilon]`, and by Weyl's that one is within :math:`\|E\|_F` of the k-th
largest diagonal entry (Horn and Johnson, *Matrix Analysis*, 2nd ed., theorems 4.5.9 and 4.3.1).
"""

from __future__ import annotations

import numpy as np
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import hull


def eigenvalue_balls(matrix: arb_mat) -> list[arb]:
    """Balls of the eigenvalues in falling order: the k-th ball holds the k-th largest eigenvalue.

    Parameters
    ----------
    matrix : arb_mat
        Square; every symmetric matrix in it is meant.

    Raises
    ------
    ValueError
        If the matrix is not square.
    ArithmeticError
        If float64 cannot hold it.

    Notes
    -----
    Rigour: enclosure, with radii of about ``1e-15 n`` times the norm, more where the entries are wider.
    """
    n = matrix.nrows()
    if matrix.ncols() != n:
        raise ValueError(f"`matrix` must be square; got {n} by {matrix.ncols()}")
    middle = np.array([[float(matrix[i, j].mid()) for j in range(n)] for i in range(n)])
    if not np.isfinite(middle).all():
        raise ArithmeticError("`matrix` must have entries that float64 can hold; got one that is not finite")
    _, vectors = np.linalg.eigh((middle + middle.T) / 2)
    Q = arb_mat(n, n, [arb(float(x)) for x in vectors.ravel()])
    turned = Q.transpose() * matrix * Q
    defect = _frobenius(Q.transpose() * Q - arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)]))
    if not defect < 1:
        raise ArithmeticError(
            "`matrix` must have eigenvectors that float64 can orthonormalise; got a defect above 1"
        )
    off = _frobenius(arb_mat(n, n, [turned[i, j] if i != j else arb(0) for i in range(n) for j in range(n)]))
    stretch = hull(1 - defect, 1 + defect)
    lower = sorted((turned[i, i].lower() for i in range(n)), key=float, reverse=True)
    upper = sorted((turned[i, i].upper() for i in range(n)), key=float, reverse=True)
    return [hull(low - off, high + off) / stretch for low, high in zip(lower, upper, strict=True)]


def _frobenius(matrix: arb_mat) -> arb:
    """Upper end of the Frobenius norm, from upper ends: the root of a ball around 0 would be none."""
    return arb(sum((x.abs_upper() ** 2 for x in matrix.entries()), arb(0)).sqrt().upper())
