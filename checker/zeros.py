"""A system has exactly one zero in a box: Krawczyk's operator maps the box into its interior.

With m the middle of the box X, any matrix Y and ``K = m - Y f(m) + (1 - Y f'(X)) (X - m)``: if K lies in the interior
of X, then f has exactly one zero in X, and it lies in K; if K and X are disjoint, f has no zero in X. Y is of the file;
how it came about does not matter.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import intervals
from answers import NotReachedError, RefusedError
from enclosures import jet
from intervals import ONE, ZERO, Interval, add, mul

#: Bits beyond twice those of the box: the residual at its middle is smaller than the box by as much.
SPARE_BITS = 100


def _needed_bits(box: tuple[Interval, ...]) -> int:
    """Twice the bits by which the narrowest side is shorter than its middle is large, and some more."""
    sizes = [max(abs(low), abs(high)) / (high - low) for low, high in box]
    return 2 * max(int(size).bit_length() for size in sizes) + SPARE_BITS


def _point(x: Fraction) -> Interval:
    return x, x


def check_zero(body: dict[str, Any]) -> str:
    """The image of the box, at as many bits as the box asks for."""
    names = tuple(str(side[0]) for side in body["box"])
    box = tuple((Fraction(low), Fraction(high)) for _, low, high in body["box"])
    inverse = [[Fraction(x) for x in row] for row in body["inverse"]]
    n = len(names)
    if not n or len(set(names)) != n or {len(body["system"]), len(inverse), *map(len, inverse)} != {n}:
        raise RefusedError("not as many equations as variables")
    if any(low >= high for low, high in box):
        raise RefusedError("a box without an interior")
    usual = intervals.BITS
    intervals.BITS = max(usual, _needed_bits(box))
    try:
        image = _image(body["system"], names, box, inverse)
    finally:
        intervals.BITS = usual
    if any(y < low or high < x for (low, high), (x, y) in zip(box, image, strict=True)):
        raise RefusedError("no zero is in the box: its image is beside it")
    if not all(low < x and y < high for (low, high), (x, y) in zip(box, image, strict=True)):
        raise NotReachedError("the image is not inside the box")
    return f"one zero in a box of {n} sides"


def _image(
    system: list[Any], names: tuple[str, ...], box: tuple[Interval, ...], inverse: list[list[Fraction]]
) -> list[Interval]:
    middles = [_point((low + high) / 2) for low, high in box]
    at_middle = [jet(tree, dict(zip(names, middles, strict=True)), ())[0] for tree in system]
    slopes = [jet(tree, dict(zip(names, box, strict=True)), names)[1] for tree in system]
    image = []
    for i, row in enumerate(inverse):
        out = middles[i]
        for y, value in zip(row, at_middle, strict=True):
            out = add(out, mul(_point(-y), value))
        for j, (low, high) in enumerate(box):
            entry: Interval = (ONE, ONE) if i == j else (ZERO, ZERO)
            for y, gradient in zip(row, slopes, strict=True):
                entry = add(entry, mul(_point(-y), gradient[j]))
            out = add(out, mul(entry, (low - middles[j][0], high - middles[j][0])))
        image.append(out)
    return image
