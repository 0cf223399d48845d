"""Sweeps over training: how long networks stay on the plateau of a delayed memory, by method, delay and seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import sympy as sp

from memcurse.numerics.networks.methods import METHODS
from memcurse.numerics.networks.training.network import RecurrentNetwork
from memcurse.numerics.networks.training.tasks import KernelTask
from memcurse.numerics.networks.training.train import train
from memcurse.theory.exact import exact_integer, exact_positive
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum

from .plan import SweepPlan, one_by_one
from .tasks import Record, Task, axis, rational, texts, whole_axis

#: Activations.
NETWORKS: Final = ("linear", "tanh", "relu")


class TrainingSweep(SweepPlan):
    """Training runs of `train` on ``e^(-t) + exp(-(t - 1/omega)^2/2)``, for every combination.

    Parameters
    ----------
    delays : numbers
        1/omega, positive.
    methods : texts
        Names of `networks.methods.METHODS`.
    seeds : whole numbers
        Of the random starts, and of the paths where they are sampled.
    networks : texts
        "linear", "tanh", "relu".
    rate : number, optional
        Step size; by default each method's own.
    steps, units : int
    step : number
        Time step of the network.
    spread : number
        Of the rates at the start, ``W = -I + spread G/sqrt(units)``.
    beyond : number
        Paths are so much longer than the delay.
    above, below : numbers
        The plateau lasts from the first step with a loss of at most `above` times the squared norm of the bump to the
        first one with at most `below` times it.
    """

    kind: ClassVar[str] = "train"
    found: ClassVar[tuple[str, ...]] = ("status", "steps", "loss", "reached", "left", "plateau")

    def __init__(
        self,
        delays: Any,
        methods: Any = ("gd",),
        seeds: Any = (0,),
        networks: Any = ("linear",),
        rate: Any = None,
        steps: int = 10_000,
        units: int = 8,
        step: Any = "0.2",
        spread: Any = "0.1",
        beyond: Any = 5,
        above: Any = "1.1",
        below: Any = "0.9",
    ) -> None:
        numbers = {"step": step, "spread": spread, "beyond": beyond, "above": above, "below": below}
        exact = {name: rational(name, exact_positive(name, x)) for name, x in numbers.items()}
        if exact["below"] > exact["above"]:
            raise ValueError(f"`below` must be at most `above` = {above}; got {below}")
        axes = {
            "network": texts("networks", networks, NETWORKS),
            "method": texts("methods", methods, tuple(METHODS)),
            "delay": [str(exact_positive("delays", x)) for x in axis("delays", delays)],
            "seed": whole_axis("seeds", seeds, 0),
        }
        fixed: Task = {name: str(x) for name, x in exact.items()}
        fixed["rate"] = None if rate is None else str(rational("rate", exact_positive("rate", rate)))
        counts = {"steps": exact_integer("steps", steps, 1), "units": exact_integer("units", units, 1)}
        super().__init__(axes, fixed | counts)

    @property
    def compute(self) -> Callable[[Sequence[Task]], list[Record]]:
        """`trainings`."""
        return trainings


def trainings(tasks: Sequence[Task]) -> list[Record]:
    """How each run ended, its loss, and the steps of its plateau."""
    return one_by_one(_training, tasks)


def _number(task: Task, name: str) -> float:
    return float(sp.Rational(task[name]))


def _training(task: Task) -> Record:
    delay, step, seed = sp.Rational(task["delay"]), _number(task, "step"), task["seed"]
    target = ExponentialSum([1], [1]) + GaussianBump(delay)
    lesson = KernelTask(target, float(delay + sp.Rational(task["beyond"])), step)
    # The squared norm of the bump by the sum that the loss is made of.
    times = step * np.arange(round(lesson.horizon / step))
    norm = step * float(np.exp(-((times - float(delay)) ** 2)).sum())
    levels = [_number(task, name) * norm for name in ("above", "below")]
    found = train(
        RecurrentNetwork.random(task["units"], 1, task["network"], step, seed, _number(task, "spread")),
        lesson,
        task["method"],
        steps=task["steps"],
        rate=None if task["rate"] is None else _number(task, "rate"),
        seed=seed,
        levels=levels,
        stop=levels[1],
    )
    if found.status == "interrupted":
        raise KeyboardInterrupt
    reached, left = found.passages
    return {
        "status": found.status,
        "steps": int(found.steps),
        "loss": float(found.loss[-1]),
        "reached": None if reached is None else int(reached),
        "left": None if left is None else int(left),
        # Where it was not left, the steps on it are a lower bound: `left` says so.
        "plateau": None if reached is None else int((found.steps if left is None else left) - reached),
    }
