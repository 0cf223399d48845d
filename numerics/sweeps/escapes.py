"""Escape times over delays, widths, splits and random starts: the plateau's length as a table.

The target is ``exp(-w* t) + exp(-(t - 1/omega)^2/2)``. A start lies near the critical manifold, on which the model is
the short term: of the amplitude 1 the first unit has the share `split` and the others equal parts of the rest, all
rates are ``w*``, and every amplitude and rate is moved by a normal deviate times `spread`, drawn from (seed, number of
the start, width) alone.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from memcurse.numerics.flow.ensemble import flow_ensemble
from memcurse.numerics.flow.events import Displacement, Event, LossDrop
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.exact import exact_integer, exact_positive
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum

from .plan import SweepPlan, failed
from .tasks import Record, Task, axis, rational, whole_axis

Array = NDArray[np.float64]

_QUANTILES: Final = (0.1, 0.5, 0.9)


class EscapeSweep(SweepPlan):
    """Escape times on a grid of delays, widths and splits, from `starts` random starts each.

    Parameters
    ----------
    delays : numbers, or a text such as "8:12:2"
        1/omega, positive.
    widths : whole numbers, at least 2
        Numbers of exponentials m.
    splits : numbers
        The first unit's share of the amplitude.
    starts, seed : int
        How many starts for each point of the grid, and what they are drawn from.
    spread : number
        Size of the normal deviates, not negative; with 0 all starts are the same, and `starts` must be 1.
    rate : number
        w*, positive (1/time).
    stop : LossDrop or Displacement
        The event; by default a hundredth of the loss at the start is gone.
    until, rtol : numbers
        As for `gradient_flow`.

    Raises
    ------
    TypeError, ValueError
        For input out of range.
    """

    kind: ClassVar[str] = "escape"
    found: ClassVar[tuple[str, ...]] = ("event_time", "status", "steps", "digits")
    batch: ClassVar[int] = 256
    together: ClassVar[tuple[str, ...]] = ("split", "start")

    def __init__(
        self,
        delays: Any,
        widths: Any = (2,),
        splits: Any = ("0.7",),
        starts: int = 1,
        seed: int = 0,
        spread: Any = "0.01",
        rate: Any = 1,
        stop: Event | None = None,
        until: Any = "1e100",
        rtol: Any = "1e-8",
    ) -> None:
        amount, number = rational("spread", spread), exact_integer("starts", starts, 1)
        if amount < 0:
            raise ValueError(f"`spread` must not be negative; got {spread}")
        if amount == 0 and number > 1:
            raise ValueError(
                f"`starts` must be 1 where `spread` is 0, or all would be the same; got {starts}"
            )
        axes = {
            "delay": [str(exact_positive("delays", x)) for x in axis("delays", delays)],
            "width": whole_axis("widths", widths, 2),
            "split": [str(x) for x in axis("splits", splits)],
            "start": range(number),
        }
        fixed = {
            "seed": exact_integer("seed", seed, 0),
            "spread": str(amount),
            "rate": str(exact_positive("rate", rational("rate", rate))),
            "until": str(exact_positive("until", rational("until", until))),
            "rtol": str(exact_positive("rtol", rational("rtol", rtol))),
            **_event_fields(LossDrop(fraction="0.01") if stop is None else stop),
        }
        super().__init__(axes, fixed)

    @property
    def compute(self) -> Callable[[Sequence[Task]], list[Record]]:
        """`escape_times`."""
        return escape_times


def _event_fields(stop: Event) -> dict[str, str]:
    if not isinstance(stop, LossDrop | Displacement):
        raise TypeError(f"`stop` must be a LossDrop or a Displacement; got {stop!r}")
    fields = {
        "displacement": getattr(stop, "distance", None),
        "drop": getattr(stop, "drop", None),
        "fraction": getattr(stop, "fraction", None),
    }
    return {name: str(rational("stop", value)) for name, value in fields.items() if value is not None}


def escape_times(tasks: Sequence[Task]) -> list[Record]:
    """Time, status, steps and digits of each flow of a group; they do not depend on each other.

    Raises
    ------
    KeyboardInterrupt
        If the flows were interrupted.
    """
    try:
        return _together(tasks)
    except (ValueError, ArithmeticError) as error:
        # One start that has no event must not take the others along.
        return [failed(error)] if len(tasks) == 1 else [escape_times([task])[0] for task in tasks]


def _together(tasks: Sequence[Task]) -> list[Record]:
    first = tasks[0]
    starts = [start_of(task) for task in tasks]
    found = flow_ensemble(
        _objective(first["delay"], first["rate"]),
        np.array([a for a, _ in starts]),
        np.array([w for _, w in starts]),
        stop=_event(first),
        until=first["until"],
        rtol=first["rtol"],
        jobs=1,
    )
    if (found.status == "interrupted").any():
        raise KeyboardInterrupt
    return [
        {
            "event_time": float(time) if status == "reached" else None,
            "status": str(status),
            "steps": int(steps),
            "digits": int(digits),
        }
        for time, status, steps, digits in zip(
            found.event_time, found.status, found.steps, found.digits, strict=True
        )
    ]


def start_of(task: Task) -> tuple[Array, Array]:
    """Amplitudes and rates of the start of a task, shape (m,) each."""
    m, split = int(task["width"]), float(sp.Rational(task["split"]))
    a, w = np.full(m, (1 - split) / (m - 1)), np.full(m, float(sp.Rational(task["rate"])))
    a[0] = split
    spread = float(sp.Rational(task["spread"]))
    drawn = np.random.default_rng([int(task["seed"]), int(task["start"]), m]).standard_normal((2, m))
    return a + spread * drawn[0], w * (1 + spread * drawn[1])


def _event(task: Task) -> Event:
    if "displacement" in task:
        return Displacement(task["displacement"])
    return LossDrop(task["drop"]) if "drop" in task else LossDrop(fraction=task["fraction"])


@functools.lru_cache(maxsize=64)
def _objective(delay: str, rate: str) -> Objective:
    return Objective(ExponentialSum([1], [rate]) + GaussianBump(delay))


@dataclass(frozen=True)
class EscapePoint:
    """One point of the grid: how many of its starts escaped, and the 10, 50 and 90 % quantiles of all their times.

    A quantile is None where it falls on a start that did not escape: those count as later than all others.
    """

    delay: str
    width: int
    split: str
    starts: int
    escaped: int
    quantiles: tuple[float | None, float | None, float | None]


def escape_quantiles(plan: SweepPlan, records: Sequence[Record]) -> list[EscapePoint]:
    """The points of the grid in the order of the plan.

    Raises
    ------
    TypeError
        If `plan` is no EscapeSweep.
    """
    if not isinstance(plan, EscapeSweep):
        raise TypeError(f"`plan` must be an EscapeSweep; got {plan!r}")
    starts = len(plan.axes["start"])
    grid = itertools.product(plan.axes["delay"], plan.axes["width"], plan.axes["split"])
    points = []
    for k, (delay, width, split) in enumerate(grid):
        found = [record.get("event_time") for record in records[k * starts : (k + 1) * starts]]
        times = sorted(math.inf if x is None else x for x in found)
        escaped = sum(x < math.inf for x in times)
        low, middle, high = (_quantile(times, share) for share in _QUANTILES)
        points.append(EscapePoint(delay, width, split, starts, escaped, (low, middle, high)))
    return points


def _quantile(ordered: list[float], share: float) -> float | None:
    """The value below or at which that share of the values lies, one of them."""
    value = ordered[max(0, math.ceil(share * len(ordered)) - 1)]
    return None if value == math.inf else value
