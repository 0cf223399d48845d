"""The compiled loop: gradient, losses that are kept, levels that are passed, the update of a method."""

from __future__ import annotations

from typing import Any

import numpy as np

from memcurse.numerics.arithmetic.compilation.blocks import Block
from memcurse.numerics.arithmetic.compiled import compiled, subroutine
from memcurse.numerics.networks.methods import advance as take_step

from .backpropagation import loss_and_gradient, loss_of

#: How a call ended: all its steps taken, the level `stop` passed, the loss too large or no number.
TAKEN, STOPPED, DIVERGED = 0, 1, 2


class State(Block):
    """What a run carries from step to step."""

    theta: Any  # (n,)
    gradient: Any  # (n,)
    m: Any  # (n,): first moment of the method
    v: Any  # (n,): second
    passed: Any  # (levels,) int64: step at which the loss was first at most the level, or -1


class Rules(Block):
    """What does not change in a run."""

    dt: float
    activation: int
    exact: bool  # whether the loss of the gradient is the held-out loss
    levels: Any  # (levels,)
    stop: float
    limit: float


class Data(Block):
    """Batches of the steps, in turn, and what is held out."""

    X: Any  # (K, T, B, d)
    Y: Any  # (K, T, B)
    v: Any  # (T,)
    held_X: Any  # (T, B', d)
    held_Y: Any  # (T, B')
    held_v: Any  # (T,)


class Record(Block):
    """Steps at which the held-out loss is kept, these losses, and parameters at some of them."""

    at: Any  # (r,) int64, increasing
    loss: Any  # (r,)
    place: Any  # (r,) int64: row of `kept`, or -1
    kept: Any  # (s, n)
    done: Any  # (3,) int64: how many marks are done, the step reached, and how the call ended


@subroutine
def _steps(
    rule: Any,
    first: int,
    count: int,
    state: Any,
    rules: Any,
    data: Any,
    record: Any,
    work: Any,
    held_work: Any,
) -> tuple[int, int]:
    theta, gradient, passed = state.theta, state.gradient, state.passed
    levels, X, Y = rules.levels, data.X, data.Y
    for n in range(first, first + count):
        turn = n % X.shape[0]
        loss = loss_and_gradient(theta, X[turn], Y[turn], data.v, rules.dt, rules.activation, work, gradient)
        if not loss <= rules.limit:
            return n, DIVERGED
        r = record.done[0]
        marked = r < record.at.shape[0] and record.at[r] == n
        held = loss
        if marked and not rules.exact:
            held = loss_of(
                theta, data.held_X, data.held_Y, data.held_v, rules.dt, rules.activation, held_work
            )
            if not held <= rules.limit:
                return n, DIVERGED
        if marked:
            record.loss[r] = held
            record.done[0] = r + 1
            if record.place[r] >= 0:
                record.kept[record.place[r]] = theta
        if marked or rules.exact:
            for i in range(levels.shape[0]):
                if passed[i] < 0 and held <= levels[i]:
                    passed[i] = n
            if held <= rules.stop:
                return n, STOPPED
        take_step(theta, gradient, state.m, state.v, n, rule)
    return first + count, TAKEN


@compiled
def advance(
    rule: Any,
    first: int,
    count: int,
    state: Any,
    rules: Any,
    data: Any,
    record: Any,
    work: Any,
    held_work: Any,
) -> None:
    """Take `count` steps from step `first` on; the step reached and how it ended are written to ``record.done``.

    At the step where it stops or diverges the update is not made.
    """
    record.done[1], record.done[2] = _steps(rule, first, count, state, rules, data, record, work, held_work)


def marks(first: int, end: int) -> tuple[Any, Any]:
    """Steps of ``[first, end)`` at which the loss is kept, and whether parameters are: a fiftieth apart; powers of two.

    The same steps, wherever a run begins anew.
    """
    found, n = [], 0
    while n < end:
        found.append(n)
        n += max(1, n // 50)
    powers = [0, *(2**k for k in range(63) if 2**k < end)]
    steps = np.array(sorted({*found, *powers}), dtype=np.int64)
    steps = steps[steps >= first]
    return steps, np.isin(steps, powers)
