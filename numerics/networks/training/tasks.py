r"""What a network is trained on: the kernel of a functional, by its population loss or on white noise, or sequences.

For a linear network and white noise of variance ``1/dt`` the expected loss at the last of T steps is

.. math:: J = dt \sum_{k<T} \sum_i \bigl((c^T (I + dt\,W)^k U)_i - \rho_i(k\,dt)\bigr)^2,

which is the loss on d paths, each an impulse ``1/dt`` in one input: the population needs no sampling and no other code.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arguments import constant_float
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import t
from memcurse.theory.targets.recognition import as_target
from memcurse.theory.targets.target import Target

from .arguments import finite_array, positive

Array = NDArray[np.float64]

#: Points of the Gauss rule on each time step that measures what lies beyond the horizon.
_POINTS: Final = 8
#: A share of the squared norm beyond the horizon that is said in a warning.
_NOTED_SHARE: Final = 0.01
#: Steps that share one draw of fresh paths: part of what a seed means.
FRESH: Final = 32
#: Streams of random numbers of a run, beside 0 for its start.
_HELD_OUT, _TRAINING = 1, 2


@dataclass(frozen=True)
class Paths:
    """Inputs (T, B, d), wanted outputs (T, B), weights of the times (T,)."""

    X: Array
    Y: Array
    v: Array


def values(target: Target, times: Array) -> Array:
    """A kernel in float64 at these times."""
    with np.errstate(under="ignore"):
        found = np.asarray(lower(target.expression, (t,), "float64")(times), dtype=float)
    return np.broadcast_to(found, times.shape).copy()


@dataclass(frozen=True, init=False)
class KernelTask:
    """Learn ``y(T) = int_0^T sum_i rho_i(s) x_i(T - s) ds`` from white noise x.

    Parameters
    ----------
    target : Target, or a sequence of them
        One kernel for each input.
    horizon : float
        Length of the paths, in units of time; rounded to a whole number of steps.
    step : float
        Time step.

    Attributes
    ----------
    rho : ndarray, shape (T, d)
        The kernels at the times ``0, dt, 2 dt, ...``.
    lost_share : float
        Share of the squared norm of the kernels that lies beyond the horizon, which no training sees.
    """

    targets: tuple[Target, ...]
    horizon: float
    step: float

    def __init__(self, target: Any, horizon: float = 6.4, step: float = 0.1) -> None:
        given = (target,) if isinstance(target, str | Target) or not hasattr(target, "__iter__") else target
        targets = tuple(as_target(one) for one in given)
        if not targets:
            raise TypeError(f"`target` must be a kernel or a sequence of them; got {target!r}")
        width = positive("step", step)
        count = round(positive("horizon", horizon) / width)
        if count < 1:
            raise ValueError(f"`horizon` must be at least one step of {width:g}; got {horizon!r}")
        object.__setattr__(self, "targets", targets)
        object.__setattr__(self, "step", width)
        object.__setattr__(self, "horizon", count * width)
        if self.lost_share > _NOTED_SHARE:
            warnings.warn(
                f"the horizon {self.horizon:g} cuts off {100 * self.lost_share:.3g} % of the squared norm of the "
                "target",
                UserWarning,
                stacklevel=3,
            )

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return len(self.targets)

    @property
    def steps(self) -> int:
        """Time steps of a path."""
        return round(self.horizon / self.step)

    @functools.cached_property
    def rho(self) -> Array:
        """The kernels at the times of the steps, shape (T, d)."""
        times: Array = self.step * np.arange(self.steps, dtype=np.float64)
        rho = np.stack([values(target, times) for target in self.targets], axis=1)
        if not np.isfinite(rho).all():
            raise ValueError(f"`target` must be finite at the times of the steps; got {rho}")
        return rho

    @functools.cached_property
    def lost_share(self) -> float:
        """Share of the squared norm beyond the horizon. Rigour: float64, Gauss's rule on every time step."""
        nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
        starts = self.step * np.arange(self.steps)[:, None]
        times = np.asarray(starts + self.step * (nodes + 1) / 2, dtype=np.float64).ravel()
        seen = sum(
            float((values(target, times).reshape(-1, _POINTS) ** 2 @ weights).sum())
            for target in self.targets
        )
        norm = sum(constant_float("squared norm", target.squared_norm()) for target in self.targets)
        return max(0.0, 1.0 - self.step / 2 * seen / norm) if norm > 0 else 0.0

    @property
    def norm(self) -> float:
        """Loss of the network that is silent: ``dt sum_k |rho_k|^2``."""
        return self.step * float((self.rho**2).sum())

    def population(self) -> Paths:
        """Impulses: the loss on them is the expected loss of a linear network."""
        T, d = self.rho.shape
        X = np.zeros((T, d, d))
        X[0] = np.eye(d) / self.step
        return Paths(X, self.rho, np.full(T, self.step * d))

    def sample(self, rng: np.random.Generator, count: int) -> Paths:
        """White noise of variance ``1/dt``; the output counts at the last time."""
        T, d = self.rho.shape
        X = rng.standard_normal((T, count, d)) / np.sqrt(self.step)
        Y, v = np.zeros((T, count)), np.zeros(T)
        Y[-1], v[-1] = self.step * (self.rho[::-1, None, :] * X).sum(axis=(0, 2)), 1.0
        return Paths(X, Y, v)

    def held_out(self, seed: int, count: int) -> Paths:
        """Paths that are never trained on."""
        return self.sample(np.random.default_rng([seed, _HELD_OUT]), count)

    def training(self, seed: int, chunk: int, batch: int, fresh: bool) -> list[Paths]:
        """The batches of the steps ``chunk FRESH, ...``, in turn; one for all steps if they are not fresh."""
        if not fresh:
            return [self.sample(np.random.default_rng([seed, _TRAINING]), batch)]
        rng = np.random.default_rng([seed, _TRAINING, chunk])
        return [self.sample(rng, batch) for _ in range(FRESH)]


