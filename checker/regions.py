"""``smaller < larger`` on a box: halved until the difference is certainly positive on every part.

A side may have no upper end; it is cut at twice its lower end and 1 more. There the mean value form says nothing, so
the value alone decides, and the side that is cut is the one whose halves raise the lower bound most.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from answers import NotReachedError, RefusedError
from enclosures import jet
from intervals import INF, ZERO, End, Interval, is_infinite, mul

BUDGET = 4_000
Sides = tuple[Interval, ...]


def check_region(body: dict[str, Any]) -> str:
    """Boxes that it took."""
    names = tuple(side[0] for side in body["box"])
    tree = ["+", body["larger"], ["*", ["number", "-1"], body["smaller"]]]
    first = tuple((Fraction(low), INF if high == "oo" else Fraction(high)) for _, low, high in body["box"])
    if any(low > high for low, high in first):
        raise RefusedError("a box whose ends are not in order")
    todo, looked = [first], 0
    while todo:
        looked += 1
        if looked > BUDGET:
            raise NotReachedError(f"the limit of {BUDGET} boxes; {len(todo)} remain")
        sides = todo.pop()
        widest = _undecided_side(tree, names, sides, body["strict"])
        if widest is not None:
            todo += _halves(sides, widest)
    return f"{looked} boxes"


def _cut(low: End, high: End) -> Fraction:
    return 2 * abs(low) + 1 if is_infinite(high) else (low + high) / 2


def _halves(sides: Sides, index: int) -> list[Sides]:
    low, high = sides[index]
    cut = _cut(low, high)
    return [(*sides[:index], half, *sides[index + 1 :]) for half in ((low, cut), (cut, high))]


def _undecided_side(tree: Any, names: tuple[str, ...], sides: Sides, strict: bool) -> int | None:
    """None where the box is decided, else the side to halve."""
    middles = tuple(_cut(low, high) for low, high in sides)
    at = jet(tree, dict(zip(names, ((x, x) for x in middles), strict=True)), ())[0]
    if at[1] < 0 or (strict and at[1] == 0):
        where = ", ".join(f"{name} = {x}" for name, x in zip(names, middles, strict=True))
        raise RefusedError(f"false at {where}")
    if any(is_infinite(high) for _, high in sides):
        return _by_value(tree, names, sides, strict)
    lengths = [high - low for low, high in sides]
    try:
        value, slopes = jet(tree, dict(zip(names, sides, strict=True)), names)
    except NotReachedError:
        return lengths.index(max(lengths))
    spreads = [mul(s, (-n / 2, n / 2)) for s, n in zip(slopes, lengths, strict=True)]
    centred = at[0] + sum((spread[0] for spread in spreads), ZERO)
    if _holds(max(value[0], centred), strict):
        return None
    sizes = [spread[1] for spread in spreads]
    return sizes.index(max(sizes))


def _holds(lowest: End, strict: bool) -> bool:
    return bool(lowest > 0 or (lowest == 0 and not strict))


def _lowest(tree: Any, names: tuple[str, ...], sides: Sides) -> End:
    try:
        return jet(tree, dict(zip(names, sides, strict=True)), ())[0][0]
    except NotReachedError:
        return -INF


def _by_value(tree: Any, names: tuple[str, ...], sides: Sides, strict: bool) -> int | None:
    if _holds(_lowest(tree, names, sides), strict):
        return None
    bounds = [
        sorted(_lowest(tree, names, half) for half in _halves(sides, index)) for index in range(len(sides))
    ]
    best = max(bounds)
    # Where no cut helps, the unbounded sides first.
    alike = [index for index, bound in enumerate(bounds) if bound == best]
    return min(alike, key=lambda index: not is_infinite(sides[index][1]))
