"""Counts of critical spaces by brute force, and the inertia theorem against elimination in exact arithmetic."""

from __future__ import annotations

import itertools
import math

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from memcurse.theory.landscape.critical_spaces import (
    congruence_basis,
    congruence_identities,
    count_all_critical_spaces,
    count_critical_spaces,
    fubini,
    gradient_identities,
    group_inertia,
    paper_lower_bound,
    space_inertia,
)
from memcurse.theory.landscape.equivalent_parameters import Inertia


@pytest.mark.parametrize("m", range(1, 7))
def test_counts_are_surjections(m: int) -> None:
    for l in range(1, m + 1):
        onto = sum(len(set(f)) == l for f in itertools.product(range(l), repeat=m))
        assert count_critical_spaces(m, l) == onto
    assert fubini(m) == sum(count_critical_spaces(m, l) for l in range(1, m + 1))


def test_fubini_numbers_of_the_tables() -> None:
    assert [fubini(m) for m in range(8)] == [1, 1, 3, 13, 75, 541, 4683, 47293]
    assert count_all_critical_spaces(4) == 75 - 24


def test_paper_bound_is_sharp_at_two_and_three_only() -> None:
    gaps = [count_all_critical_spaces(m) - paper_lower_bound(m) for m in range(2, 30)]
    assert gaps[:2] == [0, 0]
    assert all(gap > 0 for gap in gaps[2:])


def test_counts_to_500_in_few_calls(call_budget) -> None:  # type: ignore[no-untyped-def]
    with call_budget(10_000):
        value = count_critical_spaces(500, 250)
    assert value % math.factorial(250) == 0


@pytest.mark.parametrize("call", [count_critical_spaces])
@pytest.mark.parametrize(
    ("m", "l", "error", "message"),
    [
        (2, 3, ValueError, "`l` must be at most m = 2.*got 3"),
        (2, 0, ValueError, "`l` must be at least 1; got 0"),
        (0, 1, ValueError, "`m` must be at least 1; got 0"),
        (2.0, 1, TypeError, "`m` must be an integer; got 2.0"),
        (3, True, TypeError, "`l` must be an integer; got True"),
    ],
)
def test_bad_integers(call, m, l, error, message) -> None:
    with pytest.raises(error, match=message):
        call(m, l)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=6).filter(sum), st.sampled_from([-1, 0, 1]))
def test_group_inertia_is_that_of_the_restricted_form(a: list[int], Q: int) -> None:
    from memcurse.numerics.arithmetic.matrices.inertia import exact_inertia

    # A basis of {sum a_k u_k = 0} from the null space of a, which knows nothing of the theorem.
    basis = sp.Matrix([a]).nullspace()
    b = 1 if sum(a) > 0 else -1
    signs = [(x > 0) - (x < 0) for x in a]
    if not basis:
        assert group_inertia(signs, b, Q) == Inertia(0, 0, 0)
        return
    z = sp.Matrix.hstack(*basis)
    assert group_inertia(signs, b, Q) == exact_inertia((Q * z.T * sp.diag(*a) * z).tolist())


@pytest.mark.parametrize(("a", "b", "Q"), [((1, 1), -1, 1), ((1, 0), 0, 1), ((2, 1), 1, 1), ((1,), 1, 3)])
def test_group_inertia_refuses_impossible_signs(a, b, Q) -> None:
    with pytest.raises(ValueError, match="must"):
        group_inertia(a, b, Q)


def test_space_inertia_refuses_a_reduced_hessian_of_the_wrong_size() -> None:
    with pytest.raises(ValueError, match="`reduced`"):
        space_inertia(((0, 1),), (1, 1), (1,), (1,), Inertia(3, 0, 0))


@pytest.mark.parametrize("partition", [((0,),), ((0, 1),), ((0, 2), (1,))])
def test_congruence_and_gradient_hold_symbolically(partition) -> None:
    pairs = congruence_identities(partition) + gradient_identities(partition)
    assert all(sp.expand(sp.numer(sp.together(x - y))) == 0 for x, y in pairs)


def test_basis_is_regular_unless_pivot_or_sum_vanish() -> None:
    partition = ((0, 2), (1,))
    assert congruence_basis(partition, [sp.Integer(x) for x in (1, 5, 2)]).det() != 0
    assert congruence_basis(partition, [sp.Integer(x) for x in (-2, 5, 2)]).det() == 0
