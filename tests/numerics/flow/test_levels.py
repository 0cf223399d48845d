"""Which arithmetic a flow takes: rules that know no unit of the loss, and what counts as carried to its end."""

from __future__ import annotations

import pytest

from memcurse.numerics.flow.engine.solve import BUDGET, INTERRUPTED
from memcurse.numerics.flow.engine.state import DISPLACEMENT, LOSS_DROP, NOISE, STALLED, UNREACHABLE
from memcurse.numerics.flow.levels import A_FEW, carried, choose_stages, hidden_in_float64, missed_nearly


def test_more_stages_for_tight_tolerances_and_few_units() -> None:
    assert [choose_stages(rtol, 4) for rtol in (3e-6, 2.9e-6, 1e-10, 0.9e-10)] == [3, 5, 5, 7]
    assert [choose_stages(rtol, 5) for rtol in (3e-8, 2.9e-8, 1e-10, 0.9e-10)] == [3, 5, 5, 7]


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_a_drop_is_hidden_below_float64_over_the_tolerance_in_any_unit_of_the_loss(unit: float) -> None:
    # A drop of 1e-9 of the loss is known to 1e-6 or so: 1e-15 / 1e-9.
    assert hidden_in_float64(LOSS_DROP, 0.9e-9 * unit, unit, 1e-6)
    assert not hidden_in_float64(LOSS_DROP, 1.1e-9 * unit, unit, 1e-6)
    assert not hidden_in_float64(DISPLACEMENT, 0.9e-9 * unit, unit, 1e-6)


def test_a_distance_within_a_few_tolerances_is_missed_nearly() -> None:
    margin = A_FEW * 1e-6 * 0.25
    assert missed_nearly(-0.9 * margin, DISPLACEMENT, 0.25, 1e-6)
    assert not missed_nearly(-1.1 * margin, DISPLACEMENT, 0.25, 1e-6)
    assert not missed_nearly(0.0, DISPLACEMENT, 0.25, 1e-6)
    assert not missed_nearly(-0.9 * margin, LOSS_DROP, 0.25, 1e-6)


def test_what_was_carried_to_its_end() -> None:
    for code in (INTERRUPTED, BUDGET, UNREACHABLE):
        assert carried(code, 1.0, 1e-6)
    for code in (NOISE, STALLED):
        assert not carried(code, 0.0, 1e-6)
    done = max(NOISE, STALLED, INTERRUPTED, BUDGET, UNREACHABLE) + 1
    assert carried(done, 1e-6, 1e-6)
    assert not carried(done, 1.1e-6, 1e-6)
