"""Checks of what a caller passes: each returns the value, or names the argument, the rule and the value."""

from __future__ import annotations

from typing import Any


def validate_integer(name: str, value: Any, least: int) -> int:
    """`value` as an int that is at least `least`."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"`{name}` must be an integer; got {value!r}")
    number = int(value.__index__())
    if number < least:
        raise ValueError(f"`{name}` must be at least {least}; got {number}")
    return number


def validate_seconds(name: str, value: Any) -> float:
    """`value` as a positive, finite float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"`{name}` must be a number of seconds; got {value!r}")
    if not 0 < value < float("inf"):
        raise ValueError(f"`{name}` must be positive and finite; got {value!r}")
    return float(value)
