"""What a gradient flow leaves behind: its status, the time of its event, and the states that it went through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import mp_precision
from memcurse.numerics.arithmetic.doubledouble import high_parts, joined
from memcurse.numerics.flow.engine.solve import BUDGET, INTERRUPTED, Problem, Trace
from memcurse.numerics.flow.engine.state import NOISE, REACHED, STALLED, UNREACHABLE, UNTIL
from memcurse.numerics.flow.tableaus.radau import radau_arrays
from memcurse.numerics.plain import JsonResult

Array = NDArray[np.float64]
Status = Literal[
    "reached", "unreachable", "until", "stationary", "budget", "interrupted", "stalled", "undecided"
]

#: What each status means.
STATUSES: dict[Status, str] = {
    "reached": "the event came, at `event_time`",
    "unreachable": "the flow has settled at a strict minimum short of the event",
    "until": "the time limit comes first (a flow at rest to the last digit carried may end before it)",
    "stationary": "the gradient is 0 to the last digit carried",
    "budget": "the step budget was spent, or the time limit of a proof",
    "interrupted": "the user interrupted the run",
    "stalled": "no step is short enough, or round-off hides a velocity that need not be 0 (more digits see further, "
    "but for a mode that runs away in finite time); the last state is kept",
    "undecided": "with `certify`: nothing could be proved; `reason` says why, and where",
}
#: The status that belongs to a code of the compiled loop.
CODES: dict[int, Status] = {
    REACHED: "reached",
    UNTIL: "until",
    UNREACHABLE: "unreachable",
    NOISE: "stationary",
    STALLED: "stalled",
    BUDGET: "budget",
    INTERRUPTED: "interrupted",
}

#: The attributes of a run that are made when one of them is asked for.
_PATH = frozenset({"t", "a", "w", "loss", "time_to_end"})


@dataclass(frozen=True)
class FlowRun(JsonResult):
    """A gradient flow from its start to its end.

    Attributes
    ----------
    status : str
        Why it ended; see `STATUSES`.
    event_time : float, mpmath.mpf or None
        Time of the event; None if it never came. An mpmath number when `digits` was asked for.
    t : ndarray, shape (steps + 1,)
        Times after each step, the first 0.
    a, w : ndarray, shape (steps + 1, m)
        Amplitudes and rates at these times.
    loss : ndarray, shape (steps + 1,)
        Never increases, unless there is momentum.
    time_to_end : ndarray, shape (steps + 1,)
        Last time less each time, from compensated sums: an escape of length 1 at time 1e16 shows here, not in `t`.
    steps, rejected, iterations : int
        Steps taken and given up, Newton iterations with a new matrix in all.
    digits : int
        Decimal digits of the arithmetic that carried the state: 15, 31 or more.
    arithmetic : str
        Its name.
    round_off : float
        Estimated relative error of the times that comes from the gradient's round-off.
    stages : int
        Of the Radau IIA method of the implicit steps, whose order is ``2 stages - 1``.
    begin : ndarray, shape (n,)
        The state at the start: amplitudes and rates, or the variables of the field that was followed.
    layout : Layout or None
        What turns states into parameters; None for amplitudes, then rates.
    velocity, energy : ndarray or None
        With momentum only: derivative of the parameters, shape (steps + 1, n), and ``loss + |velocity|^2/2``.
    """

    status: Status
    event_time: Any
    t: Array
    a: Array
    w: Array
    loss: Array
    time_to_end: Array
    steps: int
    rejected: int
    iterations: int
    digits: int
    arithmetic: str
    round_off: float
    stages: int
    trace: Trace | None
    begin: Array
    layout: Any = None
    velocity: Array | None = None
    energy: Array | None = None

    _untold: ClassVar[tuple[str, ...]] = ("trace", "layout")

    def __getattr__(self, name: str) -> Any:
        """One of the arrays, all of which are made when the first is asked for."""
        if name not in _PATH or "first_loss" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self.__dict__.update(_path(self.begin, self.__dict__["first_loss"], trace_of(self), self.layout))
        return self.__dict__[name]

    def __repr__(self) -> str:
        time = self.event_time
        return f"FlowRun(status={self.status!r}, event_time={time}, steps={self.steps}, digits={self.digits})"

    def at(self, times: Any) -> tuple[Array, Array]:
        """Amplitudes and rates at `times` within the run, shape (..., m), from the collocation polynomials.

        Notes
        -----
        Rigour: float64; inside a step the polynomials have order ``stages`` (explicit steps: 5, or 3 in stiff
        directions), at its ends the method's own.
        """

        return interpolate(self, times)


def trace_of(run: FlowRun) -> Trace:
    """The steps as the engine left them.

    Raises
    ------
    TypeError
        For a run that the engine did not make.
    """
    if run.trace is None:
        raise TypeError(f"`run` must come from the engine; got {run!r}")
    return run.trace


def interpolate(run: FlowRun, times: Any) -> tuple[Array, Array]:
    """Amplitudes and rates of a run at `times`, shape (..., m); see `FlowRun.at`.

    Raises
    ------
    ValueError
        For a time outside the run.
    TypeError
        For a run that the engine did not make.
    """
    trace = trace_of(run)
    wanted = np.asarray(times, dtype=float)
    outside = ~((wanted >= 0.0) & (wanted <= run.t[-1]))
    if outside.any():
        raise ValueError(f"`times` must lie between 0 and {run.t[-1]:g}; got {wanted[outside].flat[0]:g}")
    m = run.a.shape[1]
    points = np.array([_point(run, trace, float(x)) for x in wanted.ravel()]).reshape(
        *wanted.shape, len(run.begin)
    )
    if run.layout is not None:
        a, modes = run.layout.parameters(points)
        return np.asarray(a), np.asarray(modes)
    return points[..., :m], points[..., m:]


def _point(run: FlowRun, trace: Trace, time: float) -> Array:
    start = run.begin
    if run.steps == 0:
        return start
    i = min(int(np.searchsorted(run.t[1:], time, side="left")), run.steps - 1)
    tableau = radau_arrays(run.stages)
    begin = start if i == 0 else high_parts(trace.theta)[i - 1]
    # t(x) = h sum_k x^(k+1) (powers A sigma)_k increases with x; in a step in time it is h x.
    clock = trace.step[i] * tableau.powers @ tableau.A @ trace.sigma[i]
    x = _invert(clock, time - run.t[i])
    powers = x ** np.arange(1, run.stages + 1)
    return np.asarray(begin + powers @ (tableau.powers @ trace.stages[i]))


def _invert(clock: Array, elapsed: float) -> float:
    """The x in [0, 1] at which the polynomial ``sum_k clock_k x^(k+1)`` equals `elapsed`, by bisection."""
    exponents = np.arange(1, len(clock) + 1)
    low, high = 0.0, 1.0
    for _ in range(60):
        x = 0.5 * (low + high)
        low, high = (x, high) if clock @ x**exponents < elapsed else (low, x)
    return 0.5 * (low + high)


def make_run(problem: Problem, trace: Trace, stages: int, fine: bool) -> FlowRun:
    """The result of a flow of the plain loss as users see it."""
    return assembled(problem.start, problem.loss, trace, stages, fine)


def assembled(
    begin: Array, loss: float, trace: Trace, stages: int, fine: bool, layout: Any = None
) -> FlowRun:
    """A result from the state and the loss at the start, and the trace; with `fine` times are mpmath numbers.

    Its arrays are made when they are asked for: for two units that takes as long as the flow.
    """
    status = CODES[trace.code]
    run = object.__new__(FlowRun)
    run.__dict__.update(
        status=status,
        event_time=_event_time(trace, fine) if status == "reached" else None,
        steps=trace.steps,
        rejected=trace.rejected,
        iterations=trace.iterations,
        digits=trace.level.digits,
        arithmetic=trace.level.name,
        round_off=trace.noise,
        stages=stages,
        trace=trace,
        begin=begin,
        layout=layout,
        first_loss=loss,
    )
    return run


def _event_time(trace: Trace, fine: bool) -> Any:
    end = trace.last_time
    if not fine:
        return float(end[0] + end[1])
    with mp_precision(120):
        return joined(end)


def _path(begin: Array, loss: float, trace: Trace, layout: Any) -> dict[str, Array]:
    """The arrays of a `FlowRun`."""
    theta = np.concatenate([begin[None], high_parts(trace.theta)])
    m = len(begin) // 2
    a, w = (theta[:, :m], theta[:, m:]) if layout is None else layout.parameters(theta)
    parts = np.concatenate([[[0.0, 0.0]], trace.time])
    return {
        "t": parts.sum(axis=1),
        "a": a,
        "w": w,
        "loss": np.concatenate([[loss], trace.loss]),
        "time_to_end": (parts[-1, 0] - parts[:, 0]) + (parts[-1, 1] - parts[:, 1]),
    }
