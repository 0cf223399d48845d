"""One step of a Rosenbrock method in compiled float64 code, and the step at whose end the event comes.

The matrix ``I + gamma h H`` is factored once a step: as symmetric and definite (where it is not, the step is longer
than the flow takes to grow by a large factor, and is given up), or by the basis of a wide network. What a step leaves
is what a Radau step leaves, increments at Radau's nodes, from the method's own polynomial: control, events and records
are those of the implicit loop.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from memcurse.numerics.arithmetic.compilation.blocks import Block
from memcurse.numerics.arithmetic.compiled import subroutine, uncounted
from memcurse.numerics.arithmetic.matrices.linear_systems import factor_definite, substitute_definite
from memcurse.numerics.flow.engine.field import slope
from memcurse.numerics.flow.engine.landing import approach, excess
from memcurse.numerics.flow.engine.low_rank.systems import factor_damped, solve_filter
from memcurse.numerics.flow.engine.state import EVALUATIONS, H
from memcurse.numerics.flow.tableaus.radau import radau_arrays
from memcurse.numerics.flow.tableaus.rosenbrock import Rosenbrock

#: Tolerances of the step's error for one of the time.
_ACCURACY = 0.02
_MOST_LANDINGS = 20


class RosenbrockMethod(Block):
    """Arrays of a method of q stages, and the nodes at which its polynomial is kept, as `state.Method` names them."""

    nodes: Any  # (s,)
    A: Any  # (s, s)
    powers: Any  # (s, s)
    gamma: float
    stages: Any  # (q, q), ``a`` of `tableaus.rosenbrock`
    changes: Any  # (q, q), ``c``
    inside: Any  # (s, q): what the stages contribute at the nodes
    control: int  # order of the embedded formula


def rosenbrock_method(tableau: Rosenbrock, stages: int) -> RosenbrockMethod:
    """A method as compiled code takes it, with `stages` nodes for its polynomial."""
    arrays = radau_arrays(stages)
    inside = np.array([tableau.weights_at(float(x)) for x in arrays.nodes])
    return RosenbrockMethod(
        arrays.nodes,
        arrays.A,
        arrays.powers,
        tableau.gamma,
        tableau.a_matrix,
        tableau.c_matrix,
        inside,
        tableau.embedded_order,
    )


@uncounted
def _factor(stretch: float, hessian: Any, work: Any) -> bool:
    """Factor ``I + stretch H`` with the Hessian at the start of the step."""
    if hessian.ndim == 3:
        return bool(factor_damped(stretch, work))
    M = work.field_matrix
    n = M.shape[0]
    for i in range(n):
        for j in range(n):
            M[i, j] = stretch * hessian[i, j]
        M[i, i] += 1.0
    return bool(factor_definite(M))


@uncounted
def _solve(hessian: Any, work: Any, x: Any) -> None:
    if hessian.ndim == 3:
        solve_filter(False, work, x)
    else:
        substitute_definite(work.field_matrix, x)


@subroutine
def rosenbrock_step(theta: Any, h: float, data: Any, method: Any, twins: Any, work: Any) -> bool:
    """A step of length `h`: increments at the nodes in ``work.Z``, the error estimate in ``work.field_step``."""
    n, q = theta.shape[0], method.stages.shape[0]
    at, stretch = work.theta, method.gamma * h
    if not _factor(stretch, work.start_hessian, work):
        return False
    U, x = np.zeros((q, n)), work.field_step
    for i in range(q):
        gradient = work.start_gradient
        if i > 0:
            gradient = work.gradient
            for k in range(n):
                at[k] = theta[k]
            for j in range(i):
                for k in range(n):
                    at[k] += method.stages[i, j] * U[j, k]
            if math.isnan(slope(at, data, gradient, work.hessian)):
                return False
        for k in range(n):
            x[k] = -stretch * gradient[k]
        for j in range(i):
            for k in range(n):
                x[k] += method.gamma * method.changes[i, j] * U[j, k]
        _solve(work.start_hessian, work, x)
        for k in range(n):
            U[i, k] = x[twins[k]]  # units that start alike stay alike
    for i in range(work.Z.shape[0]):
        work.sigma[i] = 1.0
        for k in range(n):
            work.Z[i, k] = 0.0
        for j in range(q):
            for k in range(n):
                work.Z[i, k] += method.inside[i, j] * U[j, k]
    return True


@uncounted
def try_rosenbrock(state: Any, data: Any, method: Any, controls: Any, work: Any) -> float:
    """Try a step: the size of its error (below 1 is good), or -1 if it leaves the domain."""
    state.counts[EVALUATIONS] += method.stages.shape[0]
    if not rosenbrock_step(state.theta, state.numbers[H], data, method, controls.twins, work):
        return -1.0
    size, n = 0.0, state.theta.shape[0]
    for k in range(n):
        size += (work.field_step[k] / work.scale[k]) ** 2
    return math.sqrt(size / n) / _ACCURACY if size >= 0.0 else math.inf


@uncounted
def land_rosenbrock(
    x: float, h: float, state: Any, data: Any, method: Any, controls: Any, work: Any
) -> float:
    """Repeat the step with the length at whose end the event comes; that length, or 0 for a failure."""
    theta, s = state.theta, work.Z.shape[0]
    length = x * h
    for _ in range(_MOST_LANDINGS):
        if not rosenbrock_step(theta, length, data, method, controls.twins, work):
            return 0.0
        for k in range(theta.shape[0]):
            work.theta[k] = theta[k] + work.Z[s - 1, k]
        f = excess(work.theta, slope(work.theta, data, work.gradient, work.hessian), controls)
        rate = approach(work.theta, work.gradient, controls)
        dt = -f / rate
        if abs(dt) <= 1e-13 * length or abs(f) <= 4e-16 * abs(controls.loss):
            return length
        if not (rate > 0.0 and abs(dt) < h):
            return 0.0
        length += min(max(dt, -0.5 * length), length)
    return length
