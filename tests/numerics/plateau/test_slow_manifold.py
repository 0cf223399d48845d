"""Reduced escape times against integrated ones, against the leading order, and where there is nothing to reduce."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import memcurse as mc
from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.plateau.escape_ladder import EscapeLadder, escape_ladder, linearised_bound
from memcurse.numerics.plateau.slow_curve import SlowManifoldError
from memcurse.numerics.plateau.slow_manifold import expanded_time, slow_escape

SHORT = mc.ExponentialSum(["1"], ["1"])
START = (["0.7", "0.3"], ["1", "1"])
DROP = LossDrop(fraction="0.05")


def objective(delay: int) -> mc.Objective:
    return mc.Objective(SHORT + mc.GaussianBump(delay))


@pytest.mark.parametrize("stop", [DROP, Displacement("0.1"), Displacement("0.3")])
@pytest.mark.parametrize("delay", [18, 20, 22])
def test_integration_agrees_within_the_estimate(delay: int, stop: LossDrop | Displacement) -> None:
    J = objective(delay)
    direct = gradient_flow(J, *START, stop, rtol=1e-10).event_time
    slow = slow_escape(J, *START, stop)
    assert abs(float(slow.event_time) / direct - 1) < slow.error < 0.02


def test_other_amplitudes_rates_and_bumps() -> None:
    J = mc.Objective(mc.ExponentialSum(["2"], ["3/2"]) + mc.GaussianBump("14", "1/2", "3"))
    start = (["3/5", "7/5"], ["3/2", "3/2"])
    direct = gradient_flow(J, *start, LossDrop(fraction="0.01"), rtol=1e-10).event_time
    slow = slow_escape(J, *start, LossDrop(fraction="0.01"))
    assert abs(float(slow.event_time) / direct - 1) < max(slow.error, 1e-8)
    assert slow.a[-1, 0] < slow.a[0, 0]
    assert (slow.w[:, 0] < slow.w[:, 1]).all()


def test_leading_order_is_approached_exponentially() -> None:
    gaps = []
    for delay in (30, 40, 50):
        J = objective(delay)
        gaps.append(abs(float(expanded_time(J, *START) / slow_escape(J, *START, DROP).event_time) - 1))
    # What is left out is of the order T^2 e^(-T/2), until the neglected tail of the reduction shows.
    assert gaps[0] < 1e-3
    assert gaps[1] < 0.05 * gaps[0]


def test_order_of_the_start_does_not_matter() -> None:
    J = objective(30)
    swapped = slow_escape(J, ["0.3", "0.7"], ["1", "1"], DROP).event_time
    assert mpmath.almosteq(swapped, slow_escape(J, *START, DROP).event_time)


def test_too_short_a_delay_says_so() -> None:
    with pytest.raises(SlowManifoldError, match="too short a delay"):
        slow_escape(objective(8), *START, DROP)


@pytest.mark.parametrize(
    ("a", "w", "message"),
    [
        (["0.5", "0.5"], ["1", "1"], "`a0` must be positive and differ"),
        (["1.5", "-0.5"], ["1", "1"], "amplitudes that are positive and differ"),
        (["0.7", "0.4"], ["1", "1"], "`a0` must sum to"),
        (["0.7", "0.3"], ["1", "2"], "`w0` must hold the terms' rates 1, one of them twice"),
        (["1"], ["1"], "`w0` must hold the terms' rates 1, one of them twice"),
        (["0.4", "0.4", "0.2"], ["1", "1", "1"], "differ in the largest"),
        (["0.9", "0.4", "-0.3"], ["1", "1", "1"], "`slow` must name the slow cluster"),
    ],
)
def test_starts_that_are_refused(a: list[str], w: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        slow_escape(objective(20), a, w, DROP)


def test_targets_and_distances_that_are_refused() -> None:
    with pytest.raises(ValueError, match="exponential terms and a far part"):
        slow_escape(mc.Objective(SHORT), *START, DROP)
    with pytest.raises(ValueError, match="D_2 > 0"):
        slow_escape(mc.Objective(SHORT - mc.GaussianBump(20)), *START, DROP)
    with pytest.raises(ValueError, match="`distance` must be reached"):
        slow_escape(objective(24), *START, Displacement("3"))


def test_slow_clusters_that_are_refused() -> None:
    J, a, w = objective(30), ["0.9", "0.4", "-0.3"], ["1", "1", "1"]
    for slow in ([0], [2], [0, 1]):
        with pytest.raises(ValueError, match="`slow` must be a stable cluster"):
            slow_escape(J, a, w, DROP, slow=slow)
    with pytest.raises(ValueError, match="must lose its share"):
        slow_escape(mc.Objective(SHORT - mc.GaussianBump(30)), ["1.3", "-0.3"], ["1", "1"], DROP, slow=[0])


#: Target, amplitudes, rates, slow cluster, event, and what integrated and reduced times may differ by, measured.
WIDER = {
    "four units": (SHORT + mc.GaussianBump("22"), "0.5 0.25 0.15 0.1", "1 1 1 1", None, DROP),
    "both signs": (SHORT + mc.GaussianBump("22"), "0.9 0.4 -0.3", "1 1 1", (0, 2), DROP),
    "negative bump": (SHORT - mc.GaussianBump("22"), "1.3 -0.3", "1 1", None, DROP),
    "two terms": (
        mc.ExponentialSum(["1", "1"], ["1", "3"]) + mc.GaussianBump("22"),
        "0.7 0.3 1",
        "1 1 3",
        None,
        DROP,
    ),
    "the faster of two terms": (
        mc.ExponentialSum(["1", "1"], ["1", "3"]) + mc.GaussianBump("22"),
        "1 0.7 0.3",
        "1 3 3",
        None,
        Displacement("0.1"),
    ),
}


@pytest.mark.parametrize("case", WIDER)
def test_more_units_terms_and_signs_agree_with_integration(case: str) -> None:
    target, a, w, slow, stop = WIDER[case]
    J, a0, w0 = mc.Objective(target), a.split(), w.split()
    found = slow_escape(J, a0, w0, stop, slow)
    direct = gradient_flow(J, a0, w0, stop, rtol=1e-9).event_time
    assert abs(float(found.event_time) / direct - 1) < min(5e-3, 3 * found.error)


@pytest.mark.parametrize("case", [name for name in WIDER if name != "the faster of two terms"])
def test_the_law_is_the_limit_of_the_reduction(case: str) -> None:
    target, a, w, slow, stop = WIDER[case]
    far = mc.GaussianBump("80", "1", "-1" if case == "negative bump" else "1")
    J = mc.Objective(target.parts()[0] + far)
    found = slow_escape(J, a.split(), w.split(), stop, slow).event_time
    # What the tail of the reduction leaves out; T^2 e^(-T/2) is far below it.
    assert abs(float(expanded_time(J, a.split(), w.split(), slow=slow) / found) - 1) < 1e-7


@pytest.mark.parametrize("distance", ["0.1", "0.3"])
def test_the_law_of_a_displacement_is_a_limit_too(distance: str) -> None:
    stop, J = Displacement(distance), objective(80)
    for a in (["0.7", "0.3"], ["0.5", "0.25", "0.15", "0.1"]):
        start = a, ["1"] * len(a)
        ratio = expanded_time(J, *start, stop=stop) / slow_escape(J, *start, stop).event_time
        assert abs(float(ratio) - 1) < 1e-12
    with pytest.raises(ValueError, match="`distance` must be reached"):
        expanded_time(J, *START, stop=Displacement("1"))


def test_linearised_bound_is_below_every_time() -> None:
    for stop in (DROP, Displacement("0.1")):
        ladder = escape_ladder({T: objective(T) for T in (10, 14, 18)}, *START, stop)
        assert all(r.direct is not None and r.bound < r.direct for r in ladder.rungs)
    near = float(linearised_bound(objective(10), *START, Displacement("1e-6")))
    # A distance this small is reached at the gradient's own speed.
    speed = float(sum(x * x for x in objective(10).gradient(*START))) ** 0.5
    assert near == pytest.approx(1e-6 / speed, rel=1e-2)


def test_ladder_fits_a_law_to_three_points_only() -> None:
    ladder = escape_ladder({T: objective(T) for T in (40, 60, 80)}, *START, DROP)
    delays, logs = ladder.points()
    slope, offset = np.polyfit(delays, logs + 6 * np.log(delays), 1)
    assert ladder.law() == pytest.approx((slope, offset), rel=1e-9)
    assert slope == pytest.approx(2.5, abs=0.01)
    assert EscapeLadder(ladder.rungs[:2]).law() is None
    with pytest.raises(ValueError, match="at least one delay"):
        escape_ladder({}, *START, DROP)
