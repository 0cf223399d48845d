"""The natural gradient flow: a closed form, the Gram matrix, times by Taylor series, independence of coordinates."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad, solve_ivp

from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.field_flow import field_flow
from memcurse.numerics.flow.fields.natural import NaturalField, gram_along, gram_matrix
from memcurse.numerics.flow.fields.real_modes import RateField
from memcurse.numerics.flow.fields.reparametrised import Reparametrised, ReparametrisedField
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.tableaus.explicit_pairs import DORMAND_PRINCE_5
from memcurse.numerics.objective.discrete import DiscreteObjective
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.sequences import GeometricSum
from memcurse.theory.targets.target import ExponentialSum

#: By `benchmarks/flow/natural_gradient.py`: Taylor series of orders 20 and 30, 400 and 700 bits, agree to 1e-15.
TIMES = {
    8: 0.01607634127875183,
    12: 0.03262161875512246,
    14: 0.04423186637157362,
    16: 0.06535144948574262,
    20: 0.3307998163972071,
    24: 2.132818415752444,
    28: 5.292296004259141,
    32: 8.684641601674878,
    40: 15.70151836412032,
    50: 24.74690252978185,
    60: 33.98840579900007,
}
START = (["0.475", "0.525"], ["1.05", "0.95"])
NATURAL = functools.partial(gradient_flow, metric="natural")


def objective(T: int) -> Objective:
    return Objective(ExponentialSum(["1"], ["1"]) + GaussianBump(delay=T))


def test_gram_matrix_is_that_of_the_derivatives() -> None:
    a, w = [0.7, -0.4], [1.3, 0.6]

    def derivative(i: int, t: float) -> float:
        return math.exp(-w[i % 2] * t) * (1.0 if i < 2 else -a[i % 2] * t)

    G = gram_matrix("continuous", np.array(a), np.array(w))
    for i in range(4):
        for j in range(4):
            exact = quad(lambda t, i=i, j=j: derivative(i, t) * derivative(j, t), 0, np.inf)[0]
            assert float(G[i, j]) == pytest.approx(exact, abs=1e-8)


def test_a_known_solution() -> None:
    """With the target 0 the derivative of the model in `a` points at it: ``a' = -a``, w stays, the loss is e^{-2t}."""
    run = NATURAL(Objective(ExponentialSum(["0"], ["1"])), [1], [1], stop=LossDrop(fraction="0.75"))
    assert float(run.event_time) == pytest.approx(math.log(2.0), rel=1e-8)
    assert run.w[-1, 0] == pytest.approx(1.0, abs=1e-12)
    assert run.at(math.log(2.0) / 2)[0][0] == pytest.approx(2**-0.5, rel=1e-4)


