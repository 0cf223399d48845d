"""Pictures: the right numbers on the right axes, labels with units, nothing shown."""

from __future__ import annotations

import math
from collections.abc import Iterator

import mpmath
import numpy as np
import pytest
from flint import arb, arb_mat
from matplotlib import pyplot as plt

import memcurse as mc
from memcurse.numerics.plots import objective as plots

SHORT = mc.ExponentialSum(["1"], ["1"])
PAPER = SHORT + mc.GaussianBump("10")


@pytest.fixture(autouse=True)
def nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(plt, "show", lambda *_, **__: pytest.fail("a plot called show"))
    before = plt.get_fignums()
    yield
    assert plt.get_fignums() == before


def enclosures(delays: tuple[int, ...], digits: int) -> dict[int, mc.Enclosure]:
    return {
        d: mc.Objective(SHORT + mc.GaussianBump(d)).enclose(["0.25", "0.75"], [1, 1], digits=digits)
        for d in delays
    }


def test_target_is_drawn_with_its_parts() -> None:
    ax = plots.plot_target(PAPER, until=15)
    curve = ax.get_lines()[-1]
    times, values = curve.get_data()
    expected = np.exp(-times) + np.exp(-((times - 10) ** 2) / 2)
    np.testing.assert_allclose(values, expected, rtol=1e-13)
    assert len(ax.get_lines()) == 3
    assert times[-1] == 15
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def test_target_of_one_part_and_a_constant_zero() -> None:
    assert len(plots.plot_target(SHORT).get_lines()) == 1
    assert len(plots.plot_target(mc.ExponentialSum([0], [1])).get_lines()) == 1


def test_axes_and_keywords_are_passed_on() -> None:
    ax = plots.axes_or_new(None)
    assert plots.plot_target(SHORT, ax=ax, color="black", linewidth=3) is ax
    assert ax.get_lines()[-1].get_linewidth() == 3
    assert ax.get_lines()[-1].get_color() == "black"


@pytest.mark.parametrize("until", [0, -1, math.nan])
def test_last_time_must_be_positive(until: float) -> None:
    with pytest.raises(ValueError, match="`until` must be positive"):
        plots.plot_target(SHORT, until=until)


def test_gradient_norm_is_that_of_the_memory_alone() -> None:
    # On the coincided manifold with a_1 + a_2 = 1 and w = 1 the short part is matched, so the gradient is made of the
    # bump's moments: an independent route to every point drawn.
    delays = (5, 60, 1000)
    ax = plots.plot_gradient_decay(enclosures(delays, 30), rate=1.0)
    with mpmath.workdps(40):
        for delay, height in zip(delays, ax.get_lines()[0].get_ydata(), strict=True):
            T = mpmath.mpf(delay)
            l0 = mpmath.sqrt(mpmath.pi / 2) * mpmath.exp(0.5 - T) * mpmath.erfc((1 - T) / mpmath.sqrt(2))
            l1 = (T - 1) * l0 + mpmath.exp(-(T**2) / 2)
            norm = 2 * mpmath.sqrt(2 * l0**2 + (mpmath.mpf(1) / 16 + mpmath.mpf(9) / 16) * l1**2)
            assert float(height) == pytest.approx(float(mpmath.log10(norm)), abs=1e-12)
    dashed = ax.get_lines()[1].get_ydata()
    assert dashed[2] - dashed[0] == pytest.approx(-995 / math.log(10))


def test_spectrum_leaves_out_what_the_digits_do_not_tell_from_zero() -> None:
    sharp = enclosures((5, 120), 80)
    blur = arb(0, 1e-20)
    dim = {
        d: mc.Enclosure(e.loss, e.gradient, arb_mat(4, 4, [x + blur for x in e.hessian.entries()]))
        for d, e in sharp.items()
    }
    drawn = [
        [line.get_ydata()[-1] for line in plots.plot_eigenvalue_decay(e).get_legend_handles_labels()[0]]
        for e in (dim, sharp)
    ]
    # Two of order one, two of about e^-120.
    assert min(drawn[1][:2]) > -2 > -45 > max(drawn[1][2:]) > -53
    assert np.isnan(drawn[0][2:]).all()
    assert drawn[0][:2] == pytest.approx(drawn[1][:2])


def test_eigenvalues_by_another_route() -> None:
    ball = enclosures((3,), 30)[3]
    H = np.array([[float(x.mid()) for x in row] for row in ball.hessian.table()])
    expected = sorted(np.linalg.eigvalsh(H), key=abs, reverse=True)
    assert [float(x) for x in plots._eigenvalues(ball.hessian)] == pytest.approx(expected, rel=1e-12)


def test_loss_surface_has_log_axes_and_units() -> None:
    ax = plots.plot_loss_surface(mc.Objective(PAPER), a=[0.5, 0.5], points=9)
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert "1/time" in ax.get_xlabel()
