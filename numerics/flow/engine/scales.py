"""Sizes that errors and round-off are measured in, and which units move alike."""

from __future__ import annotations

import math
from typing import Any

from memcurse.numerics.arithmetic.compiled import compiled, uncounted
from memcurse.numerics.arithmetic.doubledouble import loaded, value

from .low_rank.field import low_rank_amplitude, low_rank_noise, low_rank_norm

#: A rate's length scale is at most this many times its distance to the nearest.
_WIDEST = 1e3


@compiled
def mean_scale(nearest: float, spread: float, weights: float) -> float:
    """Geometric mean of the distance to the `nearest` rate and of the root of the mean square ``spread/weights``."""
    wide = math.sqrt(spread / weights) if weights > 0.0 else nearest
    return min(math.sqrt(nearest * max(wide, nearest)), _WIDEST * nearest)


@uncounted
def _distance_that_matters(theta: Any, k: int, twins: Any) -> float:
    """Length scale of the rate k: the geometric mean of its distances to the nearest rate and to all, weighted.

    Near a coincided manifold everything depends on the rates' small distances. Within a cluster that another rate has
    left it depends on them less, and they may shrink to nothing.
    """
    m = theta.shape[0] // 2
    w = value(theta[m + k])
    nearest, spread, weights = w, 0.0, 0.0
    for j in range(m):
        if twins[j] != twins[k]:
            gap = abs(value(theta[m + j]) - w)
            weight = abs(value(theta[j]))
            nearest = min(nearest, gap)
            spread += weight * gap * gap
            weights += weight
    return mean_scale(nearest, spread, weights)


@uncounted
def natural_amplitude(gradient: Any, hessian: Any) -> float:
    """Largest change of one amplitude by which Newton's method would remove its slope: what amplitudes grow to."""
    if hessian.ndim == 3:
        return float(low_rank_amplitude(gradient, hessian))
    largest = 0.0
    for k in range(gradient.shape[0] // 2):
        largest = max(largest, abs(value(gradient[k]) / value(hessian[k, k])))
    return largest


@uncounted
def set_scales(theta: Any, natural: float, controls: Any, scale: Any) -> None:
    """Size of an error that counts as 1: the tolerance times the amplitude, or times the rate's length scale.

    An amplitude counts as 1e-8 of the largest, or of the `natural_amplitude` at the start, at least.
    """
    n = theta.shape[0]
    m = n // 2
    largest = natural
    for k in range(m):
        largest = max(largest, abs(value(theta[k])))
    for k in range(m):
        scale[k] = controls.rtol * max(abs(value(theta[k])), 1e-8 * largest)
        distance = _distance_that_matters(theta, k, controls.twins)
        scale[m + k] = controls.rtol * max(distance, controls.floor * value(theta[m + k]))


@uncounted
def hessian_norm(hessian: Any) -> float:
    """Frobenius norm of a Hessian, in float64."""
    if hessian.ndim == 3:
        return float(low_rank_norm(hessian))
    total = 0.0
    for i in range(hessian.shape[0]):
        for j in range(hessian.shape[0]):
            total += value(hessian[i, j]) ** 2
    return math.sqrt(total)


@uncounted
def copy_hessian(hessian: Any, to: Any) -> None:
    """Copy a Hessian, of either kind."""
    if hessian.ndim == 3:  # in loops: an assignment of arrays would make one in between
        for j in range(hessian.shape[0]):
            for i in range(hessian.shape[1]):
                row, into = hessian[j, i], to[j, i]
                for k in range(hessian.shape[2]):
                    into[k] = row[k]
    else:
        for k in range(hessian.shape[0]):
            for j in range(hessian.shape[0]):
                to[k, j] = hessian[k, j]


@uncounted
def gradient_noise(theta: Any, hessian: Any, unit: float, totals: Any) -> float:
    """Round-off of the gradient, from the size of what cancels in it: ``sum_j |a_j| 2/(w_k + w_j)``, twice.

    `totals` (m,) is a buffer.
    """
    if hessian.ndim == 3:
        return float(low_rank_noise(theta, hessian, unit, totals))
    m = theta.shape[0] // 2
    largest = 0.0
    for k in range(m):
        total = 0.0
        for j in range(m):
            total += abs(value(hessian[k, j]) * value(theta[j]))
        largest = max(largest, total)
    return 2.0 * unit * largest


@uncounted
def norm(x: Any) -> float:
    """Euclidean length, in float64."""
    total = 0.0
    for k in range(x.shape[0]):
        total += value(x[k]) ** 2
    return math.sqrt(total)


@compiled
def loss_size(loss: float) -> float:
    """Size of the terms that make up a loss."""
    return 4.0 * max(1.0, loss)


@compiled
def find_twins(start: Any, twins: Any) -> bool:
    """For each unknown of a start (n,) the first one that belongs to a unit of the same amplitude and rate.

    Whether no two units are alike.
    """
    m, distinct = start.shape[0] // 2, True
    for k in range(m):
        j = 0
        while not (loaded(start[j]) == loaded(start[k]) and loaded(start[m + j]) == loaded(start[m + k])):
            j += 1
        twins[k], twins[m + k] = j, m + j
        distinct &= j == k
    return distinct


#: A loss may rise by so many roundings of its terms.
LOSS_ROUNDINGS = 32.0
