"""When a flow takes the basis of `poles`, by counts of operations, and the buffers of its steps."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.compilation.blocks import Block
from memcurse.numerics.objective.kernels import NORM

from .field import ROWS, LowRankData
from .poles import poles_for

Array = NDArray[np.float64]


class LowRankWork(Block):
    """Buffers of a step for n = 2m unknowns, s stages and rank r; the first fields are those of `state.Work`."""

    Z: Any  # (s, n)
    sigma: Any  # (s,)
    Z_kept: Any
    sigma_kept: Any
    scale: Any  # (n,)
    u: Any  # (n,)
    theta: Any  # (n,)
    gradient: Any  # (n,)
    hessian: Any  # (r + 1, 2, m)
    gradients: Any  # (s, n)
    hessians: Any  # (s, r + 1, 2, m)
    start_gradient: Any
    start_hessian: Any
    error: Any  # (n,)
    entry: Any  # (n,)
    time_rhs: Any  # (s n,)
    arc_rhs: Any  # (s (n + 1),)
    filter_rhs: Any  # (n + 1,)
    growth: Any  # (s, s)
    a: Any  # (m,)
    x: Any  # (m,)
    d: Any  # (n,)
    target: Any  # (n,)
    spread: Any  # (s, n)
    loss: Any  # (1,)
    field_step: Any  # (n,)
    units: Any  # (4 s^2 m,), and what follows: see `systems.factor_low_rank`
    core: Any  # ((s (r + 1))^2,)
    columns: Any  # (s n,)
    slopes: Any  # (s,)
    row_scale: Any  # (s (r + 1),)
    line: Any  # (s (r + 1),) unknowns of the core
    inner: Any  # (3 s^2 m,) matrices of all units on their way to `units`
    bends: Any  # (2 s m,)
    out: Any  # (2 s m,)
    one: Any  # (1, 1) the matrix of a method of one stage
    single: Any  # (1,)
    pivots: Any  # (s (r + 1),) int64
    used: Any  # (1,) int64: functions of the basis in the matrix


def low_rank_workspace(m: int, stages: int, r: int) -> LowRankWork:
    """Buffers for `m` units and a basis of `r` functions."""
    work = LowRankWork.allocate(_layout(m, stages, r))
    work.scale[:] = 1.0
    work.one[:] = 1.0
    return work


@functools.lru_cache(maxsize=64)
def _layout(m: int, s: int, r: int) -> Any:
    n, width = 2 * m, r + 1
    stages, hessian = (s, n), (r + 1, 2, m)
    shapes = [
        stages,
        (s,),
        stages,
        (s,),
        *[(n,)] * 4,
        hessian,
        stages,
        (s, *hessian),
        (n,),
        hessian,
        (n,),
        (n,),
    ]
    shapes += [(s * n,), (s * (n + 1),), (n + 1,), (s, s), (m,), (m,), (n,), (n,), stages, (1,), (n,)]
    shapes += [(4 * s * s * m,), ((s * width) ** 2,), (s * n,), (s,), (s * width,), (s * width,)]
    shapes += [(3 * s * s * m,), (2 * s * m,), (2 * s * m,), (1, 1), (1,)]
    kinds: list[Any] = [(np.float64, shape) for shape in shapes]
    kinds += [(np.int64, (s * width,)), (np.int64, (1,))]
    return tuple(kinds)


#: Even where rates differ by a tenth.
_LEAST_RANK = 6
#: Operations of an elimination in the time that a loop over the units takes to start, and takes for each of them.
_LOOP, _UNIT = 150.0, 4.0


def dense_operations(m: int, s: int) -> float:
    """Operations of one iteration of Newton's method with all pairs of units."""
    return 2.0 / 3.0 * (2.0 * m * s) ** 3 + 20.0 * s * m * m


def low_rank_operations(m: int, s: int, r: int) -> float:
    """The same with a basis of `r` functions, of which the systems use half: loops over the units, as they are written.

    Field, inverses of the units, core, and the solution; then the elimination of the core.
    """
    used = 0.5 * r
    loops = (
        11.0 * s * r
        + s * s * (4.0 * s + 7.0)
        + 2.0 * (s * used) * s * (1.0 + used)
        + 8.0 * s * s
        + 4.0 * s * used
    )
    return loops * (_LOOP + _UNIT * m) + 2.0 / 3.0 * (s * (used + 1.0)) ** 3


def low_rank_data(packed: Array, poles: Array, m: int) -> LowRankData:
    """What `field` takes of a packed target for `m` units where it uses the basis of `poles`."""
    return LowRankData(packed, np.zeros(1), poles, float(packed[NORM]), np.zeros((ROWS, m)))


def basis_for(rates: Array, start: Array, stages: int) -> Array | None:
    """Poles (r,) for a flow from `start` (2m,) at these `rates`, or None where all pairs take fewer operations.

    A flow with no more different units than r keeps the dense Hessian, which alone can be definite.
    """
    m = len(start) // 2
    if low_rank_operations(m, stages, _LEAST_RANK) >= dense_operations(m, stages):
        return None
    poles = poles_for(float(rates.min()), float(rates.max()))
    if poles is None or low_rank_operations(m, stages, len(poles)) >= dense_operations(m, stages):
        return None
    different = len(set(zip(start[:m].tolist(), start[m:].tolist(), strict=True)))
    return poles if different > len(poles) else None
