"""Error plots: enclosures at their ends, bounds as lines, labels with units."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb
from matplotlib.legend import Legend

from memcurse.numerics.plots.rates import plot_errors, plot_memories, plot_scaling


def test_errors_and_bounds_are_drawn() -> None:
    series = {"one": {1: arb(1), 2: arb(0.25), 4: arb(0.0625)}, "two": {2: arb(0.5, 0.1)}}
    bounds = {"one": {1: 4.0, 4: 1.0}, "law": {1: 3.0, 4: 2.0}}
    ax = plot_errors(series, bounds=bounds)
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert "unit of the output" in ax.get_ylabel()
    assert "number of exponentials" in ax.get_xlabel()
    lines = {tuple(line.get_ydata()) for line in ax.get_lines()}
    assert (1.0, 0.25, 0.0625) in lines
    assert (4.0, 1.0) in lines
    assert (3.0, 2.0) in lines
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sorted(labels) == ["law", "one", "one: bound", "two"]


def test_enclosure_is_drawn_with_its_ends() -> None:
    ax = plot_errors({"two": {2: arb(0.5, 0.1)}})
    ends = ax.collections[0].get_segments()[0][:, 1]
    np.testing.assert_allclose(ends, [0.4, 0.6], rtol=1e-6)
    # The marker is in the middle of the axis between them.
    np.testing.assert_allclose(ax.get_lines()[0].get_ydata(), [0.24**0.5], rtol=1e-6)


def test_a_narrow_enclosure_is_a_marker_alone() -> None:
    ax = plot_errors({"two": {2: arb(0.5, 1e-6)}})
    assert len(ax.get_lines()) == 1
    assert not ax.collections


def test_errors_that_may_be_zero_are_drawn_from_above() -> None:
    ax = plot_errors({"x": {2: arb(0, 0.125)}})
    assert ax.get_lines()[0].get_ydata()[0] == pytest.approx(0.125)


def test_an_exact_fit_has_no_place_on_a_logarithmic_axis() -> None:
    with pytest.raises(ValueError, match="`series` must have positive widths and errors"):
        plot_errors({"x": {2: arb(0)}})


def test_scaling() -> None:
    ax = plot_scaling(0.357, 40.0, 10.0)
    best, printed, corrected = (line.get_ydata() for line in ax.get_lines()[:3])
    factors = ax.get_lines()[1].get_xdata()
    np.testing.assert_allclose(printed * factors, 40.0)
    assert set(best) == {0.357}
    assert set(corrected) == {10.0}
    failing = ax.collections[0].get_paths()[0].vertices
    assert failing[:, 0].min() == pytest.approx(40 / 0.357)
    assert failing[:, 1].max() == pytest.approx(0.357)
    assert not plot_scaling(0.357, 40.0, 10.0, factors=[1, 10]).collections
    with pytest.raises(ValueError, match="`factors` must be positive"):
        plot_scaling(1, 1, 1, factors=[0])


BEST = {"one": {1: arb(1), 2: arb(0.25)}}
CONSTRUCTED = {"none": {1: arb(2)}, "one": {1: arb(3), 4: arb(1.5)}}


def test_a_kernel_has_one_colour_filled_for_best_fits() -> None:
    ax = plot_memories(BEST, CONSTRUCTED, bounds={"one": {1: 8.0, 4: 2.0}})
    drawn = {tuple(line.get_ydata()): line for line in ax.get_lines()}
    best, hollow, bound = drawn[1.0, 0.25], drawn[3.0, 1.5], drawn[8.0, 2.0]
    assert best.get_color() == hollow.get_color() == bound.get_color() != drawn[2.0,].get_color()
    assert best.get_fillstyle() == "full"
    assert hollow.get_fillstyle() == "none"
    assert (best.get_linestyle(), hollow.get_linestyle(), bound.get_linestyle()) == ("-", ":", "--")
    assert ax.get_xscale() == ax.get_yscale() == "log"
    kernels = next(x for x in ax.get_children() if isinstance(x, Legend) and x is not ax.get_legend())
    assert [text.get_text() for text in kernels.get_texts()] == ["none", "one"]
    assert len(ax.get_legend().get_texts()) == 3


def test_without_bounds_the_legend_has_none() -> None:
    assert len(plot_memories(BEST, CONSTRUCTED).get_legend().get_texts()) == 2


def test_a_kernel_that_is_not_constructed_is_refused() -> None:
    with pytest.raises(ValueError, match="`constructed` must have every kernel; it lacks 'two'"):
        plot_memories({"two": {1: arb(1)}}, CONSTRUCTED)
