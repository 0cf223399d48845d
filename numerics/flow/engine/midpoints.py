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

from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import w as rate_symbol
from memcurse.theory.targets.target import Target

from .moments import LONGEST, TWO_UNITS
from .tableaus import Radau

Vector = list[Any]

#: As in the compiled loop.
FAR, SAFETY, MOST, LEAST, MOST_AFTER_FAILURE = 2.5, 0.9, 8.0, 0.1, 2.0
_MOST_ITERATIONS = 12
#: As in `flow_solve.DOUBLE_DOUBLE`.
NEWTON = 1e-4


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


class BallField:
    """What `evaluate` needs of a target: the ball functions of its moments, and its squared norm."""

    def __init__(self, target: Target) -> None:
        self._norm, self.moments = _lowered(target)
        self._known: tuple[int, arb] = (0, arb(0))

    @property
    def squared_norm(self) -> arb:
        """At the precision in force."""
        bits = int(ctx.prec)
        if self._known[0] != bits:
            self._known = bits, self._norm()
        return self._known[1]


def evaluate(J: BallField, theta: Vector) -> Point | None:
    """The field at `theta` (eqs. 18, 19, 97-101); None where a rate is not positive."""
    m = len(theta) // 2
    a, w = theta[:m], theta[m:]
    if not all(x > 0 for x in w):
        return None
    loss = J.squared_norm
    gradient, H = [arb(0)] * (2 * m), [[arb(0)] * (2 * m) for _ in range(2 * m)]
    inverses = [[1 / (w[k] + w[j]) for j in range(k + 1)] for k in range(m)]
    for k in range(m):
        l0, l1, l2 = J.moments(w[k])
        r0, r1, r2 = -l0, -l1, -l2
        for j in range(m):
            r = inverses[max(j, k)][min(j, k)]
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


def _moments(a: Vector, x: Vector) -> Vector:
    """``sum_j a_j x_j^k``, k = 0 .. 3, for two units."""
    return [a[0] * x[0] ** k + a[1] * x[1] ** k for k in range(TWO_UNITS)]


def _linear_change(a: Vector, x: Vector, d: Vector) -> Vector:
    """The change of `_moments` when (a, x) moves by `d`, to first order."""
    powers = [[k * x[j] ** (k - 1) if k else arb(0) for k in range(TWO_UNITS)] for j in range(2)]
    return [
        sum((d[j] * x[j] ** k + d[2 + j] * a[j] * powers[j][k] for j in range(2)), arb(0))
        for k in range(TWO_UNITS)
    ]


def _along_moments(a: Vector, x: Vector, moments: Vector, d: Vector) -> Vector:
    """The move of two units to the `moments`, near `d`; see `flow_moments.solve_moments`. `d` itself if there is none.

    At these delays the valley is so steep that float64 would leave it by more than Newton's method can mend.
    """
    y0, y1, y2, y3 = moments
    determinant = middle(y0 * y2 - y1 * y1)
    if determinant == 0:
        return d
    p, q = (y0 * y3 - y1 * y2) / (2 * determinant), (y1 * y3 - y2 * y2) / determinant
    square = middle(p * p - q)
    if not square > 0:
        return d
    root = square.sqrt() if x[0] > x[1] else -square.sqrt()
    first, second = p + root, p - root
    amplitudes = (y1 - second * y0) / (2 * root), (first * y0 - y1) / (2 * root)
    move = [middle(v) for v in (amplitudes[0] - a[0], amplitudes[1] - a[1], first - x[0], second - x[1])]
    if not sum(abs(float(v)) for v in move[2:]) <= LONGEST * sum(abs(float(v)) for v in d):
        return d
    return move


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
        if ratio <= FAR and n == TWO_UNITS:
            x = [w - memory.centre for w in theta[2:]]
            now = _moments(theta[:2], x)
            changes = combine(growth, memory.moments)
            d = _along_moments(theta[:2], x, [y + c for y, c in zip(now, changes, strict=True)], d)
        stages.append(d)
    sigma = arb(memory.rate / memory.length) if arc else arb(1)
    return Step(h, arc, stages, [sigma] * s)


def _centred_moments(theta: Vector, Z: Vector, centre: arb) -> Vector:
    end = [t + z for t, z in zip(theta, Z, strict=True)]
    return _moments(end[:2], [w - centre for w in end[2:]])


