"""Fits of samples against NIST's certified values, and a published decay against tables and SciPy."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import curve_fit

import memcurse as mc

FOLDER = Path(__file__).parent / "nist"
CERTIFIED = json.loads((FOLDER / "certified.json").read_text())
#: Certified to eleven digits: one unit of the last may differ.
TOLERANCE = 1e-10


def columns(name):
    lines = [line for line in (FOLDER / f"{name}.csv").read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.reader(lines[1:]))
    return [row[0] for row in rows], [row[1] for row in rows]


@pytest.mark.parametrize("name", ["lanczos1", "lanczos2", "lanczos3", "mgh17"])
def test_certified_estimates_deviations_and_sums_of_squares(name):
    row = CERTIFIED[name]
    fit = mc.fit_samples(*columns(name), row["m"], offset=row["offset"])
    expected = [*row["a"], *row["w"], *row.get("b", [])]
    values = [*fit.a, *fit.w, *([fit.offset] if row["offset"] else [])]
    np.testing.assert_allclose(values, [float(x) for x, _ in expected], rtol=TOLERANCE)
    np.testing.assert_allclose(fit.standard_errors, [float(x) for _, x in expected], rtol=TOLERANCE)
    assert fit.loss == pytest.approx(float(row["residual_sum_of_squares"]), rel=TOLERANCE)


def test_a_changed_digit_misses_the_certified_values():
    t, y = columns("lanczos2")
    y[11] = y[11][:-1] + ("8" if y[11][-1] != "8" else "9")
    fit = mc.fit_samples(t, y, 3)
    certified = [float(x) for x, _ in CERTIFIED["lanczos2"]["a"]]
    assert np.abs(fit.a / certified - 1).max() > 1e-5


def test_two_terms_do_not_fit_lanczos():
    """Lanczos's point: two exponentials fit to the two decimals of a measurement, and a third shows in the next."""
    t, y = columns("lanczos1")
    fit = mc.fit_samples(t, y, 2)
    assert 5e-4 < np.abs(fit.residuals).max() < 1e-3


def test_radioactive_silver_has_the_lifetimes_of_its_isotopes():
    t, y = columns("silver")
    counts = np.array([float(x) for x in y])
    fit = mc.fit_samples(t, y, 2, sigma=np.sqrt(counts), offset=True)
    half_lives = np.log(2) / fit.w
    errors = half_lives * fit.standard_errors[2:4] / fit.w
    # 108Ag 2.382 min and 110Ag 24.56 s (nuclear data tables).
    assert np.all(np.abs(half_lives - [2.382 * 60, 24.56]) < 2 * errors)
    assert fit.degrees_of_freedom == 54

    def model(t, a, b, u, v, c):
        return a * np.exp(-u * t) + b * np.exp(-v * t) + c

    times = np.array([float(x) for x in t])
    start = (130, 950, 0.005, 0.03, 10)
    found, covariance = curve_fit(model, times, counts, start, np.sqrt(counts), absolute_sigma=True)
    np.testing.assert_allclose([*fit.a, *fit.w, fit.offset], found, rtol=1e-5)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-3)
    assert fit.loss == pytest.approx(
        np.sum(((counts - model(times, *found)) / np.sqrt(counts)) ** 2), rel=1e-9
    )
