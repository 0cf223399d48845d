"""How functions are compiled: the same options everywhere, and the results kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def compiled(function: Callable[..., Any]) -> Any:
    """Numba's njit, cached on disk where a folder for it can be written."""
    options = {"nogil": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no writable cache folder: compile in memory each time
        return numba.njit(**options)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """`compiled`, but as part of each caller before that is optimised: code is not optimised anew at every level."""
    return numba.njit(inline="always", nogil=True, error_model="numpy")(function)
