"""How good a forecast is: valid time, divergence of histograms with its floor, growth of errors, intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import scipy.special
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Bins an axis, margin in standard deviations, and smoothing of the empirical divergence.
BINS: Final = 30
MARGIN: Final = 0.1
SMOOTHING: Final = 1e-5


def valid_steps(forecast: Array, truth: Array, threshold: float = 0.4) -> int:
    """Steps until the error first exceeds `threshold`, relative to the standard deviation of the truth.

    Parameters
    ----------
    forecast : ndarray, shape (n, d)
        May end early (a forecast that left its bound): what is missing is wrong.
    truth : ndarray, shape (m, d)
    """
    n = min(len(forecast), len(truth))
    scale = np.sqrt((truth.std(axis=0) ** 2).sum())
    if not scale > 0:
        raise ValueError("`truth` must vary; it is constant")
    errors = np.linalg.norm(forecast[:n] - truth[:n], axis=1) / scale
    wrong = np.flatnonzero(~(errors <= threshold))
    return int(wrong[0]) if wrong.size else n


def histogram_divergence(truth: Array, other: Array) -> float:
    """Empirical Kullback-Leibler divergence of the states of `other` from those of `truth`.

    Histograms of 30 bins an axis over the range of the truth and .1 standard deviations more; what lies outside is in
    no bin; each bin of the truth's grid gets 1e-5. **Compare it with its floor**, the divergence of two independent
    pieces of the truth.
    """
    if truth.ndim != 2 or other.ndim != 2 or truth.shape[1] != other.shape[1]:
        raise ValueError(f"`other` must have the columns of `truth`; got {other.shape} and {truth.shape}")
    margin = MARGIN * truth.std(axis=0)
    edges = [
        np.linspace(low, high, BINS + 1)
        for low, high in zip(truth.min(axis=0) - margin, truth.max(axis=0) + margin, strict=True)
    ]
    p, q = (np.histogramdd(states, bins=edges)[0] / len(states) for states in (truth, other))
    p, q = p + SMOOTHING, q + SMOOTHING
    p, q = p / p.sum(), q / q.sum()
    return float((p * np.log(p / q)).sum())


def jacobian_growth(jacobian: Callable[[Array], Array], states: Array) -> Array:
    """Logarithms of the largest factor by which a small error grows, from the first state to each: shape (n,).

    The product of Jacobians along the states, renormalised at each step.
    """
    product, logarithm, growth = np.eye(states.shape[1]), 0.0, np.zeros(len(states))
    for k, state in enumerate(states[:-1]):
        product = jacobian(state) @ product
        size = float(np.linalg.norm(product, 2))
        if not size > 0:
            growth[k + 1 :] = -np.inf
            break
        product, logarithm = product / size, logarithm + float(np.log(size))
        growth[k + 1] = logarithm
    return growth


def mean_intervals(values: Any, levels: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Student's intervals for the mean of independent values, one a level."""
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 or x.size < 2 or not np.isfinite(x).all():
        raise ValueError(f"`values` must be at least two finite numbers; got {values!r}")
    error = float(x.std(ddof=1) / np.sqrt(x.size))
    centre = float(x.mean())
    quantiles = [float(scipy.special.stdtrit(x.size - 1, 0.5 + level / 2)) for level in levels]
    return tuple((centre - q * error, centre + q * error) for q in quantiles)


def block_bootstrap_interval(
    values: Array, block: int, levels: Sequence[float], seed: int, draws: int = 2000
) -> tuple[tuple[float, float], ...]:
    """Intervals for the mean of a dependent series: whole blocks are drawn again, one interval a level.

    Parameters
    ----------
    values : ndarray, shape (n,)
        In order of time; a rest that fills no block is left out of the draws.
    block : int
        Longer than the memory of the series.
    """
    count = len(values) // block
    if block < 1 or count < 2:
        raise ValueError(f"`block` must leave at least two blocks of {len(values)} values; got {block}")
    means = values[: count * block].reshape(count, block).mean(axis=1)
    rng = np.random.default_rng(seed)
    drawn = means[rng.integers(0, count, (draws, count))].mean(axis=1)
    return tuple(
        (float(np.quantile(drawn, 0.5 - level / 2)), float(np.quantile(drawn, 0.5 + level / 2)))
        for level in levels
    )
