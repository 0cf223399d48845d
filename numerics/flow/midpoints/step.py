r"""The same Radau IIA method in arithmetic of any precision: midpoints of balls.

Where even double-double cannot see the gradient (``e^{-5T/2}`` against 1e-31: T above about 30), a step is taken with
midpoints of `flint.arb`, at the precision asked for. The method, its predictor, its step control and its switch
between time and arclength are those of `step` and `advance`; a step costs milliseconds instead of tens of
microseconds, but there are no more of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from flint import arb, arb_mat

from memcurse.numerics.flow.engine.loop import FAR
from memcurse.numerics.flow.engine.moments import LONGEST, TWO_UNITS
from memcurse.numerics.flow.engine.step import MOST_ITERATIONS
from memcurse.numerics.flow.tableaus.radau import Radau

from .field import BallField, Vector, combine, evaluate, middle, middles

#: As in `engine.solve.DOUBLE_DOUBLE`.
NEWTON = 1e-4


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
    """The move of two units to the `moments`, near `d`, or `d` if there is none; see `engine.moments.solve_moments`.

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
    """Guess the stages by carrying on the last step's moments; see `engine.loop.predict`."""
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
    """Newton's system at the stages of `step`; see `engine.step._assemble`."""
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
    """Newton's correction as a straight move in the moments; see `engine.step._straighten`."""
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
    for iteration in range(1, MOST_ITERATIONS + 1):
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
    return False, MOST_ITERATIONS
