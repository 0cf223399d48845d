r"""The objective by quadrature of ``(rho_hat - rho)^2`` itself: a route without moments or closed forms.

A causal delay makes a kernel piecewise; between two delays it is smooth, and an integral up to a point is
the one over the half line less the one from that point on.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import t
from memcurse.theory.targets.target import Target


def model(a: Sequence[sp.Expr], w: Sequence[sp.Expr]) -> sp.Expr:
    """``rho_hat``: the exponential sum with amplitudes `a` and rates `w`, in `notation.t`."""
    return sp.Add(*(ai * sp.exp(-wi * t) for ai, wi in zip(a, w, strict=True)))


def smooth_pieces(target: Target) -> list[tuple[sp.Expr, sp.Expr]]:
    """``(start, expression)`` with the kernel equal to `expression` from `start` up to the next start."""
    delays = {part.lag for part in target.parts()}
    return [(start, _after(target, start)) for start in sorted({sp.S.Zero, *delays})]


def _after(target: Target, start: sp.Expr) -> sp.Expr:
    active = []
    for part in target.parts():
        if part.lag <= start:
            active.append(part.undelayed.expression.xreplace({t: t - part.lag}))
    return sp.Add(*active)


def squared_distance(
    target: Target, a: Sequence[sp.Expr], w: Sequence[sp.Expr], until: sp.Expr | None = None
) -> arb:
    """``int_0^until (rho_hat - rho)^2 dt`` at the current precision; to infinity if `until` is None.

    Notes
    -----
    Rigour: enclosure. Source: eqs. (74)-(77), before anything is integrated by hand.
    """
    pieces = smooth_pieces(target)
    rho_hat, total = model(a, w), arb(0)
    for k, (start, expression) in enumerate(pieces):
        end = pieces[k + 1][0] if k + 1 < len(pieces) else None
        if until is not None and start >= until:
            break
        if until is not None and (end is None or end > until):
            end = until
        residual = rho_hat - expression
        total += _from(residual**2, start) - (_from(residual**2, end) if end is not None else 0)
    return total


def _from(integrand: sp.Expr, start: sp.Expr) -> arb:
    shifted = integrand.xreplace({t: t + start}) if start != 0 else integrand
    return lower(sp.Integral(shifted, (t, 0, sp.oo)), (), "ball")()
