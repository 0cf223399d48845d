"""Pictures show the numbers they are given: signs from the theorem, losses from the objective."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

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


def test_inertia_plane_has_three_regions() -> None:
    ax = plots.plot_inertia_plane(PLANE, n=12)
    counts = np.asarray(ax.images[0].get_array())
    assert set(counts.flat) == {0, 1, 2}
    # Two negative eigenvalues in the triangle of positive amplitudes: a sixth of the unit squares of a 3 x 3 grid.
    assert counts[4, 4] == 2
    assert counts[0, 0] == 0


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
    ax = plots.plot_spectrum(plots.line_spectrum(TARGET))
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
