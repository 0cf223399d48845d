"""memcurse itself, behind the contract of the peers."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from memcurse.numerics.flow.engine.solve import LEVELS
from memcurse.numerics.flow.engine.state import REACHED
from memcurse.numerics.flow.gradient_flow import follow, gradient_flow
from memcurse.numerics.flow.problem import make_problem

from .contract import DROP, SHARE, STEPS, Array, Solve, Task


def prepare_memcurse(task: Task, rtol: float, limit: float) -> Solve:
    """`gradient_flow`, checks and set-up included in every call."""

    def solve(a: Array, w: Array) -> float:
        time = gradient_flow(task.objective, a, w, stop=DROP, rtol=rtol).event_time
        return math.nan if time is None else float(time)

    return solve


def prepare_checked_once(task: Task, rtol: float, limit: float) -> Solve:
    """The same without what the peers have done before: target, event, limits and method are checked once."""
    J, made = task.objective, np.linspace(0.9, 1.1, task.m)
    problem = make_problem(J, made / task.m, made, DROP, 1e100, rtol, STEPS)

    def solve(a: Array, w: Array) -> float:
        loss, _ = J.slope(a, w)
        here = dataclasses.replace(
            problem, start=np.concatenate([a, w]), given=(a, w), loss=loss, threshold=(1.0 - SHARE) * loss
        )
        trace, _ = follow(here, None, LEVELS)
        return float(sum(trace.last_time)) if trace.code == REACHED else math.nan

    return solve
