"""Pictures show the numbers they are given: signs from the theorem, losses from the objective."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import sympy as sp
from matplotlib.colors import to_rgb

from memcurse.numerics.landscape.critical_spaces import critical_spaces
from memcurse.numerics.plots import landscape as plots
from memcurse.theory.targets.target import ExponentialSum

TARGET = ExponentialSum([1, 2], [1, 3])
LINE = next(critical_spaces(TARGET, 2, 1))
PLANE = next(critical_spaces(TARGET, 3, 1))


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_eigenvalues_have_the_exact_signs() -> None:
    spectrum = plots.line_spectrum(TARGET, [-0.5, 0.25, 0.5, 1.5])
    size = np.abs(spectrum.eigenvalues).max(axis=1)
    # A float64 eigenvalue is right to a few units of the largest one; the exact counts tell the rest.
    signs = np.where(np.abs(spectrum.eigenvalues) < 1e-13 * size[:, None], 0, np.sign(spectrum.eigenvalues))
    for row, inertia in zip(signs, spectrum.inertias, strict=True):
        assert [(row > 0).sum(), (row == 0).sum(), (row < 0).sum()] == list(inertia)


def test_smallest_eigenvalue_is_zero_where_none_is_negative() -> None:
    spectrum = plots.line_spectrum(TARGET, [-1, 0.5, 2])
    ax = plots.plot_smallest_eigenvalue(spectrum, label="x")
    y = np.asarray(ax.lines[0].get_ydata())
    assert y[0] == y[2] == 0
    assert y[1] < 0


def test_plane_colours_the_line_by_its_inertia() -> None:
    ax = plots.plot_plane_through(LINE)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["0 negative eigenvalues", "1 negative eigenvalue"]
    segments = [line for line in ax.lines if line.get_linewidth() == 4]
    assert [list(line.get_xdata()) for line in segments] == [[-1, 0], [0, 1], [1, 2]]


def test_inertia_plane_is_seven_polygons_that_fill_the_square() -> None:
    ax = plots.plot_inertia_plane(PLANE, alpha=0.5)
    assert len(ax.patches) == 7
    assert {patch.get_alpha() for patch in ax.patches} == {0.5}

    def area(patch: Any) -> float:
        x, y = np.asarray(patch.get_xy())[:-1].T
        return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)

    by_colour: dict[Any, float] = {}
    for patch in ax.patches:
        colour = tuple(patch.get_facecolor()[:3])
        by_colour[colour] = by_colour.get(colour, 0) + area(patch)
    areas = {k: by_colour[to_rgb(plots.COLOURS[k])] for k in range(3)}
    # Two negative eigenvalues in the triangle of positive amplitudes, none in the three corners, else one.
    assert [areas[k] for k in range(3)] == pytest.approx([2, 6.5, 0.5], abs=1e-12)
    for x, y in np.random.default_rng(0).uniform(-1, 2, (60, 2)):
        inside = [p for p in ax.patches if p.get_path().contains_point((x, y))]
        assert len(inside) == 1
        b = PLANE.reduced.amplitudes[0]
        shares = [Fraction(float(x)), Fraction(float(y))]
        point = [b * sp.Rational(s.numerator, s.denominator) for s in shares]
        negative = PLANE.inertia([*point, b - sum(point)]).negative
        assert tuple(inside[0].get_facecolor()[:3]) == to_rgb(plots.COLOURS[negative])


def test_loss_through_a_point_is_level_along_the_space() -> None:
    b = float(LINE.amplitudes[0])
    ax = plots.plot_line_through(LINE, [b / 2, b / 2], [1, -1, 0, 0])
    y = np.asarray(ax.lines[0].get_ydata())
    assert np.ptp(y) < 1e-12 * abs(y).max() + 1e-14
    ax = plots.plot_line_through(LINE, [b / 2, b / 2], [0, 0, 1, -1])
    y = np.asarray(ax.lines[0].get_ydata())
    assert y[60] != y[100]


def test_lines_along_eigenvectors_show_their_sign() -> None:
    ax = plots.plot_lines_through(PLANE)
    curves = [np.asarray(line.get_ydata()) for line in ax.lines]
    assert len(curves) == 6
    assert curves[0].min() < 0 < curves[-1].max()
    ax = plots.plot_line_spectrum(plots.line_spectrum(TARGET))
    assert len(ax.lines) == 6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.plot_plane_through(PLANE), "`space` must have m = 2 and l = 1"),
        (lambda: plots.plot_plane_through(LINE, split=1), "`split` must lie between 0 and 1; got 1"),
        (lambda: plots.plot_inertia_plane(LINE), "`space` must have m = 3 and l = 1"),
        (
            lambda: plots.plot_line_through(LINE, [1, 1.7946670215088], [1, 0]),
            "`direction` must have length 4",
        ),
    ],
)
def test_bad_input(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()
