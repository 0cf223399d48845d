"""What a peer is: its task, its way in, and what all share."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

import memcurse as mc
from memcurse.numerics.flow.events import LossDrop
from memcurse.theory.plateau.delayed_part import example_target

Array = np.ndarray
Solve = Callable[[Array, Array], float]

#: The event: the loss has dropped by 5 %.
SHARE, DROP = 0.95, LossDrop(fraction="0.05")
#: Most steps of a peer that cannot be stopped by the clock (of LSODA in numbalsoda: from one output to the next).
STEPS = 100_000
FOREVER = 1e15
LADDER = tuple(10.0**-k for k in range(3, 13))


@dataclass(frozen=True)
class Task:
    """A target (eq. 125 with a delay T), a width, the error asked for, and the time told to peers without events."""

    T: int
    m: int
    error: float
    horizon: float

    @functools.cached_property
    def objective(self) -> mc.Objective:
        """Width and height of the bump are 1."""
        return mc.Objective(example_target(self.T))

    @property
    def squared_norm(self) -> float:
        """Of the target."""
        return float(self.objective.loss([0.0], [1.0]))


@dataclass(frozen=True)
class Peer:
    """A name, the package it needs, its way in, and the tolerances to try, loosest first."""

    name: str
    package: str
    prepare: Callable[[Task, float, float], Solve]
    ladder: tuple[float, ...] = LADDER
    widest: int = 2**30  # its set-up takes minutes for more units


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Send what compiled peers print on giving up to nowhere: they write past Python's streams."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept, nowhere = [os.dup(1), os.dup(2)], os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        yield
    finally:
        for at, stream in enumerate(kept, start=1):
            os.dup2(stream, at)
            os.close(stream)
        os.close(nowhere)
