"""The phase diagram: every point of the grid in its cell, missing ones crossed out."""

from __future__ import annotations

import math
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

import memcurse as mc
from memcurse.numerics.plots.sweeps import plot_escape_phases, plot_plateaus


def test_cells_hold_the_medians() -> None:
    plan = mc.EscapeSweep("9,8", "3,2", "0.7,0.5")
    times = [10.0**k for k in range(8)]
    found = mc.Sweep(plan, tuple({"event_time": x} for x in times), "", 8, 0, None)
    ax = plot_escape_phases(found)
    table = np.ma.filled(ax.collections[0].get_array(), math.nan).reshape(5, 2)
    # Rows by width in the order given, splits from below; a free row between; columns by delay.
    np.testing.assert_allclose(table, [[5, 1], [4, 0], [math.nan] * 2, [7, 3], [6, 2]])
    assert [x.get_text() for x in ax.get_xticklabels()] == ["8", "9"]
    assert [x.get_text() for x in ax.get_yticklabels()] == ["0.5", "0.7"] * 2
    assert [x.get_text() for x in ax.texts] == ["m = 3", "m = 2"]
    assert "omega" in ax.get_xlabel()
    assert ax.get_title() == "Escape from the plateau: 8 of 8 starts escaped"
    missing = replace(found, records=({"event_time": None}, *found.records[1:]))
    assert len(plot_escape_phases(missing).patches) == 1
    plt.close("all")


def test_other_sweeps_are_refused() -> None:
    with pytest.raises(TypeError, match="`plan` must be an EscapeSweep"):
        plot_escape_phases(mc.Sweep(mc.WidthSweep("exp(-t)", 1), (), "", 0, 0, None))


def test_plateaus_of_training_by_method_with_what_did_not_leave() -> None:
    plan = mc.TrainingSweep("4,5", ("gd", "adam"), (0, 1), steps=9)
    steps = [(3, 5), (4, 6), (7, 20), (8, 21), (1, 2), (1, 2), (2, None), (3, 9)]
    records = tuple(
        {"reached": 0, "left": left, "plateau": left if left is not None else 9} for _, left in steps
    )
    ax = plot_plateaus(mc.Sweep(plan, records, "", 8, 0, None))
    lines = {line.get_label(): line for line in ax.lines}
    assert list(lines["linear, gd"].get_ydata()) == [5.5, 20.5]
    assert list(lines["linear, adam"].get_ydata()) == [2, 9]
    arrows = [line for line in ax.lines if line.get_marker() == "^"]
    assert [(list(x.get_xdata()), list(x.get_ydata())) for x in arrows] == [([5.0], [9])]
    with pytest.raises(TypeError, match="`sweep` must be of a TrainingSweep"):
        plot_plateaus(mc.Sweep(mc.WidthSweep("exp(-t)", 1), (), "", 0, 0, None))
