from __future__ import annotations

import pytest
import sympy as sp

from memcurse.theory.objective.discrete import (
    derivative_identities,
    euler_pole,
    gram,
    gram_determinant,
    indexed_identities,
    loss,
    poles,
    sampled_pole,
    symbolic_discrete_objective,
)
from memcurse.theory.targets.sequences import FiniteSequence, GeometricSum

R = sp.Rational


@pytest.mark.parametrize("m", [1, 2])
def test_closed_forms_are_the_derivatives(m: int) -> None:
    for left, right in derivative_identities(symbolic_discrete_objective(m)):
        assert sp.simplify(left - right) == 0


@pytest.mark.parametrize("row", range(5))
def test_closed_forms_for_a_symbolic_width(row: int) -> None:
    _, left, right = indexed_identities()[row]
    assert sp.simplify(sp.together(left - right)) == 0


def test_loss_against_the_sum_of_squares() -> None:
    # A finite response of three terms, gains and poles at which the tail is a geometric series by hand.
    a, p, target = [R(2), R(-1)], [R(1, 2), R(-1, 3)], FiniteSequence([1, R(1, 4), 3])
    n = range(3)
    head = sum((2 * R(1, 2) ** k - R(-1, 3) ** k - target.term(k)) ** 2 for k in n)
    tail = 4 * R(1, 4) ** 3 / (1 - R(1, 4)) - 4 * R(-1, 6) ** 3 / (1 + R(1, 6)) + R(1, 9) ** 3 / (1 - R(1, 9))
    assert loss(a, p, target.moment, target.squared_norm()) == head + tail


def test_the_target_itself_has_loss_0() -> None:
    target = GeometricSum([3, R(-1, 2)], [R(9, 10), R(1, 3)])
    assert sp.simplify(loss(target.a, target.p, target.moment, target.squared_norm())) == 0


@pytest.mark.parametrize("m", [1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_gram_determinant_is_cauchy_s(m: int) -> None:
    p = poles(m)
    assert sp.factor(gram(p).det(method="berkowitz") - gram_determinant(p)) == 0
    assert symbolic_discrete_objective(m).hessian[:m, :m] == 2 * gram(p)


def test_poles_of_small_steps_agree_to_second_order() -> None:
    w, step = sp.symbols("w dt", positive=True)
    difference = sp.series(sampled_pole(w, step) - euler_pole(w, step), step, 0, 3).removeO()
    assert sp.expand(difference - w**2 * step**2 / 2) == 0


def test_bad_width() -> None:
    with pytest.raises(ValueError, match="`m` must be at least 1"):
        symbolic_discrete_objective(0)
    with pytest.raises(TypeError, match="`m` must be an integer"):
        symbolic_discrete_objective(1.0)  # type: ignore[arg-type]
