"""The identities behind the bound, for real and for complex rates."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.theory.approximation.memory_bounds import kernel_identities, reproducing_kernel

t = sp.Symbol("t", positive=True)


@pytest.mark.parametrize("m", [1, 2])
def test_identities_hold_for_real_rates_and_for_independent_conjugates(m: int) -> None:
    w = sp.symbols(f"w1:{m + 1}", positive=True)
    conjugates = sp.symbols(f"v1:{m + 1}", positive=True)
    for right in (w, conjugates):
        for left_side, right_side in kernel_identities(w, right, t):
            assert sp.simplify(left_side - right_side) == 0


def test_the_kernel_of_one_mode() -> None:
    w = sp.Symbol("w", positive=True)
    assert sp.simplify(reproducing_kernel([w], [w], t) - 2 * w * sp.exp(-2 * w * t)) == 0
