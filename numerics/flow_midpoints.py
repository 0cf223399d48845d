r"""The same Radau IIA method in arithmetic of any precision: midpoints of balls.

Where even double-double cannot see the gradient (``e^{-5T/2}`` against 1e-31: T above about 30), a step is taken with
midpoints of `flint.arb`, at the precision asked for. The method, its predictor, its step control and its switch
between time and arclength are those of `flow_step` and `flow_advance`; a step costs milliseconds instead of tens of
microseconds, but there are no more of them.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flint import arb, arb_mat, ctx

from ..theory.notation import w as rate_symbol
from ..theory.targets import Target
from .balls import ball_precision
from .lower import lower
from .objective import Objective
from .tableaus import Radau

Vector = list[Any]

#: As in the compiled loop.
FAR, SAFETY, MOST, LEAST, MOST_AFTER_FAILURE = 2.5, 0.9, 8.0, 0.1, 2.0
_MOST_ITERATIONS, _MOST_MOMENT_ITERATIONS = 12, 10


def middle(x: arb) -> arb:
    """The midpoint as an exact number."""
    return x.mid()


def middles(M: arb_mat) -> Vector:
    """Midpoints of a matrix's entries, row by row."""
    return [x.mid() for x in M.entries()]


def combine(weights: Sequence[arb], vectors: Sequence[Vector]) -> Vector:
    """``sum_i weights_i vectors_i``, rounded to midpoints."""
    n = len(vectors[0])
    return [middle(sum((c * v[k] for c, v in zip(weights, vectors, strict=True)), arb(0))) for k in range(n)]


@dataclass
class Point:
    """Loss, gradient and Hessian (rows) at parameters, all midpoints."""

    theta: Vector
    loss: arb
    gradient: Vector
    hessian: list[Vector]


@functools.lru_cache(maxsize=64)
def _lowered(target: Target) -> tuple[Any, Any]:
    moments = [target.moment(k, rate_symbol) for k in range(3)]
    return lower(target.squared_norm(), (), "ball"), lower(moments, (rate_symbol,), "ball")


@functools.lru_cache(maxsize=64)
def _squared_norm(target: Target, bits: int) -> arb:
    with ball_precision(bits):
        return _lowered(target)[0]()


def evaluate(J: Objective, theta: Vector) -> Point | None:
    """The field at `theta` (eqs. 18, 19, 97-101); None where a rate is not positive."""
    m = len(theta) // 2
    a, w = theta[:m], theta[m:]
    if not all(x > 0 for x in w):
        return None
    loss = _squared_norm(J.target, int(ctx.prec))
    gradient, H = [arb(0)] * (2 * m), [[arb(0)] * (2 * m) for _ in range(2 * m)]
    for k in range(m):
        l0, l1, l2 = _lowered(J.target)[1](w[k])
        r0, r1, r2 = -l0, -l1, -l2
        for j in range(m):
            r = 1 / (w[k] + w[j])
            t0 = a[j] * r
            t1 = t0 * r
            t2 = 2 * t1 * r
            r0, r1, r2 = r0 + t0, r1 + t1, r2 + t2
            H[k][j] = 2 * r
            H[k][m + j] = H[m + j][k] = -2 * t1
            H[m + k][m + j] = 2 * a[k] * t2
        loss += a[k] * (r0 - l0)
        gradient[k], gradient[m + k] = 2 * r0, -2 * a[k] * r1
        H[k][m + k] = H[m + k][k] = H[k][m + k] - 2 * r1
        H[m + k][m + k] += 2 * a[k] * r2
    rows = [[middle(x) for x in row] for row in H]
    return Point(theta, middle(loss), [middle(g) for g in gradient], rows)


@dataclass
class Step:
    """A trial step: its stages, and ``dt/dx`` at them (all 1 in time)."""

    h: float
    arc: bool
    Z: list[Vector]
    sigma: Vector


@dataclass
class Memory:
    """What the last step leaves for the next one."""

    powers: list[Vector] = field(default_factory=list)
    moments: list[Vector] = field(default_factory=list)
    centre: arb = field(default_factory=lambda: arb(0))
    tangent: Vector = field(default_factory=list)
    length: float = 0.0
    rate: float = 0.0


