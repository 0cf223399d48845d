"""A system has exactly one zero in a box: Krawczyk's operator maps the box into its interior.

With m the middle of the box X, any matrix Y and ``K = m - Y f(m) + (1 - Y f'(X)) (X - m)``: if K lies in the interior
of X, then f has exactly one zero in X, and it lies in K; if K and X are disjoint, f has no zero in X. Y is of the file;
how it came about does not matter.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from answers import NotReachedError, RefusedError
from arithmetic.enclosures import NOTHING, Program
from arithmetic.intervals import DOWN, ONE, UP, Interval, add, between, digits, mul, number

#: Digits beyond twice those of the box: the residual at its middle is smaller than the box by as much.
SPARE = 30


def _needed(box: list[tuple[Fraction, Fraction]]) -> int:
    """Twice the digits by which the narrowest side is shorter than its middle is large, and some more."""
    sizes = [max(abs(low), abs(high)) / (high - low) for low, high in box]
    return 2 * max(len(str(int(size))) for size in sizes) + SPARE


def check_zero(body: dict[str, Any]) -> str:
    """The image of the box, at as many digits as the box asks for."""
    names = tuple(str(side[0]) for side in body["box"])
    box = [(Fraction(low), Fraction(high)) for _, low, high in body["box"]]
    matrix = [[Fraction(x) for x in row] for row in body["inverse"]]
    n = len(names)
    if not n or len(set(names)) != n or {len(body["system"]), len(matrix), *map(len, matrix)} != {n}:
        raise RefusedError("not as many equations as variables")
    if any(low >= high for low, high in box):
        raise RefusedError("a box without an interior")
    with digits(_needed(box)):
        # The box itself is what decimal numbers say of it: one that is a little larger holds it, and one zero too.
        sides = [between(low, high) for low, high in box]
        programs = [Program(tree) for tree in body["system"]]
        image = _image(programs, names, sides, matrix)
    for (low, high), (x, y) in zip(box, image, strict=True):
        if Fraction(y) < low or high < Fraction(x):
            raise RefusedError("no zero is in the box: its image is beside it")
    if not all(
        low < Fraction(x) and Fraction(y) < high for (low, high), (x, y) in zip(box, image, strict=True)
    ):
        raise NotReachedError("the image is not inside the box")
    return f"one zero in a box of {n} sides"


def _image(
    programs: list[Program], names: tuple[str, ...], box: list[Interval], matrix: list[list[Fraction]]
) -> list[Interval]:
    middles = [DOWN.divide(DOWN.add(low, high), Decimal(2)) for low, high in box]
    points = dict(zip(names, ((x, x) for x in middles), strict=True))
    at_middle = [program(points, ())[0] for program in programs]
    slopes = [program(dict(zip(names, box, strict=True)), names)[1] for program in programs]
    image = []
    for i, row in enumerate(matrix):
        minus = [number(-y) for y in row]
        out: Interval = (middles[i], middles[i])
        for y, value in zip(minus, at_middle, strict=True):
            out = add(out, mul(y, value))
        for j, (low, high) in enumerate(box):
            entry: Interval = (ONE, ONE) if i == j else NOTHING
            for y, gradient in zip(minus, slopes, strict=True):
                entry = add(entry, mul(y, gradient[j]))
            out = add(out, mul(entry, (DOWN.subtract(low, middles[j]), UP.subtract(high, middles[j]))))
        image.append(out)
    return image
