"""Exact expressions as nested lists, which a program without SymPy reads."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import sympy as sp

_NAMES: Final = {
    sp.exp: "exp",
    sp.log: "log",
    sp.erf: "erf",
    sp.erfc: "erfc",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.tan: "tan",
    sp.Abs: "abs",
    sp.gamma: "gamma",
    sp.expint: "expint",
}


def name(symbol: sp.Symbol) -> str:
    """Name of a symbol; two that differ in their assumptions only get different ones."""
    true = sorted(key for key, value in symbol.assumptions0.items() if value)
    return f"{symbol.name}:{hashlib.sha256(' '.join(true).encode()).hexdigest()[:6]}"


def symbols_of(*expressions: sp.Expr) -> list[list[str]]:
    """Names and kinds of the symbols of expressions, in order."""
    # Also those that sums run over, on which the signs of their terms rest.
    found = set().union(*(x.free_symbols | x.atoms(sp.Symbol) for x in expressions))
    return sorted([name(x), _kind(x)] for x in found)


def _kind(x: sp.Symbol) -> str:
    sign = "positive" if x.is_positive else "nonnegative" if x.is_nonnegative else ""
    if x.is_integer:
        return f"{sign} integer".strip()
    if sign:
        return sign
    return "real" if x.is_real and x.is_negative is None and x.is_nonpositive is None else "other"


def tree(expression: sp.Expr) -> list[Any]:
    """Nested lists: the name of the node, then its parts."""
    if expression.is_Rational:
        return [
            "number",
            f"{int(expression.p)}/{int(expression.q)}" if expression.q != 1 else str(expression.p),
        ]
    if expression.is_Symbol:
        return ["symbol", name(expression)]
    if expression is sp.I:
        return ["i"]
    if expression is sp.pi:
        return ["pi"]
    if expression is sp.E:
        return ["exp", ["number", "1"]]
    if expression.is_Add or expression.is_Mul:
        return ["+" if expression.is_Add else "*", *map(tree, expression.args)]
    if isinstance(expression, sp.Pow) and not isinstance(expression, sp.exp):
        return ["power", tree(expression.base), tree(expression.exp)]
    if expression.func in _NAMES:
        return [_NAMES[expression.func], *map(tree, expression.args)]
    if isinstance(expression, sp.core.function.AppliedUndef):
        return ["function", f"{expression.func}", *map(tree, expression.args)]
    if isinstance(expression, sp.Indexed):
        return ["function", f"indexed {name(expression.base.label)}", *map(tree, expression.indices)]
    if isinstance(expression, sp.Sum):
        limits = [part for limit in expression.limits for part in limit]
        return ["function", "sum", tree(expression.function), *map(tree, limits)]
    if isinstance(expression, sp.Integral | sp.Derivative | sp.Subs | sp.Limit):
        return ["function", f"bound {type(expression).__name__}", *map(tree, sp.flatten(expression.args))]
    if isinstance(expression, sp.Function):
        # Its name and its arguments: what is equal on both sides is the same whatever the function is.
        return ["function", f"known {expression.func}", *map(tree, expression.args)]
    return ["unknown", type(expression).__name__]
