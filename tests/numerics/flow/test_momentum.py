"""Flows with momentum: against fixed-step methods, against the gradient flow under strong friction; energy."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, minimize_scalar

import memcurse as mc
from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.momentum import heavy_ball, nesterov
from memcurse.theory.plateau.delayed_part import example_target

A0, W0 = [0.7, 0.3], [1.0, 1.0]


def objective(delay):
    return mc.Objective(example_target(delay))


def runge_kutta(J, friction, until, steps):
    """The classical method of order 4 from rest; friction a function of time."""
    h, m = until / steps, len(A0)
    state = np.concatenate([A0, W0, np.zeros(2 * m)])

    def slope(t, y):
        gradient = J.gradient(y[:m], y[m : 2 * m])
        damping = 0.75 * gradient if t == 0 else -friction(t) * y[2 * m :]
        return np.concatenate([y[2 * m :], damping - gradient])

    for i in range(steps):
        t = i * h
        k1 = slope(t, state)
        k2 = slope(t + h / 2, state + h / 2 * k1)
        k3 = slope(t + h / 2, state + h / 2 * k2)
        k4 = slope(t + h, state + h * k3)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return state


def test_nesterov_agrees_with_a_fixed_step_method():
    J = objective(6)
    run = nesterov(J, A0, W0, LossDrop("1.2"), until=3, rtol=1e-11)
    assert run.status == "until"
    assert run.event_time is None
    errors = []
    for steps in (100, 200):
        end = runge_kutta(J, lambda t: 3 / t, 3.0, steps)
        errors.append(np.abs(end - np.concatenate([run.a[-1], run.w[-1], run.velocity[-1]])).max())
    # The singular start costs the fixed-step method orders, not its convergence.
    assert errors[1] < errors[0] / 3
    assert errors[1] < 1e-3


def test_heavy_ball_agrees_with_a_fixed_step_method():
    J = objective(6)
    run = heavy_ball(J, A0, W0, Displacement("0.1"), friction=0.0, rtol=1e-11)
    end = runge_kutta_from_rest(J, run.event_time)
    assert np.linalg.norm(end[:4] - np.concatenate([A0, W0])) == pytest.approx(0.1, rel=1e-8)
    assert end[:4] == pytest.approx(np.concatenate([run.a[-1], run.w[-1]]), rel=1e-8)


def runge_kutta_from_rest(J, until):
    """Without friction, Stormer and Verlet's method extrapolated twice: it shares nothing with Runge and Kutta's."""

    def end(steps):
        h, m = until / steps, len(A0)
        theta = np.concatenate([A0, W0])
        velocity = -h / 2 * J.gradient(theta[:m], theta[m:])
        for i in range(steps):
            theta = theta + h * velocity
            if i < steps - 1:
                velocity = velocity - h * J.gradient(theta[:m], theta[m:])
        return theta

    one, two, four = end(50), end(100), end(200)
    first, second = (4 * two - one) / 3, (4 * four - two) / 3
    return (16 * second - first) / 15


def test_strong_friction_is_the_gradient_flow_slowed_down():
    J, stop = objective(6), Displacement("0.1")
    time = gradient_flow(J, A0, W0, stop).event_time
    differences = [
        abs(heavy_ball(J, A0, W0, stop, friction=g).event_time / (g * time) - 1) for g in (20.0, 40.0)
    ]
    # The correction is of order gamma^-2.
    assert np.log2(differences[0] / differences[1]) == pytest.approx(2, abs=0.1)


def test_energy_never_increases_and_is_kept_without_friction():
    J = objective(10)
    free = heavy_ball(J, A0, W0, Displacement("0.1"), friction=0.0)
    assert np.ptp(free.energy) < 1e-9 * free.loss[0]
    for run in (heavy_ball(J, A0, W0, Displacement("0.1"), 0.1), nesterov(J, A0, W0, Displacement("0.1"))):
        assert (np.diff(run.energy) < 1e-12).all()
        assert (np.diff(run.loss) > 0).any()


@pytest.mark.slow
@pytest.mark.parametrize("friction", [None, 0.1])
@pytest.mark.parametrize("stop", [Displacement("0.1"), LossDrop("0.01")])
def test_times_against_dop853(friction, stop):
    J = objective(10)
    run = nesterov(J, A0, W0, stop) if friction is None else heavy_ball(J, A0, W0, stop, friction)
    out = dop853(J, friction, run.event_time)
    end = np.concatenate([run.a[-1], run.w[-1], run.velocity[-1]])
    np.testing.assert_allclose(out.y[:, -1], end, atol=1e-9)
    fine = heavy_ball(J, A0, W0, stop, 0.1, digits=20) if friction else nesterov(J, A0, W0, stop, digits=20)
    assert float(fine.event_time) == pytest.approx(run.event_time, rel=1e-10)
    assert fine.digits == 20


def dop853(J, friction, until):
    m = len(A0)

    def slope(t, y):
        g = J.gradient(y[:m], y[m : 2 * m])
        damping = 0.75 * g if t == 0 else -(3 / t if friction is None else friction) * y[2 * m :]
        return np.concatenate([y[2 * m :], damping - g])

    start = np.concatenate([A0, W0, np.zeros(2 * m)])
    return solve_ivp(slope, (0, until), start, method="DOP853", rtol=1e-12, atol=1e-14, dense_output=True)


@pytest.mark.parametrize("share", [1 - 1e-7, 1 - 1e-3, 0.9])
def test_a_loss_that_falls_and_rises_inside_a_step(share):
    """The first maximum of the drop lies between two steps: a threshold just below it is met there, not later."""
    J, m = objective(8), len(A0)
    out = dop853(J, 0.02, 12.0)
    times = np.linspace(0.01, 12, 4000)
    first = J.loss(A0, W0)
    drops = np.array([first - J.loss(y[:m], y[m : 2 * m]) for y in out.sol(times).T])
    top = int(np.flatnonzero((drops[1:-1] > drops[:-2]) & (drops[1:-1] > drops[2:]))[0]) + 1

    def drop(t):
        y = out.sol(t)
        return first - J.loss(y[:m], y[m : 2 * m])

    peak = minimize_scalar(
        lambda t: -drop(t), bounds=(times[top - 1], times[top + 1]), method="bounded", options={"xatol": 1e-9}
    ).x
    threshold = drop(peak) * share
    exact = brentq(lambda t: drop(t) - threshold, 1e-6, peak, xtol=1e-13)
    run = heavy_ball(J, A0, W0, LossDrop(threshold), friction=0.02)
    assert run.status == "reached"
    # Near the maximum the time is ill-conditioned: its error is the root of the drop's.
    assert run.event_time == pytest.approx(
        exact, rel=1e-9 + 1e-11 / (1 - share) ** 0.5 + 1e-6 * (share > 0.9999)
    )


def test_a_ball_that_comes_to_rest_says_that_the_event_is_out_of_reach():
    J = mc.Objective(mc.ExponentialSum(["1"], ["1"]))
    run = heavy_ball(J, [0.9], [1.1], Displacement("0.5"), friction=1.0)
    assert run.status == "unreachable"
    assert run.energy[-1] < 1e-6


def test_discrete_time_and_complex_modes_have_momentum_too():
    sequence = mc.GeometricSum(["1"], ["9/10"])
    real = heavy_ball(mc.DiscreteObjective(sequence), [0.5], [0.5], LossDrop(fraction="0.5"), friction=1)
    both = heavy_ball(
        mc.DiscreteObjective(sequence, field="complex"), [0.5], [0.5], LossDrop(fraction="0.5"), friction=1
    )
    assert both.event_time == pytest.approx(real.event_time, rel=1e-9)
    assert both.velocity.shape == (both.steps + 1, 4)
    np.testing.assert_array_equal(both.w.imag, 0.0)


def test_momentum_shortens_the_plateau_only_if_friction_is_small():
    stop = Displacement("0.1")
    gains, unit = [], []
    for delay in (8, 10):
        J = objective(delay)
        plain = gradient_flow(J, A0, W0, stop).event_time
        gains.append(plain / nesterov(J, A0, W0, stop).event_time)
        unit.append(heavy_ball(J, A0, W0, stop, friction=1.0).event_time / plain)
    assert gains[1] > 4 * gains[0] > 4
    assert all(ratio > 1 for ratio in unit)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"friction": -0.1}, "`friction` must be finite and not negative"),
        ({"friction": float("nan")}, "`friction` must be finite"),
        ({"rtol": 1e-16}, "`rtol` must be between"),
        ({"until": 0}, "`until` must be positive"),
        ({"w0": [1.0, -1.0]}, "must be positive"),
        ({"a0": [[0.7, 0.3]], "w0": [[1.0, 1.0]]}, "must have one axis"),
        ({"stop": LossDrop("50")}, "`stop` must ask for a loss drop that can be reached"),
    ],
)
def test_bad_input(change, message):
    arguments = {"a0": A0, "w0": W0, "stop": Displacement("0.1"), "friction": 1.0, **change}
    with pytest.raises(ValueError, match=message):
        heavy_ball(objective(6), **arguments)


@pytest.mark.parametrize("friction", [None, "1", True])
def test_friction_must_be_a_number(friction):
    with pytest.raises(TypeError, match="`friction` must be a number"):
        heavy_ball(objective(6), A0, W0, Displacement("0.1"), friction)
