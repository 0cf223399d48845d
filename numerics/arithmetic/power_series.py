"""Taylor coefficients of a kernel by power series arithmetic in balls: about a point, or for all points of a box."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import sympy as sp
from flint import arb, arb_series, ctx

from memcurse.theory.notation import t

from .balls import series_length
from .lowering import lower


class SeriesError(TypeError):
    """An expression that has no power series here: a function without one, or a kernel in pieces."""


def taylor_coefficients(expression: sp.Expr, x: arb, h: arb, order: int) -> list[arb]:
    """Coefficients ``f^(n)(x) h^n / n!`` for n = 0 .. order.

    Parameters
    ----------
    expression : sympy.Expr
        A kernel in `notation.t`.
    x : arb
        Where: an exact point or a box.
    h : arb
        Unit of length.

    Raises
    ------
    SeriesError
        For a function without a series here.

    Notes
    -----
    Rigour: enclosure for every point of `x`; not finite where `x` touches a singularity.
    """
    memo: dict[sp.Basic, arb_series] = {}
    with series_length(order + 1):
        coefficients = list(_series(expression, arb_series([x, h]), memo).coeffs())
    return coefficients + [arb(0)] * (order + 1 - len(coefficients))


def _series(node: Any, time: arb_series, memo: dict[sp.Basic, arb_series]) -> arb_series:
    if node not in memo:
        memo[node] = _node(node, time, memo)
    return memo[node]


def _node(node: Any, time: arb_series, memo: dict[sp.Basic, arb_series]) -> arb_series:
    if node == t:
        return time
    if not node.free_symbols:
        return arb_series([lower(node, (), "ball")()])
    if isinstance(node, sp.Add | sp.Mul):
        fold = operator.add if isinstance(node, sp.Add) else operator.mul
        return functools.reduce(fold, (_series(x, time, memo) for x in node.args))
    if isinstance(node, sp.Pow):
        return _power(node, time, memo)
    if isinstance(node, sp.besselj) and node.args[0].is_Integer:
        return _bessel(int(node.args[0]), _series(node.args[1], time, memo))
    if type(node) not in _FUNCTIONS:
        raise SeriesError(f"`expression` must be analytic; got {type(node).__name__} in {node}")
    return _FUNCTIONS[type(node)](_series(node.args[0], time, memo))


def _power(node: Any, time: arb_series, memo: dict[sp.Basic, arb_series]) -> arb_series:
    base, exponent = _series(node.args[0], time, memo), node.args[1]
    if exponent.is_Integer:
        return base ** int(exponent) if exponent > 0 else _reciprocal(base) ** -int(exponent)
    if exponent.free_symbols:
        return (_series(exponent, time, memo) * base.log()).exp()
    # By the logarithm: a base whose ball touches 0 then has no finite series.
    return (arb_series([lower(exponent, (), "ball")()]) * base.log()).exp()


def _reciprocal(base: arb_series) -> arb_series:
    if base[0].contains(0):
        return arb_series([arb.nan()] * ctx.cap)
    return 1 / base


def _bessel(n: int, argument: arb_series) -> arb_series:
    """By ``2 J_n' = J_{n-1} - J_{n+1}``, so ``J_n^(k) = 2^-k sum_j (-1)^j C(k, j) J_{n-k+2j}``."""
    x, terms = argument[0], ctx.cap
    values = {k: x.bessel_j(arb(k)) for k in range(n - terms, n + terms + 1)}
    outer = []
    for k in range(terms):
        total = sum(((-1) ** j * math.comb(k, j) * values[n - k + 2 * j] for j in range(k + 1)), arb(0))
        outer.append(total / (1 << k) / math.factorial(k))
    if terms == 1:
        return arb_series(outer)
    inner = [arb(0), *list(argument.coeffs())[1:]]
    return arb_series(outer)(arb_series(inner))


_FUNCTIONS: dict[type, Callable[[arb_series], arb_series]] = {
    sp.exp: arb_series.exp,
    sp.log: arb_series.log,
    sp.sin: arb_series.sin,
    sp.cos: arb_series.cos,
    sp.erf: arb_series.erf,
    sp.erfc: arb_series.erfc,
    sp.airyai: arb_series.airy_ai,
    sp.airyaiprime: arb_series.airy_ai_prime,
}
