"""Sums with given zeros of the error, and the zeros to start from."""

from __future__ import annotations

import itertools
import math

import pytest
from flint import arb

from memcurse.numerics.approximation.sup.interpolation import through_samples
from memcurse.numerics.approximation.sup.kernel import Difference, interval_kernel
from memcurse.numerics.approximation.sup.starts import Reach
from memcurse.numerics.approximation.sup.zeros import with_zeros, zeros_between
from memcurse.numerics.arithmetic.balls import ball_precision


@pytest.mark.parametrize(("text", "end", "m"), [("1/t", 1000, 6), ("1/t", 2, 8), ("exp(-sqrt(t))", 50, 3)])
def test_the_error_has_the_zeros_asked_for_and_no_other_change_of_sign(text: str, end: int, m: int) -> None:
    kernel = interval_kernel(text, (1, end))
    with ball_precision(160 + 60 * m):
        step = arb(end - 1) / (2 * m)
        even = [(1 + step * (k + arb("0.5"))).mid() for k in range(2 * m)]
        found = through_samples([kernel.value(x).mid() for x in even], even[0], step.mid())
        assert found is not None
        start = Difference(kernel, *found)
        asked = [arb(x) for x in Reach(1.0, float(end), 0.0).condenser_times(2 * m)]
        e = with_zeros(start, even, asked)
        assert e is not None
        assert all(w > 0 for w in (*e.a, *e.w))
        scale = abs(e.value(arb(1)))
        assert all(abs(e.value(x)) < scale * arb(2) ** -40 for x in asked)
        between = [arb(1), *((x + y) / 2 for x, y in itertools.pairwise(asked)), arb(end)]
        values = [e.value(x.mid()) for x in between]
        assert all(p * q < 0 for p, q in itertools.pairwise(values))
        for x, y in zip(zeros_between(e, [x.mid() for x in between]), asked, strict=True):
            assert abs(x - y) < arb(end) * arb(2) ** -20


def test_zeros_that_no_sum_has_are_not_reached() -> None:
    """One term falls, the kernel rises from 1/2 to 6/10: no positive rate serves both times."""
    kernel = interval_kernel("t*exp(-t)", ("1/2", 3))
    with ball_precision(128):
        w = arb(1) / 2
        e = Difference(kernel, (kernel.value(arb(1)) * w.exp(),), (w,))
        zeros = zeros_between(e, [arb("0.5"), arb("1.5").mid(), arb(3)])
        assert with_zeros(e, zeros, [arb("0.5").mid(), arb("0.6").mid()]) is None


def test_the_dense_times_are_chebyshevs_on_short_intervals_and_symmetric_on_long_ones() -> None:
    short = Reach(1.0, 1.0 + 1e-6, 0.0).condenser_times(6)
    chebyshev = [1 + 1e-6 * (1 - math.cos((2 * j - 1) * math.pi / 12)) / 2 for j in range(1, 7)]
    assert short == pytest.approx(chebyshev, abs=1e-12)
    long = Reach(1.0, 1e4, 0.0).condenser_times(8)
    assert [x * y for x, y in zip(long, reversed(long), strict=True)] == pytest.approx([1e4] * 8)
    # One time for each part of the same mass: the density is dx over sqrt(x (x - 1) (1e4 - x)).
    late = Reach(0.0, 10.0, 0.5).condenser_times(4)
    assert [x + 0.5 for x in late] == pytest.approx(Reach(0.5, 10.5, 0.0).condenser_times(4))
