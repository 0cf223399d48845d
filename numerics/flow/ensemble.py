"""Thousands of gradient flows over the cores, each with the same answer, bit for bit, as `gradient_flow` alone.

The float64 flows run in compiled code, many to a call and without the interpreter's lock; a flow for which float64 is
not enough is handed to `flow.climb` by itself.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from memcurse.numerics.arguments import validate_parameters
from memcurse.numerics.arithmetic.compilation.blocks import Block
from memcurse.numerics.arithmetic.compiled import compiled
from memcurse.numerics.flow.engine.advance import advance
from memcurse.numerics.flow.engine.field import float_data
from memcurse.numerics.flow.engine.loop import round_off
from memcurse.numerics.flow.engine.low_rank.work import basis_for
from memcurse.numerics.flow.engine.machinery import Level, controls_at
from memcurse.numerics.flow.engine.scales import find_twins, loss_size
from memcurse.numerics.flow.engine.solve import (
    BUDGET,
    CHUNK,
    FLOAT64,
    INTERRUPTED,
    LEVELS,
)
from memcurse.numerics.flow.engine.state import (
    CLOSEST,
    FULL,
    REACHED,
    STALLED,
    STEPS,
    T_HIGH,
    T_LOW,
    UNREACHABLE,
    UNTIL,
    make_record,
    make_state,
    method,
    workspace,
)
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plain import JsonResult
from memcurse.theory.exact import exact_integer
from memcurse.theory.shared_precision import PRECISION

from .events import Event, validate_event
from .gradient_flow import follow
from .levels import carried, choose_stages, hidden_in_float64, missed_nearly
from .problem import make_problem, needs_exact_gradient, validate_rtol, validate_until
from .run import CODES, make_run

Array = NDArray[np.float64]

#: Flows in one call of compiled code: few enough for a progress bar and for cores that finish together.
_ROWS = 16


@dataclass(frozen=True)
class FlowEnsemble(JsonResult):
    """Gradient flows from many starts.

    Attributes
    ----------
    event_time : ndarray, shape (N,)
        nan where the event never came.
    status : ndarray of str, shape (N,)
        As in `FlowRun`; "interrupted" also for flows that had not begun when the user interrupted.
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


class _Flows(Block):
    """Starts, events and answers of all flows, for compiled code."""

    starts: Any  # (N, n)
    losses: Any  # (N,)
    thresholds: Any  # (N,)
    codes: Any  # (N,) int64
    times: Any  # (N,)
    ends: Any  # (N, n)
    steps: Any  # (N,) int64
    noise: Any  # (N,)
    closest: Any  # (N,) largest excess over the threshold at a step's end


