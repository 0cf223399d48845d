r"""Plateaus of networks trained on ``e^{-t} + exp(-(t - 1/omega)^2/2)``: lengths over a ladder of delays, by seed.

A plateau lasts from the first step with a loss of at most 1.1 times the squared norm of the bump to the first one with
at most .9 times it. The same seeds, that is the same random starts, serve every delay: each seed gives one slope of
``ln(length)`` against the delay, and the slopes are independent. A run that never leaves counts with the steps that it
was given, a lower bound, and is said.

Networks of m = 8 units, time step .2, paths of length ``1/omega + 5``; ``W = -I + G/(10 sqrt m)`` at the start. With
three times this spread of the rates the slope of gradient descent is .79 in place of .96 (6 seeds): some modes are slow
from the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.networks.training.network import RecurrentNetwork
from memcurse.numerics.networks.training.plateaus import survival
from memcurse.numerics.networks.training.run import TrainingRun
from memcurse.numerics.networks.training.tasks import KernelTask
from memcurse.numerics.networks.training.train import train
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum

Array = NDArray[np.float64]

UNITS, STEP, BEYOND, SPREAD = 8, 0.2, 5, 0.1
#: The plateau lies between these multiples of the squared norm of the bump.
ABOVE, BELOW = 1.1, 0.9
#: Paths held out of training on samples.
_HELD_OUT: Final = 512


@dataclass(frozen=True)
class Training:
    """How networks are trained: activation, method and its step size, paths, and the steps that a run may take."""

    activation: str
    method: str
    rate: float
    budget: int
    paths: str = "exact"

    @property
    def name(self) -> str:
        """For tables."""
        where = "population" if self.paths == "exact" else f"{self.paths} paths"
        return f"{self.activation}, {self.method}, {where}"


@dataclass(frozen=True)
class Lengths:
    """Lengths of plateaus, shape (delays, seeds); whether each was left, and whether each was come to."""

    delays: tuple[int, ...]
    lengths: Array
    left: NDArray[np.bool_]

    @property
    def slopes(self) -> Array:
        """Slope of ``ln(length)`` against the delay, one a seed."""
        return np.polyfit(self.delays, self.logarithms, 1)[0]

    @property
    def logarithms(self) -> Array:
        """``ln(length)``, of plateaus of at least one step."""
        return np.log(np.maximum(self.lengths, 1.0))

    def medians(self) -> list[float | None]:
        """Kaplan and Meier's median for each delay; None where more than half never leave."""
        return [survival(row, left).median for row, left in zip(self.lengths, self.left, strict=True)]


def start(activation: str, seed: int) -> RecurrentNetwork:
    """The network of this seed, the same for every delay and method."""
    return RecurrentNetwork.random(UNITS, 1, activation, STEP, seed, SPREAD)


def bump_norm(delay: int) -> float:
    """Squared norm of the bump, by the sum that the loss is made of."""
    times = STEP * np.arange(round((delay + BEYOND) / STEP))
    return STEP * float(np.exp(-((times - delay) ** 2)).sum())


def task(delay: int, bump: bool) -> KernelTask:
    """Target (125), or what is left of it without the bump."""
    short = ExponentialSum([1], [1])
    return KernelTask(short + GaussianBump(delay) if bump else short, delay + BEYOND, STEP)


def one_run(training: Training, delay: int, seed: int, bump: bool = True, stop: bool = True) -> TrainingRun:
    """One network on one delay."""
    norm = bump_norm(delay)
    return train(
        start(training.activation, seed),
        task(delay, bump),
        training.method,
        rate=training.rate,
        steps=training.budget,
        paths=training.paths,
        held_out=_HELD_OUT,
        seed=seed,
        levels=(ABOVE * norm, BELOW * norm),
        stop=BELOW * norm if stop else None,
    )


@lru_cache(maxsize=64)
def lengths(
    training: Training, delays: tuple[int, ...], seeds: tuple[int, ...], bump: bool = True
) -> Lengths:
    """Lengths of the plateaus of all runs."""
    found, left = np.zeros((len(delays), len(seeds))), np.zeros((len(delays), len(seeds)), dtype=bool)
    for i, delay in enumerate(delays):
        for j, seed in enumerate(seeds):
            entered, gone = one_run(training, delay, seed, bump).passages
            left[i, j] = gone is not None
            end = training.budget if gone is None else gone
            found[i, j] = end - (end if entered is None else entered)
    return Lengths(delays, found, left)


def table_rows(named: dict[str, Lengths]) -> list[tuple[Any, ...]]:
    """For each training and delay: the median, extremes, and the runs that never left."""
    rows: list[tuple[Any, ...]] = []
    for name, found in named.items():
        for delay, row, left, median in zip(
            found.delays, found.lengths, found.left, found.medians(), strict=True
        ):
            middle = f">= {int(np.median(row))}" if median is None else int(median)
            rows.append((name, delay, middle, int(row.min()), int(row.max()), int((~left).sum())))
    return rows


COLUMNS: Final = (
    "training",
    "1/omega",
    "median length (Kaplan-Meier)",
    "least",
    "largest",
    "runs that never left",
)
