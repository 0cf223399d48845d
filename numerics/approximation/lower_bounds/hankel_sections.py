r"""Finite sections of the Hankel operator of a kernel, in balls, and their distance from matrices of rank m.

Functions :math:`\phi_i = c_i t^p 1_{[x_i, x_{i+1})}` with norm 1 are orthonormal. With p = 0 the section of
:math:`f(t+s)`, with p = 1/4 that of :math:`(ts)^{-1/4} f(t+s)`, has the entries

.. math:: A_{ij} = \frac{F(x_{i+1}+x_{j+1}) - F(x_i+x_{j+1}) - F(x_{i+1}+x_j) + F(x_i+x_j)}{n_i n_j}, \qquad F'' = f,

with :math:`n_i^2 = \int_{x_i}^{x_{i+1}} t^{2p} dt`. A section of a sum of m exponentials has rank m at most, and the
section of a difference is bounded by the operator's norm: the L1 norm of the difference (p = 0), and in the
Hilbert-Schmidt norm :math:`\sqrt\pi` times its L2 norm (p = 1/4).

The distance from the matrices of rank m, in either norm, moves by no more than the matrix does. So a float64
eigendecomposition :math:`Q \Lambda Q^T`, whose defect is enclosed by balls, gives certified lower bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from flint import arb, arb_mat

from memcurse.numerics.arguments import Array


def section(second: Callable[[arb], arb], edges: Sequence[arb], weighted: bool) -> arb_mat:
    """The matrix A for cells between rising `edges`, first at least 0. Rigour: enclosure.

    Parameters
    ----------
    second : callable
        Ball of a second antiderivative of the kernel.
    edges : sequence of arb, length n + 1
        Times at which the cells end.
    weighted : bool
        Whether the operator is ``(ts)^(-1/4) f(t+s)`` (p = 1/4) instead of ``f(t+s)``.
    """
    n = len(edges) - 1
    known: dict[tuple[int, int], arb] = {}

    def at(time: arb) -> arb:
        # Sums of even edges coincide.
        if not time.is_exact():
            return second(time)
        key = time.man_exp()
        if key not in known:
            known[key] = second(time)
        return known[key]

    values: dict[tuple[int, int], arb] = {}
    for i in range(n + 1):
        for j in range(i, n + 1):
            values[i, j] = values[j, i] = at(edges[i] + edges[j])
    norms = [_cell_norm(edges[i], edges[i + 1], weighted) for i in range(n)]
    rows = [
        [
            (values[i + 1, j + 1] - values[i, j + 1] - values[i + 1, j] + values[i, j])
            / (norms[i] * norms[j])
            for j in range(n)
        ]
        for i in range(n)
    ]
    return arb_mat(rows)


def _cell_norm(start: arb, end: arb, weighted: bool) -> arb:
    if not weighted:
        return (end - start).sqrt()
    return (2 * (end * end.sqrt() - start * start.sqrt()) / 3).sqrt()


def hankel_matrix(masses: Sequence[arb]) -> arb_mat:
    """``h_{i+j}`` of an odd number of masses: rank and norm as for a section, in the L1 norm."""
    n = (len(masses) + 1) // 2
    return arb_mat([[masses[i + j] for j in range(n)] for i in range(n)])


def singular_values(matrix: arb_mat) -> tuple[Array, arb]:
    """Numbers, falling, and a bound on how far the singular values of a symmetric matrix can be from them.

    Returns
    -------
    values : ndarray, shape (n,)
        Exact binary numbers, at least 0.
    radius : arb
        ``A`` is within this distance, in the Frobenius norm, of a matrix with exactly these singular values.

    Raises
    ------
    ArithmeticError
        If the balls do not prove float64's eigenvectors independent.

    Notes
    -----
    Rigour: with Q float64's eigenvectors, E = Q^T Q - I, Q = U P (polar), ``|P - I| <= |E|``, so that A differs from
    ``U L U^T`` by ``|A - Q L Q^T| + |L| (2 |E| + |E|^2)``; every norm is enclosed.
    """
    n = matrix.nrows()
    floats = np.array([[float(matrix[i, j].mid()) for j in range(n)] for i in range(n)])
    if not np.isfinite(floats).all():
        raise ArithmeticError("the section must be within the range of float64")
    eigenvalues, vectors = np.linalg.eigh(floats)
    Q = arb_mat(vectors.tolist())
    L = arb_mat([[arb(eigenvalues[i]) if i == j else arb(0) for j in range(n)] for i in range(n)])
    identity = arb_mat([[arb(int(i == j)) for j in range(n)] for i in range(n)])
    defect = _frobenius(matrix - Q * L * Q.transpose())
    skew = _frobenius(Q.transpose() * Q - identity)
    if not skew < 1:
        raise ArithmeticError("eigenvectors in float64 must be nearly orthogonal")
    length = sum((arb(x) ** 2 for x in eigenvalues), arb(0)).sqrt()
    radius = arb((defect + length * (2 * skew + skew**2)).upper())
    return np.sort(np.abs(eigenvalues))[::-1], radius


def _frobenius(matrix: arb_mat) -> arb:
    """Upper bound: the end of the sum, because the square of a ball around 0 holds negative numbers too."""
    return arb(sum((x * x for x in matrix.entries()), arb(0)).upper()).sqrt()


def rank_distances(values: Array, radius: arb, hilbert_schmidt: bool) -> list[arb]:
    """For m = 0, 1, ..., n: lower bounds on the distance from every matrix of rank m, operator or Frobenius norm.

    Rigour: exact lower ends, at least 0.
    """
    tails = [arb(0)]
    for x in values[::-1]:
        tails.append(tails[-1] + arb(x) ** 2 if hilbert_schmidt else arb(x))
    distances = [x.sqrt() if hilbert_schmidt else x for x in tails[::-1]]
    return [arb.max(arb((x - radius).lower()), arb(0)) for x in distances]
