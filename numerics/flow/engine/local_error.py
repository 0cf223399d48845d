"""The local error of an implicit step: the embedded formula, damped in the stiff directions."""

from __future__ import annotations

import math
from typing import Any

from memcurse.numerics.arithmetic.compiled import uncounted
from memcurse.numerics.arithmetic.doubledouble import add, cast, lift, loaded, mul, value
from memcurse.numerics.arithmetic.matrices.linear_systems import factor, substitute

from .field import field
from .low_rank.systems import factor_filter, solve_filter


@uncounted
def _filter(h: float, sigma: Any, arc: bool, method: Any, work: Any, hessian: Any) -> bool:
    """Factor ``I + gamma h sigma H`` at the start of the step, bordered by the constraint in arclength.

    Its rows are scaled; `error` keeps the factors.
    """
    if hessian.ndim == 3:
        work.error[:] = 1.0
        return bool(factor_filter(h * method.gamma, sigma, arc, work))
    n = work.u.shape[0]
    M = work.filter_matrix
    slope = mul(sigma, h * method.gamma)
    for i in range(n):
        largest = 0.0
        for j in range(n):
            M[i, j] = mul(cast(hessian[i, j], slope), slope)
        M[i, i] = add(M[i, i], lift(1.0, sigma))
        M[i, n] = loaded(work.entry[i]) if arc else lift(0.0, sigma)
        M[n, i] = loaded(work.u[i]) if arc else lift(0.0, sigma)
        for j in range(n + 1):
            largest = max(largest, abs(value(M[i, j])))
        for j in range(n + 1):
            M[i, j] = mul(M[i, j], 1.0 / largest)
        work.error[i] = lift(1.0 / largest, sigma)
    M[n, n] = lift(0.0 if arc else 1.0, sigma)
    return bool(factor(M, work.pivots[: n + 1]))


@uncounted
def _apply(arc: bool, work: Any, hessian: Any, rhs: Any) -> None:
    """Solve with the factors of `_filter`."""
    if hessian.ndim == 3:
        solve_filter(arc, work, rhs)
    else:
        substitute(work.filter_matrix, work.pivots[: rhs.shape[0]], rhs)


@uncounted
def _filtered_size(
    h: float, sigma: Any, gradient: Any, arc: bool, time_scale: float, method: Any, work: Any
) -> float:
    """Size of ``M^-1 (-gamma h sigma gradient + sum_i e_i Z_i)`` by `_filter`, left in `filter_rhs`."""
    s, n = work.Z.shape
    slope = mul(sigma, -h * method.gamma)
    rhs = work.filter_rhs
    for k in range(n):
        total = mul(slope, cast(gradient[k], slope))
        for i in range(s):
            total = add(total, mul(work.Z[i, k], method.error[i]))
        rhs[k] = mul(total, work.error[k])
    rhs[n] = lift(0.0, sigma)
    _apply(arc, work, work.start_hessian, rhs)
    size = 0.0
    for k in range(n):
        size += (value(rhs[k]) / work.scale[k]) ** 2
    size = math.sqrt(size / n)
    if arc:
        # The embedded quadrature of sigma, and what the filter moved sigma by.
        gap = method.gamma * h * value(sigma) + value(rhs[n])
        for i in range(s):
            tau = 0.0
            for j in range(s):
                tau += value(method.A[i, j]) * value(work.sigma[j])
            gap += value(method.error[i]) * h * tau
        size = max(size, abs(gap) / time_scale)
    return size if size >= 0.0 else math.inf


@uncounted
def estimate_error(
    theta: Any, h: float, arc: bool, speed: float, time_scale: float, data: Any, method: Any, work: Any
) -> float:
    """Size of the local error in units of the tolerance: the embedded formula, damped in the stiff directions.

    Hairer and Wanner, *Solving ODEs II*, IV.8: ``e = (I + gamma h H)^-1 (gamma h f(theta) + sum_i e_i Z_i)``, and once
    more with ``f(theta + e)`` where that is too large, for a start that lies off the slow manifold. ``f(theta)`` is the
    slope of the last step's polynomial at its end, which the collocation equations make equal to it: evaluated anew,
    what Newton's method left in the stiff directions would drown it. (`speed` is 0 before the first step.)
    """
    n = work.Z.shape[1]
    sigma = lift(1.0, work.Z[0, 0])
    for k in range(n):
        gradient = cast(work.start_gradient[k], sigma)
        work.entry[k] = mul(work.u[k], -speed) if speed > 0.0 else gradient
    if arc:
        sigma = lift(1.0 / speed, sigma)
    if not _filter(h, sigma, arc, method, work, work.start_hessian):
        return math.inf
    size = _filtered_size(h, sigma, work.entry, arc, time_scale, method, work)
    if size < 1.0:
        return size
    for k in range(n):
        work.theta[k] = add(theta[k], cast(work.filter_rhs[k], theta[k]))
    if math.isnan(value(field(work.theta, data, work.gradient, work.hessian))):
        return size
    return min(size, _filtered_size(h, sigma, work.gradient, arc, time_scale, method, work))
