r"""Accurate least squares from a stream of rows that is never stored: preconditioned normal equations.

Normal equations lose twice the digits that the problem does, since the condition number is squared. Here a triangular
factor :math:`R` from a QR decomposition of the first rows (about 20 for each unknown) makes the columns of
:math:`A R^{-1}` nearly orthogonal, and only a *correction* to the solution :math:`x_0` of these rows is computed:

.. math:: x = x_0 + R^{-1} G^{+} H, \qquad G = \sum z z^\top, \quad H = \sum z (b - a^\top x_0)^\top, \quad
   z = R^{-\top} a.

One pass costs twice the normal equations. Two things make it safe for any order of the rows. A block whose rows stand
far out of what has been seen (:math:`|z|^2` large) is taken in by a QR decomposition instead, after which R is that of
all rows so far; and `R` has a floor of 1e-12 of its size, so that directions without data are harmless until data
come.

Source: the preconditioner is that of Rokhlin and Tygert (PNAS 105, 2008) and of Blendenpik (Avron et al. 2010).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy.linalg.blas import dsyrk, dtrmm

Array = NDArray[np.float64]

#: Rows for each unknown that make the preconditioner.
START_ROWS: Final = 20
#: Floor of the preconditioner, as a share of the longest column: rounding errors of a row then stay below 1e-4.
_FLOOR: Final = 1e-12
#: A row with more than this squared length in the coordinates of the preconditioner is new to it.
_SURPRISE: Final = 1e8
#: Eigenvalues of the preconditioned Gram matrix below this share of the largest hold rounding errors only: directions
#: with less than about 1e-15 of the largest singular value.
_CUT: Final = 1e-6


@dataclass(frozen=True)
class LeastSquares:
    """Solution of ``min |A x - B|``.

    Attributes
    ----------
    solution : ndarray, shape (n, k)
    squared_residuals : ndarray, shape (k,)
        ``sum |A x - B|^2`` for each column, about 1e-16 ``sum |B|^2`` in error.
    rank : int
        Directions that carry data; the solution has no part in the others.
    rows : int
        Number of rows seen.
    """

    solution: Array
    squared_residuals: Array
    rank: int
    rows: int

    @property
    def full_rank(self) -> bool:
        """Whether the solution is the only one."""
        return self.rank == len(self.solution)


class StreamingLeastSquares:
    """Takes blocks of rows of A and B, keeps matrices of the size of the unknowns only.

    Parameters
    ----------
    start_rows : int
        Rows for each unknown that are kept until the preconditioner is made.

    Notes
    -----
    Rigour: float64; the residual is that of QR to all digits as long as cond(A) is below about 1e13. One pass.
    """

    def __init__(self, start_rows: int = START_ROWS) -> None:
        if start_rows < 1:
            raise ValueError(f"`start_rows` must be at least 1; got {start_rows}")
        self.start_rows = start_rows
        self.rows = 0
        self._kept: list[tuple[Array, Array]] = []
        self._state: _State | None = None

    def partial_fit(self, A: Any, B: Any) -> StreamingLeastSquares:
        """Take in rows: `A` of shape (N, n), `B` of shape (N, k) or (N,). Returns itself.

        Raises
        ------
        ValueError
            If shapes do not fit each other or the blocks before, or an entry is not finite.
        """
        a, b = _block(A, B)
        before = self._kept[0] if self._kept else None
        shape = (
            self._state.shape if self._state else (before[0].shape[1], before[1].shape[1]) if before else None
        )
        if shape is not None and shape != (a.shape[1], b.shape[1]):
            raise ValueError(
                f"`A` and `B` must have {shape[0]} and {shape[1]} columns as before; "
                f"got {a.shape[1]} and {b.shape[1]}"
            )
        self.rows += len(a)
        if self._state is not None:
            self._state = self._state.with_block(a, b)
            return self
        self._kept.append((a, b))
        if sum(len(rows) for rows, _ in self._kept) >= self.start_rows * a.shape[1]:
            self._state = self._start()
        return self

    def _start(self) -> _State:
        a = np.concatenate([rows for rows, _ in self._kept])
        b = np.concatenate([rows for _, rows in self._kept])
        self._kept = []
        return _State.of_rows(a, b)

    def solve(self) -> LeastSquares:
        """The solution for all rows so far; more may follow.

        Raises
        ------
        ValueError
            If there was no row.
        """
        if self._state is None:
            if not self._kept:
                raise ValueError("`blocks` must hold at least one row; got none")
            # Fewer rows than the preconditioner takes: they are the whole problem.
            kept = list(self._kept)
            state = self._start()
            self._kept = kept
        else:
            state = self._state
        return state.solution(self.rows)


def least_squares(blocks: Iterable[tuple[Any, Any]], start_rows: int = START_ROWS) -> LeastSquares:
    """Solve ``min |A x - B|`` for rows that come as blocks ``(A, B)``; see `StreamingLeastSquares`."""
    problem = StreamingLeastSquares(start_rows)
    for A, B in blocks:
        problem.partial_fit(A, B)
    return problem.solve()


class _State:
    """Preconditioner `R` with its inverse, first solution `x0`, and the sums in its coordinates."""

    def __init__(self, R: Array, x0: Array, G: Array, H: Array, squares: Array) -> None:
        self.R = R
        self.inverse = np.asfortranarray(scipy.linalg.solve_triangular(R, np.eye(len(R))))
        self.x0 = x0
        self.G, self.H, self.squares = G, H, squares

    @property
    def shape(self) -> tuple[int, int]:
        """Unknowns and right-hand sides."""
        return self.x0.shape[0], self.x0.shape[1]

    @classmethod
    def of_rows(cls, a: Array, b: Array) -> _State:
        """The state of rows that are held in memory."""
        n = a.shape[1]
        floor = _FLOOR * max(float(np.sqrt((a * a).sum(axis=0).max())), np.finfo(float).tiny ** 0.5)
        padded = np.concatenate([a, floor * np.eye(n)])
        Q, R = scipy.linalg.qr(padded, mode="economic", check_finite=False)
        left, values, right = scipy.linalg.svd(R, check_finite=False)
        # What lies near the floor is left to the correction, which sees all rows.
        kept = values > 2 * floor
        x0 = (right[kept].T / values[kept]) @ (left[:, kept].T @ (Q[: len(a)].T @ b))
        state = cls(R, x0, np.zeros((n, n), order="F"), np.zeros_like(x0), np.zeros(b.shape[1]))
        state._add(state._coordinates(a), b - a @ x0)
        return state

    def _coordinates(self, a: Array) -> Array:
        """``R^{-T} a^T``, shape (n, N), in Fortran order."""
        return np.asarray(dtrmm(1.0, self.inverse, a.T, lower=0, trans_a=1))

    def _add(self, z: Array, residual: Array) -> None:
        self.G = np.asarray(dsyrk(1.0, z, beta=1.0, c=self.G, overwrite_c=1))  # the upper triangle
        self.H += z @ residual
        self.squares += np.einsum("ij,ij->j", residual, residual)

    def with_block(self, a: Array, b: Array) -> _State:
        """The state after one more block; this one, changed, unless the block stands out."""
        z = self._coordinates(a)
        if float(np.einsum("ij,ij->j", z, z).max()) > _SURPRISE:
            return self._after_surprise(a, b)
        self._add(z, b - a @ self.x0)
        return self

    def _after_surprise(self, a: Array, b: Array) -> _State:
        """All that was seen as n rows (a square root of the Gram matrix), then the new rows, by QR."""
        gram = np.triu(self.G) + np.triu(self.G, 1).T
        values, vectors = np.linalg.eigh(gram)
        kept = values > _CUT * max(values[-1], 0.0)
        root = np.sqrt(values[kept])
        old_rows = (root[:, None] * vectors[:, kept].T) @ self.R
        reduced = (vectors[:, kept].T @ self.H) / root[:, None]
        old_sides = old_rows @ self.x0 + reduced
        state = _State.of_rows(np.concatenate([old_rows, a]), np.concatenate([old_sides, b]))
        # What no solution can fit among the rows that the square root stands for.
        state.squares += np.maximum(self.squares - np.einsum("ij,ij->j", reduced, reduced), 0.0)
        return state

    def solution(self, rows: int) -> LeastSquares:
        """The correction, without the directions that hold no data."""
        gram = np.triu(self.G) + np.triu(self.G, 1).T
        values, vectors = np.linalg.eigh(gram)
        kept = values > _CUT * max(float(values[-1]), 0.0)
        projected = vectors[:, kept].T @ self.H
        step = vectors[:, kept] @ (projected / values[kept][:, None])
        x = self.x0 + self.inverse @ step
        if not kept.all():
            # Rounding errors reach far in the directions without data: leave these out of the solution.
            rows_seen = (np.sqrt(values[kept])[:, None] * vectors[:, kept].T) @ self.R
            span = scipy.linalg.svd(rows_seen, full_matrices=False)[2]
            x = span.T @ (span @ x)
        squares = self.squares - np.einsum("ij,i->j", projected**2, 1 / values[kept])
        return LeastSquares(x, np.maximum(squares, 0.0), int(kept.sum()), rows)


def _block(A: Any, B: Any) -> tuple[Array, Array]:
    a, b = np.asarray(A, dtype=float), np.asarray(B, dtype=float)
    if a.ndim != 2 or a.shape[1] == 0:
        raise ValueError(f"`A` must have shape (N, n) with n at least 1; got {a.shape}")
    b = b[:, None] if b.ndim == 1 else b
    if b.ndim != 2 or len(b) != len(a):
        raise ValueError(f"`B` must have a row for each of the {len(a)} rows of `A`; got shape {b.shape}")
    # A sum is not finite if an entry is not, and needs no temporary array.
    if not (np.isfinite(a.sum()) and np.isfinite(b.sum())):
        raise ValueError("`A` and `B` must be finite; got nan or inf")
    return np.ascontiguousarray(a), b
