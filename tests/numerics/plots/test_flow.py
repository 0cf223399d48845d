"""Pictures of flows: the right numbers on labelled axes, nothing shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import memcurse as mc
from memcurse.numerics.flow.events import Displacement
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.run import FlowRun
from memcurse.numerics.plateau.escape_ladder import EscapeLadder, escape_ladder
from memcurse.numerics.plots import flow as plots
from memcurse.theory.plateau.delayed_part import example_target

TARGET = example_target("9")
START = (["0.7", "0.3"], ["1", "1"])


@pytest.fixture(scope="module")
def run() -> FlowRun:
    return gradient_flow(mc.Objective(TARGET), *START, Displacement("0.3"))


@pytest.fixture(scope="module")
def ladder() -> EscapeLadder:
    short = mc.ExponentialSum(["1"], ["1"])
    objectives = {T: mc.Objective(short + mc.GaussianBump(T)) for T in (16, 18, 30)}
    return escape_ladder(objectives, *START, Displacement("0.1"), direct_to=18)


def line(ax: Any, label: str) -> tuple[Any, Any]:
    found = next(x for x in ax.lines if label in str(x.get_label()))
    return np.asarray(found.get_xdata(), dtype=float), np.asarray(found.get_ydata(), dtype=float)


def test_loss_ends_at_the_event(run: FlowRun) -> None:
    x, y = line(plots.plot_flow_loss(run), "loss")
    assert (x[-1], y[-1]) == (run.event_time, run.loss[-1])


def test_an_escape_is_drawn_on_the_time_that_is_left(run: FlowRun) -> None:
    ax = plots.plot_escape(run, color="red")
    x, y = line(ax, "loss")
    assert ax.xaxis_inverted()
    assert ax.get_xscale() == "log"
    assert (x > 0).all()
    assert (np.diff(x) < 0).all()
    assert (x[0], y[0]) == (run.event_time, run.loss[0])
    # Half of the drop lies in the last per cent of the time, and on this clock in much more of the picture.
    half = y < (run.loss[0] + run.loss[-1]) / 2
    assert np.ptp(np.log(x[half])) > 0.2 * np.ptp(np.log(x))
    with pytest.raises(ValueError, match="`run` must have reached its event"):
        plots.plot_escape(replace(run, event_time=None, status="until"))


def test_components_are_those_of_the_run(run: FlowRun) -> None:
    for function, values, label in (
        (plots.plot_flow_rates, run.w, "$w_{2}$"),
        (plots.plot_flow_amplitudes, run.a, "$a_{2}$"),
    ):
        ax = function(run)
        x, y = line(ax, label)
        assert y[-1] == pytest.approx(values[-1, 1], rel=1e-9)
        assert (np.diff(x) > 0).all()
        assert ax.get_xlabel()
        assert ax.get_ylabel()


def test_learned_kernel_is_the_model_at_that_time(run: FlowRun) -> None:
    ax = plots.plot_learned_kernel(run, TARGET, [run.t[-1]], until=12.0)
    t, y = line(ax, r"$\tau$")
    assert y == pytest.approx(np.exp(-np.outer(t, run.w[-1])) @ run.a[-1])
    assert line(ax, "target")[1][-1] == pytest.approx(np.exp(-12) + np.exp(-4.5))
    with pytest.raises(ValueError, match="`until` must be positive"):
        plots.plot_learned_kernel(run, TARGET, [1.0], until=0.0)


def test_ladder_shows_points_bound_and_law(ladder: EscapeLadder) -> None:
    ax = plots.plot_escape_ladder(ladder)
    assert line(ax, "integrated")[0].tolist() == [16, 18]
    assert line(ax, "slow manifold")[0].tolist() == [16, 18, 30]
    assert (line(ax, "bound")[1][:2] < line(ax, "integrated")[1]).all()
    assert line(ax, "fitted")[1].shape == (200,)


def test_local_exponents_are_in_units_of_the_rate(ladder: EscapeLadder) -> None:
    x, y = line(plots.plot_local_exponent(ladder, rate=2.0), "measured")
    assert x.tolist() == [17, 24]
    assert y == pytest.approx(ladder.local_exponents()[1] / 2)
    with pytest.raises(ValueError, match="`rate` must be positive"):
        plots.plot_local_exponent(ladder, rate=0.0)
