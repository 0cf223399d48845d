from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy as sp

from memcurse.numerics.arithmetic.balls import precision, to_mpf
from memcurse.proofs_checks.curse_of_memory.objective._instances import Instance, instances
from memcurse.proofs_checks.curse_of_memory.objective._routes import (
    along,
    as_symbols,
    at_target,
    directional,
    size,
)
from memcurse.theory.objective.continuous import Moment, gradient, loss, squared_norm
from memcurse.theory.targets.target import ExponentialSum

R = sp.Rational
POINT = Instance(ExponentialSum([2], [3]), (R(1), R(-1, 2)), (R(1), R(2)))


def test_closed_form_at_a_target_is_the_number_computed_by_hand() -> None:
    # (e^-t - e^-2t/2 - 2 e^-3t)^2 integrated term by term.
    expected = R(1, 2) + R(1, 16) + R(4, 6) - R(1, 3) - R(4, 4) + R(2, 5)
    with precision(30):
        value = at_target([loss(POINT.a, POINT.w)], POINT.target)[0]
        assert value.contains(sp_ball(expected))


def sp_ball(x: sp.Rational):
    from memcurse.numerics.arithmetic.balls import rational_ball

    return rational_ball(x)


def test_differences_are_as_good_as_claimed() -> None:
    direction = (R(1), R(-1, 3), R(1, 2), R(2))
    combination = along(list(gradient(POINT.a, POINT.w)), direction, POINT)
    with precision(60):
        exact = at_target([combination], POINT.target)[0]
        found = directional(loss, POINT, direction, 50)[0]
        assert abs(to_mpf(exact - found)) < mpmath.mpf(10) ** -46


def test_size_is_the_sum_of_absolute_values() -> None:
    L = Moment(0, R(1))
    point = Instance(ExponentialSum([1], [1]), (R(1),), (R(1),))
    # |3/2 - 2 L_0(1) + ||rho||^2| has the terms 3/2, 1 and 1/2.
    found = size(point, R(3, 2) - 2 * L + squared_norm)
    assert abs(found - 3) < Fraction(1, 10**15)


def test_moments_become_independent_symbols() -> None:
    w = sp.Symbol("w_1", positive=True)
    expression = as_symbols(Moment(0, w) + Moment(1, w) - Moment(0, w))
    assert not expression.atoms(Moment)
    assert len(expression.free_symbols) == 1


@pytest.mark.parametrize("point", instances(11, 6), ids=lambda point: point.kind)
def test_permuting_the_terms_changes_nothing(point: Instance) -> None:
    with precision(40):
        forward = at_target([loss(point.a, point.w)], point.target)[0]
        backward = at_target([loss(point.a[::-1], point.w[::-1])], point.target)[0]
        assert forward.overlaps(backward)