@compiled
def _follow(
    rows: Any,
    flows: Any,
    most: int,
    data: Any,
    tableau: Any,
    controls: Any,
    state: Any,
    work: Any,
    record: Any,
    halt: Any,
) -> None:
    """Follow the flows `rows` in float64 as `engine.solve.solve` does, without their paths."""
    for i in rows:
        if halt[0]:
            return
        start, loss = flows.starts[i], flows.losses[i]
        twins = controls.twins
        distinct = find_twins(start, twins)
        for k in range(start.shape[0]):
            controls.start[k] = state.theta[k] = start[k]
        controls.distinct, controls.threshold = distinct, flows.thresholds[i]
        controls.loss, controls.loss_size = loss, loss_size(loss)
        state.numbers[:], state.counts[:] = 0.0, 0
        state.previous[:], state.moments[:] = 0.0, 0.0
        code = FULL
        while code == FULL:
            left = most - state.counts[STEPS]
            if left <= 0:
                break
            record.capacity = min(CHUNK, left)
            code, _ = advance(state, data, tableau, controls, work, record)
        flows.codes[i], flows.steps[i] = code, state.counts[STEPS]
        flows.times[i] = state.numbers[T_HIGH] + state.numbers[T_LOW]
        flows.noise[i], flows.closest[i] = round_off(state), state.numbers[CLOSEST]
        for k in range(start.shape[0]):
            flows.ends[i, k] = state.theta[k]


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

    Ctrl-C ends it with the flows that are done; the others have the status "interrupted".

    Raises
    ------
    TypeError, ValueError
        As `gradient_flow`, naming the row; for shapes that differ or are not (N, m).

    Notes
    -----
    Rigour: as `gradient_flow`; every flow is computed by itself, so its answer does not depend on the others.
    """
    amplitudes, rates = _validate_starts(A0, W0)
    threads = (os.cpu_count() or 1) if jobs is None else exact_integer("jobs", jobs, 1)
    if not isinstance(J, Objective):
        raise TypeError(f"`J` must be an Objective; got {J!r}")
    ensemble = _Ensemble(J, amplitudes, rates, stop, until, rtol, max_steps)
    with (
        ThreadPoolExecutor(threads) as pool,
        tqdm(total=len(rates), desc="gradient flows", disable=not progress, leave=False) as bar,
    ):
        size = len(rates)
        try:
            for done in pool.map(ensemble.follow, np.array_split(np.arange(size), -(-size // _ROWS))):
                bar.update(done)
        except KeyboardInterrupt:
            ensemble.halt[0] = 1
    return ensemble.result()


class _Ensemble:
    """The flows of one call of `flow_ensemble`, validated."""

    def __init__(
        self, J: Objective, a: Array, w: Array, stop: Event, until: Any, rtol: Any, max_steps: int
    ) -> None:
        self.J, self.stop, self.rtol = J, stop, validate_rtol(rtol, False)
        self.until, self.max_steps = validate_until(until), exact_integer("max_steps", max_steps, 1)
        self.stages = choose_stages(self.rtol, a.shape[1])
        losses, gradients = np.atleast_1d(J.loss(a, w)), J.gradient(a, w)
        starts = np.concatenate([a, w], axis=1)
        size = len(starts)
        events = [self._event(i, starts[i], losses[i], gradients[i]) for i in range(size)]
        self.kind = events[0][0]
        self.flows = _Flows(
            starts=starts,
            losses=losses,
            thresholds=np.array([threshold for _, threshold in events]),
            codes=np.full(size, INTERRUPTED),
            times=np.zeros(size),
            ends=starts.copy(),
            steps=np.zeros(size, dtype=np.int64),
            noise=np.zeros(size),
            closest=np.full(size, -np.inf),
        )
        self.digits = np.full(size, FLOAT64.digits)
        self.halt = np.zeros(1, dtype=np.int64)
        self._data = float_data(J.packed)

    def _event(self, i: int, start: Array, loss: float, gradient: Array) -> tuple[int, float]:
        try:
            if needs_exact_gradient(gradient):
                self._problem(start)
            return validate_event(self.stop, float(loss))
        except ValueError as error:
            raise type(error)(f"{error} (row {i} of `A0` and `W0`)") from None

    def _problem(self, start: Array) -> Any:
        m = len(start) // 2
        return make_problem(self.J, start[:m], start[m:], self.stop, self.until, self.rtol, self.max_steps)

    def follow(self, rows: NDArray[np.int64]) -> int:
        """Follow the flows `rows`, in float64 all at once, and those that need more by themselves; their number."""
        flows, n = self.flows, self.flows.starts.shape[1]
        hidden = hidden_in_float64(self.kind, flows.thresholds[rows], flows.losses[rows], self.rtol)
        wide = np.array(
            [basis_for(flows.starts[i, n // 2 :], flows.starts[i], self.stages) is not None for i in rows]
        )
        most = min(self.max_steps, FLOAT64.most_steps)
        first = int(rows[0])
        event = self.kind, float(flows.thresholds[first])
        template = controls_at(
            FLOAT64, self.rtol, self.until, event, flows.starts[first], float(flows.losses[first])
        )
        state = make_state(flows.starts[first], self.stages)
        record = make_record(CHUNK, n, self.stages, False)
        work = workspace(n, self.stages, False, False)
        _follow(
            rows[~(hidden | wide)],
            flows,
            most,
            self._data,
            method(self.stages, False),
            template,
            state,
            work,
            record,
            self.halt,
        )
        for i, alone in zip(rows, wide & ~hidden, strict=True):
            if flows.codes[i] == FULL:
                flows.codes[i] = BUDGET if self.max_steps <= flows.steps[i] else STALLED
            code = int(flows.codes[i])
            again = code in (UNREACHABLE, UNTIL) and self._missed_nearly(int(i))
            if again or code == INTERRUPTED or not carried(code, flows.noise[i], self.rtol):
                # Not begun here, or not carried by float64, or an event that a finer tolerance must decide.
                if self.halt[0]:
                    flows.codes[i] = INTERRUPTED
                else:
                    self._climb(int(i), LEVELS if again or alone else LEVELS[1:])
        return len(rows)

    def _missed_nearly(self, i: int) -> bool:
        flows = self.flows
        return missed_nearly(float(flows.closest[i]), self.kind, float(flows.thresholds[i]), self.rtol)

    def _climb(self, i: int, levels: tuple[Level, ...]) -> None:
        flows = self.flows
        with PRECISION:
            problem = self._problem(flows.starts[i])
            method(self.stages, True)  # made once, with its own precision
        trace, stages = follow(problem, None, levels)
        run = make_run(problem, trace, stages, False)
        flows.codes[i], flows.times[i] = trace.code, run.t[-1]
        flows.ends[i], flows.steps[i] = np.concatenate([run.a[-1], run.w[-1]]), run.steps
        self.digits[i] = run.digits

    def result(self) -> FlowEnsemble:
        """What has been computed so far."""
        flows, m = self.flows, self.flows.starts.shape[1] // 2
        return FlowEnsemble(
            np.where(flows.codes == REACHED, flows.times, np.nan),
            np.array([CODES[int(code)] for code in flows.codes]),
            flows.ends[:, :m],
            flows.ends[:, m:],
            flows.steps,
            self.digits,
        )


def _validate_starts(A0: Any, W0: Any) -> tuple[Array, Array]:
    shapes = np.shape(A0), np.shape(W0)
    if shapes[0] != shapes[1] or len(shapes[0]) != 2:
        raise ValueError(f"`A0` and `W0` must both have shape (N, m); got {shapes[0]} and {shapes[1]}")
    return validate_parameters(A0, W0)
