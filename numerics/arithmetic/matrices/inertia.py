"""Inertia of symmetric matrices without a tolerance: in exact rationals, or certified in balls.

Both run the same elimination ``P A P^T = L D L^T`` with the complete pivoting of Bunch and Parlett (blocks of order one
and two), and Sylvester's law of inertia reads the signs off D. Balls either decide every sign or say that they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, arb_mat, fmpq, fmpq_mat

from memcurse.numerics.arithmetic.balls import (
    GUARD_BITS,
    ball_precision,
    bits_for,
    certain_sign,
    validate_digits,
)
from memcurse.theory.landscape.equivalent_parameters import Inertia

#: About (1 + sqrt(17))/8, which bounds the growth of the entries (Bunch and Parlett 1971); any share is valid.
_SHARE = Fraction(5, 8)
#: Doublings of the digits before a matrix counts as undecided.
_ROUNDS = 5

Rows = list[list[Any]]


@dataclass(frozen=True)
class _Arithmetic:
    """What the elimination must know of a number: a certain sign (or None), and a size that is surely not 0."""

    sign: Callable[[Any], int | None]
    size: Callable[[Any], Any]
    share: Any


def _exact_sign(x: fmpq) -> int:
    return (x > 0) - (x < 0)


_EXACT = _Arithmetic(_exact_sign, abs, fmpq(_SHARE.numerator, _SHARE.denominator))
_BALLS = _Arithmetic(certain_sign, arb.abs_lower, arb(_SHARE.numerator) / _SHARE.denominator)


def exact_inertia(matrix: fmpq_mat | Sequence[Sequence[Any]]) -> Inertia:
    """Inertia of a symmetric matrix of rationals (fmpq, int, Fraction, or SymPy rationals).

    Rigour: exact.
    """
    rows = [[_rational(x) for x in row] for row in _rows(matrix)]
    n = len(rows)
    if any(rows[i][j] != rows[j][i] for i in range(n) for j in range(i)):
        raise ValueError(f"`matrix` must be symmetric; got {matrix}")
    inertia = _eliminate(rows, _EXACT)
    if inertia is None:
        raise ArithmeticError(f"`matrix` must have entries with signs; got {matrix}")
    return inertia


def ball_inertia(matrix: arb_mat) -> Inertia | None:
    """Inertia of every symmetric matrix whose upper triangle lies in that of `matrix`; None if balls do not decide.

    Rigour: proof. A singular matrix is decided only where what is left of it is exactly 0. Works at the current
    precision.
    """
    if matrix.nrows() != matrix.ncols():
        raise ValueError(f"`matrix` must be square; got {matrix.nrows()} x {matrix.ncols()}")
    rows = _rows(matrix)
    return _eliminate(
        [[rows[min(i, j)][max(i, j)] for j in range(len(rows))] for i in range(len(rows))], _BALLS
    )


def inertia_about(matrix_at: Callable[[int], arb_mat], shift: arb | fmpq, digits: int = 50) -> Inertia | None:
    """How many eigenvalues lie above, at and below `shift`; the digits are doubled until balls decide.

    Parameters
    ----------
    matrix_at : callable
        Ball matrix (symmetric) from a number of digits.
    shift : arb or fmpq
        An exact number, or a ball, for all points of which the answer then holds.

    Returns
    -------
    Inertia or None
        None if five doublings do not decide: an eigenvalue lies too close to the shift.
    """
    digits = validate_digits(digits)
    for _ in range(_ROUNDS):
        with ball_precision(bits_for(digits) + GUARD_BITS):
            inertia = ball_inertia(shifted(matrix_at(digits), shift))
        if inertia is not None:
            return inertia
        digits *= 2
    return None


def shifted(matrix: arb_mat, shift: arb | fmpq) -> arb_mat:
    """``matrix - shift * identity``."""
    n = matrix.nrows()
    return arb_mat(n, n, [matrix[i, j] - (arb(shift) if i == j else 0) for i in range(n) for j in range(n)])


def _rational(x: Any) -> fmpq:
    if isinstance(x, fmpq):
        return x
    if isinstance(x, int):
        return fmpq(x)
    if hasattr(x, "p") and hasattr(x, "q"):
        return fmpq(int(x.p), int(x.q))
    if isinstance(x, Fraction):
        return fmpq(x.numerator, x.denominator)
    raise TypeError(f"`matrix` must hold rational numbers; got {x!r}")


def _rows(matrix: Any) -> Rows:
    if hasattr(matrix, "nrows"):
        return [[matrix[i, j] for j in range(matrix.ncols())] for i in range(matrix.nrows())]
    rows = [list(row) for row in matrix]
    if any(len(row) != len(rows) for row in rows):
        raise ValueError(f"`matrix` must be square; got rows of lengths {[len(row) for row in rows]}")
    return rows


def _eliminate(rows: Rows, over: _Arithmetic) -> Inertia | None:
    """Signs of the blocks of D; one step removes one or two rows and columns."""
    counts = {1: 0, 0: 0, -1: 0}
    while rows:
        if all(over.sign(x) == 0 for row in rows for x in row):
            counts[0] += len(rows)
            break
        n = len(rows)
        p = max(range(n), key=lambda i: over.size(rows[i][i]))
        pairs = [(i, j) for i in range(n) for j in range(i)]
        i, j = max(pairs, key=lambda pair: over.size(rows[pair[0]][pair[1]]), default=(p, p))
        sign = over.sign(rows[p][p])
        if sign and over.size(rows[p][p]) >= over.share * over.size(rows[i][j]):
            counts[sign] += 1
            rows = _without_one(rows, p)
        else:
            determinant = rows[i][i] * rows[j][j] - rows[i][j] * rows[i][j]
            if i == j or over.sign(determinant) != -1:
                return None
            counts[1] += 1
            counts[-1] += 1
            rows = _without_two(rows, i, j, determinant)
    return Inertia(counts[1], counts[0], counts[-1])


def _without_one(rows: Rows, p: int) -> Rows:
    """Schur complement of the entry ``(p, p)``."""
    rest = [i for i in range(len(rows)) if i != p]
    return _symmetric(rest, lambda i, j: rows[i][j] - rows[i][p] * rows[p][j] / rows[p][p])


def _without_two(rows: Rows, p: int, q: int, determinant: Any) -> Rows:
    """Schur complement of the block of the rows p and q."""
    rest = [i for i in range(len(rows)) if i not in (p, q)]

    def entry(i: int, j: int) -> Any:
        x, y, u, v = rows[i][p], rows[i][q], rows[p][j], rows[q][j]
        both = x * (rows[q][q] * u - rows[p][q] * v) + y * (rows[p][p] * v - rows[q][p] * u)
        return rows[i][j] - both / determinant

    return _symmetric(rest, entry)


def _symmetric(indices: list[int], entry: Callable[[int, int], Any]) -> Rows:
    upper = {(i, j): entry(i, j) for i in indices for j in indices if i <= j}
    return [[upper[min(i, j), max(i, j)] for j in indices] for i in indices]