@pytest.mark.parametrize("damping", [0.0, 1e-3])
def test_against_lsoda(damping: float) -> None:
    J, m = objective(5), 2
    f = J.prepare(m)

    def slope(_: float, y: np.ndarray) -> Any:
        G = gram_matrix("continuous", y[:2], y[2:])
        return -np.linalg.solve(G + damping * np.eye(4), f(y[:2].copy(), y[2:].copy())[1]) / 2

    run = NATURAL(J, [0.3, 0.6], [0.5, 2.0], stop=LossDrop(fraction="0.1"), damping=damping)
    out = solve_ivp(
        slope, (0, float(run.event_time)), [0.3, 0.6, 0.5, 2.0], method="LSODA", rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(np.concatenate([run.a[-1], run.w[-1]]), out.y[:, -1], rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("T", "time"), TIMES.items())
def test_times_on_the_plateau(T: int, time: float) -> None:
    """The gradient flow takes 8e6 at T = 16. Orders 5 (explicit) and 9 (implicit) meet the Taylor series."""
    run = NATURAL(objective(T), *START, stop=LossDrop(fraction="0.01"))
    assert float(run.event_time) == pytest.approx(time, rel=1e-8)
    assert run.round_off <= 1e-8
    pair = NATURAL(objective(T), *START, stop=LossDrop(fraction="0.01"), rtol=1e-4, method=DORMAND_PRINCE_5)
    assert float(pair.event_time) == pytest.approx(time, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("T", "name"), [(8, "exp"), (8, "softplus"), (8, "square"), (24, "exp")])
def test_the_natural_gradient_does_not_depend_on_the_coordinates(T: int, name: str) -> None:
    """Unlike the gradient flow: the same path and time with the rates as functions of other variables."""
    base = RateField(objective(T), *START)
    field = ReparametrisedField(NaturalField(base, 0), base, Reparametrised(name))
    run = field_flow(field, LossDrop(fraction="0.01"), rtol=1e-7, digits=40)
    assert float(run.event_time) == pytest.approx(TIMES[T], rel=1e-7)
    damped = field_flow(
        ReparametrisedField(NaturalField(base, sp.Rational(1, 1000)), base, Reparametrised(name)),
        LossDrop(fraction="0.001"),
        rtol=1e-5,
        digits=40,
    )
    other = field_flow(
        NaturalField(base, sp.Rational(1, 1000)), LossDrop(fraction="0.001"), rtol=1e-5, digits=40
    )
    assert float(damped.event_time) == pytest.approx(float(other.event_time), rel=1e-5)


@pytest.mark.parametrize("time", ["continuous", "discrete"])
def test_the_derivative_of_the_gram_matrix(time: Any) -> None:
    rng = np.random.default_rng(1)
    a, x, u = rng.normal(size=3), rng.uniform(0.1, 0.9, 3), rng.normal(size=6)
    exact, step = gram_along(time, a, x, u), 1e-5
    for k in range(6):
        d = step * np.eye(6)[k]
        ends = [gram_matrix(time, a + sign * d[:3], x + sign * d[3:]) @ u for sign in (1, -1)]
        np.testing.assert_allclose(
            exact[:, k], (ends[0] - ends[1]) / (2 * step), atol=1e-7 * np.abs(exact).max()
        )


def test_equal_units_move_as_one() -> None:
    """Their Gram matrix is singular; the flow is that of one unit with both amplitudes."""
    J = objective(6)
    two = NATURAL(J, [0.25, 0.25], [1.5, 1.5], stop=LossDrop(fraction="0.2"))
    one = NATURAL(J, [0.5], [1.5], stop=LossDrop(fraction="0.2"))
    assert two.status == one.status == "reached"
    assert two.event_time == pytest.approx(one.event_time, rel=1e-8)
    np.testing.assert_allclose(two.a[-1].sum(), one.a[-1, 0], rtol=1e-7)


def test_discrete_time_against_dop853() -> None:
    J = DiscreteObjective(GeometricSum(["1", "1/2"], ["9/10", "-1/2"]))
    start = np.array([0.3, 0.4, 0.7, -0.2])
    run = NATURAL(J, start[:2], start[2:], stop=LossDrop(fraction="0.9"), rtol=1e-9)

    def derivative(y: np.ndarray) -> np.ndarray:
        n = np.arange(400.0)[:, None]
        return np.hstack([y[2:] ** n, y[:2] * n * y[2:] ** np.maximum(n - 1, 0)])

    def slope(_: float, y: np.ndarray) -> Any:
        D, n = derivative(y), np.arange(400.0)[:, None]
        rest = (y[:2] * y[2:] ** n).sum(1) - (0.9**n + 0.5 * (-0.5) ** n)[:, 0]
        return -np.linalg.lstsq(D, rest)[0]

    out = solve_ivp(slope, (0, run.event_time), start, method="DOP853", rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(np.concatenate([run.a[-1], run.w[-1]]), out.y[:, -1], rtol=1e-7)


def test_damping_slows_the_flow_and_a_displacement_comes() -> None:
    plain, damped = (
        NATURAL(objective(16), *START, stop=LossDrop(fraction="0.01"), damping=x, rtol=1e-6)
        for x in (0, "1e-8")
    )
    assert damped.event_time > 1.5 * plain.event_time
    moved = NATURAL(objective(8), *START, stop=Displacement("0.05"), rtol=1e-6)
    end = np.concatenate([moved.a[-1] - moved.a[0], moved.w[-1] - moved.w[0]])
    assert np.linalg.norm(end) == pytest.approx(0.05, rel=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metric": "flat"}, "`metric` must be 'euclidean', 'natural' or a Reparametrised; got 'flat'"),
        ({"metric": "natural", "damping": -1}, "`damping` must not be negative; got -1"),
        ({"damping": 1}, "`damping` must be 0 unless the metric is 'natural'; got 1"),
        ({"metric": "natural", "method": "rk45"}, "`method` must be one of auto, radau"),
    ],
)
def test_bad_input(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gradient_flow(objective(8), *START, stop=LossDrop(fraction="0.01"), **options)


@pytest.mark.slow
def test_a_velocity_that_round_off_hides_is_no_rest() -> None:
    """Two units come down to one, and G to a singular one; three let one run away, in finite time."""
    J = Objective(ExponentialSum([1], [1]))
    run = gradient_flow(J, ["0.4", "0.5"], ["1.1", "0.8"], Displacement(5), digits=20, metric="natural")
    assert run.status == "stalled"
    assert run.t[-1] > 10
    J = Objective(ExponentialSum([1], [1]) + GaussianBump(40))
    start = ["0.3", "0.33", "0.37"], ["1.05", "0.95", "1.02"]
    run = gradient_flow(J, *start, LossDrop(fraction="0.01"), rtol=1e-4, digits=50, metric="natural")
    assert run.status == "stalled"
    assert run.w[-1].max() > 1e10


def test_a_flow_at_its_minimum_is_at_rest_there() -> None:
    J = Objective(ExponentialSum([1, 2], [1, 3]))
    run = gradient_flow(J, ["0.9", "2.2"], ["1.1", "2.8"], Displacement(5), digits=31, metric="natural")
    assert run.status in ("unreachable", "stationary")


@pytest.mark.slow
def test_four_units_run_away() -> None:
    """The same time in the arithmetic that was chosen and in 50 digits; the limit wT - 8 ln T + O(1)."""
    start = ["0.22", "0.25", "0.26", "0.27"], ["1.05", "0.95", "1.02", "0.97"]
    times = []
    for delay, digits in ((60, None), (60, 50), (80, None)):
        J = Objective(ExponentialSum([1], [1]) + GaussianBump(delay))
        run = gradient_flow(J, *start, Displacement("1.2"), rtol=1e-4, metric="natural", digits=digits)
        assert run.status == "reached"
        times.append(float(run.event_time))
    assert times[0] == pytest.approx(times[1], rel=1e-4)
    assert times[2] - times[0] == pytest.approx(20 - 8 * math.log(80 / 60), abs=0.6)


@pytest.mark.parametrize("damping", ["1", "1/10", "1/1000"])
def test_an_amplitude_of_0_starts_with_damping(damping: str) -> None:
    """It has no size of its own; next to it the time is the same."""
    J, stop = Objective("exp(-t) + exp(-(t-8)^2/2)"), LossDrop("0.01")
    times = [
        gradient_flow(J, [a], ["6/5"], stop, metric="natural", damping=damping, rtol=1e-8).event_time
        for a in ("0", "1e-9")
    ]
    assert None not in times
    assert float(times[0]) == pytest.approx(float(times[1]), rel=1e-6)
