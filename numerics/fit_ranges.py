"""What a fit or a ladder says where nothing is random: ranges of coefficients and slopes.

The same computation gives the same number every day: its errors are those of an expansion that was cut off, of steps,
of whole counts, and no interval of confidence speaks of them. What does is a range: the bound that residuals put on a
coefficient, the local slopes along a ladder, what is left when one point is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Coefficient", "covering", "left_out", "local_slopes", "residual_bounds"]

Range = tuple[float, float]


class Coefficient(NamedTuple):
    """A coefficient of a fit, and the range of what it may be."""

    value: float
    bounds: Range


def residual_bounds(rows: Sequence[Sequence[float]], values: Sequence[float]) -> list[Coefficient]:
    r"""Least squares: every coefficient, and how far it moves at most for errors up to the largest residual.

    With the pseudoinverse :math:`X^+` and the residuals r the coefficient j moves by
    :math:`\max_i |r_i| \sum_i |X^+_{ji}|` at most, whatever the signs of the errors: they need not be random.

    Parameters
    ----------
    rows : sequence of n rows of k numbers, n > k
    values : sequence of n numbers

    Notes
    -----
    Rigour: float64. What the columns themselves can follow shows in no residual; a series that was cut off wants fits
    of two lengths (`covering`).
    """
    X, y = np.array(rows, dtype=float), np.array(values, dtype=float)
    if X.ndim != 2 or not X.shape[0] > X.shape[1] or y.shape != X.shape[:1]:
        raise ValueError(
            f"`rows` must be more than their columns, one for each value; got {X.shape}, {y.shape}"
        )
    scale = np.abs(X).max(axis=0)
    inverse = np.linalg.pinv(X / scale) / scale[:, None]
    found = inverse @ y
    off = float(np.abs(y - X @ found).max()) * np.abs(inverse).sum(axis=1)
    return [Coefficient(float(b), (float(b - e), float(b + e))) for b, e in zip(found, off, strict=True)]


def left_out(rows: Sequence[Sequence[float]], values: Sequence[float], column: int = 0) -> Range:
    """Least and largest value of a coefficient of the least-squares fits with one point left out each."""
    X, y = np.array(rows, dtype=float), np.array(values, dtype=float)
    if not X.shape[0] > X.shape[1] + 1:
        raise ValueError(f"`rows` must be at least two more than their columns; got {X.shape}")
    scale = np.abs(X).max(axis=0)
    scale[scale == 0.0] = 1.0
    found = []
    for i in range(len(y)):
        fit, _, rank, _ = np.linalg.lstsq(np.delete(X / scale, i, axis=0), np.delete(y, i), rcond=None)
        if rank < X.shape[1]:
            # Least squares would answer all the same, with the shortest of many solutions.
            raise ValueError(
                f"`rows` must determine every column without any one point; got none without {i}"
            )
        found.append(fit[column] / scale[column])
    return float(min(found)), float(max(found))


def local_slopes(x: Sequence[float], y: Sequence[float], apart: int = 1) -> Range:
    """Least and largest slope between points of a ladder that are so many rungs apart."""
    X, Y = np.array(x, dtype=float), np.array(y, dtype=float)
    if X.shape != Y.shape or not 1 <= apart < len(X) - 1:
        raise ValueError(f"`apart` must leave at least two slopes; got {apart} for {len(X)} points")
    slopes = (Y[apart:] - Y[:-apart]) / (X[apart:] - X[:-apart])
    return float(slopes.min()), float(slopes.max())


def covering(ranges: Sequence[Range]) -> Range:
    """The range that covers all of them."""
    return min(low for low, _ in ranges), max(high for _, high in ranges)
