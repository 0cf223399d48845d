"""How far a kernel that changes its sign is from sums of m real exponentials: the bound of `proof` for the sum 0."""

from __future__ import annotations

import itertools

from flint import arb

from .kernel import Difference, IntervalKernel
from .proof import lower_bound

_POINTS = 400


def sign_bounds(kernel: IntervalKernel) -> list[arb]:
    """Lower bounds on the maximum distance from every sum of 0, 1, 2, ... terms with real rates, falling.

    Rigour: proved.
    """
    e = Difference(kernel, (), ())
    peaks = _peaks(e)
    found: list[arb] = []
    while True:
        bound = lower_bound(e, _highest(peaks, len(found) + 1), len(found))
        if bound is None:
            return found
        found.append(bound)


def _peaks(e: Difference) -> list[tuple[arb, arb]]:
    """Times and values where ``|f|`` is largest on a grid, one between any two changes of its sign."""
    start, end = e.kernel.ends()
    first = arb(start.upper())
    last = arb(end.lower()) if end.is_finite() else 64 * (first + 1)
    peaks: list[tuple[arb, arb]] = []
    for k in range(_POINTS + 1):
        x = (first + (last - first) * k / _POINTS).mid().min(last)
        value = e.value(x).mid()
        if not value.is_finite() or value.is_zero():
            continue
        if not peaks or peaks[-1][1] * value < 0:
            peaks.append((x, value))
        elif abs(value) > abs(peaks[-1][1]):
            peaks[-1] = (x, value)
    return peaks


def _highest(peaks: list[tuple[arb, arb]], count: int) -> list[arb]:
    """Times of `count` alternating peaks whose smallest is as high as may be; fewer if there are not so many."""
    left = list(peaks)
    for level in sorted({abs(v) for _, v in peaks}, key=float, reverse=True):
        left = []
        for x, value in peaks:
            if abs(value) < level:
                continue
            if not left or left[-1][1] * value < 0:
                left.append((x, value))
            elif abs(value) > abs(left[-1][1]):
                left[-1] = (x, value)
        if len(left) >= count:
            break
    # Of too many any run will do.
    return [x for x, _ in itertools.islice(left, count)]
