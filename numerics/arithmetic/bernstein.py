r"""Certified signs of functions given by polynomials with an error bound, many at a time.

In the Bernstein basis of an interval a polynomial lies between its smallest and its largest coefficient, and is
monotone where the coefficients are. Halving all intervals at once is two products of matrices.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb, arb_mat, arb_poly, ctx, fmpz_poly

from .balls import ball_precision

_MAX_DEPTH = 200
_NEWTON_STEPS = 40
#: Bits at which points of an interval are computed: they are dyadic and come out exact.
_EXACT_BITS = 20_000


@dataclass(frozen=True)
class Stretch:
    """Exact ends in ``[-1, 1]``; the sign that the function has there, or 0 and a bound on its absolute value."""

    start: arb
    end: arb
    sign: int
    bound: arb


@dataclass(frozen=True)
class _Item:
    row: int
    depth: int
    place: int
    b: list[arb]


def bernstein_table(rows: Sequence[Sequence[arb]]) -> list[list[arb]]:
    """Bernstein coefficients on [-1, 1] of polynomials given by their coefficients, one row each."""
    return (arb_mat(rows) * _to_bernstein(len(rows[0]) - 1, ctx.prec)).table()


def certified_signs(
    rows: Sequence[Sequence[arb]],
    table: Sequence[list[arb]],
    errors: Sequence[arb],
    tolerances: Sequence[arb],
) -> list[list[Stretch]]:
    """Where ``|f - p| <= error`` on [-1, 1] fixes the sign of `f`, for each polynomial `p`, from left to right.

    Parameters
    ----------
    rows : sequence of rows
        Coefficients of the polynomials.
    table : sequence of rows
        Their Bernstein coefficients, from `bernstein_table`.
    errors : sequence of arb
        Bounds on the difference of function and polynomial.
    tolerances : sequence of arb
        A stretch is left undecided where length times bound is below its row's.

    Notes
    -----
    Rigour: a sign other than 0, and a bound, hold at every point of the stretch.
    """
    found: list[list[Stretch]] = [[] for _ in rows]
    items = [_Item(i, 0, 0, b) for i, b in enumerate(table)]
    order = len(rows[0]) - 1
    while items:
        halved: list[_Item] = []
        for item in items:
            i = item.row
            settled = _settle(item, rows[i], errors[i], tolerances[i])
            if settled is None:
                halved.append(item)
            else:
                found[i] += settled
        items = _halves(halved, order) if halved else []
    return [sorted(stretches, key=lambda s: s.start.mid()) for stretches in found]


def _halves(items: list[_Item], order: int) -> list[_Item]:
    block = arb_mat([item.b for item in items])
    sides = [(block * _half(order, side, ctx.prec)).table() for side in (0, 1)]
    return [
        _Item(item.row, item.depth + 1, 2 * item.place + side, sides[side][k])
        for k, item in enumerate(items)
        for side in (0, 1)
    ]


def _settle(item: _Item, row: Sequence[arb], error: arb, tolerance: arb) -> list[Stretch] | None:
    """The signs on an interval, or None if it must be halved."""
    b = item.b
    width = arb(2) ** (1 - item.depth)
    start, end = _point(item.place, item.depth), _point(item.place + 1, item.depth)
    first, last = _sign(b[0], error), _sign(b[-1], error)
    if first == last != 0:
        if all(x > error for x in b) if first > 0 else all(x < -error for x in b):
            return [Stretch(start, end, first, arb(0))]
    else:
        slope = _slope(b)
        if slope:
            return _around_root(row, error, start, end, slope)
    bound = arb((_largest(b) + error).upper())
    noise = 8 * (error + b[len(b) // 2].rad())
    if bound * width <= tolerance or bound <= noise or item.depth >= _MAX_DEPTH or not bound.is_finite():
        return [Stretch(start, end, 0, bound)]
    return None


def _point(place: int, depth: int) -> arb:
    with ball_precision(_EXACT_BITS):
        return arb(place) * arb(2) ** (1 - depth) - 1


def _sign(x: arb, error: arb) -> int:
    return 1 if x > error else -1 if x < -error else 0


def _slope(b: Sequence[arb]) -> int:
    """Sign of all differences of successive coefficients, or 0."""
    sign = 1 if b[-1] > b[0] else -1
    if sign > 0:
        return 1 if all(y > x for x, y in itertools.pairwise(b)) else 0
    return -1 if all(y < x for x, y in itertools.pairwise(b)) else 0


def _largest(b: Sequence[arb]) -> arb:
    return functools.reduce(arb.max, (abs(x) for x in b))


def _around_root(row: Sequence[arb], error: arb, start: arb, end: arb, slope: int) -> list[Stretch]:
    """The stretches before, around and behind the place where a monotone polynomial passes through 0."""
    p = arb_poly(list(row))
    slope_of = p.derivative()
    root = _newton(p, slope_of, start, end, slope)
    reach = (2 * (error + p(root).abs_upper()) / abs(slope_of(root)).lower()).upper()
    reach = reach if reach.is_finite() and reach > 0 else end - start
    reach = reach.max(arb(2) ** (2 - ctx.prec)).mid()
    while True:
        with ball_precision(_EXACT_BITS):
            left, right = (root - reach).mid(), (root + reach).mid()
        left = left if left > start else start
        right = right if right < end else end
        # On either side the function keeps the sign that it certainly has at the near end, or nothing lies there.
        at_left, at_right = p(left), p(right)
        done_left = left <= start or _sign(at_left, error) == -slope
        done_right = right >= end or _sign(at_right, error) == slope
        if done_left and done_right:
            break
        reach = 4 * reach
    bound = arb((at_left.abs_upper().max(at_right.abs_upper()) + error).upper())
    stretches = [Stretch(left, right, 0, bound)]
    if left > start:
        stretches.insert(0, Stretch(start, left, -slope, arb(0)))
    if right < end:
        stretches.append(Stretch(right, end, slope, arb(0)))
    return stretches


def _newton(p: arb_poly, slope_of: arb_poly, start: arb, end: arb, slope: int) -> arb:
    """A point near the root of a monotone polynomial in an interval, or near the end that is closest to one."""
    low, high = start, end
    x = ((low + high) / 2).mid()
    for _ in range(_NEWTON_STEPS):
        value = p(x).mid()
        if value * slope > 0:
            high = x
        else:
            low = x
        step = (value / slope_of(x).mid()).mid()
        following = (x - step).mid()
        inside = following.is_finite() and following > low and following < high
        following = following if inside else ((low + high) / 2).mid()
        if abs(following - x) <= arb(2) ** (-ctx.prec // 2) * (end - start):
            return following
        x = following
    return x


@functools.lru_cache(maxsize=32)
def _to_bernstein(order: int, bits: int) -> arb_mat:
    """Row n: Bernstein coefficients of ``u^n``, which are those of ``(1 - z)^(order-j) (1 + z)^j`` over binomials."""
    columns = []
    with ball_precision(bits + 10):
        for j in range(order + 1):
            product = fmpz_poly([1, -1]) ** (order - j) * fmpz_poly([1, 1]) ** j
            columns.append([arb(product[n]) / math.comb(order, n) for n in range(order + 1)])
        return arb_mat(columns).transpose()


@functools.lru_cache(maxsize=64)
def _half(order: int, side: int, bits: int) -> arb_mat:
    """Matrix from the right that turns coefficients on an interval into those on its left or right half (exact)."""
    with ball_precision(bits + order + 10):
        columns = []
        for j in range(order + 1):
            left = [arb(math.comb(j, i)) * arb(2) ** -j if i <= j else arb(0) for i in range(order + 1)]
            columns.append(left)
        if side:
            columns = [column[::-1] for column in columns[::-1]]
        return arb_mat(columns).transpose()
