"""Values and gradients of expression trees on boxes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from answers import NotReachedError
from functions import FUNCTIONS, PI, image, slope
from intervals import ONE, ZERO, Interval, add, inverse, mul, power, rounded

Jet = tuple[Interval, tuple[Interval, ...]]


def jet(tree: Any, box: dict[str, Interval], names: tuple[str, ...]) -> Jet:
    """An enclosure of the value and of every partial derivative on the box."""
    kind, *rest = tree
    nothing: tuple[Interval, ...] = ((ZERO, ZERO),) * len(names)
    if kind == "number":
        return rounded(Fraction(rest[0]), Fraction(rest[0])), nothing
    if kind == "pi":
        return PI, nothing
    if kind == "symbol":
        return box[rest[0]], tuple((ONE, ONE) if name == rest[0] else (ZERO, ZERO) for name in names)
    if kind in ("unknown", "function"):
        raise NotReachedError(f"no enclosure of {rest[0]}")
    if kind == "power":
        return _power_jet(*rest, box, names)
    parts = [jet(part, box, names) for part in rest]
    if kind == "+":
        value, slopes = parts[0]
        for other, others in parts[1:]:
            value, slopes = add(value, other), tuple(map(add, slopes, others))
        return value, slopes
    if kind == "*":
        value, slopes = parts[0]
        for other, others in parts[1:]:
            slopes = tuple(add(mul(s, other), mul(value, t)) for s, t in zip(slopes, others, strict=True))
            value = mul(value, other)
        return value, slopes
    if kind in FUNCTIONS:
        return _composed(kind, parts[0])
    raise NotReachedError(
        f"no enclosure of {kind} {rest[0] if rest and isinstance(rest[0], str) else ''}".strip()
    )


def _composed(name: str, inner: Jet) -> Jet:
    value = image(name, inner[0])
    if all(slope == (ZERO, ZERO) for slope in inner[1]):
        return value, inner[1]
    outer = slope(name, inner[0], value)
    return value, tuple(mul(outer, slope) for slope in inner[1])


def _power_jet(base: Any, exponent: Any, box: dict[str, Interval], names: tuple[str, ...]) -> Jet:
    x, slopes = jet(base, box, names)
    if exponent[0] == "number" and Fraction(exponent[1]).denominator == 1:
        n = int(Fraction(exponent[1]))
        value = power(x, n) if n >= 0 else inverse(power(x, -n))
        one_less = power(x, n - 1) if n > 0 else inverse(power(x, 1 - n))
        outer = mul((Fraction(n), Fraction(n)), one_less) if n else (ZERO, ZERO)
        return value, tuple(mul(outer, slope) for slope in slopes)
    if exponent == ["number", "1/2"]:
        return _composed("sqrt", (x, slopes))
    return jet(["exp", ["*", exponent, ["log", base]]], box, names)
