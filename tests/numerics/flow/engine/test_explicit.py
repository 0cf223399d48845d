"""The explicit stretch of a flow: against the implicit loop, against SciPy, and what it hands over."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from memcurse.numerics.flow.engine import solve as solve
from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.run import FlowRun
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.kernels import PowerLaw

DROP = LossDrop(fraction="0.05")


@functools.cache
def objective(T: int) -> Objective:
    return Objective(example_target(T))


def start(m: int) -> tuple[np.ndarray, np.ndarray]:
    k = np.linspace(-1, 1, m)
    return 1 / m + 0.05 / m * k, 1 - 0.05 * k


@functools.cache
def run(T: int, m: int = 2, rtol: float = 1e-8) -> FlowRun:
    return gradient_flow(objective(T), *start(m), stop=DROP, rtol=rtol)


@pytest.fixture
def implicit() -> Any:
    """Runs with the implicit loop alone."""
    return functools.partial(gradient_flow, method="radau")


@functools.cache
def reference(T: int, m: int, times: tuple[float, ...]) -> np.ndarray:
    """The flow at `times` by SciPy's DOP853, shape (times, 2m)."""
    f = objective(T).prepare(m)

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        return -f(y[:m].copy(), y[m:].copy())[1].copy()

    out = solve_ivp(
        slope, (0, times[-1]), np.concatenate(start(m)), method="DOP853", rtol=1e-12, atol=1e-14, t_eval=times
    )
    return np.asarray(out.y.T)


@pytest.mark.parametrize(("T", "m"), [(8, 2), (8, 3), (10, 2), (8, 6)])
def test_a_flow_that_is_not_stiff_needs_no_newton(T: int, m: int, implicit: Any) -> None:
    explicit, other = run(T, m), implicit(objective(T), *start(m), stop=DROP, rtol=1e-10)
    assert explicit.iterations == 0
    assert other.iterations > 0
    assert explicit.event_time == pytest.approx(other.event_time, rel=2e-8)
    np.testing.assert_array_equal(explicit.trace.sigma, 1.0)


@pytest.mark.parametrize("rtol", [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9])
def test_the_tolerance_is_met(rtol: float, implicit: Any) -> None:
    for T in (8, 10):
        exact = implicit(objective(T), *start(2), stop=DROP, rtol=1e-12).event_time
        assert run(T, 2, rtol).event_time == pytest.approx(exact, rel=rtol)


@pytest.mark.parametrize(("T", "m"), [(12, 2), (14, 2), (16, 2), (14, 3), (12, 10)])
def test_a_flow_that_gets_stiff_is_handed_over(T: int, m: int, implicit: Any) -> None:
    both = run(T, m, 1e-6)
    alone = implicit(objective(T), *start(m), stop=DROP, rtol=1e-6)
    exact = implicit(objective(T), *start(m), stop=DROP, rtol=1e-10).event_time
    assert both.event_time == pytest.approx(exact, rel=1e-6)
    assert 0 < both.iterations <= alone.iterations + 10
    # Explicit steps first: their record has no iterations, so the first steps are shorter than the implicit loop's.
    assert both.t[1] < both.t[-1] * 1e-2
    assert np.all(np.diff(both.t) > 0)
    assert np.all(np.diff(both.loss) <= 1e-15 * both.loss[0])


def test_tight_tolerances_are_left_to_the_higher_order(implicit: Any) -> None:
    ours, alone = (
        follow(objective(8), *start(2), stop=DROP, rtol=1e-11) for follow in (gradient_flow, implicit)
    )
    assert ours.event_time == alone.event_time
    assert ours.steps == alone.steps


def test_a_double_double_flow_takes_no_explicit_step(implicit: Any) -> None:
    ours, alone = (
        follow(objective(8), *start(2), stop=DROP, digits=31) for follow in (gradient_flow, implicit)
    )
    assert ours.event_time == alone.event_time


@pytest.mark.parametrize("chunk", [1, 3, 7])
@pytest.mark.parametrize("T", [8, 14])
def test_where_the_record_ends_does_not_matter(T: int, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "CHUNK", chunk)
    again = gradient_flow(objective(T), *start(2), stop=DROP, rtol=1e-6)
    assert again.event_time == run(T, 2, 1e-6).event_time
    np.testing.assert_array_equal(again.a, run(T, 2, 1e-6).a)
    np.testing.assert_array_equal(again.trace.stages, run(T, 2, 1e-6).trace.stages)


