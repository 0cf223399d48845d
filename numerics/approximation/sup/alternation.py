r"""The search for a sum of exponentials whose error alternates: least squares in float64, then Remez' algorithm.

A stationary point of least squares at any times, with any positive weights, has an error with 2m changes of sign if the
kernel is completely monotone; between them and at the ends lie the ``2m + 1`` extrema from which Remez' algorithm
starts: Newton's method on ``e(x_i) = (-1)^i d`` for amplitudes, log rates and d, at the extrema of the moment. As
``e' = 0`` there, it converges quadratically though the extrema move.

Rigour: none; `proof` decides what a sum is worth.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray
from scipy.optimize import least_squares

from memcurse.numerics.time_limit import check_time

from .kernel import Difference, IntervalKernel

Array = NDArray[np.float64]

#: Times of the least squares, and of the search for extrema, for each term.
_FITTED, _SAMPLED = 24, 60
_STEPS, _SETTLING, _HALVINGS = 60, 3, 12
#: Where a kernel without end has fallen so far, as a share of its first value, the least squares end.
_SHARES = (1.0, 0.1, 10.0, 0.01)
#: Steps of a time, relative to the distance of its neighbours, below which extrema count as found.
_EXTREMUM_STEPS = 40


@dataclass(frozen=True)
class Alternant:
    """A sum and the extrema of its error, all exact balls."""

    e: Difference
    times: tuple[arb, ...]

    def levels(self) -> list[arb]:
        """The error's values at the extrema."""
        return [self.e.value(x).mid() for x in self.times]

    def spread(self) -> float:
        """How much the sizes of the extrema differ, relative to the largest."""
        sizes = [abs(v) for v in self.levels()]
        top, bottom = max(sizes, key=float), min(sizes, key=float)
        return float((top - bottom) / top)


def alternants(kernel: IntervalKernel, m: int, bits: int) -> Iterator[Alternant]:
    """Sums of m terms whose error alternates and is level to about `bits`, from one start after the other."""
    for share in _SHARES:
        times = _fitted_times(kernel, m, share)
        a, w = _least_squares(kernel, m, times)
        if a is None or w is None:
            continue
        found = levelled(kernel, a, w, times, bits)
        if found is not None:
            yield found


# --- least squares --------------------------------------------------------------------------------------------------


def _fitted_times(kernel: IntervalKernel, m: int, share: float) -> Array:
    """Times dense near both ends of the interval, on the logarithmic scale."""
    start, end = kernel.ends()
    first, last = float(start), float(end)
    # About what the error of the best sum for 1/t on [1, oo) is, exp(-pi sqrt(2m)) (Braess and Hackbusch).
    small = min(0.5, share * math.exp(-math.pi * math.sqrt(2 * m)))
    top = abs(float(kernel.value(start)))
    if kernel.is_endless or kernel.monotone:
        last = min(last, _first_time(kernel, max(first, 1.0) if first else 1.0, small * top))
    low = first if first > 0 else _rise(kernel, last, small * top)
    u = -np.cos(np.linspace(0, math.pi, _FITTED * m + 1))
    times = np.exp(math.log(low) + (u + 1) / 2 * math.log(last / low))
    times[0], times[-1] = low, last
    return times if first > 0 else np.concatenate([[0.0], times])


def _first_time(kernel: IntervalKernel, x: float, level: float) -> float:
    """A time behind which a falling kernel is below a level, to a factor of 2."""
    for _ in range(200):
        if abs(float(kernel.value(arb(x)))) < level:
            break
        x *= 2
    while x > 1e-200 and abs(float(kernel.value(arb(x / 2)))) < level:
        x /= 2
    return x


def _rise(kernel: IntervalKernel, last: float, level: float) -> float:
    """A time before which the kernel differs from its first value by less than a level, to a factor of 2."""
    first, x = kernel.value(arb(0)), last / 4
    for _ in range(200):
        if abs(float(kernel.value(arb(x)) - first)) < level:
            break
        x /= 2
    return x


