"""Sweeps of escape times: the flows they stand for, their starts, their quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import memcurse as mc
from memcurse.numerics.sweeps.escapes import escape_quantiles, escape_times, start_of
from memcurse.theory.plateau.delayed_part import example_target


@pytest.fixture(scope="module")
def found() -> mc.Sweep:
    return mc.sweep(mc.EscapeSweep("7,8", "2,3", "0.6,0.7", starts=3, seed=4))


def test_each_record_is_the_flow_alone(found: mc.Sweep) -> None:
    tasks = list(found.plan.tasks())
    assert len(tasks) == len(found) == 2 * 2 * 2 * 3
    for k in (0, 5, 23):
        task, record = tasks[k], found.records[k]
        a, w = start_of(task)
        run = mc.gradient_flow(
            mc.Objective(example_target(task["delay"])), a, w, stop=mc.LossDrop(fraction="0.01")
        )
        assert record["event_time"] == run.event_time
        assert (record["status"], record["digits"]) == (run.status, run.digits)
        assert escape_times([task]) == [record]


def test_starts_depend_on_seed_number_and_width_alone() -> None:
    first, second = (
        list(mc.EscapeSweep(d, "2,4", s, starts=2, seed=1).tasks()) for d, s in (("8", "0.5"), ("9", "0.7"))
    )
    for one, other in zip(first, second, strict=True):
        (a, w), (b, v) = start_of(one), start_of(other)
        m = one["width"]
        np.testing.assert_allclose(b - a, [0.2, *[-0.2 / (m - 1)] * (m - 1)], atol=1e-15)
        np.testing.assert_array_equal(w, v)
    (a, w), (b, v) = start_of(first[0]), start_of(first[1])
    assert not np.any(a == b)
    assert not np.any(w == v)
    assert np.abs(a - 0.5).max() < 0.06


def test_without_spread_the_start_is_on_the_manifold() -> None:
    (task,) = mc.EscapeSweep(8, 3, "0.7", spread=0, rate="3/2").tasks()
    a, w = start_of(task)
    np.testing.assert_allclose(a, [0.7, 0.15, 0.15], rtol=1e-15)
    np.testing.assert_array_equal(w, [1.5, 1.5, 1.5])


def test_longer_memory_takes_longer_and_quantiles_are_ordered(found: mc.Sweep) -> None:
    points = escape_quantiles(found.plan, found.records)
    assert [(x.delay, x.width, x.split) for x in points[:3]] == [
        ("7", 2, "3/5"),
        ("7", 2, "7/10"),
        ("7", 3, "3/5"),
    ]
    assert all(x.escaped == x.starts == 3 for x in points)
    for early, late in zip(points[:4], points[4:], strict=True):
        assert late.quantiles[0] > early.quantiles[2]
        assert early.quantiles[0] <= early.quantiles[1] <= early.quantiles[2]


def test_starts_that_do_not_escape_count_as_late() -> None:
    plan = mc.EscapeSweep(8, 2, starts=4)
    times: list[Any] = [3.0, None, 1.0, None]
    (point,) = escape_quantiles(plan, [{"event_time": x} for x in times])
    assert (point.starts, point.escaped, point.quantiles) == (4, 2, (1.0, 3.0, None))
    with pytest.raises(TypeError, match="`plan` must be an EscapeSweep"):
        escape_quantiles(mc.WidthSweep("exp(-t)", 1), [])


def test_an_event_that_does_not_come_and_one_that_cannot() -> None:
    late = mc.sweep(mc.EscapeSweep(9, until=1))
    assert (late.records[0]["status"], late.records[0]["event_time"]) == ("until", None)
    # More than the whole loss of some starts and less than that of others.
    tasks = list(mc.EscapeSweep(8, starts=4, stop=mc.LossDrop("0.01")).tasks())
    for k in (1, 3):
        tasks[k]["drop"] = "100"
    records = escape_times([{**x, "drop": "100"} for x in tasks])
    assert all(x["failure"].startswith("ValueError: `stop` must ask for a loss drop") for x in records)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delays": "0:8:1"}, "`delays` must be positive; got 0"),
        ({"delays": 8, "widths": 1}, "`widths` must be at least 2; got 1"),
        ({"delays": 8, "starts": 0}, "`starts` must be at least 1"),
        ({"delays": 8, "starts": 2, "spread": 0}, "`starts` must be 1 where `spread` is 0"),
        ({"delays": 8, "spread": "-1"}, "`spread` must not be negative"),
        ({"delays": 8, "rate": 0}, "`rate` must be positive"),
        ({"delays": 8, "seed": -1}, "`seed` must be at least 0"),
    ],
)
def test_bad_input(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mc.EscapeSweep(**options)
    with pytest.raises(TypeError, match="`stop` must be a LossDrop or a Displacement"):
        mc.EscapeSweep(8, stop="now")  # type: ignore[arg-type]


def test_the_time_of_a_start_near_the_divide_falls_with_the_delay() -> None:
    """At 1/omega = 13 the large exponential becomes the slow one, at 14 the small one: a shorter way.

    Both times were proved by certified flows (`docs/how-to/sweep.md`), to more digits than are asked for here.
    """
    proved = {13: 68462.270724, 14: 54825.9980920}
    plan = mc.EscapeSweep("13,14", "2", "0.9", starts=400)
    start = next(task for task in plan.tasks() if task["start"] == 128)
    slow_units = []
    for delay, time in proved.items():
        J = mc.Objective(mc.ExponentialSum([1], [1]) + mc.GaussianBump(delay))
        run = mc.gradient_flow(J, *start_of(start), mc.LossDrop(fraction="0.01"), until=1e100)
        assert run.event_time == pytest.approx(time, rel=1e-7)
        slow_units.append(int(np.argmin(run.w[-1])))
    assert slow_units == [0, 1]
    assert start_of(start)[0][0] > 0.9
