"""Minima in float64 from starts chosen by structure: grids of rates, rates added one by one, and matrix pencils."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from memcurse.numerics.arguments import Array

from .pencil import pencil_rates, real_rates
from .samples import Samples
from .separable import FloatFit, Layout, Problem, descend

#: Points of the grid of log rates by number of terms; of all their combinations the best ones are polished.
_GRID = {1: 64, 2: 32, 3: 20}
_POLISHED, _KEPT, _ADDED = 10, 3, 4
#: Losses that differ by less, relatively, are one minimum.
_SAME = 1e-7
#: Samples and frequencies that the search for one more term looks at, at most.
_MOST, _FREQUENCIES = 2000, 512


class Search:
    """Minima in float64: those of smaller layouts are the starts of larger ones."""

    def __init__(self, samples: Samples, problem: Problem) -> None:
        self.samples, self.problem = samples, problem
        self.slowest, self.fastest = 0.05 / problem.span, 5.0 / problem.gap
        self.known: dict[tuple[Layout, bool], list[FloatFit]] = {}

    @property
    def rounding(self) -> float:
        """What rounding alone may add to a sum of squares."""
        return len(self.problem.y) * (1e-15 * float(np.abs(self.problem.y).max())) ** 2

    def without_terms(self) -> float:
        """Sum of squares that the offset alone leaves, all of it without one."""
        constants = self.problem.constants()
        left, _ = np.linalg.qr(constants)
        return float(np.sum((self.problem.y - left @ (left.T @ self.problem.y)) ** 2))

    def modes(self, m: int, turning: bool) -> list[FloatFit]:
        """Minima with m modes, lowest first, each about once; `turning` admits modes that are not real."""
        if not turning:
            layouts = [Layout(m, 0)]
        elif self.samples.complex:
            layouts = [Layout(0, m)]
        else:
            layouts = [Layout(m - 2 * q, q) for q in range(m // 2 + 1)]
        return _distinct([fit for layout in layouts for fit in self.minima(layout, last=True)])

    def minima(self, layout: Layout, last: bool = False) -> list[FloatFit]:
        """Minima of a layout, lowest first; with `last` from more starts."""
        if (layout, last) not in self.known:
            starts = list(self._grown(layout))
            if layout.turning == 0 and layout.real in _GRID:
                starts += self._grid(layout)
            if last:
                starts += self._pencil(layout)
            fits = [descend(self.problem, layout, x) for x in starts]
            self.known[layout, last] = _distinct([fit for fit in fits if math.isfinite(fit.loss)])
        return self.known[layout, last]

    def _grid(self, layout: Layout) -> list[Array]:
        """The best combinations of a grid of log rates, none beside another."""
        m = layout.real
        x = np.linspace(math.log(self.slowest), math.log(self.fastest), _GRID[m])
        plain, _ = self.problem.columns(np.exp(x))
        # All columns lie in the span of a few: the combinations are compared in its coordinates.
        q, coordinates = np.linalg.qr(np.hstack([self.problem.constants(), plain]))
        fixed = coordinates.shape[1] - len(x)
        y = q.T @ self.problem.y
        chosen = np.array(list(itertools.combinations(range(len(x)), m)))
        blocks = np.empty((len(chosen), len(y), fixed + m))
        blocks[:, :, :fixed] = coordinates[:, :fixed]
        blocks[:, :, fixed:] = np.moveaxis(coordinates[:, fixed:][:, chosen], 0, 1)
        size = np.linalg.norm(blocks, axis=1, keepdims=True)
        bases, _ = np.linalg.qr(blocks / np.where(size == 0, 1.0, size))
        explained = np.sum((np.swapaxes(bases, 1, 2) @ y) ** 2, axis=1)
        starts: list[Array] = []
        taken: list[Array] = []
        for i in np.argsort(-explained):
            if all(np.abs(chosen[i] - other).max() > 1 for other in taken):
                taken.append(chosen[i])
                starts.append(x[chosen[i]])
            if len(starts) == _POLISHED:
                break
        return starts

    def _pencil(self, layout: Layout) -> Iterator[Array]:
        modes = layout.real + layout.turning * (1 if self.samples.complex else 2)
        for rates in pencil_rates(self.samples, modes, self.problem.offset):
            if layout.turning == 0:
                yield np.log(real_rates(rates, layout.real, self.slowest, self.fastest))
                continue
            # Of real data the pairs with positive frequencies; the rest gives the real rates.
            turning = rates if self.samples.complex else rates[rates.imag > 0]
            if len(turning) < layout.turning:
                continue
            turning = turning[np.argsort(-np.abs(turning.imag))][: layout.turning]
            plain = real_rates(rates[rates.imag == 0], layout.real, self.slowest, self.fastest)
            pairs = np.column_stack([np.log(turning.real), turning.imag])
            yield np.concatenate([np.log(plain), pairs.ravel()])

    def _grown(self, layout: Layout) -> Iterator[Array]:
        """The minima with one term less, each with a term added where it takes most off the residual."""
        if layout.real:
            less = Layout(layout.real - 1, layout.turning)
            for fit in self._smaller(less):
                for rate in self._next(fit, turning=False):
                    yield np.concatenate([fit.x[: less.real], rate[:1], fit.x[less.real :]])
                for k in range(less.real):
                    # One rate becomes two: what a term leaves is often the difference of its neighbours.
                    yield np.concatenate(
                        [
                            [fit.x[k] + 0.4],
                            fit.x[: less.real] - 0.2 * (np.arange(less.real) == k),
                            fit.x[less.real :],
                        ]
                    )
        if layout.turning:
            less = Layout(layout.real, layout.turning - 1)
            for fit in self._smaller(less):
                for rate in self._next(fit, turning=True):
                    yield np.concatenate([fit.x, rate])

    def _smaller(self, layout: Layout) -> list[FloatFit]:
        if layout.parameters == 0:
            return [FloatFit(layout, np.zeros(0), float(np.sum(self.problem.y**2)))]
        return self.minima(layout)[:_KEPT]

    def _next(self, fit: FloatFit, turning: bool) -> Iterator[Array]:
        """Terms far from each other that would take most off the residual of a fit."""
        keep = np.unique(np.linspace(0, len(self.problem.y) - 1, min(_MOST, len(self.problem.y))).astype(int))
        phi, _ = self.problem.basis(fit.layout, fit.x)
        left, _ = np.linalg.qr(phi[keep])
        residual = self.problem.y[keep] - left @ (left.T @ self.problem.y[keep])
        log_u, v = self._places(turning)
        gains = np.array([self._gain(u, v, turning, keep, left, residual) for u in np.exp(log_u)])
        for _ in range(_ADDED):
            i, j = np.unravel_index(int(np.argmax(gains)), gains.shape)
            if gains[i, j] <= 0:
                return
            yield np.array([log_u[i], v[j]])
            gains[max(0, i - 2) : i + 3, max(0, j - 3) : j + 4] = 0

    def _places(self, turning: bool) -> tuple[Array, Array]:
        if not turning:
            return np.linspace(math.log(self.slowest), math.log(self.fastest), 40), np.zeros(1)
        # No frequency above one turn in two mean steps shows in samples, half a turn a span is slow enough.
        steps = len(np.unique(self.problem.t)) - 1
        v = np.linspace(0.5, math.pi * steps, min(2 * steps, _FREQUENCIES)) / self.problem.span
        if self.problem.complex:
            v = np.concatenate([-v[::-1], [0.0], v])
        return np.linspace(math.log(2 * self.slowest), math.log(self.fastest), 10), v

    def _gain(self, u: float, v: Array, turning: bool, keep: Array, left: Array, residual: Array) -> Array:
        """What each added term takes off the sum of squares, shape (len(v),)."""
        c, s = self.problem.columns(np.full(len(v), u), v if turning else None)
        c, s = (x[keep] - left @ (left.T @ x[keep]) for x in (c, s))
        cc, ss, cs = (np.sum(x * y, axis=0) for x, y in ((c, c), (s, s), (c, s)))
        by_c, by_s = residual @ c, residual @ s
        if not turning:
            return np.where(cc > 1e-12, by_c**2 / np.maximum(cc, 1e-300), 0.0)
        det = cc * ss - cs**2
        gain = (ss * by_c**2 - 2 * cs * by_c * by_s + cc * by_s**2) / np.maximum(det, 1e-300)
        return np.where(det > 1e-12 * np.maximum(cc, ss) ** 2, gain, 0.0)


def _distinct(fits: list[FloatFit]) -> list[FloatFit]:
    """Lowest first, each loss once."""
    chosen: list[FloatFit] = []
    for fit in sorted(fits, key=lambda fit: fit.loss):
        if not chosen or fit.loss > chosen[-1].loss * (1 + _SAME):
            chosen.append(fit)
    return chosen
