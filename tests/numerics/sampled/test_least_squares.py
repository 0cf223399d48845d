"""Streaming least squares against other solvers and exact arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.sampled.least_squares import StreamingLeastSquares, least_squares


def _blocks(A, B, rows):
    return [(A[i : i + rows], B[i : i + rows]) for i in range(0, len(A), rows)]


def _ill(rng, n=2000, m=12, condition=1e9, k=2):
    U = np.linalg.qr(rng.standard_normal((n, m)))[0]
    V = np.linalg.qr(rng.standard_normal((m, m)))[0]
    A = U * np.geomspace(1, 1 / condition, m) @ V
    return A, A @ rng.standard_normal((m, k)) + 1e-3 * rng.standard_normal((n, k))


def _minimum(A, B):
    """Certified minimum of the squares for each column, by balls."""
    with ball_precision(400):
        a = arb_mat([[arb(float(x)) for x in row] for row in A])
        b = arb_mat([[arb(float(x)) for x in row] for row in B])
        gram, side = a.transpose() * a, a.transpose() * b
        x = gram.solve(side)
        residual = a * x - b
        return [sum(residual[i, j] ** 2 for i in range(len(A))) for j in range(B.shape[1])]


def test_minimum_to_the_last_digits_where_normal_equations_are_not():
    A, B = _ill(np.random.default_rng(0))
    exact = np.array([float(v) for v in _minimum(A, B)])
    found = least_squares(_blocks(A, B, 100))
    squares = ((A @ found.solution - B) ** 2).sum(axis=0)
    np.testing.assert_allclose(squares, exact, rtol=1e-9)
    np.testing.assert_allclose(found.squared_residuals, exact, rtol=1e-9)
    normal = np.linalg.solve(A.T @ A, A.T @ B)
    assert ((A @ normal - B) ** 2).sum() > 1.0005 * exact.sum()


@pytest.mark.parametrize("rows", [7, 100, 2000])
def test_block_size_does_not_matter(rows):
    A, B = _ill(np.random.default_rng(1), condition=1e4)
    expected = scipy.linalg.lstsq(A, B)[0]
    np.testing.assert_allclose(least_squares(_blocks(A, B, rows)).solution, expected, rtol=1e-7)


def test_rows_in_the_worst_order():
    # The first rows know nothing of the last unknown, and the last rows are huge in it.
    rng = np.random.default_rng(2)
    A = rng.standard_normal((3000, 5))
    A[:2500, 4] = 0.0
    A[2500:, 4] *= 1e3
    B = A @ np.arange(1.0, 6.0)[:, None] + 1e-6 * rng.standard_normal((3000, 1))
    expected = np.linalg.lstsq(A, B, rcond=None)[0]
    found = least_squares(_blocks(A, B, 50))
    assert found.full_rank
    np.testing.assert_allclose(found.solution, expected, rtol=1e-12)
    np.testing.assert_allclose(found.squared_residuals, ((A @ expected - B) ** 2).sum(axis=0), rtol=1e-4)


def test_growing_rows():
    rng = np.random.default_rng(3)
    A = rng.standard_normal((4000, 4)) * np.geomspace(1e-6, 1e6, 4000)[:, None]
    B = A @ np.ones((4, 1)) + rng.standard_normal((4000, 1))
    found = least_squares(_blocks(A, B, 20))
    np.testing.assert_allclose(found.solution, np.linalg.lstsq(A, B, rcond=None)[0], rtol=1e-10)


def test_directions_without_data_are_left_out():
    rng = np.random.default_rng(4)
    A = rng.standard_normal((500, 4))
    A = np.concatenate([A, A[:, :1] + A[:, 1:2]], axis=1)
    B = rng.standard_normal((500, 1))
    found = least_squares(_blocks(A, B, 30))
    assert found.rank == 4
    assert np.abs(found.solution).max() < 1
    assert not found.full_rank
    squares = ((A @ found.solution - B) ** 2).sum()
    best = A[:, :4] @ np.linalg.lstsq(A[:, :4], B, rcond=None)[0]
    assert squares == pytest.approx(float(((best - B) ** 2).sum()), rel=1e-12)


def test_fewer_rows_than_unknowns_interpolate():
    rng = np.random.default_rng(5)
    A, B = rng.standard_normal((3, 6)), rng.standard_normal((3, 2))
    found = least_squares([(A, B)])
    assert found.rank == 3
    np.testing.assert_allclose(A @ found.solution, B, atol=1e-12)
    np.testing.assert_allclose(found.solution, np.linalg.pinv(A) @ B, atol=1e-6)


def test_solve_may_be_asked_in_between():
    A, B = _ill(np.random.default_rng(6), n=600, m=4, condition=10)
    problem = StreamingLeastSquares()
    for done, (a, b) in enumerate(_blocks(A, B, 20), start=1):
        solution = problem.partial_fit(a, b).solve().solution
        if done * 20 >= 40:
            expected = np.linalg.lstsq(A[: done * 20], B[: done * 20], rcond=None)[0]
            np.testing.assert_allclose(solution, expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("A", "B", "words"),
    [
        (np.ones(3), np.ones(3), "`A`"),
        (np.ones((3, 2)), np.ones(4), "`B`"),
        (np.array([[np.nan]]), np.ones(1), "finite"),
        (np.ones((1, 1)), np.array([np.inf]), "finite"),
    ],
)
def test_bad_blocks(A, B, words):
    with pytest.raises(ValueError, match=words):
        StreamingLeastSquares().partial_fit(A, B)


def test_other_errors():
    problem = StreamingLeastSquares().partial_fit(np.ones((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match="as before"):
        problem.partial_fit(np.ones((2, 3)), np.ones(2))
    with pytest.raises(ValueError, match="at least one row"):
        StreamingLeastSquares().solve()
    with pytest.raises(ValueError, match="`start_rows`"):
        StreamingLeastSquares(0)
