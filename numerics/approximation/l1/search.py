r"""Where the L1 distance of exponential sums from a kernel may have its minima: a search in float64.

With the residual's zeros ``t_i`` simple, the norm ``F = int |r|`` is smooth in the parameters:

.. math:: \partial F = \int \mathrm{sgn}(r)\,\partial r, \qquad
          \partial^2 F = \sum_i \frac{2\,\partial r(t_i)\,\partial r(t_i)^T}{|r'(t_i)|}
                         + \int \mathrm{sgn}(r)\,\partial^2 r .

The first part of the Hessian is that of the best approximation by the tangent space; it is positive semidefinite and
leads a damped Newton method downhill. Nothing here is certain: `canonical` proves what is found.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.time_limit import check_time

from .distance import l1_residual
from .residual_parts import Decomposition
from .stationary_fit import target_jets
from .time_grid import NODES, Array, Grid, grid, rule_between

_REWEIGHTINGS, _STEPS = 16, 80
#: Descents that are always made, and at most where none of these arrives; and points that lead to one more term.
_DESCENTS, _MOST_DESCENTS, _CARRIED = 4, 12, 2
_SCAN = 60
#: Gradient (per unit of log parameter, relative to the norm) at which a descent has arrived.
_ARRIVED = 1e-8
#: Relative error of the norm on the grid.
_NOISE = 1e-8
#: Steps that bring a zero to rounding error.
_SECANTS = 12
#: Digits of norms and bits of slopes where balls are asked.
_SEARCH_DIGITS, _SEARCH_BITS = 10, 200
#: Largest step in a log rate.
_REACH = 2.0


@dataclass(frozen=True)
class Found:
    """A point of the search: amplitudes and log rates, shape (m,), the norm, and the zeros of the residual."""

    a: Array
    log_w: Array
    norm: float
    zeros: Array
    first: int
    arrived: bool


def best_amplitudes(grid: Grid, log_w: Array) -> Array:
    """Amplitudes of about the best approximation with these rates, by reweighted least squares."""
    columns = np.exp(-np.outer(grid.times, np.exp(log_w)))
    weights = grid.weights / np.maximum(np.abs(grid.rho), 1e-12 * np.abs(grid.rho).max())
    a = np.zeros(len(log_w))
    for k in range(_REWEIGHTINGS):
        root = np.sqrt(weights)
        a = np.linalg.lstsq(columns * root[:, None], grid.rho * root, rcond=None)[0]
        size = np.abs(columns @ a - grid.rho)
        floor = 10.0 ** (-1 - k / 6) * np.average(size, weights=grid.weights)
        weights = grid.weights / np.maximum(size, max(floor, 1e-300))
    return a


@dataclass(frozen=True)
class _Slopes:
    """Norm, gradient and Hessian in (a, log w), the Hessian's positive part by itself, and the zeros."""

    norm: float
    gradient: Array
    positive: Array
    hessian: Array
    zeros: Array
    first: int


def slopes(grid: Grid, a: Array, log_w: Array) -> _Slopes:
    """The norm and its derivatives up to the second in amplitudes and log rates, on a grid."""
    check_time()
    w = np.exp(log_w)
    r = np.exp(-np.outer(grid.times, w)) @ a - grid.rho
    zeros, slope = _zeros(grid, r, a, w)
    return _from_zeros(_norm(grid, r, zeros, a, w), zeros, slope, 1 if r[0] >= 0 else -1, a, w)


def balls_slopes(kernel: Decomposition, a: Array, log_w: Array) -> _Slopes:
    """The same from certified signs, for residuals that float64 does not resolve."""
    check_time()
    w = np.exp(log_w)
    amplitudes, rates = ([arb(float(x)) for x in values] for values in (a, w))
    found = l1_residual(kernel, amplitudes, rates, digits=_SEARCH_DIGITS)
    with ball_precision(_SEARCH_BITS):
        parts, _ = kernel.residual(amplitudes, rates, True)
        times = [x.mid() for x in found.sign_changes]
        slope = np.array([float(y.mid()) for _, y in target_jets(parts, times)])
    zeros = np.array([float(x) for x in times])
    return _from_zeros(float(found.norm.mid()), zeros, slope, found.signs[0], a, w)


