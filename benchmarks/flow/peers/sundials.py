"""CVODE of SUNDIALS, through scikit-sundae."""

from __future__ import annotations

import math
import time
from typing import Any

import numba
import numpy as np

from memcurse.numerics.objective import kernels

from .contract import FOREVER, SHARE, STEPS, Array, Solve, Task


@numba.njit
def _cvode_slope(_: float, y: Any, slope: Any, data: Any) -> None:
    m = y.shape[0] // 2
    kernels.evaluate(y[:m], y[m:], data[0], slope, data[1], 1)
    for k in range(2 * m):
        slope[k] = -slope[k]


@numba.njit
def _cvode_jacobian(_: float, y: Any, slope: Any, jacobian: Any, data: Any) -> None:
    m = y.shape[0] // 2
    kernels.evaluate(y[:m], y[m:], data[0], data[2], jacobian, 2)
    for i in range(2 * m):
        for j in range(2 * m):
            jacobian[i, j] = -jacobian[i, j]


@numba.njit
def _cvode_event(_: float, y: Any, events: Any, data: Any) -> None:
    m = y.shape[0] // 2
    events[0] = kernels.evaluate(y[:m], y[m:], data[0], data[2], data[1], 0) - data[3][0]


def prepare_cvode(task: Task, rtol: float, limit: float) -> Solve:
    """CVODE's BDF with the exact Jacobian, dense systems and root finding; the callbacks are compiled."""
    from sksundae.cvode import CVODE

    n, deadline = 2 * task.m, [math.inf]
    data = (task.objective.packed, np.empty((n, n)), np.empty(n), np.zeros(1))

    # The only callback in Python: called once a step, it also watches the clock.
    def event(t: float, y: Array, events: Array, data: Any) -> None:
        _cvode_event(t, y, events, data)
        if time.perf_counter() > deadline[0]:
            events[0] = -math.inf

    event.terminal = [True]  # type: ignore[attr-defined]
    solver = CVODE(
        _cvode_slope,
        userdata=data,
        jacfn=_cvode_jacobian,
        eventsfn=event,
        num_events=1,
        rtol=rtol,
        atol=rtol * 1e-3,
        max_num_steps=STEPS,
    )

    def solve(a: Array, w: Array) -> float:
        data[3][0] = SHARE * task.objective.loss(a, w)
        deadline[0] = time.perf_counter() + limit
        out = solver.solve(np.array([0.0, 0.5 * FOREVER, FOREVER]), np.concatenate([a, w]))
        late = time.perf_counter() > deadline[0]
        found = out.t_events is not None and len(out.t_events)
        return float(out.t_events[0]) if found and not late else math.nan

    return solve
