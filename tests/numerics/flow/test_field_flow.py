"""`field_flow` with fields of one's own: closed solutions, statuses, round-off, bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy as sp

from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.field_flow import field_flow
from memcurse.numerics.flow.fields.field import Field, Metric, Values
from memcurse.numerics.flow.fields.real_modes import RateField
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.tableaus.explicit_pairs import DORMAND_PRINCE_5
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum


class Bowl(Field):
    """``J = (x^2 + 100 y^2)/2``."""

    curvatures = np.array([1.0, 100.0])

    def __init__(self, *start: Any) -> None:
        self.start = start

    def evaluate(self, theta: Any, arithmetic: Any) -> Values:
        k = arithmetic.array(self.curvatures)
        return Values((k * theta * theta).sum() / 2, k * theta, arithmetic.array(np.diag(self.curvatures)))


class AnyBowl(Bowl):
    """The same at any precision."""

    any_digits = True


class Newton(AnyBowl):
    """Its Hessian as metric: ``theta' = -theta``."""

    def metric(self, theta: Any, arithmetic: Any) -> Metric:
        matrix = arithmetic.array(np.diag(self.curvatures))
        return Metric(matrix, lambda u: 0 * matrix)


@pytest.mark.parametrize("method", ["auto", DORMAND_PRINCE_5])
@pytest.mark.parametrize("digits", [None, 15, 40])
def test_a_closed_solution(method: Any, digits: int | None) -> None:
    run = field_flow(AnyBowl(1, 0), LossDrop(fraction="0.99"), digits=digits, method=method)
    assert float(run.event_time) == pytest.approx(math.log(10.0), rel=1e-8)
    assert run.loss[-1] == pytest.approx(0.005, rel=1e-10)
    both = field_flow(AnyBowl(1, 1), Displacement("1.2"), digits=digits, method=method)

    def distance(t: float) -> float:
        return math.hypot(1 - math.exp(-t), 1 - math.exp(-100 * t)) - 1.2

    assert distance(float(both.event_time)) == pytest.approx(0.0, abs=1e-9)


def test_a_metric_of_ones_own() -> None:
    run = field_flow(Newton(1, 1), LossDrop(fraction="0.99"))
    assert run.event_time == pytest.approx(math.log(10.0), rel=1e-8)
    np.testing.assert_allclose(np.hstack([run.a[-1], run.w[-1]]), 0.1, rtol=1e-7)


@pytest.mark.slow
def test_the_same_flow_as_the_compiled_one() -> None:
    """Delays to 24: the arithmetic rises as it does there."""
    for T, digits in ((8, 15), (14, 15), (20, 31)):
        J = Objective(ExponentialSum(["1"], ["1"]) + GaussianBump(delay=T))
        start = ["0.475", "0.525"], ["1.05", "0.95"]
        run = field_flow(RateField(J, *start), LossDrop(fraction="0.01"))
        assert run.digits == digits
        assert run.event_time == pytest.approx(
            gradient_flow(J, *start, stop=LossDrop(fraction="0.01")).event_time, rel=1e-8
        )


def test_statuses() -> None:
    assert field_flow(Bowl(1, 1), Displacement("1.5")).status == "unreachable"
    assert field_flow(Bowl(1, 1), Displacement("1.5"), until=0.1).status == "until"
    assert field_flow(Bowl(1, 1), LossDrop(fraction="0.999999"), max_steps=2).status == "budget"
    late = field_flow(Bowl(1, 1), Displacement("1.41"), until="3.5")
    assert late.status == "until"
    assert late.t[-1] == pytest.approx(3.5, rel=1e-14)


def test_ctrl_c_keeps_what_there_is() -> None:
    class Interrupted(Bowl):
        calls = 0

        def evaluate(self, theta: Any, arithmetic: Any) -> Values:
            self.calls += 1
            if self.calls == 150:
                raise KeyboardInterrupt
            return super().evaluate(theta, arithmetic)

    run = field_flow(Interrupted(1, 1), LossDrop(fraction="0.999999"))
    assert run.status == "interrupted"
    assert run.steps > 0
    assert (np.diff(run.loss) < 0).all()


