"""Values and gradients of expression trees on boxes; parts that occur twice are evaluated once."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from answers import NotReachedError

from arithmetic.elementary import pi
from arithmetic.functions import FUNCTIONS, expint, expint_slope, image, slope
from arithmetic.intervals import ONE, ZERO, Interval, add, inverse, mul, number, power

Jet = tuple[Interval, tuple[Interval, ...]]
NOTHING: Interval = (ZERO, ZERO)
_POINT: Interval = (ONE, ONE)


def jet(tree: Any, box: dict[str, Interval], names: tuple[str, ...]) -> Jet:
    """An enclosure of the value and of every partial derivative on the box."""
    return Program(tree)(box, names)


class Program:
    """A tree as a list of steps, each of which names earlier ones."""

    def __init__(self, tree: Any) -> None:
        self.steps: list[tuple[str, tuple[int, ...], Any]] = []
        self._places: dict[Any, int] = {}
        self._last = self._place(tree)

    def __call__(self, box: dict[str, Interval], names: tuple[str, ...]) -> Jet:
        """Values and slopes of all steps; those of the last."""
        found: list[Jet] = []
        for kind, parts, payload in self.steps:
            found.append(_value(kind, [found[i] for i in parts], payload, box, names))
        return found[self._last]

    def _place(self, tree: Any) -> int:
        kind, *rest = tree
        if kind == "power":
            return self._power(*rest)
        if kind in ("number", "pi", "symbol"):
            return self._step(kind, (), rest[0] if rest else None)
        if kind == "expint":
            if rest[0][0] != "number":
                raise NotReachedError("an exponential integral of an order that varies")
            return self._step(kind, (self._place(rest[1]),), Fraction(rest[0][1]))
        if kind in ("+", "*") or kind in FUNCTIONS:
            return self._step(kind, tuple(map(self._place, rest)), None)
        raise NotReachedError(f"no enclosure of {rest[0] if kind in ('unknown', 'function') else kind}")

    def _power(self, base: Any, exponent: Any) -> int:
        if exponent[0] == "number" and Fraction(exponent[1]).denominator <= 2:
            twice = int(2 * Fraction(exponent[1]))
            root = self._place(base) if twice % 2 == 0 else self._step("sqrt", (self._place(base),), None)
            return self._step("power", (root,), twice // 2 if twice % 2 == 0 else twice)
        return self._place(["exp", ["*", exponent, ["log", base]]])

    def _step(self, kind: str, parts: tuple[int, ...], payload: Any) -> int:
        key = (kind, parts, payload)
        if key not in self._places:
            self._places[key] = len(self.steps)
            self.steps.append(key)
        return self._places[key]


def _value(
    kind: str, parts: list[Jet], payload: Any, box: dict[str, Interval], names: tuple[str, ...]
) -> Jet:
    if kind == "symbol":
        return box[payload], tuple(_POINT if name == payload else NOTHING for name in names)
    if kind in ("number", "pi"):
        return pi() if kind == "pi" else number(Fraction(payload)), (NOTHING,) * len(names)
    value, slopes = parts[0]
    if kind == "+":
        for other, others in parts[1:]:
            value, slopes = add(value, other), tuple(map(add, slopes, others))
        return value, slopes
    if kind == "*":
        for other, others in parts[1:]:
            slopes = tuple(
                add(_scaled(other, s), _scaled(value, t)) for s, t in zip(slopes, others, strict=True)
            )
            value = mul(value, other)
        return value, slopes
    flat = all(s == NOTHING for s in slopes)
    if kind == "power":
        out = power(value, payload) if payload >= 0 else inverse(power(value, -payload))
        outer = NOTHING if flat else _power_slope(value, payload)
    elif kind == "expint":
        out = expint(payload, value)
        outer = NOTHING if flat else expint_slope(payload, value)
    else:
        out = image(kind, value)
        outer = NOTHING if flat else slope(kind, value, out)
    return out, tuple(_scaled(outer, s) for s in slopes)


def _scaled(x: Interval, by: Interval) -> Interval:
    return NOTHING if by == NOTHING else mul(x, by)


def _power_slope(x: Interval, n: int) -> Interval:
    less = power(x, n - 1) if n > 0 else inverse(power(x, 1 - n))
    return mul(number(Fraction(n)), less) if n else NOTHING
