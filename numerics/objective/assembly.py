r"""The Gram form of `theory.objective.gram_form` in any arithmetic of fields, products shared between the entries.

Numbers may be mpmath numbers, real balls, rationals, or columns of them: whatever adds, multiplies and divides. The
target enters by its moments and its norm, which stand below as functions of rates.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any, Literal

from flint import arb, ctx
from mpmath import mp

from memcurse.numerics.arguments import constant_float
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import Arithmetic, lower, lower_columns
from memcurse.theory.notation import w as rate_symbol
from memcurse.theory.targets.target import Target

Time = Literal["continuous", "discrete"]


@dataclass(frozen=True)
class Parts:
    """Loss, gradient (2m entries) and Hessian (2m rows), amplitudes first; empty where not asked for."""

    loss: Any
    gradient: list[Any]
    hessian: list[list[Any]]

    def distinct(self) -> Iterator[Any]:
        """All of it, with the symmetric Hessian's upper triangle only."""
        triangle = (row[k:] for k, row in enumerate(self.hessian))
        return itertools.chain([self.loss], self.gradient, *triangle)


def assemble(
    time: Time,
    a: Sequence[Any],
    x: Sequence[Any],
    moments: Sequence[Sequence[Any]],
    norm: Any,
    order: int = 2,
) -> Parts:
    """Loss, gradient (order 1) and Hessian (order 2) from amplitudes, modes and the target's moments at them.

    With ``r = 2/(x_k + x_j)`` or ``2/(1 - x_k x_j)`` and ``t = -a_j r^2/2`` the blocks are ``r``; ``t`` or ``-x_k t``;
    ``a_k a_j r^3/2``, times ``(1 + x_k x_j)/2`` in discrete time; plus a diagonal in the last two, made of sums of rows
    of the same products.
    """
    m, discrete = len(a), time == "discrete"
    r = _mirrored([[2 / ((1 - x[k] * y) if discrete else (x[k] + y)) for y in x[k:]] for k in range(m)])
    minus = [-z for z in a]
    minus_half = [z / 2 for z in minus]
    terms = [list(map(mul, minus_half, row)) for row in r]
    missing = [sum(terms[k], moments[k][0]) for k in range(m)]
    loss = sum((minus[k] * (missing[k] + moments[k][0]) for k in range(m)), norm)
    if order == 0:
        return Parts(loss, [], [])
    t = [list(map(mul, *rows)) for rows in zip(terms, r, strict=True)]
    if discrete:
        slopes = [-sum(map(mul, t[k], x), 2 * moments[k][1]) for k in range(m)]
    else:
        slopes = [sum(t[k], 2 * moments[k][1]) for k in range(m)]
    gradient = [-2 * z for z in missing] + list(map(mul, a, slopes))
    if order == 1:
        return Parts(loss, gradient, [])
    pairs = [zip(t[k][k:], r[k][k:], strict=True) for k in range(m)]
    late = _mirrored([[factor * y * z for y, z in pair] for factor, pair in zip(minus, pairs, strict=True)])
    mixed = t
    if discrete:
        squares = [z * z for z in x]
        bends = [sum(map(mul, late[k], squares), 2 * minus[k] * moments[k][2]) for k in range(m)]
        mixed = [[-x[k] * z for z in t[k]] for k in range(m)]
        late = [[late[k][j] * (1 + x[k] * x[j]) / 2 for j in range(m)] for k in range(m)]
    else:
        bends = [sum(late[k], 2 * minus[k] * moments[k][2]) for k in range(m)]
    for k in range(m):
        mixed[k][k] += slopes[k]
        late[k][k] += bends[k]
    hessian = [r[k] + mixed[k] for k in range(m)]
    hessian += [[row[k] for row in mixed] + late[k] for k in range(m)]
    return Parts(loss, gradient, hessian)


def _mirrored(triangle: Sequence[list[Any]]) -> list[list[Any]]:
    """The symmetric matrix whose row k, from the diagonal on, is ``triangle[k]``."""
    return [[triangle[j][k - j] for j in range(k)] + row for k, row in enumerate(triangle)]


def structural_zeros(zero: Sequence[bool], order: int) -> list[bool]:
    """Which results have an amplitude that is exactly 0 as a factor, in the order of `assemble`."""
    m = len(zero)
    if order == 0:
        return [False]
    if order == 1:
        return [False] * m + list(zero)
    rows = [[False] * m + [zero[j] and j != k for j in range(m)] for k in range(m)]
    for k in range(m):
        late = [zero[k] or (zero[j] and j != k) for j in range(m)]
        rows.append([zero[k] and j != k for j in range(m)] + late)
    return [x for row in rows for x in row]


@functools.lru_cache(maxsize=128)
def lowered_norm(target: Target, arithmetic: Arithmetic) -> Callable[[], Any]:
    """A function for the squared norm, computed once at each precision."""
    norm = lower(target.squared_norm(), (), arithmetic)
    at_precision = functools.lru_cache(maxsize=16)(lambda bits: norm())
    return lambda: at_precision(int(ctx.prec if arithmetic == "ball" else mp.prec))


@functools.lru_cache(maxsize=128)
def lowered_moments(target: Target) -> Callable[[Any], Any]:
    """A function for ``[L_0, L_1, L_2](w)`` in mpmath's numbers."""
    return lower([target.moment(k, rate_symbol) for k in range(3)], (rate_symbol,), "mpmath")


@functools.lru_cache(maxsize=128)
def ball_moments(target: Target) -> Callable[[Any], list[list[arb]]]:
    """From a column of rates to the columns of ``L_0, L_1, L_2``, in balls."""
    columns = lower_columns([target.moment(k, rate_symbol) for k in range(3)], (rate_symbol,), "ball")
    return lambda rates: columns([rates])


def float_squared_norm(target: Target) -> float:
    """``||rho||^2`` in float64, rounded once."""
    with ball_precision(64):
        return constant_float("||rho||^2", target.squared_norm())
