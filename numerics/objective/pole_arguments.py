"""Checked gains and poles: arrays, or exact numbers and balls, or an error that names the argument."""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from memcurse.theory.exact import exact_vector

Array = NDArray[np.float64]


def _float_array(name: str, values: Any) -> Array:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"`{name}` must be an array with rows of one length; got {values!r}") from None
    if array.ndim == 1 and array.dtype.kind in "OUS":
        array = np.array([float(x) for x in exact_vector(name, values)])
    if array.dtype.kind == "c":
        raise TypeError(
            f"`{name}` must be real numbers unless field='complex' is given; got {array.dtype} values"
        )
    if array.ndim == 0 or array.size == 0 or array.dtype.kind not in "iuf":
        raise TypeError(f"`{name}` must be a nonempty array of real numbers; got {values!r}")
    array = np.asarray(array, dtype=float)
    if not np.isfinite(array).all():
        raise ValueError(f"`{name}` must be finite; got {array[~np.isfinite(array)][0]}")
    return array


def validate_gains(a: Any, p: Any) -> tuple[Array, Array]:
    """Gains and poles as float64 arrays of one shape (..., m).

    Raises
    ------
    TypeError, ValueError
        For input that is no array of finite real numbers, widths that differ, or poles outside (-1, 1).
    """
    gains, poles = _float_array("a", a), _float_array("p", p)
    if gains.shape[-1] != poles.shape[-1]:
        raise ValueError(
            f"`a` and `p` must have the same width on the last axis; got shapes {gains.shape} and {poles.shape}"
        )
    if not (np.abs(poles) < 1).all():
        worst = poles[~(np.abs(poles) < 1)][0]
        raise ValueError(f"`p` must lie strictly between -1 and 1; got {worst}")
    try:
        shape = np.broadcast_shapes(gains.shape, poles.shape)
    except ValueError:
        raise ValueError(
            f"`a` and `p` must have batch axes that broadcast; got {gains.shape} and {poles.shape}"
        ) from None
    return np.broadcast_to(gains, shape), np.broadcast_to(poles, shape)


def _exact_vector(name: str, values: Any) -> list[Any]:
    if not any(isinstance(x, arb) for x in values if not isinstance(values, str)):
        return list(exact_vector(name, values))
    numbers = [x if isinstance(x, arb) else exact_vector(name, [x])[0] for x in values]
    for i, x in enumerate(numbers):
        if isinstance(x, arb) and not x.is_finite():
            raise ValueError(f"`{name}` must be finite; got {x} at index {i}")
    return numbers


def exact_gains(a: Any, p: Any) -> tuple[list[Any], list[Any]]:
    """Gains and poles of one point, length m, as exact numbers; balls pass as they are, inside (-1, 1) as a whole.

    Raises
    ------
    TypeError, ValueError
        As `validate_gains`, and for batch axes.
    """
    gains, poles = _exact_vector("a", a), _exact_vector("p", p)
    if len(gains) != len(poles):
        raise ValueError(f"`a` and `p` must have the same length; got {len(gains)} and {len(poles)}")
    for i, x in enumerate(poles):
        # A ball passes only if it lies inside as a whole.
        if not (x > -1 and x < 1):
            raise ValueError(f"`p` must lie strictly between -1 and 1; got {x} at index {i}")
    return gains, poles
