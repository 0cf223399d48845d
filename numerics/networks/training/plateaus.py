"""How long a plateau of a loss lasts: between two levels where they are known, else by a definition of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Steps = NDArray[np.int64]

#: Fall of the loss inside a plateau, after its start, and after its end.
INSIDE, BEFORE, AFTER = 0.3, 0.3, 3.0
DEFINITION: Final = (
    "the longest stretch of ln(step) over which the loss (median of five records) falls by less than 30 %, "
    "after it has fallen by 30 % from the start, and before it falls to a third"
)
_HALF_WINDOW: Final = 2


@dataclass(frozen=True)
class Plateau:
    """A stretch of steps.

    Attributes
    ----------
    start, end : int
        First and last step.
    level : float
        The loss at its start.
    left : bool
        Whether the loss fell to a third of the level later; if not, the plateau lasts at least to `end`.
    definition : str
    """

    start: int
    end: int
    level: float
    left: bool
    definition: str = DEFINITION

    @property
    def length(self) -> int:
        """Steps; a lower bound if the plateau was not left."""
        return self.end - self.start

    @property
    def log_ratio(self) -> float:
        """``ln(end/start)``."""
        return float(np.log(self.end / self.start))


def smoothed(loss: Array) -> Array:
    """Medians of five neighbours, of fewer at the ends."""
    n, k = len(loss), _HALF_WINDOW
    return np.array([np.median(loss[max(0, i - k) : i + k + 1]) for i in range(n)])


def longest_plateau(at: Steps, loss: Array, open_ended: bool = True) -> Plateau | None:
    """The plateau by `DEFINITION`; None if there is no stretch of at least two records.

    With `open_ended` a stretch that is not left when the record ends is taken if it is longer than all that were left;
    its length is a lower bound.
    """
    level = smoothed(loss)
    begun = np.flatnonzero((level <= (1 - BEFORE) * level[0]) & (at >= 1))
    best: dict[bool, tuple[float, int, int]] = {}
    if not begun.size:
        return None
    least = np.minimum.accumulate(level[::-1])[::-1]
    for i in range(int(begun[0]), len(at)):
        fallen = np.flatnonzero(level[i:] <= (1 - INSIDE) * level[i])
        j = i + int(fallen[0]) - 1 if fallen.size else len(at) - 1
        ratio = float(np.log(at[j] / at[i]))
        left = bool(least[j] <= level[i] / AFTER)
        if (left or open_ended) and j > i and ratio > best.get(left, (0.0, 0, 0))[0]:
            best[left] = ratio, i, j
    if not best:
        return None
    left = True in best and (False not in best or best[True][0] >= best[False][0])
    _, i, j = best[left]
    return Plateau(int(at[i]), int(at[j]), float(level[i]), left)


@dataclass(frozen=True)
class Survival:
    """Kaplan and Meier's estimate of the share of runs still on the plateau.

    Attributes
    ----------
    times : ndarray, shape (k,)
        Lengths at which runs left, increasing.
    share : ndarray, shape (k,)
        Share that is left after each.
    censored : int
        Runs that never left.
    """

    times: Array
    share: Array
    censored: int

    @property
    def median(self) -> float | None:
        """The first length after which at most half is left; None if more than half never leave."""
        passed = np.flatnonzero(self.share <= 0.5)
        return float(self.times[passed[0]]) if passed.size else None


def survival(lengths: Array, left: NDArray[np.bool_]) -> Survival:
    """The estimate from lengths of which those that were not left are lower bounds.

    Source: Kaplan and Meier, J. Amer. Statist. Assoc. 53 (1958).

    Raises
    ------
    ValueError
        If the arrays differ in length or are empty, or a length is negative or nan.
    """
    t, gone = np.asarray(lengths, dtype=float), np.asarray(left, dtype=bool)
    if t.ndim != 1 or t.shape != gone.shape or not t.size:
        raise ValueError(
            f"`lengths` and `left` must be as long as each other; got {t.shape} and {gone.shape}"
        )
    if not (t >= 0).all():
        raise ValueError(f"`lengths` must be nonnegative; got {t[~(t >= 0)][0]}")
    times = np.unique(t[gone])
    share, now = [], 1.0
    for time in times:
        now *= 1 - np.count_nonzero(gone & (t == time)) / np.count_nonzero(t >= time)
        share.append(now)
    return Survival(times, np.array(share), int((~gone).sum()))
