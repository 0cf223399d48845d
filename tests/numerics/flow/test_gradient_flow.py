"""The gradient flow: times by independent routes, order, monotonicity, statuses, bad input."""

from __future__ import annotations

import functools
import pickle

import mpmath
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.run import FlowRun
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.targets.kernels import GaussianBump, PowerLaw
from memcurse.theory.targets.target import ExponentialSum

SHORT = ExponentialSum(["1"], ["1"])
DROP = LossDrop(fraction="0.05")


@functools.cache
def objective(T: int) -> Objective:
    return Objective(SHORT + GaussianBump(delay=T, width=1, amplitude=1))


def start(m: int) -> tuple[np.ndarray, np.ndarray]:
    k = np.linspace(-1, 1, m)
    return 1 / m + 0.05 / m * k, 1 - 0.05 * k


@functools.cache
def run(T: int, m: int = 2, rtol: float = 1e-8) -> FlowRun:
    return gradient_flow(objective(T), *start(m), stop=DROP, rtol=rtol)


def reference(T: int, m: int, stop: str, size: float) -> float:
    """The time by SciPy's DOP853, whose formulas and step control are not ours."""
    J, (a, w) = objective(T), start(m)
    theta = np.concatenate([a, w])
    f = J.prepare(m)

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        return -f(y[:m].copy(), y[m:].copy())[1].copy()

    def event(_: float, y: np.ndarray) -> float:
        if stop == "loss":
            return J.loss(a, w) - f(y[:m].copy(), y[m:].copy())[0] - size
        return float(np.linalg.norm(y - theta)) - size

    event.terminal = True  # type: ignore[attr-defined]
    out = solve_ivp(slope, (0, 1e4), theta, method="DOP853", rtol=1e-12, atol=1e-14, events=event)
    return float(out.t_events[0][0])


@pytest.mark.parametrize("m", [1, 2, 3])
def test_time_of_a_loss_drop_agrees_with_another_integrator(m: int) -> None:
    J = objective(6)
    result = gradient_flow(J, *start(m) if m > 1 else ([0.9], [1.1]), stop=LossDrop("0.01"), rtol=1e-9)
    assert result.status == "reached"
    if m > 1:
        assert result.event_time == pytest.approx(reference(6, m, "loss", 0.01), rel=1e-8)


def test_time_of_a_displacement_agrees_with_another_integrator() -> None:
    result = gradient_flow(objective(8), *start(2), stop=Displacement("0.1"), rtol=1e-9)
    assert result.event_time == pytest.approx(reference(8, 2, "displacement", 0.1), rel=1e-8)
    end = np.concatenate([result.a[-1] - result.a[0], result.w[-1] - result.w[0]])
    assert np.linalg.norm(end) == pytest.approx(0.1, rel=1e-10)


@pytest.mark.parametrize("T", [8, 12, 16, 20])
def test_tolerances_and_orders_agree(T: int) -> None:
    coarse, fine = run(T, 2, 1e-6), run(T, 2, 1e-10)
    assert coarse.event_time == pytest.approx(fine.event_time, rel=1e-6)
    assert run(T).event_time == pytest.approx(fine.event_time, rel=1e-7)


def test_steps_grow_at_most_linearly() -> None:
    steps = {T: run(T).steps for T in (12, 16, 20, 24)}
    assert steps[20] <= 150
    assert all(steps[T + 4] - steps[T] <= 40 for T in (12, 16, 20))


def test_loss_never_increases_and_the_event_is_met() -> None:
    for T in (8, 14, 18):
        result = run(T)
        assert np.all(np.diff(result.loss) <= 1e-15 * result.loss[0])
        assert result.loss[-1] == pytest.approx(0.95 * result.loss[0], rel=1e-12)
        assert result.loss[-1] == pytest.approx(objective(T).loss(result.a[-1], result.w[-1]), rel=1e-13)
        assert result.t[-1] == result.event_time
        assert result.a.shape == (result.steps + 1, 2) == result.w.shape
        assert np.all(np.diff(result.t) >= 0)
        assert np.all(np.diff(result.time_to_end) < 0)
        assert result.time_to_end[-1] == 0


def test_escape_shows_below_the_resolution_of_float64_time() -> None:
    result = run(24)
    left = result.time_to_end
    assert np.count_nonzero((left > 0) & (left < np.spacing(result.event_time))) >= 1


