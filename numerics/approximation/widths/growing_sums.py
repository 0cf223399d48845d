r"""Best exponential sums of width 1, 2, 3, ... in float64, each started from the ones before.

**L1.** A best sum of m terms leaves a residual with 2m sign changes :math:`t_1 < \dots < t_{2m}` (for completely
monotone targets) at which it interpolates, and whose signs are orthogonal to every :math:`e^{-w_k t}` and
:math:`t e^{-w_k t}`. With :math:`S(w) = 1 + 2 \sum_i (-1)^i e^{-w t_i}` these are 4m equations for as many unknowns,

.. math:: \hat\rho(t_i) = \rho(t_i), \qquad S(w_k) = 0, \qquad S'(w_k) = 0,

which Newton's method solves in log times and log rates. Solutions of width m - 2 and m - 1, stretched to m terms and
corrected by what the last stretching missed, start it so well that four or five steps are enough for any m.

**L2.** Levenberg and Marquardt's method from the stretched solution.

Rigour: heuristic; `widths` certifies what it uses.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from memcurse.numerics.arguments import Array, FloatRangeError
from memcurse.theory.targets.target import Target

from .log_time_fits import (
    LogKernel,
    amplitudes_by_least_squares,
    distance,
    log_kernel,
    polish,
    pulse,
    pulse_slope,
    sign_changes,
    solve,
    spread_rates,
)
from .shapes import fine_nodes, merged, next_shape, shifted, split, stretched

_NEWTON_STEPS = 30
#: Largest first step of Newton's method in a log rate or log time.
_LONGEST_STEP = 0.5
#: Newton's method has converged where its correction is as small as this.
_CONVERGED = 1e-8
#: Where rounding stops it, this is still taken for a solution.
_STALLED = 1e-3
#: How many solutions a prediction looks back to.
_ORDER = 4
#: Power and steps of the fits that lead up to it.
_STAGES = ((2, 100), (1, 40), (1, 100))
#: Every width is climbed up to here, then every second one, and so on.
_EVERY = 96
#: Widths up to which rungs are also looked for from scratch.
_WIDEST_FIT = 40
#: Largest log time of a grid, and largest kernel times t whose powers float64 holds.
_LONGEST_REACH, _LARGEST_SIZE = 1e5, 1e75


@dataclass(frozen=True)
class Rung:
    """A sum of m terms over log time: masses `b` and log rates `y` (falling), and the distance from the target.

    `x` are the log times of the sign changes where the 4m equations hold (`stationary`), else empty.
    """

    b: Array
    y: Array
    x: Array
    error: float
    stationary: bool

    @property
    def m(self) -> int:
        """Number of terms."""
        return len(self.y)


def stride(m: int) -> int:
    """Distance of the widths that are climbed at m: 1 up to 96, then doubled whenever m is."""
    return 1 << max(0, (m - 1) // _EVERY).bit_length()


def widths_up_to(limit: int) -> Iterator[int]:
    """The widths that a climb visits: 1, 2, ..., 96, 98, ..., 192, 196, ..., and `limit` itself."""
    m = 1
    while m < limit:
        yield m
        m += stride(m + 1)
    yield limit


class Ladder:
    """Sums of growing width for one target and norm; rungs are made when they are asked for, and kept.

    Raises
    ------
    FloatRangeError
        If the target is too large or small to be squared in float64, or its memory too long for a grid.
    """

    def __init__(self, target: Target, norm: str) -> None:
        self.norm = norm
        with np.errstate(all="ignore"):
            self.kernel = log_kernel(target)
            if not self.kernel.reach < _LONGEST_REACH:
                raise FloatRangeError(f"`target` must have a memory that float64 can search; got {target}")
            size = np.abs(self.kernel.value(np.linspace(-40.0, self.kernel.reach, 4001))).max()
            if not 1 / _LARGEST_SIZE < size < _LARGEST_SIZE:
                raise FloatRangeError(f"`target` must have a size that float64 can search; got {target}")
            self._nodes = fine_nodes(target)
        self._known: dict[int, Rung] = {}

    def __getitem__(self, m: int) -> Rung:
        """The rung of width m, m >= 1.

        Raises
        ------
        ArithmeticError
            If the search ends before it: wide rungs are only found from stationary ones.
        """
        # A term that has decayed to nothing underflows to 0, as it should, and a step that overflows is not taken.
        with np.errstate(all="ignore"):
            for n in widths_up_to(m):
                if n not in self._known:
                    self._known[n] = self._next(n)
        return self._known[m]

    def _next(self, m: int) -> Rung:
        if self.norm == "l2":
            return self._best_of(m, self._l2_starts(m), self._l2)
        for b, y, x in self._predictions(m):
            rung = self._stationary(b, y, x)
            if rung is not None:
                return rung
        if m > _WIDEST_FIT:
            raise ArithmeticError(f"`target` must be one that float64 can fit; got none with {m} terms")
        return self._best_of(m, self._starts(m), self._l1)

    def _last(self, m: int) -> Rung:
        """The widest known rung below m."""
        return self._known[max(n for n in self._known if n < m)]

    def _best_of(
        self, m: int, starts: Iterator[tuple[Array, Array]], fit: Callable[[Array, Array], Rung]
    ) -> Rung:
        """The lowest of the fits from these starts; the first stationary one ends the search."""
        found: list[Rung] = []
        for b, y in starts:
            rung = fit(b, y)
            if np.isfinite(rung.error):
                found.append(rung)
            if rung.stationary:
                break
        if not found:
            raise ArithmeticError(f"`target` must be one that float64 can fit; got none with {m} terms")
        return min(found, key=lambda rung: rung.error)

    # --- starts ---

    def _predictions(self, m: int) -> Iterator[tuple[Array, Array, Array]]:
        """Stretched solutions, corrected as well as earlier ones allow; between two; or shifted to later times."""
        if m < 3:
            return
        step, guesses = stride(m), []
        before = [self._known.get(m - step * k) for k in range(1, _ORDER + 1)]
        chain = [rung for rung in itertools.takewhile(_is_stationary, before) if rung is not None][::-1]
        for k in range(len(chain)):
            guesses.append(tuple(next_shape([_shape(r, i) for r in chain[k:]], m * i) for i in (1, 2)))
        last = self._last(m)
        after = min((n for n in self._known if n > m), default=None)
        if after is not None and last.stationary and self._known[after].stationary:
            share = (m - last.m) / (after - last.m)
            ends = (last, self._known[after])
            low, high = ([stretched(_shape(r, i), m * i) for i in (1, 2)] for r in ends)
            guesses.insert(0, tuple((1 - share) * p + share * q for p, q in zip(low, high, strict=True)))
        if last.stationary and last.m == m - 1:
            guesses.append(shifted(last.y, last.x))
        for y, x in guesses:
            if (np.diff(y) < 0).all() and (np.diff(x) > 0).all():
                yield amplitudes_by_least_squares(self.kernel, y, x), y, x

    def _starts(self, m: int) -> Iterator[tuple[Array, Array]]:
        """Rates as dense as the error asks for; the nodes of a fine rule, merged; the last rung, split."""
        y = spread_rates(self.kernel, m)
        x = np.arange(-y.max() - 10.0, -y.min() + 12.0, 0.1)
        yield amplitudes_by_least_squares(self.kernel, y, x), y
        if self._nodes is not None and len(self._nodes[0]) > m:
            yield merged(*self._nodes, m)
        if m > 1:
            last = self._last(m)
            yield split(last.b, last.y)

    def _l2_starts(self, m: int) -> Iterator[tuple[Array, Array]]:
        y = spread_rates(self.kernel, m, 0.5)
        if m > 2:
            last = self._last(m)
            longer = stretched(last.y, m)
            if (np.diff(longer) < 0).all():
                x = np.arange(-longer.max() - 4.0, -longer.min() + 4.0, 0.1)
                yield amplitudes_by_least_squares(self.kernel, longer, x), longer
        x = np.arange(-y.max() - 4.0, -y.min() + 4.0, 0.1)
        yield amplitudes_by_least_squares(self.kernel, y, x), y
        if self._nodes is not None and len(self._nodes[0]) > m:
            yield merged(*self._nodes, m)

    # --- fits ---

    def _l1(self, b: Array, y: Array) -> Rung:
        """Least squares over log time, which has as many sign changes; then reweighted, then all equations."""
        found: list[Rung] = []
        for power, steps in _STAGES:
            b, y = polish(self.kernel, b, y, steps, power=power)
            x = sign_changes(self.kernel, b, y)
            if len(x) == 2 * len(y):
                stationary = self._stationary(b, y, x)
                if stationary is not None:
                    return stationary
            found.append(Rung(b, y, np.empty(0), distance(self.kernel, b, y, x), False))
        return min(found, key=lambda rung: rung.error)

    def _l2(self, b: Array, y: Array) -> Rung:
        b, y = polish(self.kernel, b, y, 150, power=2, weight=0.5)
        error = distance(self.kernel, b, y, np.empty(0), power=2, weight=0.5)
        return Rung(b, y, np.empty(0), error, False)

    def _stationary(self, b: Array, y: Array, x: Array) -> Rung | None:
        """The solution of the 4m equations near this point, if Newton's method finds one."""
        found = _newton(self.kernel, b, y, x)
        if found is None:
            return None
        b, y, x = found
        error = distance(self.kernel, b, y, x)
        # A solution whose residual has other zeros beside these solves the equations, but not the problem.
        proper = (np.diff(y) < 0).all() and len(sign_changes(self.kernel, b, y, 0.1)) == len(x)
        return Rung(b, y, x, error, True) if proper and np.isfinite(error) else None


