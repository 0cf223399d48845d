"""One network and what stands beside it, fitted to the same data and scored on trajectories that none has seen.

Nothing is tuned here: the width is given, and all else has no parameter. Valid times are in Lyapunov times where the
system has an exponent, else in its time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.sampled.network import SampledNetwork, sampled_network
from memcurse.numerics.sampled.trajectories import delays

from .baselines import Persistence, linear_model, polynomial_model
from .measures import histogram_divergence, valid_steps
from .systems import SYSTEMS, System, trajectories

Array = NDArray[np.float64]

#: States beyond this many ranges of the data are wrong; they are held there, so that nothing overflows.
_FAR: Final = 100.0
NETWORKS: Final = ("K C", "direct D", "uniform pairs", "normal weights")


class Model(Protocol):
    """Anything that steps."""

    def step(self, h: Any, u: Any = None) -> Array:
        """Next states."""


@dataclass(frozen=True)
class Trial:
    """Data of one experiment.

    Attributes
    ----------
    train, test, other : list of ndarray, shape (length, observed)
        Trajectories to learn from, to forecast, and as many again of the truth, for the floor of the divergence.
    train_inputs, test_inputs : list of ndarray, or None
    """

    system: System
    train: list[Array]
    test: list[Array]
    other: list[Array]
    train_inputs: list[Array] | None = None
    test_inputs: list[Array] | None = None

    @property
    def floor(self) -> float:
        """Divergence of an independent truth from the truth."""
        return histogram_divergence(np.concatenate(self.test), np.concatenate(self.other))


@dataclass(frozen=True)
class Score:
    """How one model did.

    Attributes
    ----------
    one_step : float
        Root mean squared error of one step on the test data, relative to their standard deviation.
    valid_time : float
        Mean over the test trajectories.
    divergence : float
        Of the forecasts' histogram from the truth's.
    """

    one_step: float
    valid_time: float
    divergence: float


@lru_cache(maxsize=8)
def trial(
    name: str, parts: int, length: int, starts: int, horizon: int, seed: int = 0, observed: int | None = None
) -> Trial:
    """Data of a system: `parts` trajectories of `length` to learn, `starts` of `horizon` steps to forecast.

    Parameters
    ----------
    observed : int, optional
        How many of the variables are seen, the first ones.
    """
    system = SYSTEMS[name]
    rng = np.random.default_rng(seed)
    seeds = [int(s) for s in rng.integers(0, 2**31, 3)]
    sizes = ((parts, length), (starts, horizon + 1), (starts, horizon + 1))
    inputs = [rng.uniform(-1, 1, (*size, system.inputs)) if system.inputs else None for size in sizes]
    columns = slice(0, observed)
    sets = [
        [part[:, columns] for part in trajectories(system, *size, s, u)]
        for size, s, u in zip(sizes, seeds, inputs, strict=True)
    ]
    given = [None if u is None else list(u) for u in inputs]
    return Trial(system, sets[0], sets[1], sets[2], given[0], given[1])


def models(data: Trial, width: int, seed: int, lags: int = 1) -> dict[str, Model]:
    """The network, its variants and the baselines, all fitted to `data.train`."""

    def network(pairs: str) -> SampledNetwork:
        return sampled_network(
            data.train, width=width, seed=seed, U=data.train_inputs, lags=lags, pairs=pairs
        )

    swim = network("swim")
    return {
        "K C": swim,
        "direct D": replace(swim, readout="direct"),
        "uniform pairs": network("uniform"),
        "normal weights": network("normal"),
        **baselines(swim),
    }


def baselines(network: SampledNetwork) -> dict[str, Model]:
    """Models without random numbers, for the data of a network; degree 3 where it has at most 200 monomials."""
    size = network.data.X.shape[1] + (0 if network.data.U is None else network.data.U.shape[1])
    cubic = {"polynomial": polynomial_model(network.data, 3)} if size <= 8 else {}
    return {**cubic, "linear": linear_model(network.data), "persistence": Persistence()}


def rollout(model: Model, starts: Array, steps: int, inputs: Array | None = None) -> Array:
    """Forecasts from many starts at once.

    Parameters
    ----------
    starts : ndarray, shape (b, d)
    inputs : ndarray, shape (b, steps, c), optional

    Returns
    -------
    ndarray, shape (b, steps + 1, d)
        Entries are held within 100 times the largest start in size.
    """
    bound = _FAR * float(np.abs(starts).max())
    states = [starts]
    for k in range(steps):
        u = None if inputs is None else inputs[:, k]
        states.append(np.clip(model.step(states[-1], u), -bound, bound))
    return np.stack(states, axis=1)


def score(model: Model, data: Trial, lags: int = 1) -> Score:
    """One-step error, valid time and divergence of a model on the test trajectories."""
    width = data.test[0].shape[1]
    embedded = np.stack([delays(part, lags) for part in data.test])
    inputs = None if data.test_inputs is None else np.stack(data.test_inputs)[:, lags - 1 : -1]
    truth = embedded[:, :, -width:]
    step = np.stack(
        [model.step(part[:-1], None if inputs is None else inputs[i]) for i, part in enumerate(embedded)]
    )[:, :, -width:]
    error = float(np.sqrt(((step - truth[:, 1:]) ** 2).mean()) / truth.std())
    forecasts = rollout(model, embedded[:, 0], embedded.shape[1] - 1, inputs)[:, :, -width:]
    scale = data.system.step * (data.system.exponent or 1.0)
    steps = [valid_steps(f, t) for f, t in zip(forecasts, truth, strict=True)]
    divergence = histogram_divergence(truth.reshape(-1, width), forecasts.reshape(-1, width))
    return Score(error, scale * float(np.mean(steps)), divergence)


def scores(data: Trial, width: int, seeds: int, first: int = 0, lags: int = 1) -> Mapping[str, list[Score]]:
    """Scores of each model, one for each of `seeds` seeds; baselines have no seed and are scored once."""
    found: dict[str, list[Score]] = {}
    for seed in range(first, first + seeds):
        for name, model in models(data, width, seed, lags).items():
            known = found.setdefault(name, [])
            again = name not in NETWORKS and bool(known)
            known.append(known[0] if again else score(model, data, lags))
    return found
