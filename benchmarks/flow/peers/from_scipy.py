"""SciPy's integrators."""

from __future__ import annotations

import math
import time

import numpy as np
from scipy.integrate import solve_ivp

from memcurse.numerics.objective import kernels

from .contract import FOREVER, SHARE, Array, Solve, Task


def prepare_scipy(method: str, task: Task, rtol: float, limit: float) -> Solve:
    """`solve_ivp` with a terminal event; callbacks are thin Python around the compiled kernels."""
    m, packed = task.m, task.objective.packed
    gradient, hessian = np.empty(2 * m), np.empty((2 * m, 2 * m))

    def jacobian(_: float, y: Array) -> Array:
        kernels.evaluate(y[:m], y[m:], packed, gradient, hessian, 2)
        return -hessian

    options = {} if method == "DOP853" else {"jac": jacobian}

    def solve(a: Array, w: Array) -> float:
        goal, deadline = SHARE * task.objective.loss(a, w), time.perf_counter() + limit

        def slope(_: float, y: Array) -> Array:
            if time.perf_counter() > deadline:
                raise TimeoutError
            kernels.evaluate(y[:m], y[m:], packed, gradient, hessian, 1)
            return -gradient

        def event(_: float, y: Array) -> float:
            return float(kernels.evaluate(y[:m], y[m:], packed, gradient, hessian, 0)) - goal

        event.terminal = True  # type: ignore[attr-defined]
        span, start = (0, FOREVER), np.concatenate([a, w])
        try:
            out = solve_ivp(
                slope, span, start, method=method, rtol=rtol, atol=rtol * 1e-3, events=event, **options
            )
        except (TimeoutError, ValueError):
            return math.nan
        return float(out.t_events[0][0]) if len(out.t_events[0]) else math.nan

    return solve
