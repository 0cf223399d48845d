"""A property fails: at the point that the file names, the two sides certainly differ."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from answers import NotReachedError, RefusedError
from arithmetic.enclosures import jet
from arithmetic.intervals import number


def _allowed(value: Fraction, kind: str) -> bool:
    """Whether a symbol of this kind may have the value."""
    if kind == "other":
        raise NotReachedError("a symbol that is not known to be real")
    if "integer" in kind and value.denominator != 1:
        return False
    return value > 0 or (value == 0 and "positive" not in kind) or kind in ("real", "integer")


def check_counterexample(body: dict[str, Any]) -> str:
    """The point is one of those that the property speaks of, and the difference there is not 0."""
    point = {str(name): Fraction(value) for name, value in body["point"]}
    for name, kind in body["symbols"]:
        if not _allowed(point[name], kind):
            raise RefusedError(f"{name} = {point[name]} is not {kind}")
    tree = ["+", body["left"], ["*", ["number", "-1"], body["right"]]]
    low, high = jet(tree, {name: number(x) for name, x in point.items()}, ())[0]
    if low > 0 or high < 0:
        return "the sides differ"
    if low == high:
        raise RefusedError("the sides are equal at the point")
    raise NotReachedError("the sides are not separated at the point")
