"""The result of a training run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .network import RecurrentNetwork
from .plateaus import Plateau, longest_plateau

Array = NDArray[np.float64]
Steps = NDArray[np.int64]

#: What each status says.
STATUSES: Final = {
    "budget": "all the steps asked for were taken",
    "reached": "the loss fell to `stop`",
    "diverged": "the loss passed a million times what it was at the start, or was no number",
    "interrupted": "the user interrupted; what was done is kept",
}


@dataclass(frozen=True)
class TrainingRun:
    """One network, trained.

    Attributes
    ----------
    status : str
        A key of `STATUSES`.
    steps : int
        Steps taken; of a run that diverged, the step whose parameters have no acceptable loss.
    at : ndarray of int, shape (r,)
        Steps at which the loss was kept: a fiftieth apart, powers of two, and the last.
    loss : ndarray, shape (r,)
        Loss there on paths that are held out; the population's where it is known.
    norm : float
        Loss of the silent network on the same paths.
    network, start : RecurrentNetwork
        At the end (of a run that diverged: at the last checkpoint), and before.
    checkpoint_steps : ndarray of int, shape (s,)
        0 and powers of two.
    checkpoints : ndarray, shape (s, n)
        Parameters there, in the layout of `RecurrentNetwork.theta`.
    passages : tuple of int or None
        For each of the `levels` asked for the first step with a loss at most that; None if it never came.
    lost_share : float
        Share of the squared norm of the target beyond the horizon.
    method, paths : str
    rate : float
        Step size.
    seed : int
    """

    status: str
    steps: int
    at: Steps
    loss: Array
    norm: float
    network: RecurrentNetwork
    start: RecurrentNetwork
    checkpoint_steps: Steps
    checkpoints: Array
    levels: tuple[float, ...]
    passages: tuple[int | None, ...]
    lost_share: float
    method: str
    rate: float
    paths: str
    seed: int
    #: Continues the run: ``(steps, stop, progress) -> TrainingRun``.
    continued: Callable[[int, float | None, bool], TrainingRun] = field(repr=False, compare=False)

    @property
    def relative_loss(self) -> Array:
        """Losses over `norm`."""
        return self.loss / self.norm

    @functools.cached_property
    def plateau(self) -> Plateau | None:
        """The plateau by `plateaus.DEFINITION`."""
        return longest_plateau(self.at, self.loss)

    def checkpoint(self, i: int) -> RecurrentNetwork:
        """The network at the step ``checkpoint_steps[i]``."""
        return self.start.with_parameters(self.checkpoints[i])

    def resume(self, steps: int, stop: float | None = None, progress: bool = False) -> TrainingRun:
        """The run with `steps` more steps: the same bytes as if it had been asked for all of them at once.

        Raises
        ------
        ValueError
            If the run diverged.
        """
        if self.status == "diverged":
            raise ValueError(
                f"`resume` must be of a run that did not diverge; this one did at step {self.steps}"
            )
        return self.continued(steps, stop, progress)

    def to_dict(self) -> dict[str, Any]:
        """The numbers for JSON."""
        plateau = self.plateau
        return {
            "status": self.status,
            "steps": self.steps,
            "method": self.method,
            "rate": self.rate,
            "paths": self.paths,
            "seed": self.seed,
            "activation": self.network.activation,
            "units": self.network.units,
            "norm": self.norm,
            "lost_share": self.lost_share,
            "loss": {"first": float(self.loss[0]), "last": float(self.loss[-1])},
            "plateau": None
            if plateau is None
            else {
                "start": plateau.start,
                "end": plateau.end,
                "level": plateau.level,
                "left": plateau.left,
                "definition": plateau.definition,
            },
            "c": self.network.c.tolist(),
            "W": self.network.W.tolist(),
            "U": self.network.U.tolist(),
        }

    def __repr__(self) -> str:
        last = f"loss {self.loss[0]:.3g} -> {self.loss[-1]:.3g}"
        return f"TrainingRun({self.status}, {self.method}, {self.steps} steps, {last})"
