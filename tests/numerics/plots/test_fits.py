"""Pictures of fits: curves and canonical points where they belong, rates in rows, slowest rates in decades."""

from __future__ import annotations

from dataclasses import dataclass

import mpmath
import numpy as np
import pytest
from flint import arb
from matplotlib.colors import to_hex

import memcurse as mc
from memcurse.numerics.approximation.sup.kernel import interval_kernel
from memcurse.numerics.plots.fits import plot_decay_rates, plot_fit, plot_slowest_rates


def test_fit_crosses_its_kernel_at_the_canonical_points() -> None:
    target = mc.PowerLaw(1)
    fit = mc.best_fit(target, 2, "l1", digits=15)
    ax = plot_fit(target, fit)
    rho, model, difference, points = ax.get_lines()
    times = rho.get_xdata()
    np.testing.assert_allclose(rho.get_ydata(), (1 + times) ** -2)
    np.testing.assert_allclose(
        difference.get_ydata(), np.abs(rho.get_ydata() - model.get_ydata()), atol=1e-15
    )
    signs = np.sign(model.get_ydata() - rho.get_ydata())
    crossings = times[:-1][signs[1:] != signs[:-1]]
    np.testing.assert_allclose(points.get_xdata(), crossings, rtol=times[1] / times[0] - 1)
    area = (
        np.trapezoid(difference.get_ydata(), times)
        + difference.get_ydata()[0] * times[0]
        + 1 / (1 + times[-1])
    )
    assert area == pytest.approx(float(fit.error), rel=1e-3)
    assert "time" in ax.get_xlabel()


def test_a_fit_in_the_maximum_norm_shows_its_alternation_between_two_levels() -> None:
    fit = mc.best_fit("1/t", 2, "sup", digits=15, interval=(1, 10))
    ax = plot_fit(interval_kernel("1/t", (1, 10)), fit)
    upper, lower, _, difference, points = ax.get_lines()
    level = float(fit.error)
    assert (upper.get_ydata()[0], lower.get_ydata()[0]) == (level, -level)
    times = difference.get_xdata()
    assert (times[0], times[-1]) == pytest.approx((1, 10))
    np.testing.assert_allclose(difference.get_ydata(), 1 / times - fit(times), atol=1e-12)
    assert np.abs(difference.get_ydata()).max() == pytest.approx(level, rel=1e-4)
    np.testing.assert_allclose(points.get_xdata(), [float(x) for x in fit.alternation])
    np.testing.assert_allclose(
        points.get_ydata(), 1 / points.get_xdata() - fit(points.get_xdata()), atol=1e-12
    )


def test_an_exact_fit_has_no_canonical_points() -> None:
    target = mc.ExponentialSum([1, 2], [1, 3])
    ax = plot_fit(target, mc.best_fit(target, 2, "l1", digits=15))
    assert len(ax.get_lines()) == 3
    assert ax.get_ylim()[0] > 0


def test_the_difference_stays_in_sight_where_the_kernel_ends() -> None:
    target = mc.parse_target("exp(-t**2)")
    ax = plot_fit(target, mc.best_fit(target, 1, "l1", digits=15))
    largest = ax.get_lines()[2].get_ydata().max()
    assert 1e-7 * largest < ax.get_ylim()[0] < 1e-5 * largest


@dataclass(frozen=True)
class Sum:
    a: tuple[mpmath.mpf, ...]
    w: tuple[mpmath.mpf, ...]


def _sum(a: list[str], w: list[str]) -> Sum:
    return Sum(tuple(map(mpmath.mpf, a)), tuple(map(mpmath.mpf, w)))


def test_rates_lie_in_rows_with_areas_for_their_shares() -> None:
    far = _sum(["3e-400", "-1"], ["1e-400", "1"])
    ax = plot_decay_rates({"short": _sum(["1"], ["10"]), "far": far})
    first, second = ax.collections
    np.testing.assert_allclose(first.get_offsets(), [[1, 0]])
    np.testing.assert_allclose(second.get_offsets(), [[-400, 1], [0, 1]])
    slow, fast = second.get_sizes() - 8
    assert slow / fast == pytest.approx(3)
    assert to_hex(second.get_facecolors()[0]) == "#0072b2"
    assert second.get_facecolors()[1][3] == 0
    assert [label.get_text() for label in ax.get_yticklabels()] == ["short", "far"]
    assert "1/time" in ax.get_xlabel()


def test_slowest_rates_and_what_they_do_not_exceed() -> None:
    sums = {"x": [_sum(["1"], ["10"]), _sum(["1", "1"], ["1e-400", "3"])], "y": [_sum(["1"], ["100"])]}
    ax = plot_slowest_rates(sums, bounds={"x": {1: 1000.0, 2: arb("0.1")}})
    rates, limit, other, _ = ax.get_lines()
    np.testing.assert_allclose(rates.get_xydata(), [[1, 1], [2, -400]])
    np.testing.assert_allclose(limit.get_xydata(), [[1, 3], [2, -1]])
    assert limit.get_linestyle() == "--"
    assert limit.get_color() == rates.get_color() != other.get_color()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["x", "y", "not above"]
    assert "1/time" in ax.get_ylabel()
    with pytest.raises(ValueError, match="`sums` must have every kernel; it lacks 'z'"):
        plot_slowest_rates(sums, bounds={"z": {1: 1.0}})
