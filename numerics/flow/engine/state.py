"""What the compiled loop works on: state, controls and record of a flow, the method's arrays, buffers of a step."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from memcurse.numerics.arithmetic.compilation.blocks import Block, Layout
from memcurse.numerics.arithmetic.doubledouble import DOUBLE_DOUBLE
from memcurse.numerics.flow.tableaus.radau import radau_arrays
from memcurse.numerics.flow.tableaus.stabilised import Family, family

# What the loop returns.
FULL, REACHED, UNTIL, UNREACHABLE, NOISE, STALLED, TABLE = 0, 1, 2, 3, 4, 5, 6
LOSS_DROP, DISPLACEMENT = 0, 1


class State(Block):
    """Where a flow stands between two calls of the loop."""

    theta: Any  # (n,)
    numbers: Any  # float64, see the indices below
    previous: Any  # (s, n) float64: coefficients of the last step's polynomial
    moments: Any  # (s, n) float64: the same for the moments of moments
    counts: Any  # int64: steps, rejected, iterations, evaluations


class Controls(Block):
    """What a flow is asked to do."""

    rtol: float
    floor: float  # smallest length scale of the rates, relative to them
    until: float
    noise: float  # unit round-off of the gradient's arithmetic
    noise_limit: float  # give up where round-off / gradient exceeds it
    kind: int
    threshold: float
    loss: Any  # at the start
    loss_size: float  # of the terms that make up the loss
    newton: float
    start: Any  # (n,) the start, for the displacement
    distinct: bool  # whether no two units start alike
    impatience: int  # give up where rejections exceed the steps by more
    twins: Any  # (n,) int64: the first unknown that started with the same amplitude and rate


class Record(Block):
    """Where accepted steps go: row i is the state after step i + 1, and the step's polynomial."""

    time: Any  # (capacity, 2) high and low part
    theta: Any  # (capacity, n)
    loss: Any  # (capacity,)
    stages: Any  # (capacity, s, n) float64 increments
    sigma: Any  # (capacity, s)
    step: Any  # (capacity,)
    capacity: int

    def rows(self, count: int) -> tuple[Any, ...]:
        """The first `count` rows of all arrays."""
        columns = (self.time, self.theta, self.loss, self.stages, self.sigma, self.step)
        return tuple(column[:count] for column in columns)


# Indices into State.numbers.
T_HIGH, T_LOW, H, ARC, GROWTH, ERROR_LAST, LENGTH, RATE, LOSS, LOSS_0, NOISE_TIME, FORCE_TIME = range(12)
CENTRE, EXCESS, SPEED, RETRIES = range(12, 16)
HANDED_OVER = 16  # whether the implicit loop has taken over from the explicit one
NATURAL = 17  # size of the amplitudes, from the start
CLOSEST = 18  # largest excess seen at a step's end
BEGUN = 19  # whether the start has been evaluated
NUMBERS = 20
STEPS, REJECTED, ITERATIONS, EVALUATIONS = range(4)


class Method(Block):
    """Arrays of a tableau in one arithmetic; see `tableaus.RadauArrays`."""

    nodes: Any
    A: Any
    inverse: Any
    powers: Any
    error: Any
    gamma: float
    explicit: Any  # `stabilised.Family`, for `explicit`
    control: int  # order of the embedded formula


