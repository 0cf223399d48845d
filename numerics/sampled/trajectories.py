"""What a user passes as data: one trajectory, several, or pairs; with inputs, times and lags. Checked here.

A trajectory of N + 1 states gives N pairs (state, next state). With `lags` = L the state is the last L observations,
oldest first; the pairs never cross from one trajectory to another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memcurse.theory.exact import exact_integer

Array = NDArray[np.float64]

#: Relative difference of steps that rounding of printed times explains.
_STEP_TOLERANCE: Final = 1e-6


@dataclass(frozen=True)
class StatePairs:
    """States, the states one step later, and what was put in between.

    Attributes
    ----------
    X, Y : ndarray, shape (N, d)
    U : ndarray, shape (N, c), or None
    observed : int
        Entries of one observation; d = lags * observed, the newest last.
    """

    X: Array
    Y: Array
    U: Array | None
    observed: int

    @property
    def rows(self) -> int:
        """Number of pairs N."""
        return len(self.X)


def state_pairs(X: Any, Y: Any = None, U: Any = None, lags: int = 1, times: Any = None) -> StatePairs:
    """Pairs of states from trajectories or from pairs.

    Parameters
    ----------
    X : array of shape (N, d) or (N,), or a list of such arrays
        One trajectory or several, with equal steps; or with `Y` the states before.
    Y : array of the shape of `X`, optional
        The states after one step.
    U : array or list of arrays, optional
        Inputs, one row for each step (a last row for the last state of a trajectory is left out).
    lags : int
        Observations that make a state; 1 without `Y`.
    times : array or list of arrays, optional
        Times of the rows of `X`: checked for equal steps, not used otherwise.

    Raises
    ------
    ValueError, TypeError
        For nan, shapes that do not fit, times that are missing or unequal, constant or repeated columns.
    """
    lags = at_least_one("lags", lags)
    if Y is not None:
        return _given_pairs(X, Y, U, lags, times)
    parts, inputs = _parts("X", X), None if U is None else _parts("U", U)
    if inputs is not None and len(inputs) != len(parts):
        raise ValueError(f"`U` must hold an array for each of {len(parts)} trajectories; got {len(inputs)}")
    if times is not None:
        _check_times(parts, times)
    _one_width("X", parts)
    short = [len(part) for part in parts if len(part) < lags + 1]
    if short:
        raise ValueError(
            f"`X` must hold at least {lags + 1} rows a trajectory for {lags} lags; got {short[0]}"
        )
    check_columns("X", np.concatenate(parts))
    embedded = [delays(part, lags) for part in parts]
    steps = None if inputs is None else _inputs(parts, inputs, lags)
    return StatePairs(
        np.concatenate([part[:-1] for part in embedded]),
        np.concatenate([part[1:] for part in embedded]),
        steps,
        parts[0].shape[1],
    )


def _given_pairs(X: Any, Y: Any, U: Any, lags: int, times: Any) -> StatePairs:
    if lags != 1 or times is not None:
        raise ValueError(f"`Y` must come without `lags` and `times`; got lags = {lags}, times = {times!r}")
    x, y = matrix("X", X), matrix("Y", Y)
    if x.shape != y.shape:
        raise ValueError(f"`Y` must have the shape of `X`; got {y.shape} and {x.shape}")
    check_columns("X", x)
    u = None if U is None else matrix("U", U)
    if u is not None and len(u) != len(x):
        raise ValueError(f"`U` must have a row for each of the {len(x)} rows of `X`; got {len(u)}")
    return StatePairs(x, y, u, x.shape[1])


def at_least_one(name: str, value: Any) -> int:
    """`value` as an int that is at least 1."""
    number = exact_integer(name, value)
    if number < 1:
        raise ValueError(f"`{name}` must be at least 1; got {number}")
    return number


def matrix(name: str, values: Any) -> Array:
    """`values` as a finite float64 array of two axes; one axis becomes a column."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"`{name}` must have rows of one length") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"`{name}` must be real numbers; got {array.dtype} values")
    array = array.astype(float)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"`{name}` must have shape (N, d) and not be empty; got {array.shape}")
    if not np.isfinite(array).all():
        i, j = np.argwhere(~np.isfinite(array))[0]
        raise ValueError(f"`{name}` must be finite; got {array[i, j]} in row {i}, column {j}")
    return array


def _parts(name: str, values: Any) -> list[Array]:
    several = isinstance(values, list | tuple) and len(values) > 0 and np.ndim(values[0]) >= 1
    if several and np.ndim(values[0]) == 1 and not isinstance(values[0], np.ndarray):
        several = False
    if not several:
        return [matrix(name, values)]
    return [matrix(f"{name}[{i}]", part) for i, part in enumerate(values)]


def _one_width(name: str, parts: Sequence[Array]) -> None:
    widths = {part.shape[1] for part in parts}
    if len(widths) > 1:
        raise ValueError(f"`{name}` must have trajectories of one width; got {sorted(widths)}")


def _inputs(parts: Sequence[Array], inputs: Sequence[Array], lags: int) -> Array:
    _one_width("U", inputs)
    rows = []
    for k, (part, given) in enumerate(zip(parts, inputs, strict=True)):
        if len(given) not in (len(part), len(part) - 1):
            raise ValueError(
                f"`U[{k}]` must have {len(part) - 1} or {len(part)} rows, one a step; got {len(given)}"
            )
        rows.append(given[lags - 1 : len(part) - 1])
    return np.concatenate(rows)


def _check_times(parts: Sequence[Array], times: Any) -> None:
    several = _parts("times", times)
    if len(several) != len(parts):
        raise ValueError(f"`times` must hold an array for each trajectory; got {len(several)}")
    first: float | None = None
    for part, column in zip(parts, several, strict=True):
        if column.shape != (len(part), 1):
            raise ValueError(f"`times` must have one time for each of {len(part)} rows; got {column.shape}")
        steps = np.diff(column[:, 0])
        first = float(steps[0]) if first is None and steps.size else first
        if first is None:
            continue
        if not first > 0:
            raise ValueError(f"`times` must grow; got a step of {first}")
        bad = np.flatnonzero(np.abs(steps - first) > _STEP_TOLERANCE * first)
        if bad.size:
            i = int(bad[0])
            raise ValueError(
                f"`times` must have equal steps; got {steps[i]:.9g} after {first:.9g} at row {i + 1}"
            )


def check_columns(name: str, X: Array) -> None:
    """Refuse a column that is constant, and one that repeats another."""
    ranges = np.ptp(X, axis=0)
    if not ranges.all():
        j = int(np.flatnonzero(ranges == 0)[0])
        raise ValueError(f"`{name}` must have columns that vary; got {X[0, j]} throughout column {j}")
    _, first = np.unique(X, axis=1, return_index=True)
    if len(first) < X.shape[1]:
        j = next(j for j in range(X.shape[1]) if j not in set(first.tolist()))
        raise ValueError(f"`{name}` must have columns that differ; column {j} repeats another")


def delays(observations: Array, lags: int) -> Array:
    """States of the last `lags` observations, oldest first: shape (N - lags + 1, lags * d)."""
    n = len(observations) - lags + 1
    return np.concatenate([observations[i : i + n] for i in range(lags)], axis=1)