def _from_zeros(norm: float, zeros: Array, slope: Array, first: int, a: Array, w: Array) -> _Slopes:
    m = len(a)
    turns = first * 2.0 * (-1.0) ** np.arange(1, len(zeros) + 1)
    moments = [first * m0 + turns @ mi for m0, mi in _tail_moments(zeros, w)]
    gradient = np.concatenate([moments[0], -a * w * moments[1]])
    values = np.exp(-np.outer(zeros, w))
    jacobian = np.hstack([values, -a * w * zeros[:, None] * values])
    with np.errstate(all="ignore"):
        positive = (jacobian.T * (2 / np.abs(slope))) @ jacobian
    mixed = np.diag(-w * moments[1])
    own = np.diag(a * (w**2 * moments[2] - w * moments[1]))
    hessian = positive + np.block([[np.zeros((m, m)), mixed], [mixed, own]])
    return _Slopes(norm, gradient, positive, hessian, zeros, first)


def _zeros(grid: Grid, r: Array, a: Array, w: Array) -> tuple[Array, Array]:
    """Zeros between nodes of opposite signs, by the Illinois rule, and the slopes of the residual there."""
    k = np.flatnonzero((r[1:] >= 0) != (r[:-1] >= 0))
    left, right, low, high = grid.times[k], grid.times[k + 1], r[k].copy(), r[k + 1].copy()
    slope = (high - low) / (right - left)
    for _ in range(_SECANTS):
        with np.errstate(all="ignore"):
            x = left - low * (right - left) / (high - low)
        x = np.where((x > left) & (x < right), x, (left + right) / 2)
        value = np.exp(-np.outer(x, w)) @ a - grid.values(x)
        same = (value >= 0) == (low >= 0)
        left, right = np.where(same, x, left), np.where(same, right, x)
        low, high = np.where(same, value, low / 2), np.where(same, high / 2, value)
    step = 1e-5 * x
    around = (
        [np.exp(-np.outer(y, w)) @ a - grid.values(y) for y in (x - step, x + step)] if len(k) else [x, x]
    )
    centred = (around[1] - around[0]) / (2 * step)
    return x, np.where(np.sign(centred) == np.sign(slope), centred, slope)


def _norm(grid: Grid, r: Array, zeros: Array, a: Array, w: Array) -> float:
    """The norm, with the panels that hold zeros cut there."""
    k = np.unique(np.searchsorted(grid.edges, zeros) - 1)
    pieces = np.abs(r) * grid.weights
    smooth = pieces.sum() - pieces.reshape(-1, NODES)[k].sum()
    starts = np.sort(np.concatenate([grid.edges[k], zeros]))
    ends = np.sort(np.concatenate([grid.edges[k + 1], zeros]))
    times, weights = rule_between(starts, ends)
    return float(smooth + weights @ np.abs(np.exp(-np.outer(times, w)) @ a - grid.values(times)))


def _tail_moments(x: Array, w: Array) -> list[tuple[Array, Array]]:
    """``int_y^oo t^p e^{-wt} dt`` for p = 0, 1, 2: at y = 0, shape (m,), and at the points, shape (n, m)."""
    y, decay = x[:, None], np.exp(-np.outer(x, w))
    return [
        (1 / w, decay / w),
        (1 / w**2, decay * (y / w + 1 / w**2)),
        (2 / w**3, decay * (y**2 / w + 2 * y / w**2 + 2 / w**3)),
    ]


def descend(evaluate: Callable[[Array, Array], _Slopes], a: Array, log_w: Array) -> Found:
    """A damped Newton method (Levenberg and Marquardt) on the norm, and on the gradient where the norm is noise."""
    m, damping = len(a), 1e-2
    here = evaluate(a, log_w)
    for _ in range(_STEPS):
        scale = np.concatenate([np.maximum(np.abs(a), 1e-12 * np.abs(a).max()), np.ones(m)])
        steepness = np.abs(here.gradient * scale).max()
        if not np.isfinite(here.hessian).all() or steepness <= _ARRIVED * here.norm or damping > 1e12:
            break
        step = _step(here, scale, damping)
        step *= min(1.0, _REACH / max(float(np.abs(step[m:]).max()), 1e-300))
        there = evaluate(a + step[:m], log_w + step[m:])
        flatter = np.abs(there.gradient * scale).max() < steepness
        if there.norm < here.norm * (1 - _NOISE) or (there.norm < here.norm * (1 + _NOISE) and flatter):
            a, log_w, here, damping = a + step[:m], log_w + step[m:], there, damping / 5
        else:
            damping = max(damping, 1e-12) * 4
    scale = np.concatenate([np.abs(a), np.ones(m)])
    arrived = bool(np.abs(here.gradient * scale).max() <= 1e-3 * here.norm)
    order = np.argsort(log_w)
    return Found(a[order], log_w[order], here.norm, here.zeros, here.first, arrived)