class Work(Block):
    """Buffers of a step for n unknowns and s stages; `Z`, `sigma` hold its result."""

    Z: Any  # (s, n) stage increments of theta
    sigma: Any  # (s,) dt/dx at the stages
    Z_kept: Any  # the two before a correction that may be taken back
    sigma_kept: Any
    scale: Any  # (n,) float64: size of an error that counts as 1
    u: Any  # (n,) unit tangent
    theta: Any  # (n,)
    gradient: Any  # (n,)
    hessian: Any  # (n, n)
    gradients: Any  # (s, n) at the stages
    hessians: Any  # (s, n, n)
    start_gradient: Any  # (n,) at the start of the step
    start_hessian: Any  # (n, n)
    error: Any  # (n,) scales of the filter's rows
    entry: Any  # (n,) gradient with which the step starts
    time_matrix: Any  # (s n, s n)
    time_rhs: Any
    arc_matrix: Any  # (s (n+1), s (n+1))
    arc_rhs: Any
    filter_matrix: Any  # (n+1, n+1)
    filter_rhs: Any
    pivots: Any
    row_scale: Any  # (s (n+1),) float64: what the rows of Newton's system were multiplied by
    growth: Any  # (s, s) float64: how far the powers of the last step's polynomial have come at the stages
    a: Any  # (m,) float64, for the moments
    x: Any  # (m,)
    d: Any  # (n,)
    target: Any  # (n,)
    spread: Any  # (s, n) float64: change of the moments over the last step, at its stages
    loss: Any  # (1,) float64, at the start of the step
    field_matrix: Any  # (n, n)
    field_step: Any  # (n,)


@functools.lru_cache(maxsize=64)
def method(stages: int, double_double: bool, explicit: Family | None = None) -> Method:
    """The Radau IIA method as compiled code takes it, and the explicit methods before it (the stabilised ones)."""
    arrays = radau_arrays(stages, double_double)
    first = family() if explicit is None else explicit
    return Method(
        arrays.nodes, arrays.A, arrays.inverse, arrays.powers, arrays.error, arrays.gamma, first, stages
    )


def workspace(n: int, stages: int, fine_field: bool, fine_algebra: bool) -> Work:
    """Buffers for `n` unknowns, with the field, or the increments and the systems, in double-double."""
    work = Work.allocate(_work_layout(n, stages, fine_field, fine_algebra))
    work.scale[:] = 1.0
    return work


@functools.lru_cache(maxsize=64)
def _work_layout(n: int, stages: int, fine_field: bool, fine_algebra: bool) -> Any:
    """Kind and shape of each buffer."""
    kind: Any = DOUBLE_DOUBLE if fine_algebra else np.float64
    field_kind: Any = DOUBLE_DOUBLE if fine_field else np.float64
    s = stages

    def zeros(*shape: int) -> Any:
        return kind, shape

    def of_field(*shape: int) -> Any:
        return field_kind, shape

    def floats(*shape: int) -> Any:
        return np.float64, shape

    return (
        zeros(s, n),
        zeros(s),
        zeros(s, n),
        zeros(s),
        floats(n),
        zeros(n),
        of_field(n),
        of_field(n),
        of_field(n, n),
        of_field(s, n),
        of_field(s, n, n),
        of_field(n),
        of_field(n, n),
        zeros(n),
        zeros(n),
        zeros(s * n, s * n),
        zeros(s * n),
        zeros(s * (n + 1), s * (n + 1)),
        zeros(s * (n + 1)),
        zeros(n + 1, n + 1),
        zeros(n + 1),
        (np.int64, (s * (n + 1),)),
        floats(s * (n + 1)),
        floats(s, s),
        floats(n // 2),
        floats(n // 2),
        floats(n),
        floats(n),
        floats(s, n),
        floats(1),
        of_field(n, n),
        of_field(n),
    )


def make_state(start: np.ndarray[Any, Any], stages: int) -> State:
    """The state of a flow at its start."""
    n = len(start)
    polynomial = np.float64, (stages, n)
    state = State.allocate(
        ((start.dtype, (n,)), (np.float64, (NUMBERS,)), polynomial, polynomial, (np.int64, (4,)))
    )
    state.theta[:] = start
    return state


def make_record(rows: int, n: int, stages: int, fine: bool) -> Record:
    """An empty record for `rows` steps."""
    return Record.allocate(_record_layout(rows, n, stages, fine), capacity=rows)


@functools.lru_cache(maxsize=64)
def _record_layout(rows: int, n: int, stages: int, fine: bool) -> Layout:
    return (
        (np.float64, (rows, 2)),
        (DOUBLE_DOUBLE if fine else np.float64, (rows, n)),
        (np.float64, (rows,)),
        (np.float64, (rows, stages, n)),
        (np.float64, (rows, stages)),
        (np.float64, (rows,)),
        (int, None),
    )
