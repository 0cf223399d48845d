"""Solvers of the compiled parts against LAPACK's, by their Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from memcurse.numerics.arithmetic.matrices import linear_systems


def plain(function: Any) -> Any:
    """The function as it is written, where it is compiled."""
    return getattr(function, "py_func", function)


@pytest.mark.parametrize("n", [1, 2, 3, 6])
@pytest.mark.parametrize("how", [plain, lambda function: function])
def test_a_definite_system_is_solved(n: int, how: Any) -> None:
    rng = np.random.default_rng(n)
    half = rng.normal(size=(n, n))
    M, x = half @ half.T + 0.1 * np.eye(n), rng.normal(size=n)
    factors, found = M.copy(), x.copy()
    assert how(linear_systems.factor_definite)(factors)
    how(linear_systems.substitute_definite)(factors, found)
    assert found == pytest.approx(np.linalg.solve(M, x), rel=1e-10)


def test_a_matrix_that_is_not_definite_has_no_factors() -> None:
    assert not linear_systems.factor_definite(np.array([[1.0, 2.0], [2.0, 1.0]]))
