"""Spaces of parameters with coinciding rates: counts by three routes, membership by the function they represent."""

import itertools
import math
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from memcurse.theory.landscape.equivalent_parameters import (
    AffineSpace,
    count_labelled_partitions,
    equivalent_space,
    equivalent_spaces,
    labelled_partitions,
    stirling2,
)
from memcurse.theory.targets.target import ExponentialSum

SHORT = ExponentialSum(["3/2", "-1/2"], [1, "5/2"])


def test_stirling_numbers_of_the_tables():
    rows = {0: [1], 1: [0, 1], 4: [0, 1, 7, 6, 1], 6: [0, 1, 31, 90, 65, 15, 1]}
    for m, row in rows.items():
        assert [stirling2(m, l) for l in range(m + 2)] == [*row, 0]


@given(st.integers(1, 80), st.integers(1, 80))
def test_stirling_recurrence(m, l):
    assert stirling2(m, l) == l * stirling2(m - 1, l) + stirling2(m - 1, l - 1)


def test_stirling_is_fast_and_matches_sympy():
    from sympy.functions.combinatorial.numbers import stirling

    assert stirling2(1000, 400) == 400 * stirling2(999, 400) + stirling2(999, 399)
    assert all(stirling2(m, l) == stirling(m, l) for m in range(9) for l in range(9))


@pytest.mark.parametrize("m", range(1, 7))
def test_partitions_are_all_surjections(m):
    for l in range(1, m + 2):
        found = list(labelled_partitions(m, l))
        maps = [f for f in itertools.product(range(l), repeat=m) if len(set(f)) == l]
        wanted = [tuple(tuple(i for i in range(m) if f[i] == j) for j in range(l)) for f in maps]
        assert found == wanted
        assert len(found) == count_labelled_partitions(m, l) == math.factorial(l) * stirling2(m, l)


def test_enumeration_is_lazy():
    first = next(iter(equivalent_spaces(ExponentialSum(range(1, 31), range(1, 31)), 60)))
    assert first.dimension == 30
    assert first.width == 60


def test_spaces_are_distinct_and_disjoint():
    spaces = list(equivalent_spaces(SHORT, 5, [7]))
    assert len({space.assigned_rates() for space in spaces}) == len(spaces) == count_labelled_partitions(5, 3)
    assert {space.dimension for space in spaces} == {2}


def _value(a, w, x):
    """``sum a_i x^(w_i)`` for even denominators of the rates: the function at t = -ln(x)."""
    return sum(Fraction(int(p.p), int(p.q)) * Fraction(x) ** int(2 * q) for p, q in zip(a, w, strict=True))


@given(st.lists(st.integers(-30, 30), min_size=4, max_size=4), st.integers(0, 10**6))
def test_points_represent_the_target(numbers, which):
    spaces = list(equivalent_spaces(SHORT, 4, [3]))
    space = spaces[which % len(spaces)]
    a = [sp.Rational(n, 7) for n in numbers]
    for group, amplitude in zip(space.partition, space.amplitudes, strict=True):
        a[group[0]] = amplitude - sum((a[i] for i in group[1:]), sp.S.Zero)
    a, w = space.point(a)
    assert space.contains(a, w)
    for x in (Fraction(1, 3), Fraction(2), Fraction(5, 7)):
        assert _value(a, w, x) == _value(SHORT.a, SHORT.w, x)
    found = equivalent_space(a, w, SHORT)
    assert found is not None
    assert found.contains(a, w)


def test_points_off_the_set_have_no_space():
    (space, *_) = equivalent_spaces(SHORT, 3)
    a, w = space.point([1, "1/2", "-1/2"])
    assert equivalent_space((a[0] + sp.Rational(1, 10**30), *a[1:]), w, SHORT) is None
    assert equivalent_space(a, (w[0] + sp.Rational(1, 10**30), *w[1:]), SHORT) is None
    assert not space.contains(a, (w[0] + 1, *w[1:]))
    assert equivalent_space(["3/2"], [1], SHORT) is None


def test_almost_a_point_is_moved_on_to_the_space():
    space = AffineSpace(((0, 1, 2),), (1,), (2,))
    a, w = space.point([0.1, 0.9, 0])
    assert sum(a) == 1
    assert a[2] == 0
    assert a[0] == sp.Rational(0.1)
    assert w == (2, 2, 2)
    with pytest.raises(ValueError, match="`coefficients` must sum to 1"):
        space.point(["0.1", "0.9001", 0])
    with pytest.raises(ValueError, match="must have length 3"):
        space.point([1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((((0,), (0,)), (1, 1), (1, 2)), "disjoint groups"),
        ((((0,), ()), (1, 1), (1, 2)), "nonempty"),
        ((((0,), (2,)), (1, 1), (1, 2)), "partition"),
        ((((0,), (1,)), (1, 1), (2, 2)), "distinct"),
        ((((0,), (1,)), (1,), (1, 2)), "one entry per group"),
        ((((0,),), (1,), (-1,)), "must be positive"),
    ],
)
def test_bad_spaces(arguments, message):
    with pytest.raises(ValueError, match=message):
        AffineSpace(*arguments)


def test_bad_arguments():
    with pytest.raises(ValueError, match="`m` must be at least 0; got -1"):
        stirling2(-1, 2)
    with pytest.raises(TypeError, match="`l` must be an integer"):
        stirling2(3, 1.5)
    with pytest.raises(ValueError, match="amplitudes other than 0"):
        list(equivalent_spaces(ExponentialSum([0], [1]), 2))
    with pytest.raises(ValueError, match="same length"):
        equivalent_space([1], [1, 2], SHORT)
    with pytest.raises(ValueError, match="distinct"):
        list(equivalent_spaces(SHORT, 3, [1]))


def test_partitions_of_many_units_are_no_deeper() -> None:
    (only,) = labelled_partitions(3000, 1)
    assert only == (tuple(range(3000)),)
    first, second = itertools.islice(labelled_partitions(3000, 2), 2)
    assert first == (tuple(range(2999)), (2999,))
    assert second == ((*range(2998), 2999), (2998,))
