"""Checks of numbers, arrays and names that a user passes."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def finite(name: str, value: Any) -> float:
    """`value` as a finite float."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"`{name}` must be a real number; got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"`{name}` must be finite; got {value!r}")
    return float(value)


def positive(name: str, value: Any) -> float:
    """`value` as a positive float."""
    number = finite(name, value)
    if not number > 0:
        raise ValueError(f"`{name}` must be positive; got {value!r}")
    return number


def finite_array(name: str, values: Any, ndim: int) -> Array:
    """`values` as a contiguous float64 array with `ndim` axes, finite and not empty.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, the rule and the value.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"`{name}` must have rows of one length; got {values!r}") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"`{name}` must be real numbers; got {array.dtype} values")
    if array.ndim != ndim or array.size == 0:
        raise ValueError(f"`{name}` must have {ndim} axes and not be empty; got shape {array.shape}")
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"`{name}` must be finite; got {array[place]} at index {place}")
    return np.array(array, dtype=float, order="C")


def chosen(argument: str, name: Any, known: Mapping[str, Any]) -> str:
    """`name`, if it is one of the `known` ones; else an error with a guess at what was meant."""
    if not isinstance(name, str):
        raise TypeError(f"`{argument}` must be a name; got {name!r}")
    if name in known:
        return name
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.4)
    guess = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"`{argument}` must be one of {', '.join(known)}; got {name!r}{guess}")