@lru_cache(maxsize=16)
def ladder(target: Target, norm: str) -> Ladder:
    """The ladder of a target, shared by all who ask."""
    return Ladder(target, norm)


def _is_stationary(rung: Rung | None) -> bool:
    return rung is not None and rung.stationary


def _shape(rung: Rung, multiple: int) -> Array:
    """The m log rates, or the 2m log times."""
    return rung.y if multiple == 1 else rung.x


def _equations(kernel: LogKernel, b: Array, y: Array, x: Array) -> Array:
    z = np.add.outer(x, y)
    signs = (-1.0) ** np.arange(1, len(x) + 1)
    decay = np.exp(-np.exp(np.minimum(z, 7.0)))
    k = pulse(z)
    return np.concatenate([k @ b - kernel.value(x), 1 + 2 * signs @ decay, signs @ k])


def _jacobian(kernel: LogKernel, b: Array, y: Array, x: Array) -> Array:
    m, n, z = len(y), len(x), np.add.outer(x, y)
    signs = (-1.0) ** np.arange(1, n + 1)
    k, slope = pulse(z), pulse_slope(z)
    J = np.zeros((4 * m, 4 * m))
    J[:n, :m], J[:n, m:n] = k, slope * b
    J[:n, n:] = np.diag(slope @ b - kernel.slope(x))
    J[n : n + m, m:n] = np.diag(-2 * (signs @ k))
    J[n : n + m, n:] = (-2 * signs[:, None] * k).T
    J[n + m :, m:n] = np.diag(signs @ slope)
    J[n + m :, n:] = (signs[:, None] * slope).T
    return J


def _newton(kernel: LogKernel, b: Array, y: Array, x: Array) -> tuple[Array, Array, Array] | None:
    """Damped Newton's method on the 4m equations; None where it does not converge."""
    m, size = len(y), np.inf
    f = _equations(kernel, b, y, x)
    for _ in range(_NEWTON_STEPS):
        step = solve(_jacobian(kernel, b, y, x), -f)
        size = float(max(np.abs(step[m:]).max(), np.abs(step[:m] / b).max()))
        if not size < np.inf:
            return None
        share = min(1.0, _LONGEST_STEP / max(size, 1e-300))
        for _ in range(12):
            trial = [v + share * s for v, s in zip((b, y, x), np.split(step, [m, 2 * m]), strict=True)]
            g = _equations(kernel, *trial)
            if (np.diff(trial[2]) > 0).all() and np.linalg.norm(g) < np.linalg.norm(f) * (1 - 0.1 * share):
                break
            share /= 2
        else:
            # No step lowers it: converged to the precision of float64, or stuck.
            break
        (b, y, x), f = trial, g
        if size < _CONVERGED:
            break
    return (b, y, x) if size < _STALLED else None
