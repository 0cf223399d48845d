r"""The gradient flow ``d theta/d tau = -grad J(theta)`` and the times at which it leaves a plateau.

As long as a float64 flow is not stiff, stabilised explicit steps (`flow_explicit`). Then fully implicit Radau IIA with
the exact Hessian at every stage, in time or in arclength (`flow_step`), for two units predicted and corrected in
moments (`flow_moments`). The arithmetic rises by itself when the gradient sinks into its own round-off: float64,
double-double for the field, double-double throughout, and beyond that balls' midpoints (`precise_flow`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from memcurse.numerics.arguments import exact_parameters, validate_parameters
from memcurse.numerics.arithmetic.balls import validate_digits
from memcurse.numerics.arithmetic.doubledouble import joined
from memcurse.numerics.flow.engine.solve import (
    BUDGET,
    DOUBLE_DOUBLE,
    FLOAT64,
    INTERRUPTED,
    LEVELS,
    Level,
    Problem,
    Trace,
    solve,
)
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.exact import exact_positive

from .between_steps import interpolate
from .engine import loop as loop
from .events import Displacement, Event, LossDrop, validate_event
from .precise import solve_precisely

__all__ = ["STATUSES", "Displacement", "FlowRun", "LossDrop", "gradient_flow"]

Array = NDArray[np.float64]
Status = Literal["reached", "unreachable", "until", "stationary", "budget", "interrupted", "stalled"]

#: What each status means.
STATUSES: dict[Status, str] = {
    "reached": "the event came, at `event_time`",
    "unreachable": "the flow has settled at a strict minimum (or is bound to stay) short of the event",
    "until": "the time limit came first",
    "stationary": "the gradient is 0 to the last digit carried",
    "budget": "the step budget was spent",
    "interrupted": "the user interrupted the run",
    "stalled": "no step is short enough; the last state is kept",
}
#: The status that belongs to a code of the compiled loop.
CODES: dict[int, Status] = {
    loop.REACHED: "reached",
    loop.UNTIL: "until",
    loop.UNREACHABLE: "unreachable",
    loop.NOISE: "stationary",
    loop.STALLED: "stalled",
    BUDGET: "budget",
    INTERRUPTED: "interrupted",
}
#: Relative tolerances that make sense: the loosest, and the tightest in float64 and double-double states.
LOOSEST, TIGHTEST, TIGHTEST_FINE = 1e-2, 1e-13, 1e-22
#: Digits tried beyond double-double.
MORE_DIGITS = (50, 80)


@dataclass(frozen=True)
class FlowRun:
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
        Never increases.
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
    trace: Trace

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


def validate_rtol(rtol: Any, fine: bool) -> float:
    """The tolerance as a float within what the arithmetic holds."""
    value = _positive("rtol", rtol)
    tightest = TIGHTEST_FINE if fine else TIGHTEST
    if not tightest <= value <= LOOSEST:
        hint = "" if fine else "; use `digits` for less"
        raise ValueError(f"`rtol` must be between {tightest:g} and {LOOSEST:g}; got {value:g}{hint}")
    return value


def validate_until(until: Any) -> float:
    """The time limit as a positive float; infinity is no limit."""
    if isinstance(until, float | np.floating) and until == math.inf:
        return 1e300
    return _positive("until", until)


def _positive(name: str, x: Any) -> float:
    """A positive number as a float; the exact road takes as long as two steps of a flow."""
    if type(x) is float and 0.0 < x < math.inf:
        return x
    return float(exact_positive(name, x))


def validate_max_steps(max_steps: Any) -> int:
    """The step budget as a positive int."""
    if isinstance(max_steps, bool) or not hasattr(max_steps, "__index__"):
        raise TypeError(f"`max_steps` must be an integer; got {max_steps!r}")
    if max_steps < 1:
        raise ValueError(f"`max_steps` must be at least 1; got {max_steps}")
    return int(max_steps)


def make_problem(
    J: Objective, a0: Any, w0: Any, stop: Any, until: Any, rtol: float, max_steps: Any
) -> Problem:
    """Everything checked and lowered, before any work."""
    if not isinstance(J, Objective):
        raise TypeError(f"`J` must be an Objective; got {J!r}")
    limit, budget = validate_until(until), validate_max_steps(max_steps)
    a, w = validate_parameters(a0, w0)
    if a.ndim != 1:
        raise ValueError(f"`a0` and `w0` must have one axis (flow_ensemble takes more); got shape {a.shape}")
    loss, gradient, _ = J.evaluate(a, w)
    kind, threshold = validate_event(stop, loss)
    if needs_exact_gradient(gradient):
        _refuse_critical(J, a0, w0)
    return Problem(J, np.concatenate([a, w]), (a0, w0), kind, threshold, loss, limit, rtol, budget)


def needs_exact_gradient(gradient: Array) -> bool:
    """Whether a start with this gradient may be a critical point."""
    return bool(np.abs(gradient).max() < 1e-10)


def _refuse_critical(J: Objective, a0: Any, w0: Any) -> None:
    gradient = J.gradient(*exact_parameters(a0, w0), digits=40)
    if max(abs(g) for g in gradient) < 1e-36:
        raise ValueError(
            f"`a0` and `w0` must not be a critical point, where the flow stands still; got a0 = {a0}, w0 = {w0}"
        )


def choose_stages(rtol: float, m: int) -> int:
    """Stages of the method: more for tight tolerances, fewer where the linear systems are large."""
    if rtol >= (3e-6 if m <= 4 else 3e-8):
        return 3
    return 5 if rtol >= 1e-10 else 7


def gradient_flow(
    J: Objective,
    a0: Any,
    w0: Any,
    stop: Event,
    until: Any = 1e100,
    rtol: Any = 1e-8,
    digits: int | None = None,
    max_steps: int = 100_000,
    progress: bool = False,
) -> FlowRun:
    r"""Follow ``d(a, w)/d tau = -grad J`` from ``(a0, w0)`` until the event, the time limit, or a reason to end.

    Parameters
    ----------
    J : Objective
        The loss.
    a0, w0 : sequences of m numbers
        Start: amplitudes, and positive rates (1/time). Strings, ints and Fractions are kept exactly.
    stop : LossDrop or Displacement
        The event.
    until : number
        Time limit, positive.
    rtol : number
        Relative accuracy asked for in the time of the event, from 1e-13 to 1e-2 (less with `digits`).
    digits : int, optional
        At least 15: decimal digits to carry. Without it the arithmetic rises as far as the gradient needs.
    max_steps : int
        Step budget.
    progress : bool
        Show a progress bar on stderr.

    Returns
    -------
    FlowRun

    Raises
    ------
    TypeError, ValueError
        For input that breaks the rules above, a loss drop above the loss at the start, or a start that is a critical
        point (the flow stands still there).

    Notes
    -----
    Rigour: adaptive Radau IIA of order 5 to 13 (3 to 7 stages), in float64 after explicit steps of order 4 while the
    flow is not stiff; local errors are estimated, not bounded. On the target of eq. (125), two units with delays from
    8 to 40 and ten units with delays from 8 to 24, `rtol` from 1e-4 to 1e-8, times were off by at most 0.6 `rtol`.
    The share of round-off is estimated in `FlowRun.round_off`, and the arithmetic rises until that is below `rtol`.
    `precise_flow.confirmed_event_time` confirms a time by a second precision and a second order.
    """
    fine = digits is not None
    digits = None if digits is None else validate_digits(digits)
    tolerance = validate_rtol(rtol, fine)
    problem = make_problem(J, a0, w0, stop, until, tolerance, max_steps)
    stages = choose_stages(tolerance, len(problem.start) // 2)
    if digits is None:
        trace = climb(problem, levels_for(problem), stages, progress)
    else:
        trace = solve_at(problem, digits, stages, progress)
    return make_run(problem, trace, stages, fine)


def levels_for(problem: Problem) -> tuple[Level, ...]:
    """The compiled arithmetics to try, cheapest first."""
    small = hidden_in_float64(problem.kind, problem.threshold, problem.loss, problem.rtol)
    return LEVELS[1:] if small else LEVELS


def hidden_in_float64(kind: int, threshold: Any, loss: Any, rtol: float) -> Any:
    """Whether a drop of the loss is so near float64's round-off of it that float64 cannot see it."""
    return (kind == loop.LOSS_DROP) & (threshold < 1e-15 / rtol * loss)


