"""Ranges of deterministic fits, each by a second route."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from memcurse.numerics.fit_ranges import covering, left_out, local_slopes, residual_bounds


def test_the_residual_bound_is_what_the_worst_errors_do() -> None:
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(6, 2)), rng.normal(size=6)
    exact = np.linalg.lstsq(X, y, rcond=None)[0]
    largest = np.abs(y - X @ exact).max()
    moved = [
        np.linalg.lstsq(X, y + largest * np.array(signs), rcond=None)[0]
        for signs in itertools.product((-1, 1), repeat=6)
    ]
    for j, found in enumerate(residual_bounds(X.tolist(), y.tolist())):
        assert found.value == pytest.approx(exact[j], rel=1e-12)
        assert found.bounds == pytest.approx((min(x[j] for x in moved), max(x[j] for x in moved)), rel=1e-12)


def test_columns_of_any_size() -> None:
    rows = [[1e12 * x, 1e-9] for x in (1.0, 2.0, 3.0, 5.0)]
    found = residual_bounds(rows, [2 * x + 7 for x in (1.0, 2.0, 3.0, 5.0)])
    assert found[0].value == pytest.approx(2e-12, rel=1e-12)
    assert found[1].value == pytest.approx(7e9, rel=1e-9)


def test_left_out_by_hand() -> None:
    # A line through two of three points each.
    rows, values = [[0.0, 1.0], [1.0, 1.0], [2.0, 1.0], [3.0, 1.0]], [0.0, 1.0, 2.0, 4.0]
    # Without the last point the slope is 1; without the second it is (3 points) 37/28.
    others = [np.polyfit(np.delete([0, 1, 2, 3], i), np.delete(values, i), 1)[0] for i in range(4)]
    assert left_out(rows, values) == pytest.approx((1.0, max(others)), rel=1e-12)


def test_local_slopes_and_their_hull() -> None:
    x, y = [0.0, 1.0, 3.0, 4.0], [0.0, 1.0, 5.0, 4.0]
    assert local_slopes(x, y) == (-1.0, 2.0)
    assert local_slopes(x, y, 2) == (1.0, 5 / 3)
    assert covering([(0.0, 1.0), (-1.0, 0.5)]) == (-1.0, 1.0)


@pytest.mark.parametrize("apart", [0, 3, 4])
def test_too_few_slopes(apart: int) -> None:
    with pytest.raises(ValueError, match="`apart` must"):
        local_slopes([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0], apart)


def test_too_few_rows() -> None:
    with pytest.raises(ValueError, match="`rows` must"):
        residual_bounds([[1.0, 0.0], [0.0, 1.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match="`rows` must"):
        left_out([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [1.0, 2.0, 3.0])


def test_a_column_that_one_point_alone_determines() -> None:
    rows = [[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [4.0, 1.0]]
    with pytest.raises(ValueError, match="got none without 3"):
        left_out(rows, [1.0, 2.0, 3.0, 4.0], 1)
    with pytest.raises(ValueError, match="got none without 0"):
        left_out([[x, 0.0] for x, _ in rows], [1.0, 2.0, 3.0, 4.0])


def test_left_out_with_columns_of_any_size() -> None:
    """A small column counts as much as a large one."""
    x = np.arange(1.0, 7.0)
    rows = np.stack([1e9 * x, 1e-9 / x], axis=1)
    assert left_out(rows.tolist(), (2 * x + 3 / x).tolist(), 1) == pytest.approx((3e9, 3e9), rel=1e-9)