def remember(step: Step, theta: Vector, coefficients: arb_mat) -> Memory:
    """Polynomials, end tangent and speed of an accepted step; `coefficients` maps stages to powers."""
    s, n = len(step.Z), len(theta)
    rows = [[coefficients[p, i] for i in range(s)] for p in range(s)]
    powers = [combine(row, step.Z) for row in rows]
    slope = [sum(((p + 1) * powers[p][k] for p in range(s)), arb(0)) for k in range(n)]
    length = math.sqrt(sum(float(v) ** 2 for v in slope))
    tangent = [middle(v / length) for v in slope]
    centre, moments = theta[-1], []
    if n == TWO_UNITS:
        ends = [_centred_moments(theta, Z, centre) for Z in [[arb(0)] * n, *step.Z]]
        changes = [[y - y0 for y, y0 in zip(end, ends[0], strict=True)] for end in ends[1:]]
        moments = [combine(row, changes) for row in rows]
    return Memory(powers, moments, centre, tangent, length, step.h * float(step.sigma[-1]))


def _template(s: int, n: int, arc: bool, tangent: Vector, tableau: Radau) -> arb_mat:
    """What does not change from one Newton iteration to the next: the tableau's inverse, and the constraint."""
    width = n + 1 if arc else n
    M = arb_mat(s * width, s * width)
    for i in range(s):
        for j in range(s):
            entry = middle(tableau.inverse[i, j])
            for k in range(n):
                M[i * width + k, j * width + k] = entry
        if arc:
            for k in range(n):
                M[i * width + n, i * width + k] = tangent[k]
    return M


def _system(
    J: BallField, theta: Vector, step: Step, tangent: Vector, tableau: Radau, template: arb_mat
) -> tuple[arb_mat, arb_mat] | None:
    """Newton's system at the stages of `step`; see `flow_step._assemble`."""
    s, n = tableau.stages, len(theta)
    width = n + 1 if step.arc else n
    M, rhs = arb_mat(template), arb_mat(s * width, 1)
    unit = abs(step.sigma[-1])
    Z = arb_mat(step.Z)
    combined = tableau.inverse * Z
    if step.arc:
        along = Z * arb_mat(n, 1, tangent)
    for i in range(s):
        point = evaluate(J, [middle(t + z) for t, z in zip(theta, step.Z[i], strict=True)])
        if point is None:
            return None
        slope = middle(step.sigma[i] * step.h)
        first = i * width
        for k in range(n):
            row = first + k
            rhs[row, 0] = middle(-(slope * point.gradient[k] + combined[i, k]))
            for j, entry in enumerate(point.hessian[k]):
                if j == k:
                    M[row, row] = middle(tableau.inverse[i, i] + slope * entry)
                else:
                    M[row, first + j] = middle(slope * entry)
            if step.arc:
                M[row, first + n] = middle(point.gradient[k] * unit * step.h)
        if step.arc:
            rhs[first + n, 0] = middle(tableau.nodes[i] * step.h - along[i, 0])
    return M, rhs


def _straight(theta: Vector, Z: Vector, move: Vector) -> Vector:
    """Newton's correction as a straight move in the moments; see `flow_step._straighten`."""
    here = [t + z for t, z in zip(theta, Z, strict=True)]
    a, x = here[:2], [w - here[-1] for w in here[2:]]
    change = _linear_change(a, x, move)
    return _along_moments(a, x, [y + c for y, c in zip(_moments(a, x), change, strict=True)], move)


def correct(
    J: BallField,
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
    before = earlier = math.inf
    distinct = n == TWO_UNITS and all(int(k) == i for i, k in enumerate(twins))
    template = _template(s, n, step.arc, tangent, tableau)
    for iteration in range(1, _MOST_ITERATIONS + 1):
        system = _system(J, theta, step, tangent, tableau, template)
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
                move = _straight(theta, step.Z[i], move)
            size = max(
                size, math.sqrt(sum((float(v) / c) ** 2 for v, c in zip(move, scale, strict=True)) / n)
            )
            step.Z[i] = [middle(z + v) for z, v in zip(step.Z[i], move, strict=True)]
            if step.arc:
                change = d[i * width + n] * unit
                size = max(size, abs(step.h * float(change)) / time_scale)
                step.sigma[i] = middle(step.sigma[i] + change)
        if not size < 1e10 or (iteration > 2 and size > 2.0 * max(before, earlier)):
            return False, iteration
        if max(size, before) <= NEWTON:
            return all(x > 0 for x in step.sigma), iteration
        before, earlier = size, before
    return False, _MOST_ITERATIONS


def local_error(
    J: BallField,
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