def solve_at(problem: Problem, digits: int, stages: int, progress: bool) -> Trace:
    """Run with the digits asked for."""
    if digits <= FLOAT64.digits:
        return solve(problem, FLOAT64, stages, progress)
    if digits <= DOUBLE_DOUBLE.digits:
        return solve(problem, DOUBLE_DOUBLE, stages, progress)

    return solve_precisely(problem, digits, stages)


def climb(problem: Problem, levels: tuple[Level, ...], stages: int, progress: bool) -> Trace:
    """Run at the first level that carries the flow to its end with round-off below the tolerance."""
    for level in levels:
        trace = solve(problem, level, stages, progress)
        if carried(trace.code, trace.noise, problem.rtol):
            return trace
    for digits in MORE_DIGITS:
        finer = solve_at(problem, digits, stages, progress)
        if carried(finer.code, finer.noise, problem.rtol):
            return finer
    return finer


def carried(code: int, noise: float, rtol: float) -> bool:
    """Whether an arithmetic carried a flow to its end: how it ended, and the round-off of the time."""
    if code in (INTERRUPTED, BUDGET, loop.UNREACHABLE):
        return True
    return code not in (loop.NOISE, loop.STALLED) and noise <= rtol


def make_run(problem: Problem, trace: Trace, stages: int, fine: bool) -> FlowRun:
    """The result as users see it."""
    n = len(problem.start)
    theta = np.concatenate([problem.start[None], trace.theta.real])
    t = np.concatenate([[0.0], trace.time.sum(axis=1)])
    parts = np.concatenate([[[0.0, 0.0]], trace.time])
    left = (parts[-1, 0] - parts[:, 0]) + (parts[-1, 1] - parts[:, 1])
    status = CODES[trace.code]
    event_time: Any = None
    if status == "reached" and fine:
        with mp.workprec(120):
            event_time = joined(complex(*trace.time[-1]))
    elif status == "reached":
        event_time = float(t[-1])
    return FlowRun(
        status=status,
        event_time=event_time,
        t=t,
        a=theta[:, : n // 2],
        w=theta[:, n // 2 :],
        loss=np.concatenate([[problem.loss], trace.loss]),
        time_to_end=left,
        steps=len(trace.loss),
        rejected=trace.rejected,
        iterations=trace.iterations,
        digits=trace.level.digits,
        arithmetic=trace.level.name,
        round_off=trace.noise,
        stages=stages,
        trace=trace,
    )