def moment_change(a: Vector, x: Vector, d: Vector) -> Vector:
    """Change of the moments ``sum_j a_j x_j^k`` when (a, x) moves by `d`."""
    m = len(a)
    return [
        sum(((a[j] + d[j]) * (x[j] + d[m + j]) ** k - a[j] * x[j] ** k for j in range(m)), arb(0))
        for k in range(2 * m)
    ]


def _moment_jacobian(a: Vector, x: Vector) -> arb_mat:
    m = len(a)
    rows = [
        [x[j] ** k for j in range(m)] + [(k * a[j] * x[j] ** (k - 1) if k else arb(0)) for j in range(m)]
        for k in range(2 * m)
    ]
    return arb_mat(rows)


def solve_moments(a: Vector, x: Vector, target: Vector, d: Vector) -> Vector | None:
    """The move near `d` that changes the moments by `target`; None if Newton's method does not find it."""
    m = len(a)
    longest = 10.0 * sum(abs(float(v)) for v in d)
    for _ in range(_MOST_MOMENT_ITERATIONS):
        gap = [t - c for t, c in zip(target, moment_change(a, x, d), strict=True)]
        moved = [a[j] + d[j] for j in range(m)], [x[j] + d[m + j] for j in range(m)]
        try:
            c = middles(
                _moment_jacobian(*moved).solve(
                    arb_mat(2 * m, 1, [middle(g) for g in gap]), algorithm="approx"
                )
            )
        except ZeroDivisionError:
            return None
        size = sum(abs(float(v)) for v in c[m:])
        d = [middle(v + w) for v, w in zip(d, c, strict=True)]
        if not size < longest:
            return None
        if size <= 1e-6 * sum(abs(float(v)) for v in d[m:]):
            return d
    return None


def predict(memory: Memory, theta: Vector, h: float, arc: bool, tableau: Radau) -> Step:
    """Guess the stages by carrying on the last step's moments; see `flow_loop.predict`."""
    s, n = tableau.stages, len(theta)
    unit = memory.length if arc else memory.rate
    ratio = h / unit if unit > 0 else 0.0
    stages = []
    for i in range(s):
        c = tableau.nodes[i] * ratio
        if ratio == 0.0:
            stages.append([arb(0)] * n)
            continue
        growth = [(1 + c) ** (p + 1) - 1 if ratio <= FAR else (p + 1) * c for p in range(s)]
        d = combine(growth, memory.powers)
        if ratio <= FAR:
            m = n // 2
            x = [w - memory.centre for w in theta[m:]]
            d = solve_moments(theta[:m], x, combine(growth, memory.moments), d) or d
        stages.append(d)
    sigma = arb(memory.rate / memory.length) if arc else arb(1)
    return Step(h, arc, stages, [sigma] * s)


def remember(step: Step, theta: Vector, coefficients: arb_mat) -> Memory:
    """Polynomials, end tangent and speed of an accepted step; `coefficients` maps stages to powers."""
    s, n = len(step.Z), len(theta)
    m = n // 2
    rows = [[coefficients[p, i] for i in range(s)] for p in range(s)]
    centre = middle(sum(theta[m:], arb(0)) / m)
    x = [w - centre for w in theta[m:]]
    changes = [[middle(v) for v in moment_change(theta[:m], x, Z)] for Z in step.Z]
    powers = [combine(row, step.Z) for row in rows]
    slope = [sum(((p + 1) * powers[p][k] for p in range(s)), arb(0)) for k in range(n)]
    length = math.sqrt(sum(float(v) ** 2 for v in slope))
    tangent = [middle(v / length) for v in slope]
    return Memory(
        powers,
        [combine(row, changes) for row in rows],
        centre,
        tangent,
        length,
        step.h * float(step.sigma[-1]),
    )


