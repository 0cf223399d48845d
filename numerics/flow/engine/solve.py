"""One run of the compiled loop at one level of arithmetic: memory, tables of moments, progress, interruption."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, NamedTuple

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

from .advance import advance, begin
from .field import PreciseData, float_data
from .loop import LOOSER, round_off
from .low_rank.work import basis_for, low_rank_data, low_rank_workspace
from .rosenbrock.step import rosenbrock_method
from .scales import find_twins, loss_size
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
    State,
    make_record,
    make_state,
    method,
    workspace,
)
from .step import evaluate_start

Array = NDArray[np.float64]


class Level(NamedTuple):
    """An arithmetic: that of the field (and of the state), that of increments and systems, the digits it carries."""

    name: str
    fine_field: bool
    fine_algebra: bool
    digits: int
    #: Where round-off of the gradient exceeds this share of it (or the tolerance's share) the level gives up.
    noise_limit: float
    #: Smallest distance of two rates, relative to them, that is resolved.
    floor: float
    #: Rejections beyond the number of steps at which a higher level is the better choice; and steps.
    impatience: int
    most_steps: int
    #: Newton's corrections must fall below this share of the tolerance, twice. The narrower the valley, the less.
    newton: float
    #: A time of which the bottleneck has more round-off than so many tolerances is not trusted.
    noise_share: float


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
#: The columns of records: time, theta, loss, stages, sigma, step.
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
    kind, threshold : int, float
        `state.LOSS_DROP` or `state.DISPLACEMENT`, and its size.
    loss : float
        At the start.
    """

    objective: Objective
    start: Array
    given: tuple[Any, Any]
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


def twins_of(start: NDArray[Any]) -> NDArray[np.int64]:
    """For each unknown of a start (n,) the first one that belongs to a unit of the same amplitude and rate."""
    twins = np.empty(len(start), dtype=np.int64)
    find_twins(start, twins)
    return twins


@dataclass(frozen=True)
class Trace:
    """What a run at one level did.

    Attributes
    ----------
    code : int
        Why it ended: a code of `state`, `INTERRUPTED` or `BUDGET`.
    time : ndarray, shape (steps, 2)
        High and low parts of the time after each step.
    theta : ndarray, shape (steps, n)
    loss, step : ndarray, shape (steps,)
    stages, sigma : ndarray, shapes (steps, s, n) and (steps, s)
        Increments and ``dt/dx`` at the stages.
    noise : float
        Estimated relative error of the final time that comes from the gradient's round-off.
    closest : float
        Largest excess over the event's threshold at a step's end: negative unless the event came.
    """

    level: Level
    code: int
    time: Array
    theta: NDArray[Any]
    loss: Array
    stages: Array
    sigma: Array
    step: Array
    rejected: int
    iterations: int
    noise: float
    closest: float


def internal_tolerance(rtol: float) -> float:
    """Tolerance for the embedded formula, of order s + 1, when `rtol` is meant for the step, of order 2s - 1.

    Times were off by less than a tenth of this wherever it was measured; see `flow.gradient_flow`.
    """
    return LOOSER * rtol


def make_controls(problem: Problem, level: Level, loss: Any) -> Controls:
    """The controls of the loop for a problem at a level; `loss` is that at the start, in the level's arithmetic."""
    start = problem.fine_start if level.fine_field else problem.start
    return controls_at(level, problem.rtol, problem.until, (problem.kind, problem.threshold), start, loss)


def controls_at(
    level: Level, rtol: float, until: float, event: tuple[int, float], start: NDArray[Any], loss: Any
) -> Controls:
    """The controls at a level for one start, and the loss there, in its arithmetic."""
    twins = twins_of(start)
    return Controls(
        rtol=internal_tolerance(rtol),
        floor=level.floor,
        until=until,
        noise=EPSILON if level.fine_field else EPSILON_64,
        noise_limit=min(level.noise_limit, level.noise_share * rtol),
        kind=event[0],
        threshold=event[1],
        loss=loss,
        loss_size=loss_size(loss.high if level.fine_field else loss),
        newton=level.newton,
        start=start.copy(),
        distinct=bool(np.all(twins == np.arange(len(start)))),
        impatience=level.impatience,
        twins=twins,
    )


