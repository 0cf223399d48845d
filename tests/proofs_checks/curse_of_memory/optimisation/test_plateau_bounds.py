"""What the bounds of props. C.1 and C.3 are made of, by second routes."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

from memcurse.proofs_checks.curse_of_memory.optimisation.plateau import (
    prop_c_1_loss_bounded_below as prop_c_1,
)
from memcurse.proofs_checks.curse_of_memory.optimisation.plateau import (
    prop_c_3_hessian as prop_c_3,
)
from memcurse.proofs_checks.curse_of_memory.optimisation.plateau._memory import points_on_spaces
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.theory.landscape.equivalent_parameters import count_labelled_partitions
from memcurse.theory.plateau.delayed_part import delta_constant

QUICK = Setting(digits=30, quick=True, seed=1)
POINTS = points_on_spaces(QUICK, "prop-c.3")


def test_the_loss_is_the_norm_on_every_space_and_no_space_is_left_out() -> None:
    """Short parts of one and two terms, all of the units' groups, with an idle group and without."""
    widths = (1, 2, 3)
    kinds = [(m, l + d) for m in widths for l in (1, 2) for d in (0, 1) if l + d <= m]
    (losses, _) = prop_c_1._symbolic(widths)
    assert losses.held == sum(count_labelled_partitions(m, groups) for m, groups in kinds)


def test_every_entry_of_every_space_is_compared() -> None:
    found = prop_c_3._gram_identity((1, 2, 3))
    spaces = [count_labelled_partitions(m, l) * m * (2 * m + 1) for m in (1, 2, 3) for l in range(1, m + 1)]
    assert found.held == sum(spaces)


@pytest.mark.parametrize("point", POINTS[:3], ids=lambda point: point.text)
def test_the_bound_of_the_split_is_the_largest_row_of_the_delayed_part(point) -> None:
    envelope = (sp.S.One, sp.Rational(1, 2))
    rows = [
        2 * delta_constant(1, *envelope, w) + 2 * abs(a) * delta_constant(2, *envelope, w)
        for a, w in zip(point.a, point.w, strict=True)
    ]
    largest = max(float(row) for row in rows)
    c = min(float(w) for w in point.w)
    for T in (20, 45):
        assert float(prop_c_3.Split().bound(point, T)) == pytest.approx(largest * T**2 * mpmath.exp(-c * T))
    assert sp.expand(prop_c_3.Split(slack=7).bound(point, 20) - 7 * prop_c_3.Split().bound(point, 20)) == 0


@pytest.mark.parametrize("point", POINTS[:3], ids=lambda point: point.text)
def test_the_gap_is_a_half_to_a_quarter_of_the_smallest_eigenvalue(point) -> None:
    with mpmath.workdps(30):
        rows = prop_c_3.short_hessian(point).tolist()
        H = mpmath.matrix([[mpmath.mpf(int(x.p)) / int(x.q) for x in row] for row in rows])
        smallest = min(x for x in mpmath.eigsy(H, eigvals_only=True) if x > 1e-15)
        gap = prop_c_3._order_one(point)
        level = mpmath.mpf(int(gap.p)) / int(gap.q)
    assert 2 * level < smallest <= 4 * level or level == 1
