"""Which kernels are seen to be completely monotone (definition D.3) from their form.

Sums and products of completely monotone functions are completely monotone, and so is a completely monotone function of
a Bernstein function; positive constants, ``t^q`` with 0 < q <= 1, ``log(1 + g)``, ``g^q``, sums and positive multiples
of Bernstein functions g are Bernstein functions (Schilling, Song and Vondracek, *Bernstein Functions*, 2nd ed. 2012,
corollary 1.6, theorem 3.7, corollary 3.8).
"""

from __future__ import annotations

import contextlib

import sympy as sp

from memcurse.theory.exact import is_positive
from memcurse.theory.notation import t


def _is_positive_constant(x: sp.Expr) -> bool:
    """Whether this is a constant that is seen to be positive."""
    if x.free_symbols:
        return False
    with contextlib.suppress(ValueError):
        return is_positive("constant", x)
    return False


def expression_is_completely_monotone(f: sp.Expr) -> bool:
    """Whether an expression in `notation.t` is seen to be completely monotone."""
    if _is_positive_constant(f):
        return True
    if isinstance(f, sp.Add | sp.Mul):
        return all(expression_is_completely_monotone(x) for x in f.args)
    if isinstance(f, sp.exp):
        return _bernstein(sp.expand(-f.exp))
    if isinstance(f, sp.Pow):
        base, power = f.args
        if _is_positive_constant(-power):
            return _bernstein(base)
        return bool(power.is_Integer and power > 0) and expression_is_completely_monotone(base)
    return False


def _bernstein(g: sp.Expr) -> bool:
    if g == t or _is_positive_constant(g):
        return True
    if isinstance(g, sp.Add):
        return all(_bernstein(x) for x in g.args)
    if isinstance(g, sp.Mul):
        factors = [x for x in g.args if not _is_positive_constant(x)]
        return len(factors) == 1 and _bernstein(factors[0])
    if isinstance(g, sp.Pow):
        base, power = g.args
        at_most_one = power == 1 or _is_positive_constant(1 - power)
        return _is_positive_constant(power) and at_most_one and _bernstein(base)
    if isinstance(g, sp.log):
        return _bernstein(sp.expand(g.args[0] - 1))
    return False
