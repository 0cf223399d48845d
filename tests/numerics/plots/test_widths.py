"""Pictures of widths show the numbers they are given."""

from __future__ import annotations

import numpy as np
import pytest

from memcurse.numerics.approximation.widths.certified_width import certified_width
from memcurse.numerics.plots.widths import log_parameters, plot_error, plot_terms, plot_widths
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.target import ExponentialSum

TARGET = PowerLaw(1)


def test_error_is_the_area_under_the_curve():
    width = certified_width(TARGET, "1/20")
    ax = plot_error(TARGET, width)
    decades, heights = ax.lines[2].get_data()
    assert np.trapezoid(heights, np.log(10) * decades) == pytest.approx(
        float(width.error_enclosure), rel=0.02
    )
    assert [line.get_label().split(",")[0] for line in ax.lines[1:2]] == [
        r"sum $t\\,|\\hat\\rho|$".replace("\\\\", "\\").split(",")[0]
    ]
    assert "time" in ax.get_xlabel()


def test_rates_and_masses():
    width = certified_width(ExponentialSum([1, 2, -2], [1, 5, 20]), "1/1000")
    ax = plot_terms(width)
    assert len(ax.lines) == 2
    b, y = log_parameters(width)
    shown = np.sort(np.concatenate([line.get_xdata() for line in ax.lines]))
    assert shown == pytest.approx(np.sort(y) / np.log(10))
    assert b == pytest.approx([1, 0.4, -0.1])


def test_widths_are_in_decades():
    ax = plot_widths([1, 2], truncation=[10.0, 20.0], bound=[10, 100], trapezoid=[5, 50], found=[2, 20])
    assert len(ax.lines) == 4
    assert ax.lines[1].get_ydata() == pytest.approx([1, 2])
    assert ax.lines[0].get_ydata() == pytest.approx([10 / np.log(10), 20 / np.log(10)])
