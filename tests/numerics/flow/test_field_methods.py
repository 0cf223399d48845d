"""Every method on every field: closed forms, the times of Radau IIA, orders, and what is refused."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest
from flint import arb
from scipy.optimize import brentq
from scipy.special import j1, jv, y1, yv

from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.field_flow import field_flow
from memcurse.numerics.flow.fields.arithmetic import FLOAT64, Midpoints
from memcurse.numerics.flow.fields.field import Field, Metric, Values
from memcurse.numerics.flow.fields.momentum import MomentumField
from memcurse.numerics.flow.fields.reparametrised import Reparametrised
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.momentum import heavy_ball, nesterov
from memcurse.numerics.flow.stepping.explicit_step import StabilisedStepper
from memcurse.numerics.flow.stepping.rosenbrock_step import RosenbrockStepper
from memcurse.numerics.flow.tableaus.explicit_pairs import DORMAND_PRINCE_5
from memcurse.numerics.flow.tableaus.rosenbrock import RODAS5P
from memcurse.numerics.objective.discrete import DiscreteObjective
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.sequences import GeometricSum
from memcurse.theory.targets.target import ExponentialSum

METHODS: dict[str, Any] = {name: name for name in ("radau", "rosenbrock", "stabilised")}
METHODS |= {"pair": DORMAND_PRINCE_5, "a table handed in": RODAS5P}


class Bowl(Field):
    """``J = sum_k curvature_k x_k^2 / 2`` in any arithmetic."""

    any_digits = True

    def __init__(self, curvatures: Any, start: Any) -> None:
        self.curvatures, self.start = np.array(curvatures, dtype=float), start

    def evaluate(self, theta: Any, arithmetic: Any) -> Values:
        k = arithmetic.array(self.curvatures)
        return Values((k * theta * theta).sum() / 2, k * theta, arithmetic.array(np.diag(self.curvatures)))

    def parameters(self, theta: Any) -> Any:
        return theta, theta


class Logistic(Bowl):
    """``J = x^2/2`` with the metric ``1/(1 - x)``: ``x' = -x (1 - x)``, whose derivative is mostly the metric's."""

    def metric(self, theta: Any, arithmetic: Any) -> Metric:
        x = theta[:, None]
        return Metric(1 / (1 - x), lambda u: u[:, None] / (1 - x) ** 2)


@pytest.mark.parametrize("digits", [15, 30])
@pytest.mark.parametrize("method", METHODS)
def test_a_metric_that_moves(method: str, digits: int) -> None:
    """From 9/10 to 1/2, where a quarter of 81/100 is left of the loss: ``x/(1 - x)`` falls by the factor 9."""
    drop = LossDrop(str(0.81 / 2 - 0.125))
    run = field_flow(Logistic([1], ["9/10"]), drop, rtol=1e-8, digits=digits, method=METHODS[method])
    assert run.status == "reached"
    assert float(run.event_time) == pytest.approx(math.log(9.0), rel=1e-8)


@pytest.mark.parametrize("digits", [15, 30])
@pytest.mark.parametrize("method", METHODS)
def test_momentum_on_a_parabola(method: str, digits: int) -> None:
    """Heavy ball: a damped cosine. Nesterov: ``2 J_1(t)/t``. Both pass 0 and return: a distance of 1.2 is reached."""
    options = {"rtol": 1e-6, "digits": digits, "method": METHODS[method], "until": 50}
    stop = Displacement("1.2")
    ball = field_flow(MomentumField(Bowl([1], [1]), 1), stop, **options)
    omega = math.sqrt(0.75)

    def damped(t: float) -> float:
        return math.exp(-t / 2) * (math.cos(omega * t) + math.sin(omega * t) / (2 * omega))

    # The amplitude of the first swing back is exp(-pi/(2 omega)) = .163: no 0.2.
    assert ball.status == "until"
    near = field_flow(MomentumField(Bowl([1], [1]), 1), Displacement("1.1"), **options)
    assert float(near.event_time) == pytest.approx(
        brentq(lambda t: damped(t) + 0.1, 1.5, 3.5, xtol=1e-14), rel=1e-6
    )
    run = field_flow(MomentumField(Bowl([1], [1]), None), Displacement("1.1"), **options)
    exact = brentq(lambda t: 2 * j1(t) / t + 0.1, 3.0, 5.0, xtol=1e-14)
    assert float(run.event_time) == pytest.approx(exact, rel=1e-6)


BUMP = ExponentialSum(["1"], ["1"]) + GaussianBump(delay=6)
SEQUENCE = GeometricSum(["1", "1/2"], ["9/10", "-1/2"])
REAL, PLATEAU = ([0.4, 0.5], [1.3, 0.8]), (["0.475", "0.525"], ["1.05", "0.95"])
COMPLEX, POLES = ([0.4 + 0.1j, 0.5 - 0.2j], [1 + 0.3j, 0.9 - 0.1j]), ([0.3, 0.4], [0.7, -0.2])
TENTH = {"stop": LossDrop(fraction="0.1")}
FLOWS = {
    "natural": (
        Objective(example_target(8)),
        PLATEAU,
        {"stop": LossDrop(fraction="0.01"), "metric": "natural"},
    ),
    "damped": (Objective(BUMP), REAL, TENTH | {"metric": "natural", "damping": "1e-3"}),
    "natural discrete": (DiscreteObjective(SEQUENCE), POLES, TENTH | {"metric": "natural"}),
    "exp": (Objective(BUMP), REAL, TENTH | {"metric": Reparametrised("exp")}),
    "softplus": (Objective(BUMP), REAL, TENTH | {"metric": Reparametrised("softplus")}),
    "square discrete": (
        DiscreteObjective(SEQUENCE),
        ([0.3, 0.4], [0.7, 0.2]),
        TENTH | {"metric": Reparametrised("square")},
    ),
    "complex": (Objective(BUMP, field="complex"), COMPLEX, TENTH),
    "complex discrete": (
        DiscreteObjective(SEQUENCE, field="complex"),
        (COMPLEX[0], [0.5 + 0.3j, 0.6 - 0.1j]),
        {"stop": Displacement("0.2")},
    ),
    "discrete": (DiscreteObjective(SEQUENCE), POLES, {"stop": LossDrop(fraction="0.9")}),
    "heavy ball": (Objective(BUMP), REAL, TENTH | {"friction": 0.3}),
    "heavy ball complex": (
        DiscreteObjective(SEQUENCE, field="complex"),
        (COMPLEX[0], [0.5 + 0.3j, 0.6 - 0.1j]),
        TENTH | {"friction": 1},
    ),
    "nesterov": (Objective(BUMP), REAL, {"stop": Displacement("0.4")}),
}


def follow(name: str, **options: Any) -> Any:
    J, start, own = FLOWS[name]
    flow: Any = {"heavy": heavy_ball, "neste": nesterov}.get(name[:5], gradient_flow)
    return flow(J, *start, **own, **options)


@functools.cache
def true_run(name: str) -> Any:
    run = follow(name, rtol=1e-9)
    assert run.status == "reached"
    return run


@pytest.mark.parametrize("method", [x for x in METHODS if x != "radau"])
@pytest.mark.parametrize("name", FLOWS)
def test_all_methods_give_the_same_time(name: str, method: str) -> None:
    run = follow(name, rtol=1e-6, method=METHODS[method])
    assert run.status == "reached"
    assert float(run.event_time) == pytest.approx(float(true_run(name).event_time), rel=1e-6)
    assert run.iterations == 0
    half = float(run.event_time) / 2
    for x, y in zip(run.at(half), true_run(name).at(half), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("method", [x for x in METHODS if x != "radau"])
def test_the_arithmetic_rises_where_a_metric_is_nearly_singular(method: str) -> None:
    """T = 24: certified in `certified/test_natural_flow.py`."""
    run = gradient_flow(
        Objective(example_target(24)),
        *PLATEAU,
        stop=LossDrop(fraction="0.01"),
        metric="natural",
        rtol=1e-6,
        method=METHODS[method],
    )
    assert (run.status, run.digits) == ("reached", 31)
    assert float(run.event_time) == pytest.approx(2.132818415752444, rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_statuses_do_not_depend_on_the_method(method: str) -> None:
    way: Any = METHODS[method]
    assert (
        field_flow(Bowl([1, 20], [1, 1]), Displacement("1.5"), rtol=1e-5, method=way).status == "unreachable"
    )
    late = field_flow(Bowl([1, 20], [1, 1]), Displacement("1.41"), until="3.5", rtol=1e-5, method=way)
    assert (late.status, late.event_time) == ("until", None)
    assert late.t[-1] == pytest.approx(3.5, rel=1e-14)
    short = field_flow(Bowl([1, 20], [1, 1]), LossDrop(fraction="0.999999"), max_steps=2, method=way)
    assert short.status == "budget"


@pytest.mark.parametrize("method", METHODS)
def test_the_plain_flow_takes_every_method_with_more_digits(method: str) -> None:
    J, stop = Objective(example_target(8)), LossDrop(fraction="0.01")
    run = gradient_flow(J, *PLATEAU, stop=stop, rtol=1e-6, digits=25, method=METHODS[method])
    assert run.digits >= 25
    assert float(run.event_time) == pytest.approx(16.605782518809867, rel=1e-6)


def test_stabilised_steps_are_long_where_a_flow_is_stiff() -> None:
    """No linear systems, and a fifth of the evaluations of a pair."""
    counts = {}

    class Counted(Bowl):
        calls = 0

        def evaluate(self, theta: Any, arithmetic: Any) -> Values:
            self.calls += 1
            return super().evaluate(theta, arithmetic)

    for method in ("stabilised", "pair"):
        field = Counted([1, 3e4], [1, 0.1])
        run = field_flow(field, LossDrop(fraction="0.999"), rtol=1e-5, method=METHODS[method])
        assert run.status == "reached"
        counts[method] = field.calls
    assert counts["stabilised"] < counts["pair"] / 4


@pytest.mark.parametrize("arithmetic", [FLOAT64, Midpoints(30)], ids=lambda x: x.name)
def test_the_length_that_stabilised_steps_may_have(arithmetic: Any) -> None:
    """A matrix far from normal, whose norm is 1e4 times its spectral radius; without the powers its norm decides."""
    M = np.array([[-3.0, 1e5], [0.0, -10.0]])

    class Linear(Bowl):
        def metric(self, theta: Any, arithmetic: Any) -> Metric:
            return Metric(arithmetic.array(np.linalg.inv(-M)), lambda u: 0 * arithmetic.array(M))

    with arithmetic.context():
        field = Linear([1, 1], [1, 1])
        stepper = StabilisedStepper(field, arithmetic, 1e-8)
        point = field.at(0, arithmetic.exact([1, 1]), arithmetic)
        assert point is not None
        stepper.longest(point, np.array([1.0, 1.0]))
        assert stepper.radius == pytest.approx(10.0, rel=0.1)
        assert stepper.table(20.0 / 10.0).rows[-1].shape[0] > stepper.table(1e-3).rows[-1].shape[0]


@pytest.mark.parametrize("order", [5, None])
def test_the_order_of_a_step_where_the_velocity_depends_on_the_time(order: int | None) -> None:
    """On ``x = (J_1(t) + Y_1(t))/t``: halving a step divides its error by 64; without the derivative in time not."""
    field = MomentumField(Bowl([1], [1]), None)
    if order is None:
        field.drift = lambda *_: None  # type: ignore[method-assign]

    def x(t: float) -> float:
        return float((j1(t) + y1(t)) / t)

    def slope(t: float) -> float:
        return float(-(jv(2, t) + yv(2, t)) / t)

    errors = []
    with FLOAT64.context():
        stepper = RosenbrockStepper(field, FLOAT64, RODAS5P, 1e-8)
        point = field.at(2.0, np.array([x(2.0), slope(2.0)]), FLOAT64)
        assert point is not None
        for h in (0.2, 0.1):
            step = stepper.attempt(arb(2), point, h, False, None, np.ones(2), 1.0)[0]
            assert step is not None
            errors.append(abs(point.theta[0] + step.Z[-1, 0] - x(2.0 + h)))
    observed = math.log2(errors[0] / errors[1])
    assert observed > 5.5 if order else observed < 3.5


class Driven(Bowl):
    """Depends on the time, and does not say how."""

    autonomous = False


@pytest.mark.parametrize(
    ("field", "options", "message"),
    [
        (
            Driven([1], [1]),
            {"method": "rosenbrock"},
            "`method` must not be a Rosenbrock method for a field that depends on the time and has no `drift`",
        ),
        (
            Bowl([1], [1]),
            {"method": "rosenbrock", "digits": 30, "rtol": "1e-15"},
            "`rtol` must be at least 1e-13 for the method 'rosenbrock', whose tables have 16 digits; got 1e-15",
        ),
        (
            Bowl([1], [1]),
            {"method": "stabilised", "digits": 30, "rtol": "1e-15"},
            "`rtol` must be at least 1e-13 for the method 'stabilised'",
        ),
        (Bowl([1], [1]), {"method": "rk45"}, "`method` must be one of auto, radau, rosenbrock, stabilised"),
    ],
)
def test_what_is_refused(field: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        field_flow(field, LossDrop(fraction="0.5"), **options)
