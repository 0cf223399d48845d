"""Sums with given zeros of the error: Newton's method for amplitudes and rates, along a way from zeros to zeros.

For a completely monotone kernel every choice of 2m times has one sum of m terms through the kernel there, with positive
amplitudes, and it moves smoothly with the times, as ``e^{-wt}`` and ``t e^{-wt}`` at m rates are a Chebyshev system
(Karlin and Studden, Tchebycheff Systems, 1966). So the zeros of the error are variables that never lead astray
(Hackbusch, Comput. Vis. Sci. 20, 2019); amplitudes and rates move along strongly bent curves where the error is small.

Rigour: none; `proof` decides what a sum is worth.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

from flint import arb, arb_mat, ctx

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.time_limit import check_time

from .interpolation import Terms
from .kernel import Difference, IntervalKernel

_STEPS, _BISECTIONS, _DOUBLINGS = 14, 12, 4
#: Bits that the systems may lose, for each term.
_LOST_BITS = 16
#: Shortest part of a way that is tried, and how many steps of Newton's method let the next part be longer.
_SHORTEST, _QUICK = 2.0**-12, 4
#: Change of logarithms after which the next part of a way is begun.
_NEAR = arb(2) ** -4


def zeros_between(e: Difference, times: Sequence[arb]) -> list[arb]:
    """Where e is 0 between times at which its signs alternate: by bisection, then Newton's method."""
    found = []
    for left, right in itertools.pairwise(times):
        sign = e.value(left).mid()
        for _ in range(_BISECTIONS):
            middle = ((left + right) / 2).mid()
            left, right = (middle, right) if e.value(middle).mid() * sign > 0 else (left, middle)
        x = ((left + right) / 2).mid()
        for _ in range(_DOUBLINGS):
            value, slope, _ = e.jet(x)
            moved = (x - value / slope).mid()
            # A zero of higher order, or a slope that is 0: as far as bisection came.
            x = moved if left <= moved and moved <= right else x
        found.append(x)
    return found


def with_zeros(e: Difference, zeros: Sequence[arb], moved: Sequence[arb]) -> Difference | None:
    """The error with the zeros `moved`, reached from the error e with about the 2m `zeros`; None if it is not."""
    done, part, now = arb(0), arb(1), e
    with ball_precision(ctx.prec + _LOST_BITS * len(e.w)):
        while done < 1:
            check_time()
            aim = (done + part).min(arb(1))
            places = [_on_the_way(x, y, aim) for x, y in zip(zeros, moved, strict=True)]
            found = _through(
                now.kernel, (now.a, now.w), places, _NEAR if aim < 1 else arb(2) ** (-ctx.prec // 4)
            )
            if found is None:
                part = part / 2
                if part < _SHORTEST:
                    return None
                continue
            terms, steps = found
            now, done = Difference(e.kernel, *terms), aim
            part = 2 * part if steps < _QUICK else part
    return now


def _on_the_way(x: arb, y: arb, share: arb) -> arb:
    """From x to y, on the logarithmic scale."""
    return (x * (y / x) ** share).mid() if share < 1 else y


def _through(
    kernel: IntervalKernel, terms: Terms, places: Sequence[arb], goal: arb
) -> tuple[Terms, int] | None:
    """Amplitudes and rates of the sum near by through the kernel at 2m places, and the steps that it took.

    The last change of their logarithms is below the goal.
    """
    a, w = terms
    values = [kernel.value(x).mid() for x in places]
    for step in range(_STEPS):
        change = _newton_step(a, w, places, values)
        if change is None:
            return None
        size = functools.reduce(arb.max, map(abs, change))
        if not size < 1:
            return None
        factors = [x.exp() for x in change]
        a = tuple((x * y).mid() for x, y in zip(a, factors[: len(a)], strict=True))
        w = tuple((x * y).mid() for x, y in zip(w, factors[len(a) :], strict=True))
        if size < goal:
            return (a, w), step
    return None


def _newton_step(
    a: Sequence[arb], w: Sequence[arb], places: Sequence[arb], values: Sequence[arb]
) -> list[arb] | None:
    """Changes of the logarithms of amplitudes and rates; the sum's logarithm is made linear where it has one."""
    m = len(w)
    system, right = arb_mat(2 * m, 2 * m), arb_mat(2 * m, 1)
    for i, (x, value) in enumerate(zip(places, values, strict=True)):
        terms = [p * (-q * x).exp() for p, q in zip(a, w, strict=True)]
        total = sum(terms, arb(0)).mid()
        if total.is_zero():
            return None
        for k in range(m):
            system[i, k] = (terms[k] / total).mid()
            system[i, m + k] = (-w[k] * x * terms[k] / total).mid()
        share = (value / total).mid()
        right[i, 0] = (share.log() if share > 0 else share - 1).mid()
    try:
        step = system.solve(right, algorithm="approx")
    except ZeroDivisionError:
        return None
    found = [step[i, 0].mid() for i in range(2 * m)]
    return found if all(x.is_finite() for x in found) else None
