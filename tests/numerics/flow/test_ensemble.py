"""Ensembles: bit for bit the single runs, and bad input."""

from __future__ import annotations

import numpy as np
import pytest

from memcurse.numerics.flow import ensemble as flow_ensemble_module
from memcurse.numerics.flow.ensemble import flow_ensemble
from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.plateau.delayed_part import example_target

J = Objective(example_target(10))


def starts(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return 1 / m + 0.05 * rng.normal(size=(n, m)), 1 + 0.05 * rng.normal(size=(n, m))


@pytest.mark.parametrize("jobs", [1, 2])
def test_ensemble_is_the_single_runs_bit_for_bit(jobs: int) -> None:
    A, W = starts(6, 2)
    stop = LossDrop(fraction="0.05")
    many = flow_ensemble(J, A, W, stop=stop, jobs=jobs)
    for i in range(6):
        one = gradient_flow(J, A[i], W[i], stop=stop)
        assert many.event_time[i] == one.event_time
        assert many.status[i] == one.status == "reached"
        np.testing.assert_array_equal(many.a[i], one.a[-1])
        np.testing.assert_array_equal(many.w[i], one.w[-1])
        assert many.steps[i] == one.steps


@pytest.mark.slow
def test_flows_beyond_float64_are_the_single_runs_too() -> None:
    far = Objective(example_target(20))
    A, W = starts(3, 2)
    stop = LossDrop(fraction="0.05")
    many = flow_ensemble(far, A, W, stop=stop, rtol=1e-7)
    for i in range(3):
        one = gradient_flow(far, A[i], W[i], stop=stop, rtol=1e-7)
        assert (many.event_time[i], many.steps[i]) == (one.event_time, one.steps)
        assert many.digits[i] == one.digits == 31


def test_units_that_start_alike_stay_alike() -> None:
    A, W = starts(4, 3)
    A[2:, 1], W[2:, 1] = A[2:, 0], W[2:, 0]  # in the last two rows only
    many = flow_ensemble(J, A, W, stop=LossDrop(fraction="0.01"), until=50.0, jobs=1)
    assert np.all(many.w[2:, 0] == many.w[2:, 1])
    assert np.all(many.w[:2, 0] != many.w[:2, 1])


def test_a_budget_ends_each_flow() -> None:
    A, W = starts(3, 2)
    many = flow_ensemble(J, A, W, stop=LossDrop(fraction="0.05"), max_steps=3)
    assert list(many.status) == ["budget"] * 3
    assert list(many.steps) == [3] * 3
    one = gradient_flow(J, A[0], W[0], stop=LossDrop(fraction="0.05"), max_steps=3)
    np.testing.assert_array_equal(many.a[0], one.a[-1])


def test_an_interrupted_ensemble_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bar(flow_ensemble_module.tqdm):  # type: ignore[misc, name-defined]
        def update(self, n: float | None = 1) -> bool | None:
            raise KeyboardInterrupt

    monkeypatch.setattr(flow_ensemble_module, "tqdm", Bar)
    A, W = starts(400, 2)
    many = flow_ensemble(J, A, W, stop=LossDrop(fraction="0.05"), jobs=1)
    done = many.status == "reached"
    assert set(many.status) == {"reached", "interrupted"}
    assert 0 < done.sum() < 400
    assert np.array_equal(np.isnan(many.event_time), ~done)
    np.testing.assert_array_equal(many.a[~done], A[~done])


def test_events_that_never_come_are_nan() -> None:
    A, W = starts(3, 2)
    many = flow_ensemble(J, A, W, stop=LossDrop(fraction="0.05"), until=2.0)
    assert list(many.status) == ["until"] * 3
    far = flow_ensemble(J, A, W, stop=Displacement(5), until=2.0)
    assert (
        list(far.status) == ["until"] * 3
    )  # |theta - theta_0|^2 <= time * loss: a limit makes nothing unreachable
    assert np.isnan(many.event_time).all()
    assert "0 of 3" in repr(many)


def test_bad_input_is_named() -> None:
    A, W = starts(3, 2)
    stop = LossDrop(fraction="0.05")
    with pytest.raises(
        ValueError, match=r"`A0` and `W0` must both have shape \(N, m\); got \(3, 2\) and \(3, 1\)"
    ):
        flow_ensemble(J, A, W[:, :1], stop=stop)
    with pytest.raises(ValueError, match=r"`A0` and `W0`"):
        flow_ensemble(J, A[0], W[0], stop=stop)
    with pytest.raises(ValueError, match=r"`w` must be positive"):
        flow_ensemble(J, A, -W, stop=stop)
    with pytest.raises(ValueError, match=r"row 0"):
        flow_ensemble(J, A, W, stop=LossDrop(10))
    with pytest.raises(ValueError, match=r"`jobs` must be at least 1; got 0"):
        flow_ensemble(J, A, W, stop=stop, jobs=0)
    with pytest.raises(TypeError, match=r"`jobs` must be an integer"):
        flow_ensemble(J, A, W, stop=stop, jobs=1.5)  # type: ignore[arg-type]
