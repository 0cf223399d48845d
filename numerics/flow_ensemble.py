"""Thousands of gradient flows over the cores, each with the same answer, bit for bit, as `gradient_flow` alone."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from .arguments import validate_parameters
from .flow import choose_stages, climb, levels_for, make_problem, make_run, validate_rtol
from .flow_events import Event
from .objective import Objective

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FlowEnsemble:
    """Gradient flows from many starts.

    Attributes
    ----------
    event_time : ndarray, shape (N,)
        nan where the event never came.
    status : ndarray of str, shape (N,)
        As in `FlowRun`.
    a, w : ndarray, shape (N, m)
        Where each flow ended.
    steps, digits : ndarray of int, shape (N,)
        Steps taken, and the decimal digits of the arithmetic that carried the flow.
    """

    event_time: Array
    status: NDArray[np.str_]
    a: Array
    w: Array
    steps: NDArray[np.int64]
    digits: NDArray[np.int64]

    def __repr__(self) -> str:
        reached = int(np.count_nonzero(self.status == "reached"))
        return f"FlowEnsemble({reached} of {len(self.status)} reached)"


def flow_ensemble(
    J: Objective,
    A0: Any,
    W0: Any,
    stop: Event,
    until: Any = 1e100,
    rtol: Any = 1e-8,
    max_steps: int = 100_000,
    jobs: int | None = None,
    progress: bool = False,
) -> FlowEnsemble:
    """`gradient_flow` from every row of `A0` and `W0`, shape (N, m), on `jobs` threads (all cores by default).

    Raises
    ------
    TypeError, ValueError
        As `gradient_flow`, naming the row; for shapes that differ or are not (N, m).

    Notes
    -----
    Rigour: as `gradient_flow`; every flow is computed by itself, so its answer does not depend on the others.
    """
    amplitudes, rates = _validate_starts(A0, W0)
    tolerance = validate_rtol(rtol, False)
    problems = []
    for i, (a, w) in enumerate(zip(amplitudes, rates, strict=True)):
        try:
            problems.append(make_problem(J, a, w, stop, until, tolerance, max_steps))
        except ValueError as error:
            raise type(error)(f"{error} (row {i} of `A0` and `W0`)") from None
    stages = choose_stages(tolerance, amplitudes.shape[1])

    def follow(i: int) -> tuple[float, str, Array, int, int]:
        trace = climb(problems[i], levels_for(problems[i]), stages, False)
        run = make_run(problems[i], trace, stages, False)
        time = np.nan if run.event_time is None else run.event_time
        return time, run.status, np.concatenate([run.a[-1], run.w[-1]]), run.steps, run.digits

    with ThreadPoolExecutor(_validate_jobs(jobs)) as pool:
        bar = tqdm(total=len(problems), desc="gradient flows", disable=not progress, leave=False)
        rows = []
        for row in pool.map(follow, range(len(problems))):
            rows.append(row)
            bar.update()
        bar.close()
    times, statuses, ends, steps, digits = zip(*rows, strict=True)
    theta, m = np.array(ends), amplitudes.shape[1]
    return FlowEnsemble(
        np.array(times), np.array(statuses), theta[:, :m], theta[:, m:], np.array(steps), np.array(digits)
    )


def _validate_starts(A0: Any, W0: Any) -> tuple[Array, Array]:
    shapes = np.shape(A0), np.shape(W0)
    if shapes[0] != shapes[1] or len(shapes[0]) != 2:
        raise ValueError(f"`A0` and `W0` must both have shape (N, m); got {shapes[0]} and {shapes[1]}")
    return validate_parameters(A0, W0)


def _validate_jobs(jobs: int | None) -> int:
    if jobs is None:
        return os.cpu_count() or 1
    if isinstance(jobs, bool) or not isinstance(jobs, int):
        raise TypeError(f"`jobs` must be an integer; got {jobs!r}")
    if jobs < 1:
        raise ValueError(f"`jobs` must be at least 1; got {jobs}")
    return jobs
