"""Statuses that are true: events inside a step, bounds by time, coincided starts, amplitudes of 0, limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import memcurse as mc
from memcurse.numerics.flow.ensemble import flow_ensemble
from memcurse.numerics.flow.gradient_flow import gradient_flow

EXPONENTIAL = mc.Objective(mc.ExponentialSum(["1"], ["1"]))
NEGATIVE = mc.Objective(
    mc.ExponentialSum(["1"], ["0.6"]) + mc.GaussianBump(delay=10, width="1/2", amplitude=-1)
)
LATE = mc.Objective(mc.ExponentialSum(["1"], ["1.7"]) + mc.GaussianBump(delay=16, width="1/2", amplitude=1))
#: From a = -3.5, w = 1 the distance rises to 5.01509377 at 10.6358 and falls again (LSODA and 40 digits).
PEAK = 5.01509377

OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "radau": {"method": "radau"},
    "loose": {"rtol": 1e-3},
    "tight": {"rtol": 1e-12},
    "double-double": {"digits": 20},
    "midpoints": {"digits": 40},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_event_between_the_ends_of_a_step_is_found(name: str) -> None:
    run = gradient_flow(EXPONENTIAL, [-3.5], [1], stop=mc.Displacement("5.015"), **OPTIONS[name])
    assert run.status == "reached"
    assert float(run.event_time) == pytest.approx(10.51282680661, rel=4e-3 if name == "loose" else 2e-7)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_threshold_just_below_the_peak_is_reached_and_just_above_it_is_not(name: str) -> None:
    below = gradient_flow(
        EXPONENTIAL, [-3.5], [1], stop=mc.Displacement(f"{PEAK - 1e-5:.8f}"), **OPTIONS[name]
    )
    above = gradient_flow(
        EXPONENTIAL, [-3.5], [1], stop=mc.Displacement(f"{PEAK + 1e-5:.8f}"), **OPTIONS[name]
    )
    assert (below.status, above.status) == ("reached", "unreachable")
    assert float(below.event_time) == pytest.approx(10.5957, abs=2e-2)


def test_an_ensemble_finds_it_too() -> None:
    flows = flow_ensemble(EXPONENTIAL, [[-3.5]] * 2, [[1.0]] * 2, stop=mc.Displacement("5.015"))
    assert list(flows.status) == ["reached", "reached"]
    assert flows.event_time == pytest.approx([10.51282680661] * 2, rel=2e-7)


@pytest.mark.parametrize("until", [1e12, 1e14, 1e16])
def test_the_time_left_never_makes_an_event_unreachable(until: float) -> None:
    """It comes at 1.9195e17."""
    run = gradient_flow(LATE, ["0.7", "0.3"], ["1.7"] * 2, stop=mc.Displacement("0.1"), until=until)
    assert run.status == "until"


def test_an_event_that_comes_late() -> None:
    run = gradient_flow(LATE, ["0.7", "0.3"], ["1.7"] * 2, stop=mc.Displacement("0.1"), until=1e40)
    assert (run.status, run.event_time) == ("reached", pytest.approx(1.9195e17, rel=1e-4))


@pytest.mark.parametrize("options", [{}, {"digits": 31}, {"digits": 40}, {"digits": 80}], ids=str)
def test_a_coincided_start_before_a_negative_bump_goes_on(options: dict[str, Any]) -> None:
    """The flow settles 0.0592 away (LSODA): it never comes 0.1 far, and is there at the displacement 0.059."""
    start = ([".3", ".7"], [".6", ".6"])
    run = gradient_flow(NEGATIVE, *start, stop=mc.Displacement("0.1"), until=1e9, **options)
    moved = np.linalg.norm([run.a[-1] - run.a[0], run.w[-1] - run.w[0]])
    assert (run.status, moved) == ("until", pytest.approx(0.0592, abs=1e-4))
    reached = gradient_flow(NEGATIVE, *start, stop=mc.Displacement("0.05"), until=1e9, **options)
    assert reached.status == "reached"


def test_four_coincided_units_go_on() -> None:
    start = ([".2", ".05", ".4", ".35"], [".6"] * 4)
    assert gradient_flow(NEGATIVE, *start, stop=mc.Displacement("0.1"), until=1e9).status == "until"
    assert gradient_flow(NEGATIVE, *start, stop=mc.Displacement("0.02"), until=1e9).status == "reached"


@pytest.mark.parametrize("options", [{}, {"rtol": 1e-12}, {"digits": 20}, {"digits": 40}], ids=str)
@pytest.mark.parametrize(("a", "w"), [(["0"], ["2"]), (["0", "0"], ["2", "2"]), (["1e-300"], ["2"])])
def test_amplitudes_of_zero(a: list[str], w: list[str], options: dict[str, Any]) -> None:
    run = gradient_flow(EXPONENTIAL, a, w, stop=mc.LossDrop(fraction="0.9"), **options)
    assert run.status == "reached"
    if len(a) == 1:
        assert float(run.event_time) == pytest.approx(3.13008603, rel=1e-8)


def test_a_row_of_zeros_in_an_ensemble() -> None:
    flows = flow_ensemble(EXPONENTIAL, [[0.0], [1.0]], [[2.0], [2.0]], stop=mc.LossDrop(fraction="0.9"))
    assert flows.event_time[0] == pytest.approx(3.13008603, rel=1e-8)
    assert list(flows.status) == ["reached", "reached"]


@pytest.mark.parametrize("until", ["1e-999", 1e-320, "0", -1, float("nan")])
def test_limits_that_are_none_are_refused_by_name(until: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="`until` must be"):
        gradient_flow(EXPONENTIAL, ["0.5"], ["2"], stop=mc.LossDrop(fraction="0.5"), until=until)


def test_a_limit_beyond_float64_is_no_limit() -> None:
    run = gradient_flow(EXPONENTIAL, ["0.5"], ["2"], stop=mc.LossDrop(fraction="0.5"), until="1e999")
    assert run.status == "reached"
