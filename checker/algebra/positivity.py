"""Whether a tree is certainly positive, real or a whole number: by its parts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from answers import NotReachedError
from arithmetic.enclosures import jet


def is_constant(tree: Any) -> bool:
    """Whether it holds no symbols, and only what has values."""
    kind, *rest = tree
    if kind in ("symbol", "function", "unknown", "i"):
        return False
    return kind in ("number", "pi") or all(map(is_constant, rest))


def is_positive(tree: Any, kinds: dict[str, str]) -> bool:
    """Whether a tree is certainly positive: no part may be negative or 0; a constant is enclosed."""
    kind, *rest = tree
    if kind == "number":
        return Fraction(rest[0]) > 0
    if kind == "symbol":
        return kinds[rest[0]] in ("positive", "positive integer")
    if kind == "power":
        return is_positive(rest[0], kinds) and is_real(rest[1], kinds)
    if kind == "exp":
        return is_real(rest[0], kinds)
    if kind == "pi" or (kind in ("+", "*") and all(is_positive(part, kinds) for part in rest)):
        return True
    return is_constant(tree) and lower_end_is_positive(tree)


def lower_end_is_positive(tree: Any) -> bool:
    """Whether the enclosure of a constant is."""
    try:
        return jet(tree, {}, ())[0][0] > 0
    except NotReachedError:
        return False


def is_real(tree: Any, kinds: dict[str, str]) -> bool:
    """Whether a tree is certainly real."""
    kind, *rest = tree
    if kind == "symbol":
        return kinds[rest[0]] != "other"
    return (
        kind == "number"
        or is_positive(tree, kinds)
        or (kind in ("+", "*") and all(is_real(part, kinds) for part in rest))
    )


def is_integer(tree: Any, kinds: dict[str, str]) -> bool:
    """Whether a tree is certainly a whole number."""
    kind, *rest = tree
    if kind == "number":
        return Fraction(rest[0]).denominator == 1
    if kind == "symbol":
        return "integer" in kinds[rest[0]]
    return kind in ("+", "*") and all(is_integer(part, kinds) for part in rest)
