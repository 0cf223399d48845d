"""Landing points against flows with the far part, and what never comes down."""

from __future__ import annotations

import pytest

import memcurse as mc
from memcurse.numerics.flow.events import Displacement
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.plateau.landing import landing

SHORT = mc.ExponentialSum(["1"], ["1"])


@pytest.mark.parametrize(("a", "w"), [("0.475 0.525", "1.05 0.95"), ("0.2 0.8", "0.7 1.1")])
def test_two_units_land_where_the_flow_with_the_far_part_passes(a: str, w: str) -> None:
    found = landing(SHORT, a.split(), w.split())
    assert sum(found.amplitudes) == 1
    # Long before the escape the flow with the far part has the same shares, up to the square of the split.
    J = mc.Objective(SHORT + mc.GaussianBump(30))
    run = gradient_flow(J, a.split(), w.split(), Displacement(10), until=1e9, rtol=1e-10)
    assert float(found.share) == pytest.approx(run.a[-1, found.slow], abs=3e-6)
    assert run.w[-1, found.slow] == run.w[-1].min()


def test_extrapolation_is_better_than_the_square_of_the_split() -> None:
    start = (["0.3", "0.7"], ["0.8", "1.1"])
    found = landing(SHORT, *start)
    late = gradient_flow(mc.Objective(SHORT), *start, Displacement(10), until=1e9, rtol=1e-11)
    assert abs(float(found.share) - late.a[-1, 0]) < 1e-2 * found.split**2


def test_a_unit_may_die() -> None:
    found = landing(SHORT, ["0.9", "0.4"], ["0.8", "1.9"])
    assert found.dead
    assert (found.amplitudes, found.slow, found.share) == ((1, 0), 0, 1)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="`short` must be one exponential"):
        landing(mc.ExponentialSum(["1", "1"], ["1", "2"]), ["1", "1"], ["1", "2"])
    with pytest.raises(ValueError, match="must come down to the short part"):
        landing(SHORT, ["1", "1"], ["1e7", "2e7"])
