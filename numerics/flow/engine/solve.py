"""One run of the compiled loop at one level of arithmetic: memory, tables of moments, progress, interruption."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from memcurse.numerics.arguments import constant_ball, exact_parameters
from memcurse.numerics.arithmetic.balls import ball_precision, mp_precision, to_mpf
from memcurse.numerics.arithmetic.doubledouble import EPSILON, EPSILON_64, split_array
from memcurse.numerics.flow.tableaus.choice import Integrator
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.shared_precision import PRECISION
from memcurse.theory.targets.target import Target

from .advance import advance
from .field import PreciseData
from .loop import round_off
from .low_rank.work import basis_for
from .machinery import Level, Machinery, controls_at, exchange_field, give_back, lend
from .rosenbrock.step import rosenbrock_method
from .state import (
    CLOSEST,
    FORCE_TIME,
    FULL,
    HANDED_OVER,
    ITERATIONS,
    REJECTED,
    STALLED,
    STEPS,
    T_HIGH,
    TABLE,
    Controls,
    Record,
    State,
    make_record,
    make_state,
    method,
    workspace,
)
from .step import evaluate_start

Array = NDArray[np.float64]

FLOAT64 = Level("float64", False, False, 15, 1.0, 1e-7, 40, 1000, 0.1, 1.0)
#: Float64 systems cannot see directions whose curvature is below float64 round-off: that limits the second level.
MIXED = Level("double-double field", True, False, 31, EPSILON / EPSILON_64, 1e-13, 80, 3000, 1e-3, 3.0)
DOUBLE_DOUBLE = Level("double-double", True, True, 31, 1.0, 1e-20, 2**40, 2**40, 1e-4, 0.1)
LEVELS = (FLOAT64, MIXED, DOUBLE_DOUBLE)
#: Float64 for a method that has no other arithmetic: as far as it goes.
FLOAT64_ONLY = FLOAT64._replace(impatience=2**40, most_steps=2**40)

INTERRUPTED, BUDGET = 100, 101
#: A rate on its way out of the interval of a basis will go on: so much farther, as a ratio, reaches the next one.
FARTHER = 1.7
#: Steps between two looks at the clock and the keyboard.
CHUNK = 64
#: Arrays of steps: time, theta, loss, stages, sigma, step.
Columns = tuple[NDArray[Any], ...]


@dataclass(frozen=True)
class Problem:
    """A flow to follow: the start, what ends it, how accurately. What only double-double needs is made when asked for.

    Attributes
    ----------
    start : ndarray, shape (n,)
        n = 2m.
    given : tuple
        Amplitudes and rates as the user gave them.
    stop : LossDrop or Displacement
        The event, exact.
    kind, threshold : int, float
        `state.LOSS_DROP` or `state.DISPLACEMENT`, and its size in float64.
    loss : float
        At the start.
    """

    objective: Objective
    start: Array
    given: tuple[Any, Any]
    stop: Any
    kind: int
    threshold: float
    loss: float
    until: float
    rtol: float
    max_steps: int
    integrator: Integrator

    @functools.cached_property
    def fine_start(self) -> NDArray[np.void]:
        """The start in double-double."""
        with PRECISION, ball_precision(240), mp_precision(240):
            a, w = exact_parameters(*self.given)
            return split_array([to_mpf(constant_ball(x)) for x in (*a, *w)])

    @functools.cached_property
    def data(self) -> PreciseData:
        """The target's double-double tables."""
        return precise_data(self.objective.target)


@functools.lru_cache(maxsize=64)
def precise_data(target: Target) -> PreciseData:
    """Double-double tables of a target, kept from one flow to the next."""
    with PRECISION:
        return PreciseData(target)


@dataclass(frozen=True)
class Trace:
    """What a run at one level did.

    Attributes
    ----------
    code : int
        Why it ended: a code of `state`, `INTERRUPTED` or `BUDGET`.
    parts : tuple
        The steps one after another: columns, or records and how many rows of them count.
    noise : float
        Estimated relative error of the final time that comes from the gradient's round-off.
    closest : float
        Largest excess over the event's threshold at a step's end: negative unless the event came.
    time : ndarray, shape (steps, 2)
        High and low parts of the time after each step.
    theta : ndarray, shape (steps, n)
    loss, step : ndarray, shape (steps,)
    stages, sigma : ndarray, shapes (steps, s, n) and (steps, s)
        Increments and ``dt/dx`` at the stages.
    """

    level: Level
    code: int
    parts: tuple[Columns | tuple[Record, int], ...]
    steps: int
    rejected: int
    iterations: int
    noise: float
    closest: float

    @functools.cached_property
    def _columns(self) -> Columns:
        parts = [x[0].rows(x[1]) if isinstance(x[0], Record) else x for x in self.parts]
        return parts[0] if len(parts) == 1 else tuple(map(np.concatenate, zip(*parts, strict=True)))

    @property
    def last_time(self) -> Any:
        """High and low part of the time after the last step."""
        last = self.parts[-1]
        return last[0].time[last[1] - 1] if isinstance(last[0], Record) and last[1] else self.time[-1]

    def __getstate__(self) -> dict[str, Any]:
        """Records hold addresses: what is kept of them are their columns."""
        names = ("level", "code", "steps", "rejected", "iterations", "noise", "closest")
        return {name: getattr(self, name) for name in names} | {"parts": (self._columns,)}

    time = property(lambda self: self._columns[0])
    theta = property(lambda self: self._columns[1])
    loss = property(lambda self: self._columns[2])
    stages = property(lambda self: self._columns[3])
    sigma = property(lambda self: self._columns[4])
    step = property(lambda self: self._columns[5])


