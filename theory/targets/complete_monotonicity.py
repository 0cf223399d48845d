"""Which kernels are seen to be completely monotone (definition D.3) from their form.

Sums and products of completely monotone functions are completely monotone, and so is a completely monotone function of
a Bernstein function; positive constants, ``t^q`` with 0 < q <= 1, ``log(1 + g)``, ``g^q``, sums and positive multiples
of Bernstein functions g are Bernstein functions (Schilling, Song and Vondracek, *Bernstein Functions*, 2nd ed. 2012,
corollary 1.6, theorem 3.7, corollary 3.8).
"""

from __future__ import annotations

import sympy as sp

from memcurse.theory.notation import t

from .kernels import ExpressionTarget, PowerLaw
from .target import ExponentialSum, Target


def is_completely_monotone(target: Target) -> bool:
    """Whether the target, or its negative, is seen to be completely monotone; for other kernels the answer is False."""
    signs: list[bool] = []
    for part in target.parts():
        if isinstance(part, ExponentialSum):
            signs += [bool(x > 0) for x in part.a if x != 0]
        elif isinstance(part, PowerLaw):
            signs.append(bool(part.amplitude > 0))
        elif isinstance(part, ExpressionTarget) and _monotone(part.kernel):
            signs.append(True)
        elif isinstance(part, ExpressionTarget) and _monotone(_negative(part.kernel)):
            signs.append(False)
        else:
            return False
    return all(signs) or not any(signs)


def _negative(f: sp.Expr) -> sp.Expr:
    return sp.Add(*(-x for x in sp.Add.make_args(f)))


def _is_positive_constant(x: sp.Expr) -> bool:
    return bool(x.is_number and x.is_positive)


def _monotone(f: sp.Expr) -> bool:
    if _is_positive_constant(f):
        return True
    if isinstance(f, sp.Add | sp.Mul):
        return all(_monotone(x) for x in f.args)
    if isinstance(f, sp.exp):
        return _bernstein(sp.expand(-f.exp))
    if isinstance(f, sp.Pow):
        base, power = f.args
        if power.is_number and power.is_negative:
            return _bernstein(base)
        return bool(power.is_Integer and power.is_positive) and _monotone(base)
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
        return bool(power.is_number and power.is_positive and (power <= 1) == True) and _bernstein(base)  # noqa: E712
    if isinstance(g, sp.log):
        return _bernstein(sp.expand(g.args[0] - 1))
    return False
