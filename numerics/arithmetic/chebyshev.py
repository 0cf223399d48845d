"""Piecewise polynomial models of functions that are known as balls, for use in compiled code.

On each piece the function is interpolated at Chebyshev points in ball arithmetic and the interpolant is stored in
powers of the local variable ``u`` in [-1, 1]. Coefficients fall by a factor of ten and more per degree, so Horner's
scheme is as stable here as Clenshaw's and faster.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat, fmpq
from numpy.typing import NDArray

from .balls import ball_precision

#: Values of several functions at one point.
BallFunction = Callable[[arb], Sequence[arb]]

_NODE_BITS = 160
_CHECKS = 12


@functools.cache
def _nodes(n: int) -> tuple[arb, ...]:
    with ball_precision(_NODE_BITS):
        return tuple((arb(fmpq(2 * j + 1, 2 * n))).cos_pi() for j in range(n))


@functools.cache
def _to_powers(n: int) -> arb_mat:
    """The matrix from values at n Chebyshev points to the coefficients of ``u^0 .. u^(n-1)``."""
    with ball_precision(_NODE_BITS):
        nodes = _nodes(n)
        vandermonde = arb_mat(n, n, [x**k if k else arb(1) for x in nodes for k in range(n)])
        return vandermonde.inv()


def interpolate(
    f: BallFunction, lower: arb, upper: arb, n: int
) -> tuple[NDArray[np.float64], list[list[arb]]]:
    """Coefficients, shape (functions, n), of the interpolants of `f` on [lower, upper], and the values at the nodes."""
    with ball_precision(_NODE_BITS):
        middle, half = (lower + upper) / 2, (upper - lower) / 2
        # Exact points: a radius here would grow in a function whose closed form cancels.
        values = [list(f((middle + half * u).mid())) for u in _nodes(n)]
        columns = arb_mat(n, len(values[0]), [v for row in values for v in row])
        powers = _to_powers(n) * columns
        coefficients = np.array(
            [[float(powers[i, k].mid()) for i in range(n)] for k in range(powers.ncols())]
        )
    return coefficients, values


@dataclass(frozen=True)
class PiecewiseModel:
    """Several functions of one variable, polynomial between `breaks`.

    Attributes
    ----------
    breaks : ndarray, shape (pieces + 1,)
        Increasing.
    coefficients : ndarray, shape (pieces, functions, n)
        In powers of the local variable in [-1, 1].
    error : float
        Largest error seen against balls between the nodes, relative to the size of the function on the piece.
    truncated : bool
        Whether the functions fall below what float64 holds at the upper end of `breaks`.
    """

    breaks: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    error: float
    truncated: bool

    def __call__(self, x: float) -> NDArray[np.float64]:
        """Values of the functions at `x`, shape (functions,)."""
        piece = int(np.clip(np.searchsorted(self.breaks, x, side="right") - 1, 0, len(self.coefficients) - 1))
        a, b = self.breaks[piece], self.breaks[piece + 1]
        u = ((x - a) - (b - x)) / (b - a)
        with np.errstate(under="ignore"):  # far moments are small
            return np.asarray([np.polyval(row[::-1], u) for row in self.coefficients[piece]])


#: Within a piece a function of one sign may vary by this factor: more would cost relative accuracy at its small end.
_MAX_RATIO = 32.0
_TOLERANCE = 1e-16
_TINY = 1e-290
_SMALLEST_PIECE = 1e-4
#: Rounding of a sum in extended precision relative to its terms, and the share of them that still counts as large.
_SUM_ROUNDING, _LOSABLE = 2e-18, 2.0**-17


@np.errstate(under="ignore")  # what a term that underflows is worth shows in the error
def piecewise_model(
    f: BallFunction,
    lower: float,
    upper: float,
    exact: BallFunction | None = None,
    n: int = 16,
    terms: Callable[[float], NDArray[np.float64]] | None = None,
) -> PiecewiseModel:
    """Bisect [lower, upper] until every function is resolved to rounding error relative to its size on the piece.

    Pieces are made from left to right; where all functions fall below what float64 holds, the model ends.

    Parameters
    ----------
    f : callable
        Values of the functions, accurate to well below float64's rounding; sets its own precision.
    lower, upper : float
        The interval.
    exact : callable, optional
        Slow enclosures of the same functions, against which a sample of the pieces is measured as well.
    n : int
        Coefficients per piece and function.
    terms : callable, optional
        Sizes of the terms that `f` sums up at a point. Where they cancel, the sum is as good as their rounding in
        extended precision, and errors count relative to 2^-17 of the terms if the function is smaller than that.

    Notes
    -----
    Rigour: float64; the error kept on the result is the largest seen at a point between the nodes of each piece.
    """
    pieces: list[_Piece] = []
    pending = [(lower, upper)]
    truncated = False
    while pending and not truncated:
        a, b = pending.pop()
        piece = _fit(f, a, b, n, None if terms is None else np.maximum(terms(a), terms(b)))
        if piece.largest < _TINY:
            truncated = True
        elif piece.resolved or b - a < _SMALLEST_PIECE:
            pieces.append(piece)
        else:
            pending += [((a + b) / 2, b), (a, (a + b) / 2)]
    breaks = np.array([lower, *(piece.upper for piece in pieces)])
    coefficients = np.array([piece.coefficients for piece in pieces]).reshape(len(pieces), -1, n)
    error = max((_measured_error(f, piece) for piece in pieces), default=0.0)
    if exact is not None:
        some = pieces[:: max(1, len(pieces) // _CHECKS)]
        error += max((_measured_error(exact, piece) for piece in some), default=0.0)
    return PiecewiseModel(breaks, coefficients, error, truncated)


@dataclass(frozen=True)
class _Piece:
    lower: float
    upper: float
    coefficients: NDArray[np.float64]
    scale: NDArray[np.float64]
    largest: float
    resolved: bool


def _fit(f: BallFunction, a: float, b: float, n: int, terms: NDArray[np.float64] | None) -> _Piece:
    coefficients, values = interpolate(f, arb(a), arb(b), n)
    numbers = np.array([[float(v.mid()) for v in row] for row in values])
    largest, smallest = np.abs(numbers).max(axis=0), np.abs(numbers).min(axis=0)
    one_sign = np.abs(np.sign(numbers).sum(axis=0)) == n
    # Near a sign change only the error relative to the largest value can be small.
    scale = np.where(one_sign, smallest, largest)
    calm = not np.any(one_sign & (largest > _MAX_RATIO * smallest))
    allowed = _TOLERANCE * scale
    if terms is not None:
        # Halving a piece does not lower the rounding of a sum that cancels.
        allowed, scale = np.maximum(allowed, _SUM_ROUNDING * terms), np.maximum(scale, _LOSABLE * terms)
    resolved = calm and bool(np.all(_last_chebyshev_terms(coefficients) <= allowed))
    return _Piece(a, b, coefficients, scale, float(largest.max()), resolved)


def _last_chebyshev_terms(coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    # The last two powers fix the last two Chebyshev terms, whose size is about that of what truncation leaves out.
    n = coefficients.shape[1]
    return np.abs(coefficients[:, -1]) / 2.0 ** (n - 2) + np.abs(coefficients[:, -2]) / 2.0 ** (n - 3)


def _measured_error(exact: BallFunction, piece: _Piece) -> float:
    x = piece.lower + 0.77 * (piece.upper - piece.lower)
    u = ((x - piece.lower) - (piece.upper - x)) / (piece.upper - piece.lower)
    values = [float(np.polyval(row[::-1], u)) for row in piece.coefficients]
    with ball_precision(_NODE_BITS):
        gaps = [abs(arb(v) - e) for v, e in zip(values, exact(arb(x)), strict=True)]
        return float(np.max(np.array([float(gap.upper()) for gap in gaps]) / piece.scale))