def test_arithmetic_rises_with_the_delay_and_says_so() -> None:
    assert run(10).digits == 15
    assert run(20).digits == 31
    assert run(20).round_off < 1e-8


def test_dense_output_interpolates_the_steps() -> None:
    result = run(12)
    a, w = result.at(result.t)
    np.testing.assert_allclose(a, result.a, rtol=1e-9)
    np.testing.assert_allclose(w, result.w, rtol=1e-9)
    # Between the steps: against a run that ends there.
    middle = 0.5 * (result.t[9] + result.t[10])
    again = gradient_flow(objective(12), *start(2), stop=DROP, until=float(middle), rtol=1e-10)
    assert again.status == "until"
    assert again.event_time is None
    assert again.t[-1] == middle
    np.testing.assert_allclose(result.at(middle)[0], again.a[-1], rtol=1e-6)
    with pytest.raises(ValueError, match="`times` must lie between 0"):
        result.at(-1.0)


def test_a_short_flow_follows_its_taylor_series() -> None:
    # theta(t) = theta_0 - t g + t^2 H g / 2 - ..., from the gradient and Hessian at the start alone.
    J = objective(8)
    result = gradient_flow(J, [0.5], [1.0], stop=Displacement("1e-4"), rtol=1e-10)
    g = J.gradient([0.5], [1.0])
    H = J.hessian([0.5], [1.0])
    t = result.event_time
    series = -t * g + t * t / 2 * H @ g
    moved = np.concatenate([result.a[-1] - 0.5, result.w[-1] - 1.0])
    np.testing.assert_allclose(moved, series, rtol=1e-5)


def test_unreachable_drop_says_so() -> None:
    result = gradient_flow(objective(16), *start(2), stop=LossDrop(fraction="0.2"))
    assert result.status == "unreachable"
    assert result.event_time is None
    gradient = J_gradient(result, 16)
    assert np.linalg.norm(gradient) < 1e-4


def J_gradient(result: FlowRun, T: int) -> np.ndarray:
    return objective(T).gradient(result.a[-1], result.w[-1])


def test_a_symmetric_start_never_separates() -> None:
    result = gradient_flow(objective(8), ["0.5", "0.5"], [1, 1], stop=LossDrop(fraction="0.5"))
    assert result.status == "unreachable"
    np.testing.assert_array_equal(result.a[:, 0], result.a[:, 1])
    np.testing.assert_array_equal(result.w[:, 0], result.w[:, 1])


def test_exact_width_never_escapes() -> None:
    J = Objective(ExponentialSum(["1"], ["1"]))
    result = gradient_flow(J, ["0.9"], ["1.1"], stop=Displacement("1"), until=1e12)
    assert result.status == "unreachable"
    np.testing.assert_allclose([result.a[-1, 0], result.w[-1, 0]], [1, 1], atol=1e-2)


def test_permuting_the_units_permutes_the_flow() -> None:
    a, w = start(2)
    swapped = gradient_flow(objective(10), a[::-1], w[::-1], stop=DROP)
    assert swapped.event_time == pytest.approx(run(10).event_time, rel=1e-8)
    np.testing.assert_allclose(swapped.w[-1, ::-1], run(10).w[-1], rtol=1e-6)


def test_another_kernel() -> None:
    J = Objective(PowerLaw(omega="1/2"))
    result = gradient_flow(J, ["0.3", "0.4"], ["0.5", "2"], stop=LossDrop(fraction="0.3"))
    assert result.status == "reached"
    assert J.loss(result.a[-1], result.w[-1]) == pytest.approx(0.7 * J.loss([0.3, 0.4], [0.5, 2]), rel=1e-10)


def test_budget_keeps_the_last_state() -> None:
    result = gradient_flow(objective(12), *start(2), stop=DROP, max_steps=7)
    assert (result.status, result.steps, result.event_time) == ("budget", 7, None)
    np.testing.assert_array_equal(result.a[-1], run(12).a[7])


