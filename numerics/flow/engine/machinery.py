"""What one run in compiled code works with: the field's data, buffers, controls and state, lent and given back.

Making them takes as long as a whole flow of two units. Those of a float64 flow with the dense Hessian depend on the
target, the width and the method alone: once a run is over the next one uses them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.doubledouble import EPSILON, EPSILON_64

from .field import float_data
from .loop import LOOSER
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
    """Data of the field, buffers of a step, controls and state of one run; `key` says for which runs they serve."""

    data: Any
    work: Any
    controls: Controls
    state: State
    key: tuple[Any, ...] | None = None


_idle: dict[tuple[Any, ...], Machinery] = {}


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


def lend(
    packed: Array,
    start: Array,
    stages: int,
    level: Level,
    rtol: float,
    until: float,
    event: tuple[int, float],
    loss: float,
) -> Machinery:
    """The machinery of a float64 flow with the dense Hessian, used before or new, at its start."""
    key = id(packed), len(start), stages, level.impatience
    idle = _idle.pop(key, None)
    if idle is None:
        return Machinery(
            float_data(packed),
            workspace(len(start), stages, False, False),
            controls_at(level, rtol, until, event, start, loss),
            make_state(start, stages),
            key,
        )
    controls = idle.controls
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
    idle.data.missing[0] = 0.0
    idle.state.clear()
    idle.state.theta[:] = start
    return idle


def give_back(machinery: Machinery) -> None:
    """Keep a machinery for the next run of its kind. (Its data keep the target alive, so that `key` stays its own.)"""
    if machinery.key is None:
        return
    _idle[machinery.key] = machinery
    if len(_idle) > _MOST_IDLE:
        _idle.pop(next(iter(_idle)), None)
