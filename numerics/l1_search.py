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
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from ..theory.notation import t
from ..theory.targets import Target
from .arguments import FloatRangeError
from .balls import ball_precision
from .canonical import target_jets
from .l1_error import l1_residual
from .lower import lower
from .residual_parts import residual_parts
from .smooth_jets import Smooth

Array = NDArray[np.float64]

#: Nodes in a panel of the grid, and panels to a factor of e in time.
_NODES, _PANELS_PER_E = 8, 2
#: A panel is halved while that moves its share of the mass by more than this, relative to all of it.
_RESOLVED, _HALVINGS = 1e-6, 30
#: Share of the norm that may lie behind the grid, unless the log of time gets there: of a kernel with a heavier tail
#: only what no exponential reaches is left out.
_LEFT_OUT, _LAST = 1e-10, 200.0
#: Largest value of a kernel, and one over the smallest, whose products float64 holds.
_LARGEST = 1e75
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
class Grid:
    """Gauss's rule on panels: edges, then nodes (times, rising), weights and the kernel's values there."""

    expression: Callable[[Array], Any]
    edges: Array
    times: Array
    weights: Array
    rho: Array

    def values(self, times: Array) -> Array:
        """The kernel at any times."""
        return _values(self.expression, times)


@dataclass(frozen=True)
class Found:
    """A point of the search: amplitudes and log rates, shape (m,), the norm, and the zeros of the residual."""

    a: Array
    log_w: Array
    norm: float
    zeros: Array
    first: int
    arrived: bool


def grid(target: Target) -> Grid:
    """A rule in log t that sees all but a small share of the kernel's mass.

    Raises
    ------
    FloatRangeError
        If the mass or the times are beyond what float64 can square, or the mass is not found: a very narrow bump.
    """
    expression = lower(target.expression, (t,), "float64")
    first, last = _span(target)
    if not -_LAST <= first < last:
        raise FloatRangeError(f"`target` must have time scales that float64 can search; got {target}")
    count = int((last - first) * _PANELS_PER_E) + 2
    edges = np.exp(np.linspace(first, last, count))
    edges = np.union1d(np.concatenate([[0.0], edges]), _breaks(target))
    for _ in range(_HALVINGS):
        edges, whole = _halved(expression, edges)
        if whole:
            break
    times, weights = _rule(edges)
    rho = _values(expression, times)
    if not 1 / _LARGEST < np.abs(rho).max() < _LARGEST:
        raise FloatRangeError(f"`target` must have a size that float64 can search; got {target}")
    return Grid(expression, edges, times, weights, rho)


def _rule(edges: Array) -> tuple[Array, Array]:
    return _rule_between(edges[:-1], edges[1:])


def _rule_between(starts: Array, ends: Array) -> tuple[Array, Array]:
    """Nodes and weights of Gauss's rule on each of the intervals."""
    x, weights = np.polynomial.legendre.leggauss(_NODES)
    half, centre = (ends - starts)[:, None] / 2, (ends + starts)[:, None] / 2
    return (centre + half * x).ravel(), (half * weights).ravel()


def _values(expression: Callable[[Array], Any], times: Array) -> Array:
    with np.errstate(all="ignore"):
        values = np.broadcast_to(np.asarray(expression(times), dtype=float), times.shape)
    return np.asarray(np.nan_to_num(values, posinf=0.0, neginf=0.0))


def _halved(expression: Callable[[Array], Any], edges: Array) -> tuple[Array, bool]:
    """Edges with those panels halved on which the rule does not yet see the kernel, and whether there were none."""
    middles = (edges[1:] + edges[:-1]) / 2
    finer = np.sort(np.concatenate([edges, middles]))
    sizes = []
    for x in (edges, finer):
        times, weights = _rule(x)
        sizes.append((weights * np.abs(_values(expression, times))).reshape(-1, _NODES).sum(axis=1))
    apart = np.abs(sizes[0] - sizes[1].reshape(-1, 2).sum(axis=1)) > _RESOLVED * sizes[1].sum()
    return np.sort(np.concatenate([edges, middles[apart]])), not apart.any()


def _breaks(target: Target) -> Array:
    with ball_precision(64):
        parts, _ = residual_parts(target, [], [])
        return np.array([float(x.mid()) for part in parts for x in part.breaks()])


def _span(target: Target) -> tuple[float, float]:
    """Logs of the first and of the last time that matter."""
    with ball_precision(64):
        parts, _ = residual_parts(target, [], [])
        scale = 2.0 ** min(part.log2_scale for part in parts)
        size = sum(float(abs(part.tails([arb(0)])[0]).mid()) for part in parts)
        behind: list[float] = []
        for part in parts:
            k, step = 0, 8 if isinstance(part, Smooth) else 1
            while k < 1.5 * _LAST and not part.absolute_tail(arb(scale) * arb(2) ** k) < _LEFT_OUT * size:
                k += step
            behind.append(k * float(np.log(2.0)))
    return float(np.log(scale)) - 12.0, min(float(np.log(scale)) + max(behind), _LAST)


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
    w = np.exp(log_w)
    r = np.exp(-np.outer(grid.times, w)) @ a - grid.rho
    zeros, slope = _zeros(grid, r, a, w)
    return _from_zeros(_norm(grid, r, zeros, a, w), zeros, slope, 1 if r[0] >= 0 else -1, a, w)


def balls_slopes(target: Target, a: Array, log_w: Array) -> _Slopes:
    """The same from certified signs, for residuals that float64 does not resolve."""
    w = np.exp(log_w)
    amplitudes, rates = ([arb(float(x)) for x in values] for values in (a, w))
    found = l1_residual(target, amplitudes, rates, digits=_SEARCH_DIGITS)
    with ball_precision(_SEARCH_BITS):
        parts, _ = residual_parts(target, amplitudes, rates, True)
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
    smooth = pieces.sum() - pieces.reshape(-1, _NODES)[k].sum()
    starts = np.sort(np.concatenate([grid.edges[k], zeros]))
    ends = np.sort(np.concatenate([grid.edges[k + 1], zeros]))
    times, weights = _rule_between(starts, ends)
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


def minima(target: Target, m: int, seed: int) -> list[Found]:
    """Points near minima with m terms, lowest first: from one term to m, a term at a time."""
    # What overflows is no minimum, and what underflows is 0.
    with np.errstate(all="ignore"):
        return _minima(grid(target), m, seed)


def _minima(rule: Grid, m: int, seed: int) -> list[Found]:
    rng = np.random.default_rng(seed)
    found = _descents(rule, [np.array([x]) for x in _scan(rule)])
    for _ in range(1, m):
        starts = [start for low in found[:_CARRIED] for start in _enlarged(low.log_w)]
        low, high = np.log(1 / rule.times[-1]), np.log(1 / rule.times[_NODES])
        spread = found[0].log_w if found else np.array([(low + high) / 2])
        starts += [np.sort(np.append(spread, rng.uniform(low, high))) for _ in range(2)]
        found = _descents(rule, starts)
    return found


def minimum_near(target: Target, a: Array, log_w: Array) -> Found:
    """Where a descent by certified signs leads from one point."""
    with np.errstate(all="ignore"):
        return descend(functools.partial(balls_slopes, target), a, log_w)


def _scan(rule: Grid) -> list[float]:
    """Log rates at which one term does better than with rates beside it."""
    rates = np.linspace(-np.log(rule.times[-1]), -np.log(rule.times[_NODES]), _SCAN)
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
