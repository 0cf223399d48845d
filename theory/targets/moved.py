r"""Inner products of a kernel moved to the left by two times: closed forms in both times.

:math:`\int_0^\infty \rho(t + x)\,\rho(t + y)\,dt` for sums of exponentials and Gaussian bumps. The same integrals for
numbers x and y come from `Target.seen_from`; symbols let one expression stand for a whole matrix of them.
"""

from __future__ import annotations

import sympy as sp

from .kernels import GaussianBump, gaussian_inner_product, gaussian_moment
from .target import ExponentialSum, Target


def moved_product(target: Target, x: sp.Expr, y: sp.Expr) -> sp.Expr | None:
    """The integral over t >= 0 as an expression in the times `x` and `y`; None where a part is of another kind.

    It holds for bumps that are not moved past their centres, and beyond, where `Target.seen_from` says nothing.
    """
    parts = target.parts()
    if not all(isinstance(part, ExponentialSum | GaussianBump) for part in parts):
        return None
    return sp.Add(*(_product(p, x, q, y) for p in parts for q in parts))


def _product(p: Target, x: sp.Expr, q: Target, y: sp.Expr) -> sp.Expr:
    if isinstance(p, ExponentialSum):
        return sp.Add(*(a * sp.exp(-w * x) * _moment(q, y, w) for a, w in zip(p.a, p.w, strict=True)))
    if isinstance(q, ExponentialSum):
        return _product(q, y, p, x)
    return gaussian_inner_product(_moved(p, x), _moved(q, y))


def _moment(q: Target, y: sp.Expr, w: sp.Expr) -> sp.Expr:
    """``int e^(-wt) q(t + y) dt``."""
    if isinstance(q, ExponentialSum):
        return sp.Add(*(b * sp.exp(-v * y) / (v + w) for b, v in zip(q.a, q.w, strict=True)))
    return gaussian_moment(0, w, *_moved(q, y))


def _moved(bump: Target, time: sp.Expr) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Delay, width and amplitude, seen from a time."""
    if not isinstance(bump, GaussianBump):
        raise TypeError(f"`bump` must be a GaussianBump; got {type(bump).__name__}")
    return bump.delay - time, bump.width, bump.amplitude
