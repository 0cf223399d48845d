"""Two rates: the elimination misses nothing that a search finds, and everything in it is critical."""

from __future__ import annotations

from itertools import combinations

import pytest
from flint import arb, arb_poly
from hypothesis import given, settings
from hypothesis import strategies as st

import memcurse as mc
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.stationary.critical_points import critical_points
from memcurse.numerics.stationary.points import CriticalPoint
from memcurse.numerics.stationary.search import search
from memcurse.numerics.stationary.two_rates import UnseparatedError, positive_roots

SUMS = st.integers(2, 4).flatmap(
    lambda n: st.builds(
        mc.ExponentialSum,
        st.lists(st.integers(-9, 9).filter(bool), min_size=n, max_size=n),
        st.lists(st.integers(1, 60).map(lambda k: f"{k}/4"), min_size=n, max_size=n, unique=True),
    )
)


def _same(p: CriticalPoint, q: CriticalPoint) -> bool:
    pairs = zip((*p.enclosure.a, *p.enclosure.w), (*q.enclosure.a, *q.enclosure.w), strict=True)
    return all(x.overlaps(y) for x, y in pairs)


@given(SUMS)
@settings(max_examples=25)
def test_a_search_finds_nothing_that_the_complete_list_lacks(target: mc.ExponentialSum) -> None:
    points = critical_points(target, 2, 20)
    if points.complete:
        for found in search(target, 2, 20, 25, 0):
            assert any(_same(found, point) for point in points)
    assert not any(_same(p, q) for p, q in combinations(points, 2))
    J = mc.Objective(target)
    for point in points:
        gradient = J.enclose(point.enclosure.a, point.enclosure.w, 60).gradient
        assert all(gradient[i, 0].contains(0) for i in range(4))


def test_a_sum_of_two_terms_has_itself_and_no_other_minimum() -> None:
    points = critical_points(mc.ExponentialSum([1, 3], [1, 2]), 2)
    assert points.complete
    (point,) = points.minima()
    assert [float(x) for x in (*point.amplitudes, *point.rates)] == [1, 3, 1, 2]


def test_points_with_an_idle_term_are_in_the_list() -> None:
    # Complete for the two one-rate minima of this sum: each has one rate at which an idle term is critical.
    target = mc.ExponentialSum([2, -9, 8], [1, 2, 3])
    points = critical_points(target, 2)
    assert points.complete
    idle = [p for p in points if any(a.contains(0) for a in p.enclosure.a)]
    assert [tuple(p.inertia or ()) for p in points] == [(4, 0, 0), (3, 0, 1), (3, 0, 1)]
    one = [p for p in critical_points(target, 1) if p.minimum]
    assert all(any(p.loss.overlaps(q.loss) for q in one) for p in idle)
    assert len(idle) == len(one) == 2


def test_two_idle_terms_at_two_roots_of_the_transform() -> None:
    # L_0 = (w - 1)(w - 2)/((w + 1)(w + 3)(w + 4)).
    target = mc.ExponentialSum([1, -10, 10], [1, 3, 4])
    silent = [p for p in critical_points(target, 2) if all(a.contains(0) for a in p.enclosure.a)]
    assert [[round(float(w), 9) for w in p.rates] for p in silent] == [[1, 2]]


def test_a_target_of_one_term_leaves_an_idle_rate_free() -> None:
    points = critical_points(mc.ExponentialSum([1, 0], [1, 2]), 2, 20)
    assert not points.complete


def test_positive_roots_of_ball_coefficients() -> None:
    with ball_precision(128):
        p = arb_poly([-6, 11, -6, 1]) * arb_poly([2, 0, 1]) * arb_poly([5, 1])
        blurred = [c + arb(0, 1e-20) for c in p.coeffs()]
        assert [round(float(x), 9) for x in sorted(positive_roots(blurred), key=float)] == [1, 2, 3]
        assert positive_roots([arb(1)]) == []
        with pytest.raises(UnseparatedError):
            positive_roots([arb(1, 1e-10), arb(-2), arb(1)])
