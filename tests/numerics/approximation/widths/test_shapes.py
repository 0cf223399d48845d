"""Shapes of growing sums: what is straight stays straight, and what is split or merged keeps its mass."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

import memcurse as mc
from memcurse.numerics.approximation.widths.log_time_fits import log_kernel
from memcurse.numerics.approximation.widths.shapes import (
    fine_nodes,
    merged,
    next_shape,
    shifted,
    split,
    stretched,
)

RNG = np.random.default_rng(3)


@pytest.mark.parametrize(("m", "n"), [(1, 4), (2, 5), (3, 4), (5, 6), (20, 31), (8, 3)])
def test_straight_lines_stay_straight(m: int, n: int) -> None:
    """In the quantile ``(k + 1/2)/m``, beyond the ends, too."""
    values = 3.0 - 2.0 * (np.arange(m) + 0.5) / m
    expected = 3.0 - 2.0 * (np.arange(n) + 0.5) / n if m > 1 else np.full(n, 2.0)
    np.testing.assert_allclose(stretched(values, n), expected, atol=1e-13)


def test_inside_it_is_the_natural_spline() -> None:
    values = np.sort(RNG.normal(size=9))
    old, new = (np.arange(9) + 0.5) / 9, (np.arange(7) + 0.5) / 7
    np.testing.assert_allclose(
        stretched(values, 7), CubicSpline(old, values, bc_type="natural")(new), atol=1e-13
    )


def test_a_sequence_of_straight_shapes_is_continued() -> None:
    """``(k + 1/2)^2/m^2`` at the widths 20, 21, 22 leads to that of 23 better than the last one alone."""
    shapes = [((np.arange(m) + 0.5) / m) ** 2 * np.log(m) for m in (20, 21, 22)]
    exact = ((np.arange(23) + 0.5) / 23) ** 2 * np.log(23)
    alone = np.abs(next_shape(shapes[-1:], 23) - exact).max()
    assert np.abs(next_shape(shapes, 23) - exact).max() < alone / 20


def test_beyond_the_ends_the_slope_is_that_of_the_end() -> None:
    """Slopes 3 and 6 in the quantile, by hand."""
    found = stretched(np.array([0.0, 1.0, 3.0]), 6)
    np.testing.assert_allclose(found, [-0.25, 0.25, 0.75, 1.5, 2.5, 3.5], atol=1e-13)


def test_the_largest_term_is_split() -> None:
    b, y = split(np.array([0.5, 1.0, -2.0]), np.array([1.0, 0.0, -3.0]))
    np.testing.assert_array_equal(b, [0.5, 1.0, -1.0, -1.0])
    np.testing.assert_array_equal(y, [1.0, 0.0, -2.5, -3.5])


def test_the_nearest_terms_are_merged_at_their_centre_of_mass() -> None:
    b, y = merged(np.array([1.0, 3.0, 2.0]), np.array([-4.0, 1.0, 0.5]), 2)
    np.testing.assert_array_equal(b, [5.0, 1.0])
    np.testing.assert_allclose(y, [0.8, -4.0])


def test_shifted_terms_keep_their_distances() -> None:
    y, x = shifted(np.array([3.0, 1.0, 0.0]), np.arange(6.0))
    np.testing.assert_array_equal(y, [3.0, 1.0, -1.0, -2.0])
    np.testing.assert_array_equal(x, np.arange(8.0))


def test_fine_nodes_are_the_kernel() -> None:
    target = mc.PowerLaw("1/2", 3) + mc.ExponentialSum([2], [5])
    found = fine_nodes(target)
    assert found is not None
    b, y = found
    x = np.linspace(-2.0, 6.0, 9)
    z = np.add.outer(x, y)
    np.testing.assert_allclose(np.exp(z - np.exp(z)) @ b, log_kernel(target).value(x), rtol=1e-5)
    assert fine_nodes(mc.GaussianBump(1)) is None