def make_controls(problem: Problem, level: Level, loss: Any) -> Controls:
    """The controls of the loop for a problem at a level; `loss` is that at the start, in the level's arithmetic."""
    start = problem.fine_start if level.fine_field else problem.start
    return controls_at(level, problem.rtol, problem.until, (problem.kind, problem.threshold), start, loss)


def cover(problem: Problem, rates: Array) -> None:
    """Make the target's tables near `rates`."""
    table = problem.data.table
    for rate in rates:
        for near in (0.99 * rate, rate, 1.01 * rate):
            if not table.covers(float(near)):
                table.cover(float(near), float(near))


def _poles(problem: Problem, stages: int, rates: Array) -> Array | None:
    """Poles of a basis where that takes fewer operations than all pairs of units; or None."""
    return None if problem.integrator.explicit.exclusive else basis_for(rates, problem.start, stages)


def _machinery(problem: Problem, level: Level, stages: int) -> Machinery:
    """Everything for a run at a level, at its start."""
    start, n = problem.start, len(problem.start)
    if level.fine_field:
        cover(problem, start[n // 2 :])
        data: Any = problem.data.arrays
        work: Any = workspace(n, stages, True, level.fine_algebra)
        controls = make_controls(problem, level, evaluate_start(problem.fine_start, data, work))
        return Machinery(data, work, controls, make_state(controls.start, stages))
    return lend(
        problem.objective.packed,
        start,
        stages,
        level,
        problem.rtol,
        problem.until,
        (problem.kind, problem.threshold),
        problem.loss,
        _poles(problem, stages, start[n // 2 :]),
    )


def _widen(problem: Problem, level: Level, machinery: Machinery) -> None:
    """Go on after a rate has left the field's table, or the interval of its basis, for ``data.missing``."""
    missing = machinery.data.missing
    if level.fine_field:
        cover(problem, missing)
        machinery.data = problem.data.arrays
        return
    stages, n = machinery.work.Z.shape
    rates = machinery.state.theta[n // 2 :]
    ahead = missing[0] / FARTHER if missing[0] < rates.min() else missing[0] * FARTHER
    poles = _poles(problem, stages, np.append(rates, (missing[0], ahead)))
    exchange_field(machinery, problem.objective.packed, poles)
    evaluate_start(machinery.state.theta, machinery.data, machinery.work)


class Meter:
    """A progress bar on stderr, or nothing: a hidden bar takes as long as a dozen steps."""

    def __init__(self, show: bool) -> None:
        self._bar = tqdm(desc="gradient flow", unit=" steps", leave=False) if show else None

    def update(self, steps: int, time: float) -> None:
        """Show that many more steps, and the time reached."""
        if self._bar is not None:
            self._bar.update(steps)
            self._bar.set_postfix_str(f"time {time:.3g}", refresh=False)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()


def solve(problem: Problem, level: Level, stages: int, progress: bool = False) -> Trace:
    """Follow the flow at one level until it ends or must end; Ctrl-C ends it with what there is."""
    rosenbrock = problem.integrator.rosenbrock
    tableau: Any = (
        method(stages, level.fine_algebra, problem.integrator.explicit)
        if rosenbrock is None
        else rosenbrock_method(rosenbrock, stages)
    )
    machinery = _machinery(problem, level, stages)
    state = machinery.state
    state.numbers[HANDED_OVER] = 0.0 if problem.integrator.begins_explicit else 1.0
    state.numbers[FORCE_TIME] = 0.0 if rosenbrock is None else 1.0
    chunks: list[tuple[Record, int]] = []
    code = FULL
    meter = Meter(progress)
    try:
        while code in (FULL, TABLE):
            code = _next_chunk(problem, level, machinery, tableau, stages, chunks)
            if code == TABLE:
                _widen(problem, level, machinery)
            meter.update(chunks[-1][1], float(state.numbers[T_HIGH]))
    except KeyboardInterrupt:
        code = INTERRUPTED
    finally:
        meter.close()
    trace = _trace(
        level, code, state, chunks or [(make_record(0, len(problem.start), stages, level.fine_field), 0)]
    )
    give_back(machinery)
    return trace


def _next_chunk(
    problem: Problem,
    level: Level,
    machinery: Machinery,
    tableau: Any,
    stages: int,
    chunks: list[tuple[Record, int]],
) -> int:
    state = machinery.state
    done = int(state.counts[STEPS])
    left = min(problem.max_steps, level.most_steps) - done
    if left <= 0:
        return BUDGET if done >= problem.max_steps else STALLED
    record = make_record(min(CHUNK, left), len(problem.start), stages, level.fine_field)
    code, rows = advance(state, machinery.data, tableau, machinery.controls, machinery.work, record)
    chunks.append((record, rows))
    return int(code)


def _trace(level: Level, code: int, state: State, chunks: list[tuple[Record, int]]) -> Trace:
    return Trace(
        level=level,
        code=code,
        parts=tuple(chunks),
        steps=sum(rows for _, rows in chunks),
        rejected=int(state.counts[REJECTED]),
        iterations=int(state.counts[ITERATIONS]),
        noise=float(round_off(state)),
        closest=float(state.numbers[CLOSEST]),
    )
