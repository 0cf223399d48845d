r"""Remez' algorithm: from a sum whose error alternates to the sum whose error is level at its ``2m + 1`` extrema.

Newton's method on ``log |e(x_i)| = d`` for the logarithms of amplitudes and rates, and d, at the extrema of the moment:
by logarithms, as the extrema of a first sum differ by orders of magnitude. As ``e' = 0`` there (or the extremum is an
end of the interval), it converges quadratically though the extrema move.

Rigour: none; `proof` decides what a sum is worth.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb, arb_mat, ctx

from memcurse.numerics.time_limit import check_time

from .kernel import Difference
from .zeros import with_zeros, zeros_between

#: Places between two known times at which extrema are looked for.
_BETWEEN = 5
#: And where they are far apart, for each factor of 2.
_AN_OCTAVE = 2
_STEPS, _HALVINGS, _EXTREMUM_STEPS = 80, 10, 60
#: Relative changes of amplitudes and rates up to which the extrema are followed instead of looked for, at most.
_SHORT = 2.0**-4
#: How far a zero of the error may move in one step, as a share of the gap to the next.
_OF_A_GAP = 0.4


@dataclass(frozen=True)
class Alternant:
    """A sum and the extrema of its error, of alternating signs: all exact balls.

    Attributes
    ----------
    e : Difference
        The error.
    times : tuple of arb, length 2m + 1
        Its extrema in order, also the ends of the interval where it is largest there.
    values : tuple of arb
        The error there.
    """

    e: Difference
    times: tuple[arb, ...]
    values: tuple[arb, ...]

    @property
    def spread(self) -> arb:
        """How much the logarithms of the sizes of the extrema differ."""
        sizes = [abs(v) for v in self.values]
        top = functools.reduce(arb.max, sizes)
        return (top / functools.reduce(arb.min, sizes)).log().mid()


def levelled(e: Difference, times: Sequence[arb], bits: int) -> Alternant | None:
    """The sum near by whose error is level at its extrema, to about `bits`; None if it is not reached.

    Parameters
    ----------
    e : Difference
        An error with 2m changes of sign.
    times : sequence of arb
        Rising times in the interval, one at least near each extremum or between two zeros.
    """
    now = alternant_near(e, times)
    goal = arb(2) ** -bits
    for _ in range(_STEPS):
        check_time()
        if now is None or now.spread <= goal:
            return now
        step = _newton_step(now)
        now = None if step is None else _moved(now, step)
    return None


def alternant_near(e: Difference, times: Sequence[arb]) -> Alternant | None:
    """The extrema of an error near rising times, one at least near each; None if they do not alternate 2m + 1 times."""
    return _alternant(e, _looked_for(e, times))


def _newton_step(at: Alternant) -> list[arb] | None:
    """Relative changes of amplitudes and rates that make the logarithms of all extrema equal, at first order."""
    e, n = at.e, len(at.times)
    system = arb_mat(n, n)
    for i, x in enumerate(at.times):
        for k, (a, w) in enumerate(zip(e.a, e.w, strict=True)):
            term = a * (-w * x).exp()
            system[i, k], system[i, len(e.w) + k] = -term / at.values[i], x * w * term / at.values[i]
        system[i, n - 1] = 1
    right = arb_mat([[-abs(value).log()] for value in at.values])
    try:
        step = system.mid().solve(right.mid(), algorithm="approx")
    except ZeroDivisionError:
        return None
    values = [step[i, 0].mid() for i in range(n - 1)]
    return values if all(v.is_finite() for v in values) else None


def _moved(at: Alternant, step: Sequence[arb]) -> Alternant | None:
    """As much of the step as keeps the alternation and levels the extrema.

    Steps whose second order is small are taken in the logarithms of amplitudes and rates. Longer ones are taken in the
    zeros of the error: they stay in order, so that the alternation is kept.
    """
    largest = functools.reduce(arb.max, (abs(s) for s in step))
    if largest < _SHORT and largest**2 * _cancelled(at) < at.spread:
        found = _stepped(at, step)
        if found is not None and found.spread < at.spread:
            return found
    zeros = zeros_between(at.e, at.times)
    ways = _ways(at.e, step, zeros)
    share = _largest_share([at.times[0], *zeros, at.times[-1]], ways)
    for _ in range(_HALVINGS):
        moved = [(x + share * y).mid() for x, y in zip(zeros, ways, strict=True)]
        e = with_zeros(at.e, zeros, moved)
        found = None if e is None else _alternant(e, _between_zeros(e, moved))
        if found is not None and found.spread < at.spread:
            return found
        share = (share / 2).mid()
    return None


def _cancelled(at: Alternant) -> arb:
    """How much larger the terms are than the error: so much larger are second orders of a step."""
    sizes = [
        sum((abs(a) * (-w * x).exp() for a, w in zip(at.e.a, at.e.w, strict=True)), arb(0)) / abs(value)
        for x, value in zip(at.times, at.values, strict=True)
    ]
    return functools.reduce(arb.max, sizes).mid()


def _stepped(at: Alternant, step: Sequence[arb]) -> Alternant | None:
    """The whole step, in the logarithms of amplitudes and rates."""
    m, factors = len(at.e.w), [s.exp() for s in step]
    a = tuple((x * y).mid() for x, y in zip(at.e.a, factors[:m], strict=True))
    w = tuple((x * y).mid() for x, y in zip(at.e.w, factors[m:], strict=True))
    return _alternant(Difference(at.e.kernel, a, w), at.times)


def _ways(e: Difference, step: Sequence[arb], zeros: Sequence[arb]) -> list[arb]:
    """How the zeros of the error move with the step, at first order."""
    m, ways = len(e.w), []
    for x in zeros:
        change = arb(0)
        for a, w, da, dw in zip(e.a, e.w, step[:m], step[m:], strict=True):
            change += a * (-w * x).exp() * (da - w * x * dw)
        ways.append((change / e.jet(x)[1]).mid())
    return ways


def _largest_share(places: Sequence[arb], ways: Sequence[arb]) -> arb:
    """As much of the ways as takes no zero, between ends that stay, over more than a share of the gap before it."""
    share = arb(1)
    for i, way in enumerate(ways, 1):
        gap = places[i + 1] - places[i] if way > 0 else places[i] - places[i - 1]
        if abs(way) * share > _OF_A_GAP * gap:
            share = (_OF_A_GAP * gap / abs(way)).mid()
    return share


# --- extrema --------------------------------------------------------------------------------------------------------


def _alternant(e: Difference, places: Sequence[arb]) -> Alternant | None:
    if len(places) != 2 * len(e.w) + 1:
        return None
    start, end = inner_ends(e)
    bounds = [start, *places, end if end.is_finite() else 4 * places[-1]]
    times = tuple(_extremum(e, x, bounds[i], bounds[i + 2], (start, end)) for i, x in enumerate(places))
    values = tuple(e.value(x).mid() for x in times)
    alternating = all(p * q < 0 for p, q in itertools.pairwise(values))
    rising = all(p < q for p, q in itertools.pairwise(times))
    return Alternant(e, times, values) if alternating and rising else None


def inner_ends(e: Difference) -> tuple[arb, arb]:
    """Exact numbers in the interval at its ends; infinity for a half line."""
    start, end = e.kernel.ends()
    return arb(start.upper()), end if e.kernel.is_endless else arb(end.lower())


def _looked_for(e: Difference, times: Sequence[arb]) -> list[arb]:
    """Where ``|e|`` is largest between two changes of its sign, on a grid around the times."""
    start, end = inner_ends(e)
    inner = [x for x in times if start < x and x < end]
    last = end if end.is_finite() else (1000 * inner[-1]).mid()
    grid = [start]
    for left, right in itertools.pairwise([start, *inner, last]):
        grid += _between(left, right)
    places: list[tuple[arb, arb]] = []
    for x in grid:
        value = e.value(x).mid()
        if not places or places[-1][1] * value < 0:
            places.append((x, value))
        elif abs(value) > abs(places[-1][1]):
            places[-1] = (x, value)
    return [x for x, _ in places]


def _between_zeros(e: Difference, zeros: Sequence[arb]) -> list[arb]:
    """Where ``|e|`` is largest on a grid, before the first zero, between zeros, and behind the last one."""
    start, end = inner_ends(e)
    places = [start, *zeros, end if end.is_finite() else (1000 * zeros[-1]).mid()]
    found = []
    for left, right in itertools.pairwise(places):
        grid = [left, *_between(left, right)]
        found.append(max(grid, key=lambda x: abs(e.value(x).mid())))
    return found


def _between(left: arb, right: arb) -> list[arb]:
    """Points up to `right`, in geometric order where it is far away; the more, the farther."""
    count = _BETWEEN
    if left > 0 and right > 2 * left:
        count = max(count, math.ceil(_AN_OCTAVE * math.log2(float(right / left))))
    shares = [arb(k) / count for k in range(1, count)]
    if left > 0 and right > 2 * left:
        return [*((left * (right / left) ** s).mid() for s in shares), right]
    if left.is_zero():
        return [*((right * s * s).mid() for s in shares), right]
    return [*((left + (right - left) * s).mid() for s in shares), right]


def _extremum(e: Difference, x: arb, left: arb, right: arb, ends: tuple[arb, arb]) -> arb:
    """By Newton's method on the slope between the bounds; an end of the interval stays where ``|e|`` falls from it."""
    start, end = ends
    small = arb(2) ** (-ctx.prec // 2)
    for _ in range(_EXTREMUM_STEPS):
        value, slope, bend = (y.mid() for y in e.jet(x))
        if not slope.is_finite() or not bend * value < 0:
            return x
        if (x == start and slope * value <= 0) or (x == end and slope * value >= 0):
            return x
        moved = (x - slope / bend).mid()
        if moved <= left:
            moved = ((x + left) / 2).mid()
        elif moved >= right:
            moved = ((x + right) / 2).mid()
        if abs(moved - x) < small * x:
            return moved
        x = moved
    return x
