"""Event times confirmed at two precisions and two orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath

from .gradient_flow import solve_at
from .problem import make_problem, validate_rtol
from .run import make_run


@dataclass(frozen=True)
class Confirmation:
    """An event time with the runs that confirm it.

    Attributes
    ----------
    event_time : mpmath.mpf
    spread : float
        Largest relative difference between the runs.
    runs : tuple of (digits, stages, event_time)
    """

    event_time: mpmath.mpf
    spread: float
    runs: tuple[tuple[int, int, mpmath.mpf], ...]


def confirmed_event_time(
    J: Any, a0: Any, w0: Any, stop: Any, until: Any = 1e100, rtol: Any = 1e-9, digits: int = 31
) -> Confirmation:
    """The time of an event from runs at two precisions and of two orders.

    Raises
    ------
    ArithmeticError
        If a run does not reach the event.

    Notes
    -----
    Rigour: heuristic; the spread is that of runs which share the method's family but neither precision nor order.
    """
    problem = make_problem(J, a0, w0, stop, until, validate_rtol(rtol, True), 100_000)
    runs = []
    for extra, stages in ((0, 5), (0, 7), (12, 5)):
        run = make_run(problem, solve_at(problem, digits + extra, stages, False), stages, True)
        if run.event_time is None:
            raise ArithmeticError(f"the flow must reach the event to confirm its time; got {run.status!r}")
        runs.append((digits + extra, stages, run.event_time))
    times = [time for _, _, time in runs]
    best = times[1]
    return Confirmation(best, float(max(abs(x / best - 1) for x in times)), tuple(runs))
