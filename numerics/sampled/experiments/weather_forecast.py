r"""Temperature of the next day from the last: networks, linear regression and persistence on weeks held out.

The state is 24 hours of temperature, humidity, pressure and wind; forecast is the temperature 24 hours after the last.
Of each four weeks the first two are learned from, the third chooses the ridge, the fourth is the test; a window that
reaches into another part is left out. The network has the state among its features, so that it contains the linear
model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.sampled.activations import TANH
from memcurse.numerics.sampled.dictionary import Dictionary
from memcurse.numerics.sampled.least_squares import least_squares
from memcurse.numerics.sampled.pairs import sample_layer
from memcurse.numerics.sampled.trajectories import delays

from .weather import COLUMNS, WEEK, weather

Array = NDArray[np.float64]

LAGS: Final = 24
AHEAD: Final = 24
RIDGES: Final = (0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
_CELSIUS: Final = 5 / 9


@dataclass(frozen=True)
class WeatherTask:
    """States, targets and the parts of the year.

    Attributes
    ----------
    X : ndarray, shape (N, 96)
        Scaled to mean 0 and standard deviation 1.
    Y : ndarray, shape (N, 1)
    scale : float
        Standard deviation of the temperature, degrees Celsius.
    train, validation, test : ndarray of bool, shape (N,)
    """

    X: Array
    Y: Array
    scale: float
    train: NDArray[np.bool_]
    validation: NDArray[np.bool_]
    test: NDArray[np.bool_]


@lru_cache(maxsize=1)
def weather_task() -> WeatherTask:
    """The task; states of one part only."""
    record = weather()
    columns = [record.values[name] for name in COLUMNS]
    scaled = np.stack([(x - x.mean()) / x.std() for x in columns], axis=1)
    part = np.repeat([0, 0, 1, 2], WEEK)[np.arange(len(scaled)) % (4 * WEEK)]
    X, Y = delays(scaled, LAGS)[:-AHEAD], scaled[LAGS + AHEAD - 1 :, :1]
    windows = np.lib.stride_tricks.sliding_window_view(part, LAGS + AHEAD)
    only = [(windows == k).all(axis=1) for k in range(3)]
    return WeatherTask(X, Y, float(columns[0].std()) * _CELSIUS, *only)


def held_out_errors(features: Any, task: WeatherTask) -> tuple[Array, float]:
    """Errors in degrees Celsius on the test weeks, and the ridge that the validation weeks chose.

    Parameters
    ----------
    features : callable
        Maps states (N, 96) to features (N, n).
    """
    F = {part: features(task.X[getattr(task, part)]) for part in ("train", "validation", "test")}
    Y = {part: task.Y[getattr(task, part)] for part in F}
    n, rows = F["train"].shape[1], len(F["train"])
    # The ridge acts on the triangular factor as it does on the rows.
    R = np.asarray(np.linalg.qr(np.concatenate([F["train"], Y["train"]], axis=1), mode="r"))
    trials = []
    for ridge in RIDGES:
        penalty = (np.sqrt(ridge * rows) * np.eye(n), np.zeros((n, 1)))
        D = least_squares([(R[:, :n], R[:, n:]), penalty]).solution
        trials.append((float(((F["validation"] @ D - Y["validation"]) ** 2).mean()), ridge, D))
    _, ridge, D = min(trials, key=lambda trial: trial[0])
    return task.scale * (F["test"] @ D - Y["test"])[:, 0], ridge


def network_errors(width: int, seed: int, task: WeatherTask, pairs: str = "swim") -> tuple[Array, float]:
    """`held_out_errors` of a network that has a constant and the state among its features."""
    X, Y = task.X[task.train], task.Y[task.train]
    layer = sample_layer(X, Y, width, pairs, TANH, np.random.default_rng(seed))
    return held_out_errors(Dictionary(layer, constant=True, state=True), task)


def linear_errors(task: WeatherTask) -> tuple[Array, float]:
    """`held_out_errors` of affine regression on the state."""
    return held_out_errors(lambda x: np.concatenate([x, np.ones((len(x), 1))], axis=1), task)


def persistence_errors(task: WeatherTask) -> Array:
    """Errors of the forecast that tomorrow is as now."""
    last = task.X[:, -len(COLUMNS)][task.test]
    return np.asarray(task.scale * (last - task.Y[task.test][:, 0]))
