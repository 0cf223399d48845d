"""Values of kernels and sequences in floating point, which this floor has none of: who can compute them says how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_hands: list[Callable[[Any, Any], Any]] = []


def hand_in_values(function: Callable[[Any, Any], Any]) -> None:
    """Say how a target is evaluated at times or indices: ``function(target, places)``."""
    _hands[:] = [function]


def values(target: Any, places: Any) -> Any:
    """Float64 (or complex128) values of a target at times or indices of any shape.

    Raises
    ------
    RuntimeError
        If nobody has said how: `memcurse` itself does, this floor alone does not.
    """
    if not _hands:
        raise RuntimeError("`target` can be evaluated once memcurse.numerics has been imported")
    return _hands[0](target, places)
