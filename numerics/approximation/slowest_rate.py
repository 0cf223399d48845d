r"""How slow the slowest rate of a good approximation must be: the inverse theorem in L1, with numbers.

Let every rate of ``rho_hat = sum_i a_i e^{-w_i t}``, all ``a_i > 0``, be at least beta. Then :math:`e^{\beta t}
\hat\rho` does not rise, and what ``rho_hat`` has behind x is at most :math:`\kappa = e^{-\beta(x-h)}/(h\beta)` times
what it has before h <= x (`theory.approximation.fast_rates`). With :math:`T = \int_x^\infty \rho`, :math:`M =
\int_0^h \rho` and the error split into the part e_1 before h and the part e_2 behind x, :math:`T - e_2 \le \kappa (M
+ e_1)`, so

.. math:: \|\rho - \hat\rho\|_{L^1} \ge \frac{T - \kappa M}{1 + \kappa}

for kernels of any sign. A positive sum with a smaller error has a rate below beta. Where the tail T falls more slowly
than every exponential, this beta tends to 0 with the error: no rates bounded away from 0 approximate such a kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
from flint import arb

from memcurse.numerics.approximation.l1.residual_parts import decomposed, validate_integrable
from memcurse.numerics.arguments import Array, constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, certainly_less
from memcurse.numerics.arithmetic.jets import Part
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.functionals import fraction_ball
from memcurse.theory.approximation.fast_rates import l1_ratio, positive_floor
from memcurse.theory.exact import exact_positive
from memcurse.theory.targets.target import Target

_BITS = 128
#: Powers of two tried as times, from this many below the kernel's scale, and the last of them.
_BELOW, _LAST = 16, 400
#: Times around the best ones: this many to a factor of 2, of this denominator.
_FINE, _DENOMINATOR = 8, 1024
#: The rate at which float64 sees the floor reach the error is raised by this share, then by 4 times it, and so on.
_SHARE, _RAISES = 1e-6, 12

Times = list[Fraction]


def slowest_rate_bound(target: Target, error: Any) -> float:
    """A rate that the slowest one of every sum with positive amplitudes within `error` of the kernel stays below.

    Parameters
    ----------
    target : Target
        Integrable kernel, of any sign.
    error : number or arb
        L1 distance, positive and below the integral of the kernel.

    Returns
    -------
    float
        1/time. The binary number itself is the bound.

    Raises
    ------
    TypeError, ValueError
        For input out of range, or a kernel that is not, or cannot be shown to be, integrable.
    ArithmeticError
        If no rate is found, or balls do not prove what float64 found.

    Notes
    -----
    Rigour: a proved bound: the floor at the rate returned exceeds `error`, in balls. That it is small is not proved.
    Source: thm-jmlr-inverse.
    """
    target = validate_integrable(target)
    with ball_precision(_BITS):
        distance = _distance(error)
        parts, _ = decomposed(target).residual()
        whole = _tails(parts, [])[0]
        if not distance < whole:
            raise ValueError(f"`error` must be below the kernel's integral, {whole.str(6)}; got {error}")
        times = _coarse_times(parts, distance)
        for _ in range(2):
            tails = _tails(parts, times)
            beta, i, j = _reached(times, tails, float(distance.upper()))
            best = (times[i], times[j])
            times = sorted({near for time in best for near in _around(time)})
        return _proved(parts, beta, best, distance)


def _distance(error: Any) -> arb:
    if isinstance(error, arb):
        if not error > 0:
            raise ValueError(f"`error` must be positive; got {error}")
        return error
    return constant_ball(exact_positive("error", error))


def _tails(parts: Sequence[Part], times: Times) -> list[arb]:
    """``int_x^oo`` of the target for x = 0 and these rising times, from minus its parts. Rigour: enclosure."""
    points = [fraction_ball(x) for x in (Fraction(0), *times)]
    columns = [part.tails(points) for part in parts]
    return [-sum((column[k] for column in columns), arb(0)) for k in range(len(points))]


def _coarse_times(parts: Sequence[Part], distance: arb) -> Times:
    """Powers of two, up to one that has less than the distance behind it."""
    times: Times = []
    for k in range(min(part.log2_scale for part in parts) - _BELOW, _LAST):
        times.append(Fraction(2) ** k)
        if sum((part.absolute_tail(fraction_ball(times[-1])) for part in parts), arb(0)) < distance:
            break
    return times


def _around(time: Fraction) -> Times:
    factors = (2.0 ** (k / _FINE) for k in range(-_FINE, _FINE + 1))
    return [time * Fraction(round(_DENOMINATOR * factor), _DENOMINATOR) for factor in factors]


def _reached(times: Times, tails: list[arb], error: float) -> tuple[float, int, int]:
    """The rate at which the largest floor is `error`, by bisection in float64, and the places of its x and h."""
    masses, grid = (np.array([float(x) for x in values]) for values in (tails, times))
    T, M = masses[1:, None], masses[0] - masses[None, 1:]
    lag = grid[:, None] - grid[None, :]

    def floors(log_rate: float) -> Array:
        with np.errstate(over="ignore"):
            logs = -np.exp(log_rate) * lag - np.log(grid)[None, :] - log_rate
        ratio = np.exp(np.clip(logs, -700.0, 700.0))
        return np.where(lag >= 0, (T - ratio * M) / (1 + ratio), -np.inf)

    low, high = -np.log(grid[-1]) - 30.0, -np.log(grid[0]) + 30.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if floors(middle).max() > error else (middle, high)
    i, j = np.unravel_index(int(np.argmax(floors(high))), lag.shape)
    return float(np.exp(high)), int(i), int(j)


@lru_cache(maxsize=1)
def _floor() -> Callable[..., arb]:
    """The floor on balls, for beta, x, h, T and M."""
    beta, x, h, T, M = symbols = sp.symbols("beta x h T M")
    floor: Callable[..., arb] = lower(positive_floor(T, M, l1_ratio(beta, x, h)), symbols, "ball")
    return floor


def _proved(parts: Sequence[Part], beta: float, times: tuple[Fraction, Fraction], distance: arb) -> float:
    """A rate a little above `beta` whose floor, with these x and h, certainly exceeds the distance."""
    x, h = times
    whole, before, behind = _tails(parts, [h, x])
    for k in range(_RAISES):
        rate = beta * (1 + _SHARE * 4.0**k)
        floor = _floor()(arb(rate), fraction_ball(x), fraction_ball(h), behind, whole - before)
        if certainly_less(distance, floor):
            return rate
    raise ArithmeticError(f"`error` must allow a floor that balls tell from it; got {distance.str(6)}")
