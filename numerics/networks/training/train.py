"""`train`: a network, a target, a method; and the same for many seeds over the cores."""

from __future__ import annotations

import dataclasses
import functools
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from memcurse.numerics.networks.methods import Method
from memcurse.theory.exact import exact_integer
from memcurse.theory.targets.target import Target

from .activations import ACTIVATIONS
from .network import RecurrentNetwork
from .plan import Options, Plan, checked_plan, stop_level
from .run import TrainingRun
from .steps import DIVERGED, STOPPED, TAKEN, Data, Record, Rules, State, advance, marks
from .tasks import Task

Array = NDArray[np.float64]

#: A loss beyond this many times (loss at the start + loss of silence) has diverged.
_LARGEST: Final = 1e6
#: Multiplications and additions in one compiled call, between which Ctrl-C is heard.
_WORK: Final = 5e8
_STATUS: Final = {STOPPED: "reached", DIVERGED: "diverged"}


@dataclass(frozen=True)
class _Done:
    """What a run has come to: everything that goes on from here needs."""

    step: int
    theta: Array
    moments: Array
    passed: NDArray[np.int64]
    at: NDArray[np.int64]
    loss: Array
    kept_at: NDArray[np.int64]
    kept: Array
    code: int = 0
    interrupted: bool = False


def _beginning(plan: Plan) -> _Done:
    theta = plan.start.theta
    whole, n = np.zeros(0, dtype=np.int64), len(theta)
    moments = np.zeros((2, n))
    passed = np.full(len(plan.levels), -1, dtype=np.int64)
    return _Done(0, theta, moments, passed, whole, np.zeros(0), whole, np.zeros((0, n)))


def _record(done: _Done, end: int) -> Record:
    """What is to be kept of the steps from here to `end`."""
    at, keep = marks(done.step, end)
    if len(done.at):
        # The step at which a run stopped may have been kept.
        keep, at = keep[at > done.at[-1]], at[at > done.at[-1]]
    place = np.where(keep, np.cumsum(keep) - 1, -1)
    kept = np.zeros((int(keep.sum()), len(done.theta)))
    return Record(at, np.zeros(len(at)), place, kept, np.array([0, done.step, 0]))


def _follow(plan: Plan, done: _Done, end: int, halt: Sequence[bool], progress: bool) -> _Done:
    """Take the steps up to `end`, or as many as come."""
    record = _record(done, end)
    m, v = done.moments.copy()
    state = State(done.theta.copy(), np.zeros_like(done.theta), m, v, done.passed.copy())
    interrupted = False
    with tqdm(total=end - done.step, disable=not progress, unit="step", unit_scale=True) as bar:
        try:
            for step in _calls(plan, state, record, end):
                bar.update(step - bar.n - done.step)
                if halt and halt[0]:
                    interrupted = True
                    break
        except KeyboardInterrupt:
            interrupted = True
    r, step, code = (int(x) for x in record.done)
    new = record.place[:r] >= 0
    return _Done(
        step,
        state.theta,
        np.stack([m, v]),
        state.passed,
        np.concatenate([done.at, record.at[:r]]),
        np.concatenate([done.loss, record.loss[:r]]),
        np.concatenate([done.kept_at, record.at[:r][new]]),
        np.concatenate([done.kept, record.kept[: int(new.sum())]]),
        code,
        interrupted,
    )


def _calls(plan: Plan, state: State, record: Record, end: int) -> Iterator[int]:
    """Compiled calls of some steps each, until `end` or until one ends the run; before each, the step it begins at."""
    held, rules = plan.held, _rules(plan)
    X, Y, v = plan.batches(0)
    turns, batch = len(X), X.shape[2]
    work, held_work = plan.workspace_for(batch), plan.workspace_for(held.X.shape[1])
    length = turns if turns > 1 else _call_length(plan, batch)
    while record.done[1] < end and record.done[2] == TAKEN:
        step = int(record.done[1])
        yield step
        chunk = step // length
        if turns > 1:
            X, Y, v = plan.batches(chunk)
        data = Data(X, Y, v, held.X, held.Y, held.v)
        count = min((chunk + 1) * length, end) - step
        advance(plan.rule, step, count, state, rules, data, record, work, held_work)


def _rules(plan: Plan) -> Rules:
    first = plan.loss(plan.start.theta, plan.workspace_for(plan.held.X.shape[1]))
    limit = _LARGEST * (first + plan.norm)
    if not math.isfinite(limit):
        raise ValueError(f"`network` must have a finite loss at the start; got {first}")
    return Rules(
        dt=plan.start.step,
        activation=ACTIVATIONS[plan.start.activation],
        exact=plan.paths == "exact",
        levels=np.array(plan.levels, dtype=float),
        stop=plan.stop,
        limit=limit,
    )


def _call_length(plan: Plan, batch: int) -> int:
    cost = plan.task.steps * batch * plan.start.units * (plan.start.units + plan.start.inputs + 4)
    return max(1, int(_WORK / (3 * cost)))


