r"""Two-sided bounds on the least error of exponential sums in the maximum norm, from one sum whose error alternates.

*Lower bound* (de la Vallee Poussin). Let ``e = f - E`` for a sum E of k terms have alternating signs and ``|e| >= d``
at ``k + m + 1`` times of the interval. If a sum G of m terms had ``max |f - G| < d``, then ``G - E = e - (f - G)``
would have the signs of e there, and so ``k + m`` zeros; but it has at most ``k + m`` terms, and a sum of n exponentials
with real rates, not 0, has at most ``n - 1`` real zeros (Descartes' rule; Polya and Szego, Problems and Theorems in
Analysis II, part V, problem 75), also where rates coincide and amplitudes are polynomials. It is not 0, as it has
signs. So no G with any real amplitudes, of either sign, and any real rates, nor a limit of such, has an error below d;
about complex rates (damped oscillations) nothing is said: these have any number of zeros. It holds for every kernel f.
For ``k = m`` and the best E the bound is the error of E; that such an E exists is known for completely monotone kernels
(Braess, Nonlinear Approximation Theory, 1986). For ``E = 0`` it says that a kernel that has the sizes d with m changes
of sign is no nearer than d to a sum of m terms.

*Upper bound.* The interval is covered with pieces. On each either a Taylor model shows that ``|e|`` is below the
largest of the values above; or e is monotone, and ``|e|`` is largest at an end of the piece; or, hulled with the
nearest of the times x, ``e''`` has the sign s opposite to ``e(x)``: then ``-s e`` is concave, hence below ``|e(x)| +
|e'(x)| l`` with the length l of the hull, and least at an end of it. Behind the last piece of a half line a completely
monotone kernel falls, and so does a sum with positive amplitudes: their difference lies between minus the one and the
other.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

from flint import arb

from memcurse.numerics.time_limit import check_time

from .kernel import Difference

_ORDER, _PIECES, _DOUBLINGS = 10, 20_000, 400
#: Pieces are no longer than this many times their first point: power series of kernels reach as far as to 0.
_RATIO = 1.5


def lower_bound(e: Difference, times: Sequence[arb], terms: int | None = None) -> arb | None:
    """A bound below which no sum of real exponentials can come, from exact times; None without the alternation needed.

    Parameters
    ----------
    e : Difference
        The kernel minus a sum of k terms; k may be 0.
    times : sequence of arb
        Rising times in the interval, ``k + terms + 1`` of them.
    terms : int, optional
        Number of terms of the sums that the bound is about; k by default.

    Notes
    -----
    Rigour: proof.
    """
    excluded = len(e.w) if terms is None else terms
    start, end = e.kernel.ends()
    if not all(x >= start and x <= end for x in times):
        return None
    values = [e.value(x) for x in times]
    if len(times) != len(e.w) + excluded + 1 or not all(p < q for p, q in itertools.pairwise(times)):
        return None
    signs = [1 if v > 0 else -1 if v < 0 else 0 for v in values]
    if 0 in signs or not all(p == -q for p, q in itertools.pairwise(signs)):
        return None
    return functools.reduce(arb.min, (arb(abs(v).lower()) for v in values))


def upper_bound(e: Difference, times: Sequence[arb]) -> arb | None:
    """A bound on the maximum of ``|e|``, close to the largest at the exact times; None if it is not found.

    Rigour: proof.
    """
    cover = _Cover(e, times)
    return cover.bound if cover.complete() else None


class _Cover:
    """Pieces of the interval, and the largest bound on them so far."""

    def __init__(self, e: Difference, times: Sequence[arb]) -> None:
        self.e, self.times = e, list(times)
        self.values = [e.value(x) for x in times]
        self.slopes = [e.jet(x)[1] for x in times]
        self.goal = functools.reduce(arb.max, (arb(abs(v).lower()) for v in self.values))
        self.bound = functools.reduce(arb.max, (arb(abs(v).upper()) for v in self.values))

    def complete(self) -> bool:
        start, end = self.e.kernel.ends()
        if self.e.kernel.is_endless:
            found = self._from_here_on()
            if found is None:
                return False
            end = found
        first, last = arb(start.lower()), arb(end.upper())
        stack, count = _pieces(first, last, self.times), 0
        while stack:
            check_time()
            count += 1
            left, right = stack.pop()
            if self._settled(left, right):
                continue
            middle = ((left + right) / 2).mid()
            if count > _PIECES or not (left < middle and middle < right):
                return False
            stack += [(left, middle), (middle, right)]
        return True

    def _from_here_on(self) -> arb | None:
        """A time behind which kernel and sum are both below the goal."""
        if not all(a > 0 for a in self.e.a):
            return None
        x = self.times[-1]
        for _ in range(_DOUBLINGS):
            total = sum((a * (-w * x).exp() for a, w in zip(self.e.a, self.e.w, strict=True)), arb(0))
            if self.e.kernel.value(x) < self.goal and total < self.goal:
                return x
            x = (2 * x).mid()
        return None

    def _settled(self, left: arb, right: arb) -> bool:
        """Whether the piece is shown to be low, or to raise the bound no more than a value of ``|e|`` does."""
        model = self.e.model(left, right, _ORDER)
        if abs(model.range(0)) < self.goal:
            return True
        slope = model.range(1)
        if slope > 0 or slope < 0 or self._falls(left, right):
            self._raise(abs(self.e.value(left)))
            self._raise(abs(self.e.value(right)))
            return True
        k = self._nearest((left + right) / 2)
        low, high = left.min(self.times[k]), right.max(self.times[k])
        curvature = self.e.model(low, high, _ORDER).range(2)
        if curvature * self.values[k] < 0:
            self._raise(abs(self.values[k]) + abs(self.slopes[k]) * (high - low))
            self._raise(abs(self.e.value(low)))
            self._raise(abs(self.e.value(high)))
            return True
        return False

    def _nearest(self, x: arb) -> int:
        """Which of the times is near; any serves the proof."""
        later = next((i for i, y in enumerate(self.times) if y > x), len(self.times) - 1)
        return later if later == 0 or self.times[later] - x < x - self.times[later - 1] else later - 1

    def _falls(self, left: arb, right: arb) -> bool:
        """Whether e falls on [0, right], where a completely monotone kernel may have no power series at 0."""
        e = self.e
        if not (left.is_zero() and e.kernel.monotone and all(a > 0 for a in e.a)):
            return False
        # The kernel is convex and the sum is steepest at 0.
        steepest = sum((a * w for a, w in zip(e.a, e.w, strict=True)), arb(0))
        return bool(e.kernel.series(right, arb(1), 1)[1] + steepest < 0)

    def _raise(self, bound: arb) -> None:
        self.bound = self.bound.max(arb(bound.upper()))


def _pieces(first: arb, last: arb, times: Sequence[arb]) -> list[tuple[arb, arb]]:
    """The interval between first and last, divided at the times, and where a piece is long beside its first point."""
    inner = [x for x in times if x > first and x < last]
    pieces = []
    for left, right in itertools.pairwise([first, *inner, last]):
        while left > 0 and right > _RATIO * left:
            middle = (_RATIO * left).mid()
            pieces.append((left, middle))
            left = middle
        pieces.append((left, right))
    return pieces