@pytest.mark.parametrize(
    ("T", "m", "rtol", "allowed"), [(8, 2, 1e-8, 1e-7), (10, 2, 1e-8, 3e-7), (8, 10, 1e-6, 3e-6)]
)
def test_dense_output(T: int, m: int, rtol: float, allowed: float) -> None:
    result = run(T, m, rtol)
    assert result.iterations == 0
    times = np.linspace(0, 0.97 * result.t[-1], 400)
    a, w = result.at(times)
    exact = reference(T, m, tuple(times))
    np.testing.assert_allclose(np.concatenate([a, w], axis=1), exact, atol=allowed)
    # The curve goes through the steps.
    np.testing.assert_allclose(result.at(result.t)[1], result.w, rtol=1e-12)


def test_dense_output_of_a_stiff_step_is_not_worse_than_the_next_tolerance() -> None:
    result = run(10, 10, 1e-6)
    times = np.linspace(0, 0.9 * result.t[-1], 400)
    a, w = result.at(times)
    assert result.trace.step.max() * np.linalg.norm(objective(10).hessian(*start(10))) > 20
    np.testing.assert_allclose(np.concatenate([a, w], axis=1), reference(10, 10, tuple(times)), atol=1e-5)


@pytest.mark.parametrize("rtol", [1e-3, 1e-6])
def test_the_event_is_met_to_the_last_digits(rtol: float) -> None:
    for T, m in ((8, 2), (8, 10)):
        result = run(T, m, rtol)
        assert result.loss[-1] == pytest.approx(0.95 * result.loss[0], rel=2e-15)
        assert result.loss[-1] == pytest.approx(objective(T).loss(result.a[-1], result.w[-1]), rel=1e-14)
        moved = gradient_flow(objective(T), *start(m), stop=Displacement("0.2"), rtol=rtol)
        assert moved.status == "reached"
        end = np.concatenate([moved.a[-1] - moved.a[0], moved.w[-1] - moved.w[0]])
        assert np.linalg.norm(end) == pytest.approx(0.2, rel=1e-13)


def test_the_event_has_the_order_of_the_method(implicit: Any) -> None:
    """The time's error falls like the tolerance, not like that of a curve inside the last step."""
    J = Objective(PowerLaw(omega="1/2"))
    a, w = ["0.3", "0.4"], ["0.5", "2"]
    for stop in (LossDrop(fraction="0.3"), Displacement("0.05")):
        exact = implicit(J, a, w, stop=stop, rtol=1e-12).event_time
        for rtol in (1e-4, 1e-6, 1e-8):
            found = gradient_flow(J, a, w, stop=stop, rtol=rtol)
            assert found.iterations == 0
            assert found.event_time == pytest.approx(exact, rel=rtol)


def test_a_time_limit_is_met_exactly() -> None:
    for until in (0.3, 7.0):
        result = gradient_flow(objective(8), *start(2), stop=DROP, until=until, rtol=1e-8)
        assert (result.status, result.t[-1], result.iterations) == ("until", until, 0)
        np.testing.assert_allclose(
            np.concatenate([result.a[-1], result.w[-1]]), reference(8, 2, (0.0, until))[-1], atol=1e-8
        )


def test_a_wrong_time_is_seen(implicit: Any) -> None:
    """The tests above would refuse the time of an event 1e-6 away."""
    exact = implicit(objective(8), *start(2), stop=DROP, rtol=1e-10).event_time
    other = gradient_flow(objective(8), *start(2), stop=LossDrop(fraction="0.050001"), rtol=1e-8)
    assert other.event_time != pytest.approx(exact, rel=2e-8)
    assert run(8).event_time == pytest.approx(exact, rel=2e-8)


def test_loss_never_rises_from_wild_starts() -> None:
    rng = np.random.default_rng(3)
    for _ in range(10):
        a, w = rng.normal(size=3) * 3, np.exp(rng.normal(size=3))
        result = gradient_flow(objective(8), a, w, stop=Displacement(10), until=50, rtol=1e-5)
        assert result.status in ("until", "unreachable", "reached")
        assert np.all(np.diff(result.loss) <= 32 * 2.3e-16 * 4 * max(1.0, result.loss[0]))
        assert np.all(result.w > 0)


def test_a_symmetric_start_stays_symmetric_in_explicit_steps() -> None:
    result = gradient_flow(objective(8), ["0.4", "0.4"], [1, 1], stop=Displacement("0.05"))
    assert result.iterations == 0
    np.testing.assert_array_equal(result.a[:, 0], result.a[:, 1])
    np.testing.assert_array_equal(result.w[:, 0], result.w[:, 1])


def test_a_long_explicit_stretch_stays_within_the_steps_of_its_arithmetic() -> None:
    # Explicit steps alone would be 1200, more than float64 is allowed before the arithmetic rises.
    result = run(10, 10, 1e-8)
    assert (result.status, result.digits) == ("reached", 15)
    assert result.steps < 1000