def _system(
    J: Objective, theta: Vector, step: Step, tangent: Vector, tableau: Radau
) -> tuple[arb_mat, arb_mat] | None:
    """Newton's system at the stages of `step`; see `flow_step._assemble`."""
    s, n = tableau.stages, len(theta)
    width = n + 1 if step.arc else n
    M, rhs = arb_mat(s * width, s * width), arb_mat(s * width, 1)
    unit = abs(step.sigma[-1])
    for i in range(s):
        point = evaluate(J, [middle(t + z) for t, z in zip(theta, step.Z[i], strict=True)])
        if point is None:
            return None
        slope = middle(step.sigma[i] * step.h)
        for k in range(n):
            row = i * width + k
            total = slope * point.gradient[k]
            for j in range(s):
                total += tableau.inverse[i, j] * step.Z[j][k]
                M[row, j * width + k] = middle(tableau.inverse[i, j])
            for j in range(n):
                M[row, i * width + j] = middle(M[row, i * width + j] + slope * point.hessian[k][j])
            rhs[row, 0] = middle(-total)
            if step.arc:
                M[row, i * width + n] = middle(point.gradient[k] * unit * step.h)
        if step.arc:
            row = i * width + n
            for k in range(n):
                M[row, i * width + k] = tangent[k]
            along = sum((u * z for u, z in zip(tangent, step.Z[i], strict=True)), arb(0))
            rhs[row, 0] = middle(tableau.nodes[i] * step.h - along)
    return M, rhs


def _straight(theta: Vector, Z: Vector, move: Vector, scale: list[float]) -> Vector:
    """Newton's correction as a straight move in the moments; see `flow_step._straighten`."""
    m = len(theta) // 2
    if not any(abs(float(move[m + k])) > 1e2 * scale[m + k] for k in range(m)):
        return move
    here = [middle(t + z) for t, z in zip(theta, Z, strict=True)]
    centre = middle(sum(here[m:], arb(0)) / m)
    x = [w - centre for w in here[m:]]
    linear = (_moment_jacobian(here[:m], x) * arb_mat(2 * m, 1, move)).entries()
    return solve_moments(here[:m], x, linear, move) or move


def correct(
    J: Objective,
    theta: Vector,
    step: Step,
    tangent: Vector,
    tableau: Radau,
    twins: Any,
    scale: list[float],
    time_scale: float,
) -> tuple[bool, int]:
    """Newton's method for the stages, in place; whether it converged, and the iterations it took."""
    s, n = tableau.stages, len(theta)
    width = n + 1 if step.arc else n
    before, distinct = math.inf, all(int(k) == i for i, k in enumerate(twins))
    for iteration in range(1, _MOST_ITERATIONS + 1):
        system = _system(J, theta, step, tangent, tableau)
        if system is None:
            return False, iteration
        unit = abs(step.sigma[-1])
        try:
            d = middles(system[0].solve(system[1], algorithm="approx"))
        except ZeroDivisionError:
            return False, iteration
        size = 0.0
        for i in range(s):
            move = [d[i * width + int(k)] for k in twins]
            if distinct:
                move = _straight(theta, step.Z[i], move, scale)
            size = max(
                size, math.sqrt(sum((float(v) / c) ** 2 for v, c in zip(move, scale, strict=True)) / n)
            )
            step.Z[i] = [middle(z + v) for z, v in zip(step.Z[i], move, strict=True)]
            if step.arc:
                change = d[i * width + n] * unit
                size = max(size, abs(step.h * float(change)) / time_scale)
                step.sigma[i] = middle(step.sigma[i] + change)
        rate = size / before
        if not size < 1e10 or (iteration > 2 and rate > 2.0):
            return False, iteration
        if size * min(rate, 1.0) <= 1e-2 and (iteration > 1 or size <= 1e-2):
            return all(x > 0 for x in step.sigma), iteration
        before = size
    return False, _MOST_ITERATIONS


def local_error(
    J: Objective,
    point: Point,
    step: Step,
    memory: Memory | None,
    tableau: Radau,
    scale: list[float],
    time_scale: float,
) -> float:
    """Size of the local error in units of the tolerance; see `flow_step.estimate_error`."""
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
