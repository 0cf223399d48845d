r"""Real fits in float64: every local minimum of a grid of log rates is followed down, with the best amplitudes.

With :math:`v_k = L_0(w_k)` and the Cauchy matrix :math:`G_{ij} = 1/(w_i + w_j)` the loss at the best amplitudes
:math:`c = G^{-1} v` is :math:`\|\rho\|^2 - v^T c`. As a function of a log rate the transform of a square-integrable
kernel is analytic in a strip of half width :math:`\pi/2`, so a grid finer than that sees every wide valley; narrow
ones, where the loss is far below the squared norm, are found from coarse grids and by adding rates one by one.
Beyond four rates the grid is too large; there rates are added one by one where they take most off the loss.

Rigour: none; `numerics.stationary` proves what is found.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from memcurse.numerics.arguments import Array, FloatRangeError
from memcurse.numerics.objective.objective import Objective

from .trust_region import Look, downhill

#: Log rates that the search looks at, their step, and the share of the largest gain below which a rate adds nothing.
_REACH, _FINE, _QUIET = 16.0, 0.25, 1e-9
#: Step of the grid by number of rates, and beyond how many kept fits are grown.
_STEP = {1: 0.1, 2: 0.25, 3: 0.5, 4: 0.75}
_POLISHED, _KEPT, _ADDED, _RANDOM = 24, 4, 4, 12
#: Steps of the coarse grid from each point of which a descent starts, and the share of the gain at its ends.
_COARSE, _COARSE_QUIET = {2: 1.6, 3: 2.4, 4: 3.0}, 1e-3
#: Step of log rates within a cluster of a grid.
_WITHIN = 0.1
#: The longest change of log rates in a step, and the one that ends the descent.
_LONGEST, _SMALLEST = 0.5, 1e-11
#: Log rates nearer than this are not looked at; nearer than the second they may be coalescing.
_NEAREST, _COALESCING = 1e-3, 0.1
#: Relative difference of losses below which two fits are one.
_SAME = 1e-9
#: Rounding of the loss relative to the squared norm.
_ROUNDING = 1e-14
_TINY = 2.0**-200

#: Called between descents; raises to stop the search.
Checkpoint = Callable[[], None]


@dataclass(frozen=True)
class FloatFit:
    """Amplitudes and rates, each of shape (m,), rates rising, and the loss."""

    a: Array
    w: Array
    loss: float

    @property
    def coalescing(self) -> bool:
        """Whether two rates are so near each other that they may be on their way to one."""
        return bool(len(self.w) > 1 and np.diff(np.log(self.w)).min() < _COALESCING)


class ReducedLoss:
    """The loss over log rates alone."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.norm = float(objective.loss(np.zeros(1), np.ones(1)))

    def moments(self, w: Array) -> tuple[Array, Array, Array]:
        """``L_0, L_1, L_2`` at rates, each of shape (len(w),), from derivatives at a tiny amplitude."""
        a = np.full((len(w), 1), _TINY)
        _, gradient, hessian = self.objective.evaluate(a, w[:, None])
        # J = a^2/(2w) - 2 a L_0 + norm, and a^2 is lost beside a.
        return -gradient[:, 0] / 2, hessian[:, 0, 1] / 2, -hessian[:, 1, 1] / (2 * _TINY)

    def amplitudes(self, w: Array, v: Array) -> Array:
        """The best ones, from the moments v, by the Cauchy matrix scaled to ones on its diagonal."""
        size = np.sqrt(2 * w)
        gram = size[:, None] * size / (w[:, None] + w)
        result: Array = size * np.linalg.solve(gram, size * v)
        return result

    def at(self, x: Array) -> Look:
        """Reduced loss, gradient and Hessian at log rates x."""
        w = np.exp(x)
        L0, L1, L2 = self.moments(w)
        c = self.amplitudes(w, L0)
        sums = w[:, None] + w
        slack = L1 - (c / sums**2).sum(axis=1)
        by_w = 2 * c * slack
        curvature = 4 * np.outer(c, c) / sums**3
        curvature[np.diag_indices_from(curvature)] += 2 * c * (2 * (c / sums**3).sum(axis=1) - L2)
        mixed = np.diag(2 * slack) - 2 * c[:, None] / sums**2
        hessian = (curvature - mixed @ np.linalg.solve(2 / sums, mixed.T)) * np.outer(w, w)
        hessian[np.diag_indices_from(hessian)] += w * by_w
        return self.norm - float(L0 @ c), w * by_w, (hessian + hessian.T) / 2

    def descend(self, x: Array) -> FloatFit | None:
        """The minimum that log rates lead to; None where float64 ends before."""

        def move(state: Array, step: Array) -> tuple[Array, float] | None:
            moved = state + step
            if np.abs(moved).max() > _REACH + 2 or (
                len(moved) > 1 and np.diff(np.sort(moved)).min() < _NEAREST
            ):
                return None
            return moved, self.at(moved)[0]

        try:
            end, (loss, _, _) = downhill(
                np.asarray(x, dtype=float),
                self.at,
                move,
                longest=_LONGEST,
                smallest=_SMALLEST,
                rounding=_ROUNDING * self.norm,
            )
            w = np.exp(np.sort(end))
            return FloatFit(self.amplitudes(w, self.moments(w)[0]), w, loss)
        except (FloatRangeError, ArithmeticError, np.linalg.LinAlgError):
            return None


