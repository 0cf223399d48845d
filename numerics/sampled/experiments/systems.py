"""Dynamical systems to learn from: Van der Pol (free and forced), Lorenz, Rossler; trajectories by SciPy's DOP853."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

Array = NDArray[np.float64]

_TOLERANCE: Final = 1e-10


@dataclass(frozen=True)
class System:
    """An autonomous or forced system and how it is sampled.

    Attributes
    ----------
    field : callable
        ``field(x, u)``: d arrays, for x of shape (d, ...) and an input u that is held over a step.
    step : float
        Time between two states.
    exponent : float or None
        Largest Lyapunov exponent, 1/time, from the literature; None for a limit cycle.
    low, high : tuple of float
        Box of the starts.
    transient : float
        Time that is left out, so that data lie on the attractor.
    inputs : int
        Number of inputs.
    """

    name: str
    field: Callable[[Array, Array], list[Any]]
    step: float
    exponent: float | None
    low: tuple[float, ...]
    high: tuple[float, ...]
    transient: float = 0.0
    inputs: int = 0


def _vanderpol(x: Array, u: Array) -> list[Any]:
    return [x[1], (1 - x[0] * x[0]) * x[1] - x[0]]


def _forced(x: Array, u: Array) -> list[Any]:
    return [x[1], (1 - x[0] * x[0]) * x[1] - x[0] + u[0]]


def _lorenz(x: Array, u: Array) -> list[Any]:
    return [10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]]


def _rossler(x: Array, u: Array) -> list[Any]:
    return [-x[1] - x[2], x[0] + 0.2 * x[1], 0.2 + x[2] * (x[0] - 5.7)]


#: Exponents: Sprott, *Chaos and Time-Series Analysis* (2003): .9056 and .0714.
SYSTEMS: Final[dict[str, System]] = {
    "vanderpol": System("vanderpol", _vanderpol, 0.1, None, (-3.0, -3.0), (3.0, 3.0)),
    "forced": System("forced", _forced, 0.1, None, (-3.0, -3.0), (3.0, 3.0), inputs=1),
    "lorenz": System("lorenz", _lorenz, 0.01, 0.9056, (-5.0, -5.0, 15.0), (5.0, 5.0, 25.0), 10.0),
    "rossler": System("rossler", _rossler, 0.05, 0.0714, (-5.0, -5.0, 0.0), (5.0, 5.0, 1.0), 50.0),
}


def trajectories(
    system: System, count: int, length: int, seed: int, inputs: Array | None = None
) -> list[Array]:
    """`count` trajectories of `length` states, shape (length, d), from random starts.

    Parameters
    ----------
    inputs : ndarray, shape (count, length, c), optional
        Inputs, each held from its state to the next.

    Notes
    -----
    Rigour: float64, DOP853 with tolerances 1e-10; of a chaotic system the trajectory is one of the attractor, not
    the one of its start.
    """
    rng = np.random.default_rng(seed)
    starts = rng.uniform(system.low, system.high, (count, len(system.low)))
    if not system.inputs:
        return list(_free(system, starts, length))
    given = inputs if inputs is not None else rng.uniform(-1, 1, (count, length, system.inputs))
    return list(_held(system, starts, given))


def _free(system: System, starts: Array, length: int) -> Array:
    """All trajectories as one system: one step size, and one call of the field for all of them."""
    count, d = starts.shape
    none = np.zeros(0)

    def field(_: float, x: Array) -> Array:
        return np.concatenate(system.field(x.reshape(d, count), none))

    times = system.transient + system.step * np.arange(length)
    # SciPy asks for the float next to 0, which is denormal.
    with np.errstate(under="ignore"):
        found = solve_ivp(
            field,
            (0.0, float(times[-1])),
            starts.T.ravel(),
            method="DOP853",
            t_eval=times,
            rtol=_TOLERANCE,
            atol=_TOLERANCE,
        )
    return np.ascontiguousarray(found.y.reshape(d, count, length).transpose(1, 2, 0))


def _held(system: System, starts: Array, inputs: Array) -> Array:
    states = [starts.T]
    for u in inputs[:, :-1].transpose(1, 2, 0):
        x = states[-1]
        # Ten steps of the classical method of order four: 1e-9 at a step of .1.
        h = system.step / 10
        for _ in range(10):
            k1 = np.array(system.field(x, u))
            k2 = np.array(system.field(x + h / 2 * k1, u))
            k3 = np.array(system.field(x + h / 2 * k2, u))
            k4 = np.array(system.field(x + h * k3, u))
            x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        states.append(x)
    return np.array(states).transpose(2, 0, 1)
