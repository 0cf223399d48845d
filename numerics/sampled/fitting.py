r"""K, C and D from blocks of data, features never stored.

With rows as samples: :math:`K = F_X^+ F_Y`, :math:`C = F_X^+ X`; the network runs with :math:`D = K C`. The direct
:math:`D = F_X^+ Y`, which leaves the Koopman step out, is solved along. With inputs the rows are
:math:`[F_X, G_U]`, and B is the part of the solution that belongs to :math:`G_U`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .dictionary import Dictionary
from .least_squares import START_ROWS, StreamingLeastSquares

Array = NDArray[np.float64]
Block = tuple[Array, Array, Array | None]

#: Rows of one block: features of 200 neurons are then 6 MB.
BLOCK_ROWS: Final = 4096


@dataclass(frozen=True)
class Matrices:
    """What one pass over the data gives.

    Attributes
    ----------
    K : ndarray, shape (n, n)
    C : ndarray, shape (n, d)
    D : ndarray, shape (n, d)
        Direct regression on the next state.
    B, E : ndarray of shape (p, n) and (p, d), or None
        What K and the direct D have for the features of the inputs.
    direct_squares : ndarray, shape (d,)
        ``sum |F D + G E - Y|^2``.
    rank, rows : int
    """

    K: Array
    C: Array
    D: Array
    B: Array | None
    E: Array | None
    direct_squares: Array
    rank: int
    rows: int


class KoopmanFit:
    """Takes blocks of pairs (and inputs), gives `Matrices` at any time.

    Parameters
    ----------
    dictionary : Dictionary
        Features of states.
    inputs : Dictionary, optional
        Features of inputs.
    """

    def __init__(
        self, dictionary: Dictionary, inputs: Dictionary | None = None, start_rows: int = START_ROWS
    ) -> None:
        self.dictionary, self.inputs = dictionary, inputs
        self._next = StreamingLeastSquares(start_rows)
        self._state = StreamingLeastSquares(start_rows) if inputs is not None else None

    def partial_fit(self, X: Array, Y: Array, U: Array | None = None) -> KoopmanFit:
        """Take in states, next states and inputs, shapes (N, d), (N, d), (N, c). Returns itself."""
        if (U is None) != (self.inputs is None):
            raise ValueError("`U` must be given if and only if the network has inputs")
        F, FY = self.dictionary(X), self.dictionary(Y)
        if self._state is None or self.inputs is None or U is None:
            self._next.partial_fit(F, np.concatenate([FY, Y, X], axis=1))
            return self
        self._next.partial_fit(np.concatenate([F, self.inputs(U)], axis=1), np.concatenate([FY, Y], axis=1))
        self._state.partial_fit(F, X)
        return self

    def matrices(self) -> Matrices:
        """The solution for all pairs so far."""
        n = self.dictionary.size
        found = self._next.solve()
        x = found.solution
        if self._state is None:
            d = (x.shape[1] - n) // 2
            C, d_end = x[:, n + d :], n + d
        else:
            d_end = x.shape[1]
            C = self._state.solve().solution
        K, D = x[:n, :n], x[:n, n:d_end]
        B, E = (None, None) if self._state is None else (x[n:, :n], x[n:, n:])
        return Matrices(K, C, D, B, E, found.squared_residuals[n:d_end], found.rank, found.rows)


def koopman_matrices(
    dictionary: Dictionary, blocks: Iterable[tuple[Any, ...]], inputs: Dictionary | None = None
) -> Matrices:
    """K, C and D in one pass over blocks ``(X, Y)`` or ``(X, Y, U)``."""
    fit = KoopmanFit(dictionary, inputs)
    for block in blocks:
        fit.partial_fit(*block)
    return fit.matrices()


def strided_blocks(X: Array, Y: Array, U: Array | None = None, rows: int = BLOCK_ROWS) -> Iterator[Block]:
    """Blocks of rows that are spread evenly over the data, so that the first one speaks for all."""
    count = max(1, len(X) // rows)
    for k in range(count):
        part = slice(k, None, count)
        yield X[part], Y[part], None if U is None else U[part]