def cover(problem: Problem, rates: Array) -> None:
    """Make the target's tables near `rates`."""
    table = problem.data.table
    for rate in rates:
        for near in (0.99 * rate, rate, 1.01 * rate):
            if not table.covers(float(near)):
                table.cover(float(near), float(near))


def _machinery(problem: Problem, level: Level, stages: int, rates: Array) -> tuple[Any, Any]:
    """What the field takes, and the buffers of a step: in float64 by a basis where that takes fewer operations."""
    start, packed = problem.start, problem.objective.packed
    n = len(start)
    if not (level.fine_field or problem.integrator.explicit.exclusive):
        poles = basis_for(rates, start, stages)
        if poles is not None:
            return low_rank_data(packed, poles), low_rank_workspace(n // 2, stages, len(poles))
    data = problem.data.arrays if level.fine_field else float_data(packed)
    return data, workspace(n, stages, level.fine_field, level.fine_algebra)


def _wider(problem: Problem, level: Level, state: State, data: Any, work: Any) -> tuple[Any, Any]:
    """The same after a rate has left the field's table, or the interval of its basis, for ``data.missing``."""
    if level.fine_field:
        cover(problem, data.missing)
        return problem.data.arrays, work
    stages, n = work.Z.shape
    rates, missing = state.theta[n // 2 :], data.missing[0]
    ahead = missing / FARTHER if missing < rates.min() else missing * FARTHER
    data, wider = _machinery(problem, level, stages, np.append(rates, (missing, ahead)))
    wider.u[:] = work.u
    evaluate_start(state.theta, data, wider)
    return data, wider


class _Meter:
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
    n = len(problem.start)
    rates = problem.start[n // 2 :]
    rosenbrock = problem.integrator.rosenbrock
    tableau: Any = (
        method(stages, level.fine_algebra, problem.integrator.explicit)
        if rosenbrock is None
        else rosenbrock_method(rosenbrock, stages)
    )
    loss: Any = problem.loss
    if level.fine_field:
        cover(problem, rates)
    data, work = _machinery(problem, level, stages, rates)
    if level.fine_field:
        loss = evaluate_start(problem.fine_start, data, work)
    controls = make_controls(problem, level, loss)
    state = make_state(controls.start, stages)
    state.numbers[HANDED_OVER] = 0.0 if problem.integrator.begins_explicit else 1.0
    state.numbers[FORCE_TIME] = 0.0 if rosenbrock is None else 1.0
    chunks: list[Columns] = []
    code = FULL if begin(state, data, controls, work) else STALLED
    meter = _Meter(progress)
    try:
        while code in (FULL, TABLE):
            code = _next_chunk(problem, level, state, data, tableau, controls, work, chunks)
            if code == TABLE:
                data, work = _wider(problem, level, state, data, work)
            meter.update(len(chunks[-1][0]), float(state.numbers[T_HIGH]))
    except KeyboardInterrupt:
        code = INTERRUPTED
    finally:
        meter.close()
    return _trace(level, code, state, chunks or [make_record(0, n, stages, level.fine_field).columns])


def _next_chunk(
    problem: Problem,
    level: Level,
    state: State,
    data: Any,
    tableau: Any,
    controls: Controls,
    work: Any,
    chunks: list[Columns],
) -> int:
    done = int(state.counts[STEPS])
    left = min(problem.max_steps, level.most_steps) - done
    if left <= 0:
        return BUDGET if done >= problem.max_steps else STALLED
    stages, n = work.Z.shape
    record = make_record(min(CHUNK, left), n, stages, level.fine_field)
    code, rows = advance(state, data, tableau, controls, work, record)
    chunks.append(tuple(x[:rows] for x in record.columns))
    return int(code)


def _trace(level: Level, code: int, state: State, chunks: list[Columns]) -> Trace:
    columns = chunks[0] if len(chunks) == 1 else tuple(map(np.concatenate, zip(*chunks, strict=True)))
    time, theta, loss, stages, sigma, step = columns
    return Trace(
        level=level,
        code=code,
        time=time,
        theta=theta,
        loss=loss,
        stages=stages,
        sigma=sigma,
        step=step,
        rejected=int(state.counts[REJECTED]),
        iterations=int(state.counts[ITERATIONS]),
        noise=float(round_off(state)),
        closest=float(state.numbers[CLOSEST]),
    )