def _least_squares(kernel: IntervalKernel, m: int, times: Array) -> tuple[list[arb], list[arb]] | tuple[None, None]:
    """Amplitudes and rates, both positive, least squares at the times."""
    values = np.array([float(kernel.value(arb(x))) for x in times])
    inner = times[times > 0]
    # The slowest term lives to the end of the interval, the fastest as long as its start.
    slow, fast = 0.5 / inner[-1], 2.0 / inner[0]
    w = np.geomspace(slow, fast, m + 2)[1:-1] if m > 1 else np.array([math.sqrt(slow * fast)])
    a = np.abs(np.linalg.lstsq(np.exp(-np.outer(times, w)), values, rcond=None)[0]) + 1e-12 * np.abs(values).max()

    def residual(p: Array) -> Array:
        return np.exp(p[:m] - np.outer(times, np.exp(p[m:]))).sum(1) - values

    def jacobian(p: Array) -> Array:
        terms = np.exp(p[:m] - np.outer(times, np.exp(p[m:])))
        return np.hstack([terms, -terms * np.outer(times, np.exp(p[m:]))])

    with np.errstate(all="ignore"):
        start = np.concatenate([np.log(a), np.log(w)])
        try:
            found = least_squares(
                residual, start, jacobian, x_scale=1.0, xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=400
            )
        except ValueError:
            return None, None
    order = np.argsort(found.x[m:])
    if not np.isfinite(found.x).all():
        return None, None
    return [arb(float(x)) for x in np.exp(found.x[:m][order])], [arb(float(x)) for x in np.exp(found.x[m:][order])]


# --- Remez' algorithm -----------------------------------------------------------------------------------------------


def levelled(
    kernel: IntervalKernel, a: Sequence[arb], w: Sequence[arb], times: Array, bits: int
) -> Alternant | None:
    """The sum near by whose error is level at its extrema, to about `bits`; None if it is not reached."""
    now = _alternant(Difference(kernel, tuple(a), tuple(w)), times)
    if now is None:
        return None
    goal = 2.0**-min(bits, 1000)
    settled = 0
    for _ in range(_STEPS):
        check_time()
        before = now.spread()
        if before <= goal:
            settled += 1
            if settled == _SETTLING:
                break
        step = _newton_step(now)
        after = None if step is None else _moved(now, step, times, before)
        if after is None:
            return now if settled else None
        now = after
    return now if settled else None


def _newton_step(at: Alternant) -> list[arb] | None:
    """Changes of amplitudes (relative) and log rates that make all extrema of one size, at first order."""
    e, n = at.e, len(at.times)
    system, right = arb_mat(n, n), arb_mat(n, 1)
    sign = 1 if at.levels()[0] > 0 else -1
    for i, x in enumerate(at.times):
        for k, (a, w) in enumerate(zip(e.a, e.w, strict=True)):
            term = a * (-w * x).exp()
            system[i, k] = -term
            system[i, len(e.w) + k] = x * w * term
        system[i, n - 1] = -sign * (-1) ** i
        right[i, 0] = -e.value(x)
    try:
        step = system.mid().solve(right.mid(), algorithm="approx")
    except ZeroDivisionError:
        return None
    values = [step[i, 0].mid() for i in range(n - 1)]
    return values if all(v.is_finite() for v in values) else None


def _moved(at: Alternant, step: Sequence[arb], times: Array, before: float) -> Alternant | None:
    """As much of the step as keeps the alternation and makes the extrema more level."""
    m, share = len(at.e.w), arb(1)
    largest = max((abs(s) for s in step), key=float)
    if largest > 1:
        share = (1 / largest).mid()
    for _ in range(_HALVINGS):
        a = tuple((x * (share * s).exp()).mid() for x, s in zip(at.e.a, step[:m], strict=True))
        w = tuple((x * (share * s).exp()).mid() for x, s in zip(at.e.w, step[m:], strict=True))
        found = _alternant(Difference(at.e.kernel, a, w), times, at.times)
        if found is not None and (found.spread() < before or before < 1e-20):
            return found
        share = (share / 2).mid()
    return None


