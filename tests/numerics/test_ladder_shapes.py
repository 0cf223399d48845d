"""Shapes of growing sums: what is straight stays straight, and what is split or merged keeps its mass."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

import memcurse as mc
from memcurse.numerics.ladder_shapes import fine_nodes, merged, next_shape, shifted, split, stretched
from memcurse.numerics.log_fits import log_kernel

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


def test_split_merged_and_shifted_keep_what_they_should() -> None:
    b, y = np.array([0.5, 2.0, -1.0]), np.array([1.0, 0.0, -3.0])
    c, z = split(b, y)
    assert c.sum() == b.sum()
    assert len(z) == 4
    assert (np.diff(z) < 0).all()
    mass, place = merged(*split(b, y), 3)
    assert mass.sum() == b.sum()
    assert (np.diff(place) < 0).all()
    later, times = shifted(y, np.arange(6.0))
    assert len(later) == 4
    assert len(times) == 8
    assert later[0] - later[1] == y[0] - y[1]


def test_fine_nodes_are_the_kernel() -> None:
    target = mc.PowerLaw("1/2", 3) + mc.ExponentialSum([2], [5])
    found = fine_nodes(target)
    assert found is not None
    b, y = found
    x = np.linspace(-2.0, 6.0, 9)
    z = np.add.outer(x, y)
    np.testing.assert_allclose(np.exp(z - np.exp(z)) @ b, log_kernel(target).value(x), rtol=1e-5)
    assert fine_nodes(mc.GaussianBump(1)) is None
