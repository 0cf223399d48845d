"""Checks of what a caller passes: each returns the value, or names the argument, the rule and the value."""

from __future__ import annotations

from typing import Any


def validate_seconds(name: str, value: Any) -> float:
    """`value` as a positive, finite float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"`{name}` must be a number of seconds; got {value!r}")
    if not 0 < value < float("inf"):
        raise ValueError(f"`{name}` must be positive and finite; got {value!r}")
    return float(value)