def real_fits(objective: Objective, m: int, seed: int, checkpoint: Checkpoint) -> list[FloatFit]:
    """Local minima with m rates, and points where descent stopped beside coalescing rates; lowest first."""
    reduced = ReducedLoss(objective)
    grid, moments = _grid(reduced)
    known: list[FloatFit] = []
    for width in range(1, m + 1):
        starts: Iterable[Array] = _grown(known, grid, moments, width, seed)
        if width in _STEP:
            starts = itertools.chain(_valleys(reduced, grid, width), starts)
        if width == m and width in _COARSE:
            starts = itertools.chain(starts, _coarse(grid, moments, width))
        known = _polished(reduced, starts, checkpoint)
    return known


def ladder(objective: Objective, m: int, checkpoint: Checkpoint) -> list[FloatFit]:
    """From one rate to m, one more at a time, between and around those before: for completely monotone kernels."""
    reduced = ReducedLoss(objective)
    grid, _ = _grid(reduced)
    fits = _polished(reduced, _valleys(reduced, grid, 1), checkpoint)[:1]
    for _ in range(1, m):
        if not fits:
            return []
        fits = _polished(reduced, [interlaced(np.log(fits[0].w))], checkpoint)
    return fits


def interlaced(x: Array) -> Array:
    """Log rates between and around the given ones, one more than there are."""
    if len(x) == 1:
        return np.array([x[0] - 1.0, x[0] + 1.0])
    ends = [x[0] - (x[1] - x[0]) / 2], [x[-1] + (x[-1] - x[-2]) / 2]
    result: Array = np.concatenate([ends[0], (x[1:] + x[:-1]) / 2, ends[1]])
    return result


def _polished(reduced: ReducedLoss, starts: Iterable[Array], checkpoint: Checkpoint) -> list[FloatFit]:
    fits = []
    for x in starts:
        checkpoint()
        fits.append(reduced.descend(x))
    chosen: list[FloatFit] = []
    for fit in sorted((fit for fit in fits if fit is not None), key=lambda fit: fit.loss):
        if not any(abs(fit.loss - other.loss) <= _SAME * other.loss for other in chosen):
            chosen.append(fit)
    return chosen


# --- starts --------------------------------------------------------------------------------------------------------


def _grid(reduced: ReducedLoss) -> tuple[Array, Array]:
    """Log rates, evenly spaced, at which a single exponential takes something off the loss, and ``L_0`` there."""
    x = np.arange(-_REACH, _REACH + _FINE / 2, _FINE)
    moments = np.zeros_like(x)
    for i, w in enumerate(np.exp(x)):
        try:
            moments[i] = reduced.moments(np.array([w]))[0][0]
        except FloatRangeError:
            continue
    gains = np.exp(x) * moments**2
    some = np.flatnonzero(gains > _QUIET * gains.max())
    inside = slice(some[0], some[-1] + 1)
    return x[inside], moments[inside]