def _alternant(e: Difference, times: Array, near: Sequence[arb] = ()) -> Alternant | None:
    """The extrema of the error, one between two changes of its sign, if there are 2m + 1; else None.

    Where extrema of a sum near by are known and Newton's method from them leads to extrema in order, these are taken.
    """
    places = list(near) if near and _is_close(e, near) else _sampled_extrema(e, times)
    if len(places) != 2 * len(e.w) + 1:
        return None
    found = _polished(e, places)
    values = [e.value(x) for x in found]
    alternating = all((p > 0 and q < 0) or (p < 0 and q > 0) for p, q in itertools.pairwise(values))
    rising = all(p < q for p, q in itertools.pairwise(found))
    return Alternant(e, tuple(found)) if alternating and rising else None


def _is_close(e: Difference, times: Sequence[arb]) -> bool:
    values = [abs(e.value(x).mid()) for x in times]
    return float(min(values, key=float)) > 0.9 * float(max(values, key=float))


def _sampled_extrema(e: Difference, times: Array) -> list[arb]:
    start, end = e.kernel.ends()
    grid = _sampled_times(times, len(e.w), float(start), float(end))
    grid[0] = arb(start.upper())
    if not e.kernel.is_endless:
        grid[-1] = arb(end.lower())
    values = [e.value(x).mid() for x in grid]
    places: list[int] = []
    for i, v in enumerate(values):
        if places and (v > 0) == (values[places[-1]] > 0):
            if abs(v) > abs(values[places[-1]]):
                places[-1] = i
        else:
            places.append(i)
    return [grid[i] for i in places]


def _sampled_times(times: Array, m: int, first: float, last: float) -> list[arb]:
    """Times between those of the least squares, and on to the end."""
    ends = times[-1] * np.geomspace(1, 1e4, 60)[1:]
    if math.isfinite(last):
        beyond = np.geomspace(times[-1], last, 60)[1:] if last > times[-1] else np.empty(0)
        ends = beyond
    inner = times[times > 0]
    dense = np.exp(np.interp(np.linspace(0, 1, _SAMPLED * m), np.linspace(0, 1, len(inner)), np.log(inner)))
    head = [first] if first < dense[0] else []
    return [arb(float(x)) for x in np.unique(np.concatenate([head, dense, ends]))]


def _polished(e: Difference, places: Sequence[arb]) -> list[arb]:
    """Newton's method on the slope between the neighbours; the ends of the interval stay where ``|e|`` falls from them."""
    start, end = _inner_ends(e)
    found: list[arb] = []
    for i, x in enumerate(places):
        left = places[i - 1] if i else start
        right = places[i + 1] if i + 1 < len(places) else end
        found.append(_extremum(e, x, left, right, start, end))
    return found


def _inner_ends(e: Difference) -> tuple[arb, arb]:
    start, end = e.kernel.ends()
    return arb(start.upper()), end if e.kernel.is_endless else arb(end.lower())


def _extremum(e: Difference, x: arb, left: arb, right: arb, start: arb, end: arb) -> arb:
    small = arb(2) ** (-ctx.prec // 2)
    for _ in range(_EXTREMUM_STEPS):
        value, slope, bend = (y.mid() for y in e.jet(x))
        if not slope.is_finite() or (x == start and slope * value <= 0) or (x == end and slope * value >= 0):
            return x
        if not bend * value < 0:
            return x
        moved = (x - slope / bend).mid()
        if moved <= left:
            moved = start if left == start and x == start else ((x + left) / 2).mid()
        elif moved >= right:
            moved = end if right == end and end.is_finite() else ((x + right) / 2).mid()
        step = abs(moved - x)
        x = moved
        if step < small * x:
            return x
    return x
