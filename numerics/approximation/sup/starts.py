r"""Sums whose error alternates, from which Remez' algorithm starts: least squares in float64, then interpolation.

For a completely monotone kernel ``int e^{-wt} dmu(w)`` a stationary point of least squares at any times, with any
positive weights, has an error with 2m changes of sign. And the samples at 2m equidistant times are moments of a measure
on (0, 1], so they have a Gauss quadrature: a sum of m exponentials with positive amplitudes through all of them
(Prony's method; Karlin and Studden, Tchebycheff Systems, 1966). The first serves long intervals. The second is followed
(`zeros`) to the times that suit kernels with a singularity before the interval: at 0, these are

.. math:: x_j = B \operatorname{dn}^2\Bigl(\frac{2j-1}{4m} K(k') \Big| k'\Bigr), \quad k'^2 = 1 - A/B,

on [A, B], the zeros of Zolotarev's rational function on ``[sqrt A, sqrt B]`` against its mirror image, squared (the
condenser that gives the rate of the error: Braess, Nonlinear Approximation Theory, 1986); for B near A Chebyshev's.

Rigour: none; `proof` decides what a sum is worth.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import mpmath
import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray
from scipy.optimize import least_squares

from memcurse.numerics.arithmetic.balls import ball_precision, mp_precision

from .interpolation import LOST_BITS, Terms, through_samples
from .kernel import Difference, IntervalKernel
from .remez import Alternant, levelled
from .zeros import with_zeros

Array = NDArray[np.float64]

#: Times of the least squares for each term.
_FITTED = 24
#: Where a falling kernel is cut off: multiples of the error that is expected of so many terms.
_SHARES = (1.0, 0.1, 10.0, 0.01)


def level_sum(kernel: IntervalKernel, m: int, bits: int) -> Alternant | None:
    """The sum of m terms whose error is level on the interval, to about `bits`; None if none is found."""
    for e, times in starts(kernel, m):
        found = levelled(e, times, bits)
        if found is not None:
            return found
    return None


def starts(kernel: IntervalKernel, m: int) -> Iterator[tuple[Difference, Sequence[arb]]]:
    """Errors of sums of m terms, and times around their zeros; for completely monotone kernels they alternate."""
    for share in _SHARES:
        reach = _reach(kernel, m, share)
        times = reach.times(m)
        found = _least_squares(kernel, m, times, reach)
        if found is not None:
            yield Difference(kernel, *found), [arb(float(x)) for x in times]
        yield from _interpolated(kernel, m, reach)


@dataclass(frozen=True)
class Reach:
    """Where a kernel is fitted: from first to last, as if its singularity were at `-shift`, all in time."""

    first: float
    last: float
    shift: float

    def times(self, m: int) -> Array:
        """Rising times dense near both ends of the interval, on the logarithmic scale from the singularity on."""
        low, high = self.first + self.shift, self.last + self.shift
        u = -np.cos(np.linspace(0, math.pi, _FITTED * m + 1))
        times = np.exp(math.log(low) + (u + 1) / 2 * math.log(high / low)) - self.shift
        times[0], times[-1] = self.first, self.last
        return times

    def condenser_times(self, count: int) -> list[float]:
        """Rising times between which the error of the best sum is about level."""
        low, high = self.first + self.shift, self.last + self.shift
        with mp_precision(64):
            parameter = 1 - mpmath.mpf(low) / high
            quarter = mpmath.ellipk(parameter)
            places = [(2 * j - 1) * quarter / (2 * count) for j in range(count, 0, -1)]
            return [float(high * mpmath.ellipfun("dn", u, m=parameter) ** 2 - self.shift) for u in places]


def _reach(kernel: IntervalKernel, m: int, share: float) -> Reach:
    start, end = kernel.ends()
    first, last = float(start), float(end)
    # About what the error of the best sum for 1/t on [1, oo) is, exp(-pi sqrt(2m)) (Braess and Hackbusch).
    small = min(0.5, share * math.exp(-math.pi * math.sqrt(2 * m)))
    top = abs(float(kernel.value(start)))
    if kernel.is_endless or kernel.monotone:
        last = min(last, _first_time(kernel, max(first, 1.0) if first else 1.0, small * top))
    return Reach(
        first, last, 0.0 if first > 0 else max(_rise(kernel, last, small * top), _scale(kernel, last))
    )


def _scale(kernel: IntervalKernel, last: float) -> float:
    """Time in which the kernel falls at first, as ``(t + s)^-1`` does in the time s; 0 where it has no slope at 0."""
    value, slope = (float(x) for x in kernel.series(arb(0), arb(1), 1))
    scale = abs(value / slope) if math.isfinite(slope) and slope != 0 else 0.0
    return min(scale, last / 4)


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


def _least_squares(kernel: IntervalKernel, m: int, times: Array, reach: Reach) -> Terms | None:
    """Amplitudes and rates, both positive, least squares at the times."""
    values = np.array([float(kernel.value(arb(x))) for x in times])
    # The slowest term lives to the end of the interval, the fastest as long as its start.
    slow, fast = 0.5 / reach.last, 2.0 / (reach.first + reach.shift)
    w = np.geomspace(slow, fast, m + 2)[1:-1] if m > 1 else np.array([math.sqrt(slow * fast)])
    a = (
        np.abs(np.linalg.lstsq(np.exp(-np.outer(times, w)), values, rcond=None)[0])
        + 1e-12 * np.abs(values).max()
    )

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
            return None
        order = np.argsort(found.x[m:])
        a, w = np.exp(found.x[:m][order]), np.exp(found.x[m:][order])
    if not (np.isfinite(found.x).all() and np.isfinite(a).all() and np.isfinite(w).all() and (w > 0).all()):
        return None
    return tuple(arb(float(x)) for x in a), tuple(arb(float(x)) for x in w)


def _interpolated(kernel: IntervalKernel, m: int, reach: Reach) -> Iterator[tuple[Difference, list[arb]]]:
    """A sum through the kernel at 2m times, and times around them: followed from equidistant times to dense ones."""
    with ball_precision(ctx.prec + LOST_BITS * m):
        start, end = kernel.ends()
        begin, until = arb(start.upper()), arb(reach.last).min(arb(end.lower()))
        step = ((until - begin) / (2 * m)).mid()
        # Midway between the extrema to come, about.
        even = (begin + step / 2).mid()
        nodes = [(even + k * step).mid() for k in range(2 * m)]
        found = through_samples([kernel.value(x).mid() for x in nodes], even, step)
    if found is None:
        return
    e = Difference(kernel, *found)
    dense = [arb(x) for x in reach.condenser_times(2 * m)]
    moved = with_zeros(e, nodes, dense)
    if moved is not None:
        yield moved, _around(begin, dense, until)
    yield e, _around(begin, nodes, until)


def _around(begin: arb, zeros: Sequence[arb], until: arb) -> list[arb]:
    """The zeros, the ends, and a time between any two."""
    middles = [((x + y) / 2).mid() for x, y in itertools.pairwise(zeros)]
    return [begin, *(x for pair in zip(zeros, [*middles, until], strict=True) for x in pair)]