def _valleys(reduced: ReducedLoss, grid: Array, m: int) -> Iterator[Array]:
    """Points of coarser grids that lie no higher than their neighbours; first those of m rates apart.

    Valleys along which rates run into each other are narrow, so grids of fewer clusters of rates are looked at as well.
    """
    compositions = sorted(_compositions(m), key=lambda counts: -len(counts))
    return itertools.chain.from_iterable(_clustered_valleys(reduced, grid, counts) for counts in compositions)


def _coarse(grid: Array, moments: Array, m: int) -> Iterator[Array]:
    """Every combination of a coarse grid where rates gain something.

    Where the loss is far below the squared norm its valleys are narrow and bent, and no grid that can be paid for shows
    their bottoms; descents from everywhere find them.
    """
    gains = np.exp(grid) * moments**2
    some = grid[gains > _COARSE_QUIET * gains.max()]
    count = max(m, round((some[-1] - some[0]) / _COARSE[m]) + 1)
    return map(np.array, itertools.combinations(np.linspace(some[0], some[-1], count), m))


def _compositions(m: int) -> list[tuple[int, ...]]:
    """All ways to write m as a sum of positive integers in an order."""
    if m == 0:
        return [()]
    return [(first, *rest) for first in range(1, m + 1) for rest in _compositions(m - first)]


def _clustered_valleys(reduced: ReducedLoss, grid: Array, counts: tuple[int, ...]) -> Iterator[Array]:
    """Valleys of a grid of clusters of so many rates each, lowest first."""
    p, m = len(counts), sum(counts)
    count = max(p + 1, round((grid[-1] - grid[0]) / _STEP[p]) + 1)
    x = np.linspace(grid[0], grid[-1], count)
    chosen = np.array(list(itertools.combinations(range(count), p)))
    offsets = np.concatenate([_WITHIN * (np.arange(n) - (n - 1) / 2) for n in counts])
    at = np.repeat(np.arange(p), counts)
    points = x[chosen][:, at] + offsets
    # Not interpolated: where the loss is a millionth of the squared norm, an error of 1e-3 would move the valleys.
    shifts, where = np.unique(offsets, return_inverse=True)
    table = [np.sqrt(2 * np.exp(x + s)) * reduced.moments(np.exp(x + s))[0] for s in shifts]
    right = np.stack([table[where[k]][chosen[:, at[k]]] for k in range(m)], axis=1)
    gram = 1 / np.cosh((points[:, :, None] - points[:, None, :]) / 2)
    gained = np.einsum("ni,ni->n", right, np.linalg.solve(gram, right[:, :, None])[:, :, 0])
    padded = np.full((count + 2,) * p, -np.inf)
    padded[tuple(chosen.T + 1)] = gained
    highest = np.ones(len(chosen), dtype=bool)
    for shift in itertools.product((-1, 0, 1), repeat=p):
        highest &= gained >= padded[tuple((chosen + 1 + np.array(shift)).T)]
    order = np.flatnonzero(highest)[np.argsort(-gained[highest])][:_POLISHED]
    return iter(np.sort(points[order], axis=1))


def _grown(fits: list[FloatFit], grid: Array, moments: Array, width: int, seed: int) -> Iterator[Array]:
    """The lowest fits with a rate added where it takes most off, and where one rate is split; some at random."""
    rng = np.random.default_rng(seed)
    rates = np.exp(grid)
    for fit in fits[:_KEPT]:
        x = np.log(fit.w)
        left = moments - (fit.a / (rates[:, None] + fit.w)).sum(axis=1)
        blaschke = np.prod(np.tanh((grid[:, None] - x) / 2), axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = np.where(np.abs(blaschke) > 1e-4, 2 * rates * left**2 / blaschke**2, 0.0)
        for _ in range(_ADDED):
            best = int(np.argmax(gain))
            yield np.sort([*x, grid[best]])
            gain[np.abs(grid - grid[best]) < 1.0] = 0.0
        for k in range(len(x)):
            yield np.sort([*np.delete(x, k), x[k] - 0.4, x[k] + 0.4])
        yield interlaced(x)
    for _ in range(_RANDOM):
        yield np.sort(rng.uniform(grid[0], grid[-1], width))


def distance_of(loss: float) -> float:
    """The L2 distance whose square is a loss in float64."""
    return math.sqrt(max(loss, 0.0))
