"""Balls of eigenvalues hold the exact ones, and do so for every matrix of a ball matrix."""

from __future__ import annotations

import mpmath
import pytest
from flint import arb, arb_mat, fmpq

from memcurse.numerics.arithmetic.matrices.eigenvalues import eigenvalue_balls


def hilbert(n: int) -> arb_mat:
    return arb_mat(n, n, [arb(fmpq(1, i + j + 1)) for i in range(n) for j in range(n)])


def test_balls_hold_the_eigenvalues_of_hilberts_matrix() -> None:
    with mpmath.workdps(60):
        exact = sorted(mpmath.eigsy(mpmath.hilbert(6), eigvals_only=True), reverse=True)
    for ball, value in zip(eigenvalue_balls(hilbert(6)), exact, strict=True):
        assert ball.contains(arb(mpmath.nstr(value, 40)))
        assert float(ball.rad()) < 1e-13


def test_radii_of_the_entries_count() -> None:
    wide = arb_mat(2, 2, [arb(1, 0.25), arb(0), arb(0), arb(3)])
    low = eigenvalue_balls(wide)[1]
    assert low.contains(arb(0.75))
    assert low.contains(arb(1.25))


def test_equal_eigenvalues() -> None:
    one, again, zero = eigenvalue_balls(arb_mat(3, 3, [1, 0, 0, 0, 0, 0, 0, 0, 1]))
    assert one.contains(arb(1))
    assert again.contains(arb(1))
    assert zero.contains(arb(0))


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="`matrix` must be square; got 1 by 2"):
        eigenvalue_balls(arb_mat(1, 2))
    with pytest.raises(ArithmeticError, match="must have entries that float64 can hold"):
        eigenvalue_balls(arb_mat(1, 1, [arb.pos_inf()]))
