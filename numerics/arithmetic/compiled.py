"""How functions are compiled: the same options everywhere, and the results kept on disk (`compilation.cache`)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import overload
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.compilation.cache import StampedCacheFile
from memcurse.numerics.arithmetic.compilation.parts import ENTRY, PART

Array = NDArray[np.float64]

#: Parts that count no references.
UNCOUNTED = PART | {"_nrt": False}


def compiled(function: Callable[..., Any]) -> Any:
    """Numba's njit, cached on disk where a folder for it can be written."""
    try:
        dispatcher = _once_for_all_integers(numba.njit(cache=True, **ENTRY)(function))
    except RuntimeError:  # no writable cache folder: compile in memory each time
        return _once_for_all_integers(numba.njit(**ENTRY)(function))
    cache = dispatcher._cache
    implementation = cache._impl
    cache._cache_file = StampedCacheFile(
        cache.cache_path, implementation.filename_base, implementation.locator.get_source_stamp()
    )
    part = subroutine(function)
    dispatcher.get_call_template, dispatcher.get_overload = part.get_call_template, part.get_overload
    return dispatcher


def _once_for_all_integers(dispatcher: Any) -> Any:
    """Do not compile a function anew for every constant that compiled code calls it with."""
    template = dispatcher.get_call_template

    def without_literals(args: Any, kws: Any) -> Any:
        return template([_plain(x) for x in args], {name: _plain(x) for name, x in kws.items()})

    dispatcher.get_call_template = without_literals
    return dispatcher


def _plain(kind: Any) -> Any:
    return types.unliteral(kind) if isinstance(kind, types.IntegerLiteral | types.BooleanLiteral) else kind


def subroutine(function: Callable[..., Any]) -> Any:
    """`compiled`, for calls from compiled code, of which it becomes a part; for one from Python it is compiled anew."""
    return _part(function, PART)


def uncounted(function: Callable[..., Any]) -> Any:
    """A `subroutine` that makes no array and returns none: it need not count references to those it is handed.

    Counting takes a third of the time of the loss of two units.
    """
    return _part(function, UNCOUNTED)


def summed(function: Callable[..., Any]) -> Any:
    """An `uncounted` subroutine whose float64 sums may be taken in any order: the compiler makes vectors of them.

    Not for double-double, whose low parts are what the order of operations leaves.
    """
    return _part(function, UNCOUNTED | {"fastmath": {"reassoc"}})


def _part(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    dispatcher = _once_for_all_integers(numba.njit(**options)(function))
    for_python = functools.cache(lambda: numba.njit(**ENTRY)(function))

    # An overload is not told to the part of the dispatcher that Python's calls ask first.
    dispatcher._insert = lambda *_, **__: None
    dispatcher._compile_for_args = lambda *_, **__: for_python()
    return dispatcher


def overloaded(stub: Callable[..., Any], counted: bool = True) -> Any:
    """Numba's `overload` of a name for compiled code by functions that become parts of their callers.

    Unless `counted` they are `uncounted`.
    """
    return overload(stub, strict=False, jit_options=PART if counted else UNCOUNTED)
