"""Definition D.1 in exact arithmetic: gradients by SymPy's derivatives, targets with a prescribed critical point."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from memcurse.theory.landscape.coincidence import coincidence, residual_moments, sum_with_critical_point
from memcurse.theory.objective.continuous import symbolic_objective
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum

TARGET = sum_with_critical_point(["1", "-2"], ["1", "2"], ["1/10", "-1/10"], ["1/2", "3/2", "5/2", 3, 4, 5])


def test_classifies_a_point_of_a_space() -> None:
    found = coincidence(["1/3", "-2", "2/3"], [1, 2, 1], TARGET)
    assert (found.critical, found.distinct, found.partition) == (True, 2, ((0, 2), (1,)))
    assert found.space is not None
    assert found.space.dimension == 1


def test_a_moved_point_is_not_critical() -> None:
    assert not coincidence(["1/3", "-2", "2/3"], [1, 2, "1.0001"], TARGET).critical
    assert not coincidence(["1/3", "-2.0001", "2/3"], [1, 2, 1], TARGET).critical


def test_gradient_is_the_derivative_of_the_loss() -> None:
    a, w = [sp.Rational(1, 3), sp.Rational(-2)], [sp.Integer(1), sp.Rational(5, 2)]
    J = symbolic_objective(2, TARGET)
    at = dict(zip((*J.a, *J.w), (*a, *w), strict=True))
    expected = tuple(sp.diff(J.loss, x).subs(at) for x in at)
    assert coincidence(a, w, TARGET).gradient == expected


@settings(max_examples=25)
@given(st.data())
def test_prescribed_moments_of_the_residual(data: st.DataObject) -> None:
    rational = st.fractions(-3, 3, max_denominator=8)
    l = data.draw(st.integers(1, 2))
    b, Q = (data.draw(st.lists(rational, min_size=l, max_size=l)) for _ in range(2))
    positive = st.fractions(Fraction(1, 8), 6, max_denominator=8)
    v = data.draw(st.lists(positive, min_size=l, max_size=l, unique=True))
    mu = data.draw(st.lists(positive, min_size=3 * l, max_size=3 * l, unique=True))
    target = sum_with_critical_point(b, v, Q, mu)
    exact = [[sp.Rational(x.numerator, x.denominator) for x in values] for values in (b, v, Q)]
    assert residual_moments(exact[0], exact[1], target) == tuple((0, 0, q) for q in exact[2])


def test_a_cancelling_group_needs_more_than_the_reduced_point() -> None:
    target = sum_with_critical_point([2, 0], [1, 2], [1, 1], [3, 4, 5, 6, 7, 8], slopes=[0, "1/3"])
    assert coincidence([2, 0], [1, 2], target).critical
    assert coincidence([2, 0, 0], [1, 2, 2], target).critical
    cancelling = coincidence([2, 1, -1], [1, 2, 2], target)
    assert not cancelling.critical
    assert cancelling.amplitudes == (2, 0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((["1"], ["1"], ["1"], ["1", "2"]), ValueError, "lengths 1, 1, 1 and 3; got 1, 1, 1 and 2"),
        ((["1", "1"], ["1", "1"], ["1", "1"], range(1, 7)), ValueError, "`rates` must be distinct"),
        ((["1"], ["1"], ["1"], ["1", "2", "2"]), ValueError, "`target_rates` must be distinct"),
        ((["1"], ["-1"], ["1"], ["1", "2", "3"]), ValueError, "`rates` must be positive"),
    ],
)
def test_bad_prescriptions(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        sum_with_critical_point(*arguments)


def test_bad_points() -> None:
    with pytest.raises(ValueError, match="same length; got 2 and 1"):
        coincidence([1, 2], [1], TARGET)
    with pytest.raises(TypeError, match="must be rational"):
        coincidence([sp.sqrt(2)], [1], TARGET)
    with pytest.raises(TypeError, match="`target` must be an ExponentialSum with rational data"):
        coincidence([1], [1], GaussianBump(3))
    assert coincidence([0], [1], ExponentialSum([1], [2])).space is None
