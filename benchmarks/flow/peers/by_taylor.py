"""heyoka: Taylor series."""

from __future__ import annotations

import importlib
import math
import time
from typing import Any

import numpy as np

from .contract import FOREVER, SHARE, Array, Solve, Task

#: Steps between two looks at the clock, and the width from which its loops are not unrolled: 47 s to compile m = 10.
_HEYOKA_CHUNK, _HEYOKA_UNROLLED = 2000, 4


def _heyoka_system(hy: Any, task: Task) -> tuple[list[Any], list[Any], Any]:
    """Variables, slopes and the event (par[0] is the goal). The moments hold as they stand while ``w < T``."""
    m, T = task.m, float(task.T)
    variables = hy.make_vars(*(f"a{k}" for k in range(m)), *(f"w{k}" for k in range(m)))
    a, w = variables[:m], variables[m:]
    mass, edge = math.sqrt(math.pi / 2), math.exp(-T * T / 2)
    L0 = [mass * hy.exp(x * (0.5 * x - T)) * hy.erfc((x - T) / math.sqrt(2)) for x in w]
    L1 = [(T - x) * L + edge + 1.0 / ((x + 1.0) * (x + 1.0)) for x, L in zip(w, L0, strict=True)]
    L0 = [L + 1.0 / (x + 1.0) for x, L in zip(w, L0, strict=True)]
    r0 = [hy.sum([a[j] / (w[k] + w[j]) for j in range(m)]) - L0[k] for k in range(m)]
    r1 = [hy.sum([a[j] / ((w[k] + w[j]) * (w[k] + w[j])) for j in range(m)]) - L1[k] for k in range(m)]
    slopes = [-2.0 * r for r in r0] + [2.0 * x * r for x, r in zip(a, r1, strict=True)]
    loss = hy.sum([a[k] * (r0[k] - L0[k]) for k in range(m)]) + task.squared_norm
    return variables, slopes, loss - hy.par[0]


def prepare_heyoka(task: Task, rtol: float, limit: float) -> Solve:
    """Taylor series of an order that follows from the tolerance, with a terminal event."""
    hy = importlib.import_module("heyoka")
    variables, slopes, event = _heyoka_system(hy, task)
    integrator = hy.taylor_adaptive(
        list(zip(variables, slopes, strict=True)),
        [1.0] * len(variables),
        pars=[0.0],
        t_events=[hy.t_event(event)],
        tol=rtol,
        compact_mode=task.m > _HEYOKA_UNROLLED,
    )

    def solve(a: Array, w: Array) -> float:
        integrator.time, integrator.pars[0] = 0.0, SHARE * task.objective.loss(a, w)
        integrator.state[:] = np.concatenate([a, w])
        integrator.reset_cooldowns()
        deadline = time.perf_counter() + limit
        while time.perf_counter() < deadline:
            outcome = integrator.propagate_until(FOREVER, max_steps=_HEYOKA_CHUNK)[0]
            if outcome != hy.taylor_outcome.step_limit:
                # A terminal event is reported by its index less the number of events.
                return float(integrator.time) if int(outcome) == -1 else math.nan
        return math.nan

    return solve
