"""Pictures of sampled networks show what they are given."""

from __future__ import annotations

import numpy as np

import memcurse as mc
from memcurse.numerics.plots.sampled import plot_forecast, plot_koopman_eigenvalues
from memcurse.numerics.sampled.experiments.held_out import held_out_rows


def _rows():
    t = 0.1 * np.arange(120)
    return np.stack([np.cos(t), np.sin(t)], axis=1)


def test_forecast_and_truth():
    result = held_out_rows(_rows(), 20, 30)
    axes = plot_forecast(result, column=1)
    truth, forecast = axes.lines[:2]
    np.testing.assert_array_equal(truth.get_ydata(), _rows()[89:, 1])
    np.testing.assert_array_equal(forecast.get_ydata(), result.states[:, 1])
    assert axes.get_ylabel() == "x2"
    assert plot_forecast(result, ax=axes) is axes


def test_eigenvalues_in_the_plane():
    found = mc.sampled_network(_rows(), width=10).eigenvalues()
    points = plot_koopman_eigenvalues(found).collections[0].get_offsets()
    np.testing.assert_allclose(points, np.c_[found.values.real, found.values.imag])
