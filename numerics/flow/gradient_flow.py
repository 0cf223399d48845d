r"""The gradient flow ``d theta/d tau = -grad J(theta)`` and the times at which it leaves a plateau.

As long as a float64 flow is not stiff, stabilised explicit steps (`engine.explicit`). Then fully implicit Radau IIA
with the exact Hessian at every stage, in time or in arclength (`engine.step`), for two units predicted and corrected
in moments (`engine.moments`). The arithmetic rises by itself when the gradient sinks into its own round-off: float64,
double-double for the field, double-double throughout, and beyond that balls' midpoints, in which the plain loss is a
field like any other (`stepping`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import validate_digits
from memcurse.numerics.flow.certified.run import certified_flow
from memcurse.numerics.flow.engine.machinery import Level
from memcurse.numerics.flow.engine.solve import (
    DOUBLE_DOUBLE,
    FLOAT64,
    FLOAT64_ONLY,
    LEVELS,
    Problem,
    Trace,
    solve,
)
from memcurse.numerics.flow.engine.state import UNREACHABLE, UNTIL
from memcurse.numerics.flow.fields.arithmetic import Midpoints
from memcurse.numerics.flow.fields.choice import AnyObjective, Metric, field_of
from memcurse.numerics.flow.fields.real_modes import RateField
from memcurse.numerics.flow.stepping.walk import Task, Walk
from memcurse.numerics.flow.tableaus.choice import validate_method
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.shared_precision import PRECISION

from .events import Event
from .field_flow import field_flow
from .levels import FINER, carried, choose_stages, hidden_in_float64, missed_nearly
from .problem import TIGHTEST, TIGHTEST_FINE, make_problem, validate_metric, validate_rtol
from .run import FlowRun, make_run

__all__ = ["gradient_flow"]

Array = NDArray[np.float64]
#: Digits tried beyond double-double.
MORE_DIGITS = (50, 80)
#: Nodes at which the polynomial of a Rosenbrock step is kept: enough for a quartic.
ROSENBROCK_NODES = 5


def gradient_flow(
    J: AnyObjective,
    a0: Any,
    w0: Any,
    stop: Event,
    until: Any = 1e100,
    rtol: Any = 1e-8,
    digits: int | None = None,
    max_steps: int = 100_000,
    progress: bool = False,
    method: Any = "auto",
    metric: Metric = "euclidean",
    damping: Any = 0,
    certify: bool = False,
    time_limit: Any = None,
) -> FlowRun:
    r"""Follow ``d(a, w)/d tau = -grad J`` from ``(a0, w0)`` until the event, the time limit, or a reason to end.

    Parameters
    ----------
    J : Objective or DiscreteObjective
        The loss, with real or complex modes (complex ones move by their real and imaginary parts).
    a0, w0 : sequences of m numbers
        Start: amplitudes, and positive rates (1/time) or poles in the unit disc. Strings, ints and Fractions are kept
        exactly; complex numbers are those of `Objective`.
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
    method : str, ExplicitPair or Rosenbrock
        "auto" (explicit while the flow is not stiff, then Radau IIA), "radau", "rosenbrock" (Rodas5P throughout),
        "stabilised" (explicit throughout), or any tableau of an explicit pair or of a Rosenbrock method,
        `tableaus.explicit_pairs.DORMAND_PRINCE_5` for one. All run in every metric and arithmetic; of the plain flow
        all but the first two in float64 unless `digits` asks for more.
    metric : str or Reparametrised
        "euclidean", or "natural" for ``d theta/d tau = -(G + damping I)^{-1} grad J / 2`` with the Gram matrix G of the
        derivatives of the sum of modes: the natural gradient flow. ``Reparametrised("exp")`` and the like: the flow
        of (a, v) with ``w = exp(v)``.
    damping : number
        Not negative; 0 unless the metric is natural.
    certify : bool
        Prove status and time: returns a `certified.run.CertifiedRun` with `enclosure`, a ball that holds the time of
        the event, of relative radius `rtol` or less, and `tube`. Starts may then be balls (arb). `digits` is the
        least number carried; it rises by itself. For the Euclidean and the natural metric, and `method` "auto".
    time_limit : number, optional
        Seconds after which a proof ends, with `certify` only: its status is "budget", `t`, `tube` and `reason` say how
        far it went. It may be passed by the time that one step takes.

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
    Anything but the plain loss of `Objective` is followed by `field_flow`, with the same method and control.
    The share of round-off is estimated in `FlowRun.round_off`, and the arithmetic rises until that is below `rtol`.
    `confirmation.confirmed_event_time` confirms a time by a second precision and a second order.
    """
    if certify:
        shift = _certifiable(method, metric, damping)
        return certified_flow(J, a0, w0, stop, until, rtol, digits, max_steps, progress, shift, time_limit)
    if time_limit is not None:
        raise ValueError(f"`time_limit` must be None without `certify`; got {time_limit!r}")
    fine = digits is not None
    digits = None if digits is None else validate_digits(digits)
    shift = validate_metric(metric, damping)
    compiled = digits is None or digits <= FLOAT64.digits or validate_method(method).any_arithmetic
    if not compiled or metric != "euclidean" or not isinstance(J, Objective) or J.field == "complex":
        return field_flow(
            field_of(J, a0, w0, metric, shift), stop, until, rtol, digits, max_steps, method, progress
        )
    problem = make_problem(J, a0, w0, stop, until, validate_rtol(rtol, fine), max_steps, method)
    if not problem.integrator.any_arithmetic:
        stages = 3 if problem.integrator.rosenbrock is None else ROSENBROCK_NODES
        return make_run(problem, solve(problem, FLOAT64_ONLY, stages, progress), stages, False)
    trace, stages = follow(problem, digits, levels_for(problem), progress)
    return make_run(problem, trace, stages, fine)


def _certifiable(method: Any, metric: Any, damping: Any) -> sp.Expr | None:
    """The damping of a natural flow, None for the Euclidean one; refuses what is not proved."""
    shift = validate_metric(metric, damping)
    if metric not in ("euclidean", "natural"):
        raise ValueError(f"`metric` must be 'euclidean' or 'natural' with `certify`; got {metric!r}")
    if method != "auto":
        raise ValueError(f"`method` must be 'auto' with `certify`; got {method!r}")
    return shift if metric == "natural" else None


def follow(
    problem: Problem, digits: int | None, levels: tuple[Level, ...], progress: bool = False
) -> tuple[Trace, int]:
    """The flow at the digits asked for, or at the first of `levels` that carries it; and the stages of the method.

    A displacement that was missed by no more than a few tolerances is followed once more with a finer one.
    """
    stages = choose_stages(problem.rtol, len(problem.start) // 2)
    if digits is None:
        trace = climb(problem, levels, stages, progress)
    else:
        trace = solve_at(problem, digits, stages, progress)
    finer = max(problem.rtol * FINER, TIGHTEST if digits is None else TIGHTEST_FINE)
    if (
        finer < problem.rtol
        and trace.code in (UNREACHABLE, UNTIL)
        and missed_nearly(trace.closest, problem.kind, problem.threshold, problem.rtol)
    ):
        return follow(replace(problem, rtol=finer), digits, levels, progress)
    return trace, stages


def levels_for(problem: Problem) -> tuple[Level, ...]:
    """The compiled arithmetics to try, cheapest first."""
    small = hidden_in_float64(problem.kind, problem.threshold, problem.loss, problem.rtol)
    return LEVELS[1:] if small else LEVELS


def solve_at(problem: Problem, digits: int, stages: int, progress: bool) -> Trace:
    """Run with the digits asked for; thresholds in the compiled arithmetics have those of float64."""
    if digits <= FLOAT64.digits:
        return solve(problem, FLOAT64, stages, progress)
    if digits <= DOUBLE_DOUBLE.digits and problem.rtol >= TIGHTEST:
        return solve(problem, DOUBLE_DOUBLE, stages, progress)
    return solve_precisely(problem, digits, stages, progress)


def solve_precisely(problem: Problem, digits: int, stages: int, progress: bool = False) -> Trace:
    """Run in midpoints of balls with so many digits: the walk of every field, on the plain loss."""
    field = RateField(problem.objective, *problem.given)
    task = Task(
        field,
        problem.stop,
        problem.kind,
        problem.threshold,
        problem.until,
        problem.rtol,
        problem.max_steps,
        stages,
        problem.integrator,
    )
    with PRECISION:
        return Walk(task, Midpoints(digits)).run(progress)


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
