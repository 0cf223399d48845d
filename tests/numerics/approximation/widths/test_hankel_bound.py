"""The lower bound on the L1 distance from all sums of m terms."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from flint import arb

from memcurse.numerics.approximation.widths.growing_sums import ladder
from memcurse.numerics.approximation.widths.hankel_bound import (
    STEP,
    hankel_lower_bound,
    smallest_eigenvalue,
    window_masses,
    window_start,
)
from memcurse.numerics.arithmetic.balls import precision
from memcurse.theory.targets.kernels import PowerLaw


def hankel(h):
    n = len(h) // 2 + 1
    return np.array([[float(h[i + j]) for j in range(n)] for i in range(n)])


@pytest.mark.parametrize(("inverse", "m"), [(2, 1), (8, 1), (20, 2), (60, 2)])
def test_bound_is_below_the_best_sum_found(inverse, m):
    target = PowerLaw(f"1/{inverse}")
    with precision(30):
        bound = hankel_lower_bound(f"1/{inverse}", m, 20)
    assert 0 < float(bound) < ladder(target, "l1")[m].error


def test_masses_are_integrals_and_windows_do_not_overlap():
    with precision(30):
        h = window_masses(arb(1) / 2, 2, 7)
    edges = [1 + 7 + STEP * 7 * k for k in range(6)]
    assert [float(x) for x in h] == pytest.approx([2 * (p**-0.5 - q**-0.5) for p, q in pairwise(edges)])
    for m in (1, 2, 3):
        end = window_start(m, 4) * (1 + STEP * (2 * m + 1))
        assert end == window_start(m, 5)


def test_eigenvalue_is_a_lower_bound_and_close():
    with precision(30):
        h = window_masses(arb(1) / 10, 3, 1)
        found = smallest_eigenvalue(h)
    smallest = float(np.linalg.eigvalsh(hankel(h))[0])
    assert 0.99 * smallest < float(found) < smallest


def test_a_sum_of_m_terms_has_no_bound():
    # Masses of 2 exp(-t) + exp(-3 t) in five equal intervals: a singular matrix.
    with precision(30):
        h = [
            2 * arb(-k).exp() * (1 - arb(-1).exp()) + arb(-3 * k).exp() * (1 - arb(-3).exp()) / 3
            for k in range(5)
        ]
        assert not smallest_eigenvalue(h) > 1e-10


def test_refusals():
    with pytest.raises(ValueError, match="`omega` must be positive"):
        hankel_lower_bound(0, 1, 1)
    with pytest.raises(ValueError, match="`m` must be at least 1"):
        hankel_lower_bound(1, 0, 1)
    with pytest.raises(ValueError, match="`windows` must be at least 1"):
        hankel_lower_bound(1, 1, 0)


def test_masses_that_balls_do_not_tell_from_0_show_nothing():
    with precision(20):
        assert hankel_lower_bound("1e-300", 2, 3) == 0
