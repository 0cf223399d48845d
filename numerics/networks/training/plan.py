"""What a training run is: all its arguments, checked, and the paths that it runs on."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.networks.methods import Method, Rule, method_named
from memcurse.theory.exact import exact_integer
from memcurse.theory.targets.target import Target

from .activations import ACTIVATIONS
from .arguments import finite, positive
from .backpropagation import Workspace, loss_of, workspace
from .network import RecurrentNetwork
from .tasks import KernelTask, Paths, SequenceTask, Task, chosen_task

Array = NDArray[np.float64]

PATHS: Final = ("exact", "fresh", "fixed")
#: What `Plan.paths` says of sequences.
SEQUENCES: Final = "sequences"


@dataclass(frozen=True)
class Options:
    """Arguments of `train` that have a default and are the same for all seeds."""

    rate: float | None = None
    units: int = 16
    horizon: float = 6.4
    step: float = 0.1
    paths: str | None = None
    batch: int = 64
    held_out: int = 256
    levels: Iterable[float] = ()
    stop: float | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """A run, with all arguments checked."""

    start: RecurrentNetwork
    task: Task
    method: str
    rule: Rule
    paths: str
    batch: int
    held_out: int
    seed: int
    levels: tuple[float, ...]
    stop: float

    @functools.cached_property
    def held(self) -> Paths:
        """What the loss is measured on."""
        if self.paths == "exact" and isinstance(self.task, KernelTask):
            return self.task.population()
        return self.task.held_out(self.seed, self.held_out)

    def batches(self, chunk: int) -> tuple[Array, Array, Array]:
        """X (K, T, B, d), Y (K, T, B) and v (T,) of a chunk of steps."""
        if self.paths == "exact":
            several = [self.held]
        else:
            several = self.task.training(self.seed, chunk, self.batch, self.paths == "fresh")
        return np.stack([p.X for p in several]), np.stack([p.Y for p in several]), several[0].v

    @property
    def norm(self) -> float:
        """Loss of silence on what is held out."""
        return float((self.held.v * (self.held.Y**2).mean(axis=1)).sum())

    def workspace_for(self, paths: int) -> Workspace:
        """Arrays for a gradient on this many paths."""
        return workspace(self.start.units, self.start.inputs, self.task.steps, paths)

    def loss(self, theta: Array, work: Workspace) -> float:
        """Held-out loss."""
        held, start = self.held, self.start
        code = ACTIVATIONS[start.activation]
        return float(loss_of(theta, held.X, held.Y, held.v, start.step, code, work))


def checked_plan(
    network: str | RecurrentNetwork,
    target: Target | Sequence[Target] | Task,
    method: str | Method,
    seed: int,
    options: Options,
    constants: Mapping[str, Any],
) -> Plan:
    """A plan from what a user passes.

    Raises
    ------
    TypeError, ValueError
        As `train`.
    """
    chosen = _changed_method(method, options.rate, constants)
    step = network.step if isinstance(network, RecurrentNetwork) else options.step
    task = chosen_task(target, options.horizon, step)
    seed = exact_integer("seed", seed, 0)
    if not isinstance(network, RecurrentNetwork):
        network = RecurrentNetwork.random(options.units, task.inputs, network, task.step, seed)
    if network.inputs != task.inputs:
        raise ValueError(f"`network` must have {task.inputs} inputs, as the target; got {network.inputs}")
    if network.step != task.step:
        raise ValueError(f"`network` must have the step {task.step} of the target; got {network.step}")
    return Plan(
        start=network,
        task=task,
        method=method if isinstance(method, str) else method.name,
        rule=chosen.rule,
        paths=_checked_paths(options.paths, network, task),
        batch=exact_integer("batch", options.batch, 1),
        held_out=exact_integer("held_out", options.held_out, 1),
        seed=seed,
        levels=tuple(finite("levels", x) for x in options.levels),
        stop=stop_level(options.stop),
    )


def _changed_method(method: str | Method, rate: float | None, constants: Mapping[str, Any]) -> Method:
    chosen = method if isinstance(method, Method) else method_named(method)
    for name, value in constants.items():
        if name not in Rule._fields:
            raise TypeError(
                f"`{name}` must be a number of a method ({', '.join(Rule._fields)}); got {value!r}"
            )
    changes = {name: finite(name, value) for name, value in constants.items()}
    return chosen.changed(**changes, **({} if rate is None else {"rate": positive("rate", rate)}))


def stop_level(stop: float | None) -> float:
    """The loss at which a run ends; minus infinity without one."""
    return -math.inf if stop is None else finite("stop", stop)


def _checked_paths(paths: str | None, network: RecurrentNetwork, task: Task) -> str:
    if isinstance(task, SequenceTask):
        if paths is not None:
            raise ValueError(
                f"`paths` must be left out for sequences, which are what they are; got {paths!r}"
            )
        return SEQUENCES
    known = network.activation == "linear"
    if paths is None:
        return "exact" if known else "fresh"
    if paths not in PATHS:
        raise ValueError(f"`paths` must be one of {', '.join(PATHS)}; got {paths!r}")
    if paths == "exact" and not known:
        raise ValueError(f"`paths` can be 'exact' for linear networks only; got {network.activation}")
    return paths