def _result(plan: Plan, done: _Done) -> TrainingRun:
    """The run; its last record is the loss where it stands."""
    at, loss, passed, code, theta = done.at, done.loss, done.passed, done.code, done.theta
    limit = _rules(plan).limit
    if code != DIVERGED and (not len(at) or at[-1] != done.step):
        last = plan.loss(theta, plan.workspace_for(plan.held.X.shape[1]))
        if not last <= limit:
            code = DIVERGED
        else:
            at, loss = np.append(at, done.step), np.append(loss, last)
            passed = np.where((passed < 0) & (last <= np.array(plan.levels)), done.step, passed)
            code = STOPPED if last <= plan.stop else code
    if code == DIVERGED:
        theta = done.kept[-1]
    status = _STATUS.get(code, "interrupted" if done.interrupted else "budget")
    return TrainingRun(
        status=status,
        steps=done.step,
        at=at,
        loss=loss,
        norm=plan.norm,
        network=plan.start.with_parameters(theta),
        start=plan.start,
        checkpoint_steps=done.kept_at,
        checkpoints=done.kept,
        levels=plan.levels,
        passages=tuple(int(n) if n >= 0 else None for n in passed),
        lost_share=plan.task.lost_share,
        method=plan.method,
        rate=plan.rule.rate,
        paths=plan.paths,
        seed=plan.seed,
        continued=functools.partial(_continued, plan, done),
    )


def _continued(plan: Plan, done: _Done, steps: int, stop: float | None, progress: bool) -> TrainingRun:
    end = done.step + exact_integer("steps", steps, 1)
    further = replace(plan, stop=stop_level(stop))
    return _result(further, _follow(further, replace(done, code=0, interrupted=False), end, (), progress))


def train(
    network: str | RecurrentNetwork,
    target: Target | Sequence[Target] | Task,
    method: str | Method = "gd",
    *,
    steps: int = 10_000,
    rate: float | None = None,
    units: int = 16,
    horizon: float = 6.4,
    step: float = 0.1,
    paths: str | None = None,
    batch: int = 64,
    held_out: int = 256,
    seed: int = 0,
    levels: Iterable[float] = (),
    stop: float | None = None,
    progress: bool = False,
    **constants: Any,
) -> TrainingRun:
    """Train a network.

    Parameters
    ----------
    network : {"linear", "tanh", "relu"} or RecurrentNetwork
        An activation, for a random start of `units` units from the `seed`; or the start.
    target : Target, a sequence of them, one an input; or a KernelTask or SequenceTask
    method : str or Method
        A name of `networks.methods.METHODS`; its numbers may be changed by further arguments, such as ``momentum=0.5``.
    steps : int
        At most so many.
    rate : float, optional
        Step size; by default the method's own.
    horizon, step : float
        Length of the paths and time step, for a kernel. The step of a network that is given goes before.
    paths : {"exact", "fresh", "fixed"}, optional
        The population (default of linear networks), new paths in each step (default of others), or the same always.
    batch, held_out : int
        Paths in a step, and paths on which the loss is measured.
    levels : floats
        Losses whose first passages are kept. On sampled paths they are seen at the steps ``run.at`` only.
    stop : float, optional
        Loss at which the run ends.
    progress : bool
        A bar on standard error. Ctrl-C ends the run and keeps it.

    Raises
    ------
    TypeError, ValueError
        For an unknown method (with a guess), activation or constant, numbers out of range, shapes that do not fit.

    Notes
    -----
    Rigour: float64; the gradient is that of backpropagation through time. Same seed, same bytes.
    """
    options = Options(rate, units, horizon, step, paths, batch, held_out, levels, stop)
    plan = checked_plan(network, target, method, seed, options, constants)
    count = exact_integer("steps", steps, 1)
    return _result(plan, _follow(plan, _beginning(plan), count, (), progress))


def train_seeds(
    network: str | RecurrentNetwork,
    target: Target | Sequence[Target] | Task,
    method: str | Method = "gd",
    *,
    seeds: Iterable[int],
    steps: int = 10_000,
    jobs: int | None = None,
    **options: Any,
) -> list[TrainingRun]:
    """`train` with each of the seeds, on `jobs` threads (all cores by default): the same bytes as one by one.

    Ctrl-C ends it; the runs keep what they have, with the status "interrupted".
    """
    count, halt = exact_integer("steps", steps, 1), [False]
    threads = exact_integer("jobs", (os.cpu_count() or 1) if jobs is None else jobs, 1)
    known = {field.name for field in dataclasses.fields(Options)}
    given = Options(**{name: x for name, x in options.items() if name in known})
    constants = {name: x for name, x in options.items() if name not in known}
    plans = [checked_plan(network, target, method, seed, given, constants) for seed in seeds]

    def one(plan: Plan) -> TrainingRun:
        return _result(plan, _follow(plan, _beginning(plan), count, halt, False))

    with ThreadPoolExecutor(threads) as pool:
        waiting = [pool.submit(one, plan) for plan in plans]
        try:
            return [each.result() for each in waiting]
        except KeyboardInterrupt:
            halt[0] = True
            return [each.result() for each in waiting]
