"""Each field against an integration of its own: LSODA or DOP853 on the formula of the flow, written here."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import solve_ivp

from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.fields.reparametrised import Reparametrised
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.momentum import heavy_ball
from memcurse.numerics.objective.discrete import DiscreteObjective
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.sequences import GeometricSum
from memcurse.theory.targets.target import ExponentialSum

Array = np.ndarray
BUMP = ExponentialSum(["1"], ["1"]) + GaussianBump(delay=6)
SEQUENCE = GeometricSum(["1", "1/2"], ["9/10", "-1/2"])


def reference(
    slope: Callable[[Array], Array], loss: Callable[[Array], float], start: Array, fraction: float
) -> tuple[float, Array]:
    """Time and state at which the loss has dropped by `fraction`."""
    first = loss(start)

    def event(_: float, y: Array) -> float:
        return first * (1 - fraction) - loss(y)

    event.terminal = True  # type: ignore[attr-defined]
    out = solve_ivp(
        lambda _, y: slope(y), (0, 1e6), start, method="LSODA", rtol=1e-11, atol=1e-13, events=event
    )
    return float(out.t[-1]), out.y[:, -1]


def real_variables(a: Any, x: Any) -> Array:
    a, x = np.asarray(a, complex), np.asarray(x, complex)
    return np.concatenate([a.real, a.imag, x.real, x.imag])


def modes(y: Array) -> tuple[Array, Array]:
    m = len(y) // 4
    return y[:m] + 1j * y[m : 2 * m], y[2 * m : 3 * m] + 1j * y[3 * m :]


@pytest.mark.parametrize(
    ("J", "a", "x", "fraction"),
    [
        (Objective(BUMP, field="complex"), [0.4 + 0.1j, 0.5 - 0.2j], [1 + 0.3j, 0.9 - 0.1j], 0.3),
        (Objective(BUMP, field="complex"), [0.4 + 0.1j, 0.4 - 0.1j], [1 + 0.3j, 1 - 0.3j], 0.3),
        (
            DiscreteObjective(SEQUENCE, field="complex"),
            [0.4 + 0.1j, 0.5 - 0.2j],
            [0.5 + 0.3j, 0.6 - 0.1j],
            0.9,
        ),
    ],
)
def test_complex_modes(J: Any, a: Any, x: Any, fraction: float) -> None:
    run = gradient_flow(J, a, x, stop=LossDrop(fraction=str(fraction)), rtol=1e-9)
    time, end = reference(
        lambda y: -J.gradient(*modes(y)), lambda y: J.loss(*modes(y)), real_variables(a, x), fraction
    )
    assert run.status == "reached"
    assert run.event_time == pytest.approx(time, rel=2e-8)
    assert run.a.dtype == complex
    np.testing.assert_allclose(real_variables(run.a[-1], run.w[-1]), end, rtol=1e-6, atol=1e-8)
    assert run.loss[-1] == pytest.approx((1 - fraction) * run.loss[0], rel=1e-12)
    middle = run.at(run.event_time / 2)
    inner = solve_ivp(
        lambda _, y: -J.gradient(*modes(y)),
        (0, run.event_time / 2),
        real_variables(a, x),
        rtol=1e-10,
        atol=1e-12,
        method="DOP853",
    )
    np.testing.assert_allclose(real_variables(*middle), inner.y[:, -1], atol=1e-5)


def test_more_digits_agree_with_float64_where_modes_are_complex() -> None:
    J = DiscreteObjective(SEQUENCE, field="complex")
    start = ["0.4", (0, "0.1")], [("1/2", "0.3"), "0.6"]
    runs = [
        gradient_flow(J, *start, stop=Displacement("0.2"), rtol=1e-9, digits=digits) for digits in (None, 30)
    ]
    assert runs[1].digits == 30
    assert float(runs[1].event_time) == pytest.approx(runs[0].event_time, rel=1e-9)


@pytest.mark.slow
def test_a_real_start_stays_real_and_conjugates_stay_conjugates() -> None:
    """Round-off must not leave what the exact flow keeps: LSODA leaves it here at t = 2600, from a saddle."""
    J = Objective(ExponentialSum(["1"], ["1"]) + GaussianBump(delay=10), field="complex")
    run = gradient_flow(
        J, [0.4 + 0.1j, 0.4 - 0.1j], [1 + 0.05j, 1 - 0.05j], stop=LossDrop(fraction="0.1"), until=4000
    )
    assert run.status == "until"
    np.testing.assert_array_equal(run.a[:, 0], run.a[:, 1].conj())
    np.testing.assert_array_equal(run.w[:, 0], run.w[:, 1].conj())
    real = gradient_flow(J, [0.4, 0.5], [1.0, 0.9], stop=LossDrop(fraction="0.05"))
    plain = gradient_flow(Objective(J.target), [0.4, 0.5], [1.0, 0.9], stop=LossDrop(fraction="0.05"))
    np.testing.assert_array_equal(real.w.imag, 0.0)
    assert real.event_time == pytest.approx(plain.event_time, rel=1e-8)


@pytest.mark.parametrize("digits", [None, 25])
def test_discrete_time(digits: int | None) -> None:
    J = DiscreteObjective(SEQUENCE)
    start = np.array([0.3, 0.4, 0.7, -0.2])
    run = gradient_flow(J, start[:2], start[2:], stop=LossDrop(fraction="0.99"), rtol=1e-9, digits=digits)
    time, end = reference(lambda y: -J.gradient(y[:2], y[2:]), lambda y: J.loss(y[:2], y[2:]), start, 0.99)
    assert run.status == "reached"
    assert float(run.event_time) == pytest.approx(time, rel=1e-8)
    np.testing.assert_allclose(np.concatenate([run.a[-1], run.w[-1]]), end, rtol=1e-6)
    assert (np.abs(run.w) < 1).all()


def test_discrete_time_reaches_its_minimum_and_says_so() -> None:
    """One pole: the least loss is that of the best pole, and no larger drop is claimed to be possible."""
    J = DiscreteObjective(SEQUENCE)
    run = gradient_flow(J, [0.5], [0.8], stop=LossDrop(fraction="0.999"))
    assert run.status == "unreachable"
    gradient = J.gradient(run.a[-1], run.w[-1])
    assert np.linalg.norm(gradient) < 1e-3
    assert np.linalg.eigvalsh(J.hessian(run.a[-1], run.w[-1]))[0] > 0


RATES = {
    "exp": (np.log, np.exp, np.exp),
    "softplus": (
        lambda w: np.log(np.expm1(w)),
        lambda v: np.log1p(np.exp(v)),
        lambda v: 1 / (1 + np.exp(-v)),
    ),
    "square": (np.sqrt, np.square, lambda v: 2 * v),
}


@pytest.mark.parametrize("name", RATES)
def test_reparametrised_rates(name: str) -> None:
    J = Objective(BUMP)
    inverse, f, slope = RATES[name]
    a, w = np.array([0.4, 0.5]), np.array([1.3, 0.8])
    run = gradient_flow(J, a, w, stop=LossDrop(fraction="0.1"), rtol=1e-9, metric=Reparametrised(name))

    def velocity(y: Array) -> Array:
        gradient = J.gradient(y[:2], f(y[2:]))
        return -np.concatenate([gradient[:2], slope(y[2:]) * gradient[2:]])

    time, end = reference(velocity, lambda y: J.loss(y[:2], f(y[2:])), np.concatenate([a, inverse(w)]), 0.1)
    assert run.event_time == pytest.approx(time, rel=1e-8)
    np.testing.assert_allclose(run.w[-1], f(end[2:]), rtol=1e-6)
    plain = gradient_flow(J, a, w, stop=LossDrop(fraction="0.1"))
    assert abs(run.event_time / plain.event_time - 1) > 1e-3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metric": "flat"}, "`metric` must be 'euclidean', 'natural' or a Reparametrised; got 'flat'"),
        ({"metric": "natural"}, "`metric` must be 'euclidean' for complex modes; got 'natural'"),
        ({"metric": Reparametrised("exp")}, "`metric` must be 'euclidean' for complex modes"),
        ({"damping": 1}, "`damping` must be 0 unless the metric is 'natural'; got 1"),
        ({"method": "rk45"}, "`method` must be one of auto"),
        ({"w0": [1j, 1.0]}, "`w` must have positive real parts"),
        ({"until": "1e-999"}, "`until` must be a time that float64 can hold"),
        ({"stop": LossDrop("9")}, "`stop` must ask for a loss drop that can be reached"),
    ],
)
def test_bad_input(options: dict[str, Any], message: str) -> None:
    arguments = {"a0": [0.4, 0.5], "w0": [1.0, 0.9], "stop": LossDrop(fraction="0.1"), **options}
    with pytest.raises(ValueError, match=message):
        gradient_flow(Objective(BUMP, field="complex"), **arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("log",), ValueError, "`function` must be one of exp, softplus, square"),
        ((3,), TypeError, "`function` must be a SymPy expression in one symbol; got 3"),
    ],
)
def test_bad_reparametrisations(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Reparametrised(*arguments)


def test_a_wrong_inverse_is_refused() -> None:
    v = sp.Symbol("v")
    with pytest.raises(ValueError, match="`inverse` must be the inverse of `function` at the start"):
        gradient_flow(
            Objective(BUMP),
            [0.4],
            [1.0],
            stop=LossDrop(fraction="0.1"),
            metric=Reparametrised(sp.exp(v), sp.log(v) + 1),
        )


@pytest.mark.parametrize("kind", ["complex", "exp", "momentum"])
def test_runs_can_be_pickled(kind: str) -> None:
    stop = LossDrop(fraction="0.05")
    if kind == "complex":
        run = gradient_flow(Objective(BUMP, field="complex"), [0.4, 0.5j], [1.0, 0.9], stop=stop)
    elif kind == "exp":
        run = gradient_flow(Objective(BUMP), [0.4], [1.3], stop=stop, metric=Reparametrised("exp"))
    else:
        run = heavy_ball(Objective(BUMP), [0.4], [1.3], stop, friction=1)
    again = pickle.loads(pickle.dumps(run))
    time = run.event_time / 3
    np.testing.assert_array_equal(again.at(time), run.at(time))
