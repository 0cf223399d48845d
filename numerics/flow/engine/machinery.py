"""What one run in compiled code works with: the field's data, buffers, controls and state, lent and given back.

Making them takes as long as a whole flow of two units. Those of a float64 flow depend on the target, the width, the
method and the basis alone: once a run is over the next one uses them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.doubledouble import EPSILON, EPSILON_64

from .field import float_data
from .loop import LOOSER
from .low_rank.work import low_rank_data, low_rank_workspace
from .scales import find_twins, loss_size
from .state import Controls, State, make_state, workspace

Array = NDArray[np.float64]

#: Machineries that wait for their next run.
_MOST_IDLE = 32


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


@dataclass
class Machinery:
    """Data of the field, buffers of a step, controls and state of one run; the keys say for which runs they serve."""

    data: Any
    work: Any
    controls: Controls
    state: State
    field_key: tuple[Any, ...] | None = None
    run_key: tuple[Any, ...] | None = None


#: What waits for its next run: data and buffers, by target, width, stages and poles; controls and states.
_fields: dict[tuple[Any, ...], tuple[Any, Any]] = {}
_runs: dict[tuple[Any, ...], tuple[Controls, State]] = {}


def internal_tolerance(rtol: float) -> float:
    """Tolerance for the embedded formula, of order s + 1, when `rtol` is meant for the step, of order 2s - 1.

    Times were off by less than a tenth of this wherever it was measured; see `flow.gradient_flow`.
    """
    return LOOSER * rtol


def noise_limit(level: Level, rtol: float) -> float:
    """The share of the gradient that its round-off may have."""
    return min(level.noise_limit, level.noise_share * rtol)


def twins_of(start: NDArray[Any]) -> NDArray[np.int64]:
    """For each unknown of a start (n,) the first one that belongs to a unit of the same amplitude and rate."""
    twins = np.empty(len(start), dtype=np.int64)
    find_twins(start, twins)
    return twins


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
        noise_limit=noise_limit(level, rtol),
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


def lend_field(packed: Array, n: int, stages: int, poles: Array | None) -> tuple[Any, Any, tuple[Any, ...]]:
    """Data of the field and buffers of a step in float64, used before or new, and their key.

    With the dense Hessian, or by the basis of `poles`. (The data keep the target alive: its address stays its own.)
    """
    key = id(packed), n, stages, None if poles is None else poles.tobytes()
    idle = _fields.pop(key, None)
    if idle is not None:
        idle[0].missing[0] = 0.0
        return *idle, key
    if poles is None:
        return float_data(packed), workspace(n, stages, False, False), key
    return low_rank_data(packed, poles, n // 2), low_rank_workspace(n // 2, stages, len(poles)), key


def lend(
    packed: Array,
    start: Array,
    stages: int,
    level: Level,
    rtol: float,
    until: float,
    event: tuple[int, float],
    loss: float,
    poles: Array | None,
) -> Machinery:
    """The machinery of a float64 flow at its start, used before or new; see `lend_field`."""
    data, work, field_key = lend_field(packed, len(start), stages, poles)
    run_key = len(start), stages, level.impatience
    idle = _runs.pop(run_key, None)
    if idle is None:
        controls = controls_at(level, rtol, until, event, start, loss)
        return Machinery(data, work, controls, make_state(start, stages), field_key, run_key)
    controls, state = idle
    controls.start[:] = start
    controls.assign(
        rtol=internal_tolerance(rtol),
        until=until,
        noise_limit=noise_limit(level, rtol),
        kind=event[0],
        threshold=event[1],
        loss=loss,
        loss_size=loss_size(loss),
        distinct=find_twins(controls.start, controls.twins),
    )
    state.clear()
    state.theta[:] = start
    return Machinery(data, work, controls, state, field_key, run_key)


def exchange_field(machinery: Machinery, packed: Array, poles: Array | None) -> None:
    """Go on with another basis, or with the dense Hessian."""
    stages, n = machinery.work.Z.shape
    tangent = machinery.work.u.copy()
    _keep(_fields, machinery.field_key, (machinery.data, machinery.work))
    machinery.data, machinery.work, machinery.field_key = lend_field(packed, n, stages, poles)
    machinery.work.u[:] = tangent


def give_back(machinery: Machinery) -> None:
    """Keep a machinery for the next run of its kind."""
    _keep(_fields, machinery.field_key, (machinery.data, machinery.work))
    _keep(_runs, machinery.run_key, (machinery.controls, machinery.state))


def _keep(idle: dict[tuple[Any, ...], Any], key: tuple[Any, ...] | None, lent: Any) -> None:
    if key is None:
        return
    idle[key] = lent
    if len(idle) > _MOST_IDLE:
        idle.pop(next(iter(idle)), None)
