"""The local error of a step in midpoints; see `engine.local_error`."""

from __future__ import annotations

import math

from flint import arb, arb_mat

from memcurse.numerics.flow.tableaus.radau import Radau

from .field import BallField, Point, Vector, evaluate, middle, middles
from .step import Memory, Step


def local_error(
    J: BallField,
    point: Point,
    step: Step,
    memory: Memory | None,
    tableau: Radau,
    scale: list[float],
    time_scale: float,
) -> float:
    """Size of the local error in units of the tolerance; see `engine.local_error.estimate_error`."""
    sigma, gradient, tangent = arb(1), point.gradient, memory.tangent if memory else []
    if memory:
        speed = arb(memory.length) / memory.rate
        gradient = [middle(-u * speed) for u in tangent]
        sigma = middle(1 / speed) if step.arc else sigma
    entry = gradient
    size = math.inf
    for _ in range(2):
        filtered = _filtered(point, entry, gradient, sigma, step, tangent, tableau)
        if filtered is None:
            return math.inf
        size = min(size, _size(filtered, sigma, step, tableau, scale, time_scale))
        if size < 1.0:
            break
        moved = evaluate(J, [middle(x + e) for x, e in zip(point.theta, filtered, strict=False)])
        if moved is None:
            break
        gradient = moved.gradient
    return size


def _filtered(
    point: Point, entry: Vector, gradient: Vector, sigma: arb, step: Step, tangent: Vector, tableau: Radau
) -> Vector | None:
    n = len(point.theta)
    slope = middle(sigma * step.h * tableau.gamma)
    M, rhs = arb_mat(n + 1, n + 1), arb_mat(n + 1, 1)
    for k in range(n):
        raw = sum((e * Z[k] for e, Z in zip(tableau.error, step.Z, strict=True)), -slope * gradient[k])
        rhs[k, 0] = middle(raw)
        for j in range(n):
            M[k, j] = middle(slope * point.hessian[k][j] + (1 if j == k else 0))
        M[k, n] = entry[k] if step.arc else arb(0)
        M[n, k] = tangent[k] if step.arc else arb(0)
    M[n, n] = arb(0 if step.arc else 1)
    try:
        return middles(M.solve(rhs, algorithm="approx"))
    except ZeroDivisionError:
        return None


def _size(
    filtered: Vector, sigma: arb, step: Step, tableau: Radau, scale: list[float], time_scale: float
) -> float:
    s, n = tableau.stages, len(scale)
    size = math.sqrt(sum((float(v) / c) ** 2 for v, c in zip(filtered, scale, strict=False)) / n)
    if step.arc:
        gap = tableau.gamma * step.h * sigma + filtered[n]
        for i in range(s):
            tau = sum((tableau.A[i, j] * step.sigma[j] for j in range(s)), arb(0))
            gap += tableau.error[i] * step.h * tau
        size = max(size, abs(float(middle(gap))) / time_scale)
    return size
