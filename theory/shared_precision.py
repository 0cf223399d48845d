"""The lock around the precision that all threads share.

SymPy's numbers, mpmath's and those of balls each know one precision for the whole process. Whoever sets one, or asks
SymPy for digits, holds this lock meanwhile, so that no thread computes with the precision of another.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

#: May be taken again by the thread that holds it. Nobody waits for other threads while holding it.
PRECISION: Final = threading.RLock()


def holding_precision(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """The function with the lock held while it runs: for what asks SymPy about the size of constants."""

    @functools.wraps(function)
    def held(*arguments: _Arguments.args, **options: _Arguments.kwargs) -> _Result:
        with PRECISION:
            return function(*arguments, **options)

    return held
