"""The upper bound alone, on differences whose maximum is known: each needs one part of the proof."""

from __future__ import annotations

import pytest
from flint import arb

from memcurse.numerics.approximation.sup.kernel import Difference, interval_kernel
from memcurse.numerics.approximation.sup.proof import upper_bound
from memcurse.numerics.arithmetic.balls import ball_precision


@pytest.mark.parametrize(
    ("text", "time", "largest"),
    [
        # Concave from its extremum on, and largest on the other side of 0: at the last point, at the first one.
        ("1/10 - (t - 1)^2", "1", "0.15"),
        ("1/10 - (t - 3/2)^2", "1.5", "0.15"),
        ("(t - 1)^2 - 1/10", "1", "0.15"),
        # Concave, above the value at the time by its slope.
        ("1/10 - (t - 5/4)^2", "1", "0.1"),
        # Monotone, largest at the last point, at the first one.
        ("t", "1", "1.5"),
        ("1/t", "1.5", "1"),
        # All of it in the remainder of a Taylor model of order 10, and 0 at the middle of the ball there.
        ("(4*t - 5)^10", "1.375", "1"),
        ("(4*t - 5)^11", "1.375", "1"),
    ],
)
def test_the_upper_bound_is_above_a_maximum_that_is_not_at_the_times(
    text: str, time: str, largest: str
) -> None:
    with ball_precision(128):
        e = Difference(interval_kernel(text, (1, "3/2")), (), ())
        bound = upper_bound(e, [arb(time).mid()])
        assert bound is not None
        assert bound >= arb(largest) * (1 - arb(2) ** -60)


def test_no_upper_bound_where_an_extremum_is_not_among_the_times() -> None:
    """Level at the time and as low at both ends, but neither concave nor convex: larger between them."""
    with ball_precision(128):
        e = Difference(interval_kernel("1/100 + (t - 1)^2*(3/2 - t)", (1, "3/2")), (), ())
        assert upper_bound(e, [arb(1)]) is None


@pytest.mark.parametrize(
    ("text", "a", "w"),
    [
        # All of it in the remainder; in the second the derivative of the remainder is 0 at the middle of the interval.
        ("(4*t - 5)^10", (), ()),
        ("(4*t - 5)^11", (), ()),
        # All of it in the sum, whose last derivatives are largest at the first point.
        ("1/t", (10**12,), (60,)),
    ],
)
def test_a_taylor_model_holds_values_and_derivatives_with_its_remainder(
    text: str, a: tuple[int, ...], w: tuple[int, ...]
) -> None:
    with ball_precision(128):
        e = Difference(interval_kernel(text, (1, "3/2")), tuple(map(arb, a)), tuple(map(arb, w)))
        model = e.model(arb(1), arb("1.5"), 10)
        for k in range(9):
            row = e.series(1 + arb(k) / 16, arb("0.25"), 2)
            assert all(model.range(n).overlaps(row[n]) for n in range(3))