def test_a_wrong_gradient_is_not_followed_uphill() -> None:
    class Uphill(Bowl):
        def evaluate(self, theta: Any, arithmetic: Any) -> Values:
            values = super().evaluate(theta, arithmetic)
            return values._replace(gradient=-values.gradient, hessian=-values.hessian)

    assert field_flow(Uphill(1, 1), Displacement("9"), max_steps=300).status == "stalled"


@pytest.mark.parametrize(
    ("field", "options", "error", "message"),
    [
        (3, {}, TypeError, "`field` must be a Field; got 3"),
        (Bowl(1, 1), {"digits": 30}, ValueError, "`digits` must be at most 15 for this field; got 30"),
        (Bowl(0, 0), {}, ValueError, "`start` must not be a critical point"),
        (AnyBowl(0, 0), {}, ValueError, "`start` must not be a critical point"),
        (Bowl(1, "x"), {}, ValueError, "`start` must be"),
        (Bowl(1, 1), {"rtol": 1}, ValueError, "`rtol` must be between"),
        (Bowl(1, 1), {"method": 45}, TypeError, "`method` must be one of auto, radau"),
        (Bowl(1, 1), {"max_steps": 0}, ValueError, "`max_steps` must be"),
        (Bowl(1, 1), {"stop": 5}, TypeError, "`stop` must be a LossDrop or a Displacement; got 5"),
    ],
)
def test_bad_input(field: Any, options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        field_flow(field, **{"stop": Displacement("0.1"), **options})


def test_a_minimum_behind_the_next_one_is_not_taken_for_near() -> None:
    """Newton's step from 3 lands in the minimum at 2, and promises 1/2; the flow ends at 5/2, deeper by 2."""
    x = sp.Symbol("x")
    c = sp.symbols("c0:8")
    J = sum(k * x**i for i, k in enumerate(c))
    conditions = [(0, 0, 5), (1, 0, 1), (2, 0, 1), (0, -sp.S.Half, 3), (1, -sp.S.Half, 0)]
    conditions += [(0, -1, 5), (1, -1, 0), (2, -1, 1)]
    found = sp.solve([sp.diff(J, x, k).subs(x, at) - value for k, at, value in conditions], c)
    loss, slope, curvature = (sp.lambdify(x, sp.diff(J.subs(found), x, k)) for k in range(3))

    class Wells(Field):
        start = (3,)

        def evaluate(self, theta: Any, arithmetic: Any) -> Values:
            at = float(theta[0]) - 3.0
            return Values(loss(at), np.array([slope(at)]), np.array([[curvature(at)]]))

        def parameters(self, theta: Any) -> Any:
            return theta, theta

    run = field_flow(Wells(), LossDrop("1.5"))
    assert run.status == "reached"
    assert 2.5 < run.a[-1, 0] < 3.0


def test_a_start_outside_the_domain() -> None:
    class Half(Bowl):
        def evaluate(self, theta: Any, arithmetic: Any) -> Values | None:
            return super().evaluate(theta, arithmetic) if theta[0] > 0 else None

    with pytest.raises(ValueError, match="`start` must lie inside the domain of the field; got"):
        field_flow(Half(-1, 1), Displacement("0.1"))


@pytest.mark.parametrize("digits", [15, 40])
def test_a_bar_is_shown_when_asked_for(digits: int, capsys: pytest.CaptureFixture[str]) -> None:
    quiet = field_flow(AnyBowl(1, 0), LossDrop(fraction="0.5"), digits=digits, rtol=1e-4)
    assert capsys.readouterr().err == ""
    shown = field_flow(AnyBowl(1, 0), LossDrop(fraction="0.5"), digits=digits, rtol=1e-4, progress=True)
    assert "gradient flow" in capsys.readouterr().err
    assert shown.event_time == quiet.event_time
