"""Starts for the best real fit in L2: from one rate to m for completely monotone kernels, many starts for others."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision, bits_for, to_mpf
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.stationary.search import best_single_rate, candidates
from memcurse.numerics.stationary.variable_projection import RatesPoint, at_rates, descend
from memcurse.numerics.time_limit import check_time

from .interpolating_rates import self_interpolating_rates

#: Widths up to which float64 sees enough of the loss for a search from many starts.
_FLOAT_WIDTH = 3
_STARTS_PER_TERM = 20


def stage_digits(m: int) -> int:
    """Digits for the search: the Cauchy matrix of m rates loses about three in two terms, the loss as many again."""
    return 24 + 6 * m


def monotone_start(objective: Objective, m: int) -> RatesPoint | None:
    """From one rate to m, one at a time; each start puts rates between and around those of the last fit."""
    rates: list[arb] | None = [arb(math.exp(best_single_rate(objective)))]
    for width in range(1, m + 1):
        if rates is None:
            return None
        if width > 1:
            rates = [arb(math.exp(x)) for x in _interlaced([float(w.log()) for w in rates])]
        rates = self_interpolating_rates(objective, rates, stage_digits(width))
    return None if rates is None else _with_amplitudes(objective, rates)


def _with_amplitudes(objective: Objective, w: list[arb]) -> RatesPoint | None:
    digits = stage_digits(len(w))
    with ball_precision(bits_for(digits)):
        return at_rates(objective, [arb(0)] * len(w), w, digits)


def _interlaced(x: list[float]) -> list[float]:
    """Log rates between and around the given ones, one more than there are."""
    if len(x) == 1:
        return [x[0] - 1.0, x[0] + 1.0]
    between = [(p + q) / 2 for p, q in itertools.pairwise(x)]
    return [x[0] - (x[1] - x[0]) / 2, *between, x[-1] + (x[-1] - x[-2]) / 2]


def many_starts(objective: Objective, m: int, seed: int) -> Iterator[RatesPoint]:
    """Points near minima from many starts, lowest first, each about once."""
    found: list[RatesPoint] = []
    for w in _start_rates(objective, m, seed):
        check_time()
        point = descend(objective, [arb(0)] * m, w, stage_digits(m))
        if point is not None and all(float(abs(point.loss / q.loss - 1)) > 1e-9 for q in found):
            found.append(point)
    return iter(sorted(found, key=lambda point: to_mpf(point.loss)))


def _start_rates(objective: Objective, m: int, seed: int) -> Iterator[list[arb]]:
    if m <= _FLOAT_WIDTH:
        for _, w in candidates(objective, m, _STARTS_PER_TERM * m, seed):
            yield [arb(float(x)) for x in w]
    centre, rng = best_single_rate(objective), np.random.default_rng(seed)
    for reach in (1.0, 2.0, 4.0):
        yield [arb(math.exp(x)) for x in (centre + np.linspace(-reach, reach, m) if m > 1 else [centre])]
        yield [arb(math.exp(x)) for x in np.sort(centre + rng.uniform(-2 * reach, 2 * reach, m))]
