"""What the statements on sampled networks share: exact random matrices, Van der Pol data, features in balls."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, arb_mat, fmpq, fmpq_mat

from memcurse.numerics.sampled.activations import TANH
from memcurse.numerics.sampled.experiments.systems import SYSTEMS, trajectories
from memcurse.numerics.sampled.pairs import sample_layer


def rational_matrix(rng: np.random.Generator, rows: int, columns: int) -> fmpq_mat:
    """Random rationals between -3 and 3."""
    return fmpq_mat(
        [
            [fmpq(int(rng.integers(-18, 19)), int(rng.integers(6, 12))) for _ in range(columns)]
            for _ in range(rows)
        ]
    )


def exact_solution(A: fmpq_mat, B: fmpq_mat) -> fmpq_mat:
    """``A^+ B`` in rationals, for independent columns."""
    return (A.transpose() * A).solve(A.transpose() * B)


def stacked(*matrices: fmpq_mat) -> fmpq_mat:
    """Columns of several matrices side by side."""
    rows = zip(*(_rows(m) for m in matrices), strict=True)
    return fmpq_mat([[x for part in row for x in part] for row in rows])


def _rows(matrix: fmpq_mat) -> list[list[Any]]:
    return [[matrix[i, j] for j in range(matrix.ncols())] for i in range(matrix.nrows())]


def generic(name: str, rows: int, columns: int) -> sp.Matrix:
    """A matrix of real symbols."""
    return sp.Matrix(rows, columns, lambda i, j: sp.Symbol(f"{name}_{i + 1}{j + 1}", real=True))


@lru_cache(maxsize=8)
def oscillator_features(width: int, rows: int, seed: int) -> tuple[Any, Any, Any, Any]:
    """``F_X, F_Y, X, Y`` in float64 for Van der Pol data and `width` tanh neurons of pairs."""
    parts = trajectories(SYSTEMS["vanderpol"], count=10, length=rows // 10 + 1, seed=seed % 2**32)
    X, Y = np.concatenate([p[:-1] for p in parts]), np.concatenate([p[1:] for p in parts])
    layer = sample_layer(X, Y, width, "swim", TANH, np.random.default_rng(seed))
    return layer(X), layer(Y), X, Y


def balls(matrix: Any) -> arb_mat:
    """A float64 matrix as exact balls."""
    return arb_mat([[arb(float(x)) for x in row] for row in matrix])


def squared_norm(matrix: arb_mat) -> arb:
    """Sum of the squares of all entries."""
    return sum((x * x for x in matrix.entries()), arb(0))


def best_squares(A: arb_mat, B: arb_mat) -> arb:
    """The minimum of ``|A x - B|^2``, enclosed."""
    return squared_norm(A * ball_solution(A, B) - B)


def ball_solution(A: arb_mat, B: arb_mat) -> arb_mat:
    """``A^+ B`` enclosed; needs a precision of twice the digits that the condition takes."""
    return (A.transpose() * A).solve(A.transpose() * B)