def test_interruption_returns_what_was_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    from memcurse.numerics.flow.engine import solve as solve

    original, calls = solve.advance, []

    def interrupted(*arguments: object) -> object:
        calls.append(1)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(solve, "advance", interrupted)
    monkeypatch.setattr(solve, "CHUNK", 5)
    result = gradient_flow(objective(10), *start(2), stop=DROP)
    assert (result.status, result.steps) == ("interrupted", 5)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"w0": [1.0, -0.3]}, ValueError, r"`w` must be positive; got -0.3 at index 1"),
        ({"w0": [1.0, 0.9, 0.8]}, ValueError, "`a` and `w`"),
        ({"a0": [[0.5, 0.5]], "w0": [[1.0, 0.9]]}, ValueError, "one axis"),
        ({"until": 0}, ValueError, "`until` must be positive; got 0"),
        ({"until": -3.0}, ValueError, "`until` must be positive"),
        ({"rtol": 1e-15}, ValueError, "`rtol` must be between 1e-13 and 0.01; got 1e-15; use `digits`"),
        ({"rtol": 0.5}, ValueError, "`rtol`"),
        ({"max_steps": 0}, ValueError, "`max_steps` must be at least 1"),
        ({"max_steps": 2.5}, TypeError, "`max_steps` must be an integer"),
        ({"stop": 0.1}, TypeError, "`stop` must be a LossDrop or a Displacement"),
        ({"stop": LossDrop(5)}, ValueError, "`stop` must ask for a loss drop that can be reached"),
        ({"digits": 3}, ValueError, "`digits`"),
        ({"J": 3}, TypeError, "`J` must be an Objective"),
        ({"a0": ["x", "1"]}, ValueError, "decimal"),
        ({"a0": [np.nan, 1.0]}, ValueError, "finite"),
    ],
)
def test_bad_input_is_named(change: dict, error: type[Exception], message: str) -> None:
    arguments = {"J": objective(8), "a0": [0.4, 0.6], "w0": [1.0, 0.9], "stop": DROP} | change
    with pytest.raises(error, match=message):
        gradient_flow(**arguments)


def test_events_check_their_numbers() -> None:
    with pytest.raises(TypeError, match="either `drop` or `fraction`"):
        LossDrop()
    with pytest.raises(TypeError, match="either `drop` or `fraction`"):
        LossDrop("0.1", fraction="0.1")
    with pytest.raises(ValueError, match="`fraction` must be below 1"):
        LossDrop(fraction="1")
    with pytest.raises(ValueError, match="`drop` must be positive"):
        LossDrop("-0.1")
    with pytest.raises(ValueError, match="`distance` must be positive"):
        Displacement(0)


def test_start_at_a_critical_point_is_refused() -> None:
    J = Objective(ExponentialSum(["1"], ["1"]))
    with pytest.raises(ValueError, match="critical point"):
        gradient_flow(J, ["0.25", "0.75"], ["1", "1"], stop=Displacement("0.1"))


def test_digits_force_the_arithmetic() -> None:
    plain = gradient_flow(objective(12), *start(2), stop=DROP, digits=15)
    fine = gradient_flow(objective(12), *start(2), stop=DROP, digits=31, rtol=1e-14)
    assert (plain.digits, fine.digits) == (15, 31)
    assert isinstance(fine.event_time, mpmath.mpf)
    assert float(fine.event_time) == pytest.approx(float(plain.event_time), rel=1e-8)


def test_a_run_does_not_depend_on_the_runs_before_it() -> None:
    """The machinery of a run goes on to the next one: other starts, events, limits and twins in between."""
    first = gradient_flow(objective(10), *start(2), stop=DROP, rtol=1e-6)
    kept = pickle.dumps(first)
    for a, w, stop in (
        ([0.4, 0.4], [1.0, 1.0], DROP),
        ([0.7, 0.3], [1.0, 1.0], Displacement("0.1")),
        ([5.0, -3.0], [0.2, 3.0], LossDrop(fraction="0.9")),
    ):
        gradient_flow(objective(10), a, w, stop=stop, rtol=1e-6, until=1e4)
    again = gradient_flow(objective(10), *start(2), stop=DROP, rtol=1e-6)
    assert again.event_time == first.event_time
    for name in ("t", "a", "w", "loss", "time_to_end"):
        np.testing.assert_array_equal(getattr(again, name), getattr(first, name))
        np.testing.assert_array_equal(getattr(pickle.loads(kept), name), getattr(first, name))
    np.testing.assert_array_equal(again.trace.stages, pickle.loads(kept).trace.stages)


def test_a_run_makes_its_arrays_and_nothing_else_on_demand() -> None:
    run = gradient_flow(objective(10), *start(2), stop=DROP, rtol=1e-6, max_steps=1)
    assert (run.status, run.steps, len(run.t)) == ("budget", 1, 2)
    with pytest.raises(AttributeError, match="nothing"):
        _ = run.nothing  # type: ignore[attr-defined]
