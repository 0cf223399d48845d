"""A network fitted to the first part of a record, and its forecast of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.sampled.network import Forecast, SampledNetwork, sampled_network
from memcurse.numerics.sampled.trajectories import at_least_one, delays, matrix
from memcurse.theory.exact import exact_integer

from .measures import jacobian_growth, valid_steps
from .systems import SYSTEMS, trajectories
from .weather import COLUMNS, weather

Array = NDArray[np.float64]

#: What `held_out_forecast` is given for each system: trajectories to learn from, and their length.
TRAINING: Final = {"lorenz": (8, 1000), "rossler": (8, 1000), "vanderpol": (40, 51)}
#: Steps after which a horizon no longer matters for the exponent.
_MOST_STEPS: Final = 2000
_WEATHER_LAGS: Final = 24
NAMES: Final = (*TRAINING, "weather")


@dataclass(frozen=True)
class HeldOut:
    """A forecast beside the truth.

    Attributes
    ----------
    network : SampledNetwork
    truth : ndarray, shape (n + 1, observed)
        From the start of the forecast on.
    forecast : Forecast
    valid : int
        Steps until the error first exceeds .4 standard deviations of the truth.
    step : float
        Time of one step.
    exponent : float
        Largest Lyapunov exponent, 1/time: of the system where it is known, else of the network along its forecast.
    known : bool
        Whether the exponent is the system's.
    columns : tuple of str
    """

    network: SampledNetwork
    truth: Array
    forecast: Forecast
    valid: int
    step: float
    exponent: float
    known: bool
    columns: tuple[str, ...]

    @property
    def states(self) -> Array:
        """Observed entries of the forecast, shape (steps + 1, observed)."""
        return self.forecast.states[:, -self.truth.shape[1] :]

    @property
    def horizon(self) -> float | None:
        """Valid time in Lyapunov times; None where errors do not grow."""
        return self.valid * self.step * self.exponent if self.exponent > 0 else None


def held_out_system(name: str, width: int, steps: int, seed: int = 0, **options: Any) -> HeldOut:
    """Forecast a system's test trajectory, or the last hours of the weather record."""
    seed = exact_integer("seed", seed, least=0)
    if name not in NAMES:
        raise ValueError(f"`system` must be one of {', '.join(NAMES)}; got {name!r}")
    if name == "weather":
        record = np.stack([weather().values[c] for c in COLUMNS], axis=1)
        # In units of their spread: otherwise the pressure decides which pairs are near.
        scaled = (record - record.mean(axis=0)) / record.std(axis=0)
        options = {"lags": _WEATHER_LAGS, "constant": True, "state": True, **options}
        return held_out_rows(scaled, width, steps, seed, columns=tuple(COLUMNS), **options)
    steps = at_least_one("forecast", steps)
    system = SYSTEMS[name]
    lags = at_least_one("lags", options.get("lags", 1))
    train = trajectories(system, *TRAINING[name], seed=seed)
    test = trajectories(system, 1, steps + lags, seed=seed + 1)[0]
    network = sampled_network(train, width=width, seed=seed, **options)
    columns = tuple(f"x{i + 1}" for i in range(test.shape[1]))
    return _compared(network, test, lags, system.step, system.exponent, columns)


def held_out_rows(
    rows: Any,
    width: int,
    steps: int,
    seed: int = 0,
    *,
    times: Any = None,
    columns: tuple[str, ...] = (),
    **options: Any,
) -> HeldOut:
    """Fit all but the last `steps` rows of one record, and forecast these.

    Raises
    ------
    ValueError
        If too few rows are left to learn from, and as `sampled_network`.
    """
    data, steps = matrix("rows", rows), at_least_one("forecast", steps)
    lags = at_least_one("lags", options.get("lags", 1))
    learnt = len(data) - steps
    if learnt < lags + 2:
        raise ValueError(f"`forecast` must leave at least {lags + 2} of {len(data)} rows; got {steps}")
    clock = None if times is None else matrix("times", times)
    if clock is not None and len(clock) != len(data):
        raise ValueError(f"`times` must have one time for each of {len(data)} rows; got {len(clock)}")
    network = sampled_network(
        data[:learnt], width=width, seed=seed, times=None if clock is None else clock[:learnt], **options
    )
    step = 1.0 if clock is None else float(clock[1, 0] - clock[0, 0])
    names = columns or tuple(f"x{i + 1}" for i in range(data.shape[1]))
    return _compared(network, data[learnt - lags :], lags, step, None, names)


def _compared(
    network: SampledNetwork,
    test: Array,
    lags: int,
    step: float,
    exponent: float | None,
    columns: tuple[str, ...],
) -> HeldOut:
    embedded = delays(test, lags)
    forecast = network.forecast(embedded[0], len(embedded) - 1)
    truth = embedded[:, -test.shape[1] :]
    valid = valid_steps(forecast.states[:, -test.shape[1] :], truth)
    if exponent is None:
        grown = jacobian_growth(network.jacobian, forecast.states[:_MOST_STEPS])
        found = float(grown[-1]) / (max(len(grown) - 1, 1) * step)
    else:
        found = exponent
    return HeldOut(network, truth, forecast, valid, step, found, exponent is not None, columns)