@dataclass(frozen=True, init=False)
class SequenceTask:
    """Learn outputs from inputs, given as sequences; other sequences are held out.

    Parameters
    ----------
    x : array, shape (N, T, d)
        Inputs; in step k the network takes in ``x[:, k]``.
    y : array, shape (N, T)
        Outputs after that step.
    held_x, held_y : arrays of shapes (N', T, d) and (N', T)
        Never trained on.
    step : float
        Time step.
    """

    x: Array
    y: Array
    held_x: Array
    held_y: Array
    step: float

    def __init__(self, x: Any, y: Any, held_x: Any, held_y: Any, step: float = 0.1) -> None:
        named = (("x", x, 3), ("y", y, 2), ("held_x", held_x, 3), ("held_y", held_y, 2))
        arrays = {name: finite_array(name, given, ndim) for name, given, ndim in named}
        for name in ("y", "held_y"):
            wanted = arrays[name.replace("y", "x")].shape[:2]
            if arrays[name].shape != wanted:
                raise ValueError(f"`{name}` must have shape {wanted}; got {arrays[name].shape}")
        if arrays["x"].shape[1:] != arrays["held_x"].shape[1:]:
            shapes = arrays["x"].shape[1:], arrays["held_x"].shape[1:]
            raise ValueError(f"`held_x` must have times and inputs as `x`, {shapes[0]}; got {shapes[1]}")
        for name, array in arrays.items():
            object.__setattr__(self, name, array)
        object.__setattr__(self, "step", positive("step", step))

    #: Nothing is cut off.
    lost_share = 0.0

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return self.x.shape[2]

    @property
    def steps(self) -> int:
        """Time steps of a path."""
        return self.x.shape[1]

    @property
    def norm(self) -> float:
        """Loss of the network that is silent, on the sequences held out."""
        return float((self.held_y**2).mean())

    @staticmethod
    def _paths(x: Array, y: Array) -> Paths:
        X, Y = (np.ascontiguousarray(np.swapaxes(z, 0, 1)) for z in (x, y))
        return Paths(X, Y, np.full(len(X), 1.0 / len(X)))

    def held_out(self, seed: int, count: int) -> Paths:
        """All sequences that are held out."""
        return self._paths(self.held_x, self.held_y)

    def training(self, seed: int, chunk: int, batch: int, fresh: bool) -> list[Paths]:
        """Sequences drawn without repetition for each step; all at every step if they are not more than `batch`."""
        if batch >= len(self.x):
            return [self._paths(self.x, self.y)]
        rng = np.random.default_rng([seed, _TRAINING, chunk])
        draws = [rng.permutation(len(self.x))[:batch] for _ in range(FRESH)]
        return [self._paths(self.x[rows], self.y[rows]) for rows in draws]


Task = KernelTask | SequenceTask


def chosen_task(target: Target | Sequence[Target] | Task, horizon: float, step: float) -> Task:
    """The task itself, or that of a kernel for each input."""
    if isinstance(target, KernelTask | SequenceTask):
        return target
    return KernelTask(target, horizon, step)