def _step(here: _Slopes, scale: Array, damping: float) -> Array:
    """Newton's step where the damped Hessian is positive definite, else that of its positive part."""
    g = here.gradient * scale
    for matrix in (here.hessian, here.positive):
        scaled = matrix * np.outer(scale, scale)
        diagonal = np.abs(np.diag(here.positive)) * scale**2 + 1e-14 * here.norm
        scaled = scaled + damping * np.diag(diagonal)
        values, vectors = np.linalg.eigh(scaled)
        if values[0] > 1e-13 * values[-1]:
            break
    values = np.maximum(values, 1e-13 * values[-1])
    return -scale * (vectors @ ((vectors.T @ g) / values))


def minima(kernel: Decomposition, m: int, seed: int) -> list[Found]:
    """Points near minima with m terms, lowest first: from one term to m, a term at a time."""
    # What overflows is no minimum, and what underflows is 0.
    with np.errstate(all="ignore"):
        return _minima(grid(kernel), m, seed)


def _minima(rule: Grid, m: int, seed: int) -> list[Found]:
    rng = np.random.default_rng(seed)
    found = _descents(rule, [np.array([x]) for x in _scan(rule)])
    for _ in range(1, m):
        starts = [start for low in found[:_CARRIED] for start in _enlarged(low.log_w)]
        low, high = np.log(1 / rule.times[-1]), np.log(1 / rule.times[NODES])
        spread = found[0].log_w if found else np.array([(low + high) / 2])
        starts += [np.sort(np.append(spread, rng.uniform(low, high))) for _ in range(2)]
        found = _descents(rule, starts)
    return found


def minimum_near(kernel: Decomposition, a: Array, log_w: Array) -> Found:
    """Where a descent by certified signs leads from one point."""
    with np.errstate(all="ignore"):
        return descend(functools.partial(balls_slopes, kernel), a, log_w)


def _scan(rule: Grid) -> list[float]:
    """Log rates at which one term does better than with rates beside it."""
    rates = np.linspace(-np.log(rule.times[-1]), -np.log(rule.times[NODES]), _SCAN)
    norms = []
    for x in rates:
        a = best_amplitudes(rule, np.array([x]))
        norms.append(rule.weights @ np.abs(np.exp(-rule.times * np.exp(x)) * a[0] - rule.rho))
    padded = np.concatenate([[np.inf], norms, [np.inf]])
    lowest = [k for k in range(_SCAN) if padded[k + 1] <= padded[k] and padded[k + 1] <= padded[k + 2]]
    return [float(rates[k]) for k in sorted(lowest, key=lambda k: norms[k])]


def _enlarged(x: Array) -> Iterator[Array]:
    """Log rates with one more: between and around all, or any of them split in two, or one far to a side."""
    gap = np.diff(x).mean() if len(x) > 1 else 2.0
    yield np.array([x[0] - gap / 2, *((p + q) / 2 for p, q in itertools.pairwise(x)), x[-1] + gap / 2])
    yield np.concatenate([[x[0] - gap], x])
    yield np.concatenate([x, [x[-1] + gap]])
    for k in range(len(x)):
        near = min(1.0, gap / 3)
        yield np.concatenate([x[:k], [x[k] - near, x[k] + near], x[k + 1 :]])


def _descents(rule: Grid, starts: list[Array]) -> list[Found]:
    """The minima that the most promising starts lead to, each about once, lowest first."""
    rated = []
    for log_w in starts:
        a = best_amplitudes(rule, log_w)
        size = rule.weights @ np.abs(np.exp(-np.outer(rule.times, np.exp(log_w))) @ a - rule.rho)
        rated.append((float(size), a, log_w))
    rated.sort(key=lambda item: item[0])
    found: list[Found] = []
    for k, (_, a, log_w) in enumerate(rated[:_MOST_DESCENTS]):
        if k >= _DESCENTS and any(point.arrived for point in found):
            break
        point = descend(functools.partial(slopes, rule), a, log_w)
        if all(
            abs(point.norm / q.norm - 1) > 1e-7 or np.abs(point.log_w - q.log_w).max() > 1e-3 for q in found
        ):
            found.append(point)
    return sorted(found, key=lambda point: point.norm)
