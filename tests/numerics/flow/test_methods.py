"""`method=`: named integrators and explicit pairs, handed in and run by the public interface."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.tableaus.explicit_pairs import DORMAND_PRINCE_5, ExplicitPair
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum

HEUN_EULER = ExplicitPair(
    name="Heun-Euler 2(1)",
    A=((), (Fraction(1),), (Fraction(1, 2), Fraction(1, 2))),
    embedded=(Fraction(1), Fraction(0), Fraction(0)),
    order=2,
    embedded_order=1,
    source="Hairer, Norsett and Wanner, Solving ODEs I, II.4",
)
PAIRS = {pair.name: pair for pair in (DORMAND_PRINCE_5, HEUN_EULER)}
METHODS: dict[str, Any] = {name: name for name in ("auto", "radau", "rosenbrock", "stabilised")} | PAIRS
BUMP = Objective(ExponentialSum(["1"], ["1"]) + GaussianBump(delay=6))


def exact_time(w: float, w0: float = 1.0) -> float:
    """When the flow of the target 0 from a = w = 1 has come to the rate `w`; see `test_order`."""
    kappa = math.sqrt(0.5 + w0 * w0)
    y0, y1 = (math.atanh(x / kappa) for x in (w0, w))
    return kappa * ((y1 - math.tanh(y1)) - (y0 - math.tanh(y0)))


@pytest.mark.parametrize("name", METHODS)
def test_a_known_solution(name: str) -> None:
    """On ``a^2 + 2 w^2 = 3`` the loss ``a^2/(2w)`` falls from 1/2 to 1/4 where ``w^2 + w/4 = 3/2``."""
    w = (-0.25 + math.sqrt(0.0625 + 6.0)) / 2.0
    J = Objective(ExponentialSum(["0"], ["1"]))
    run = gradient_flow(J, [1], [1], stop=LossDrop(fraction="0.5"), method=METHODS[name], rtol=1e-7)
    assert run.status == "reached"
    assert run.event_time == pytest.approx(exact_time(w), rel=1e-6)
    assert run.w[-1, 0] == pytest.approx(w, rel=1e-6)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    "stop", [LossDrop(fraction="0.01"), Displacement("0.05")], ids=["drop", "displacement"]
)
def test_all_methods_give_the_same_time(name: str, stop: Any) -> None:
    start = ([0.475, 0.525], [1.05, 0.95])
    exact = gradient_flow(BUMP, *start, stop=stop, rtol=1e-12, method="radau")
    rtol = 1e-5 if name == HEUN_EULER.name else 1e-8
    run = gradient_flow(BUMP, *start, stop=stop, rtol=rtol, method=METHODS[name])
    assert run.event_time == pytest.approx(exact.event_time, rel=2 * rtol)
    half = exact.event_time / 2
    np.testing.assert_allclose(run.at(half)[1], exact.at(half)[1], rtol=1e-5)
    assert np.all(np.diff(run.loss) <= 1e-15)


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_is_what_runs(name: str) -> None:
    """Steps grow like ``rtol^(-1/(q+1))``, q the order of the embedded formula; no linear system is solved."""
    start = {
        "a0": [0.475, 0.525],
        "w0": [1.05, 0.95],
        "stop": LossDrop(fraction="0.01"),
        "method": PAIRS[name],
    }
    runs = [gradient_flow(BUMP, **start, rtol=rtol) for rtol in (1e-4, 1e-7)]
    assert runs[0].iterations == runs[1].iterations == 0
    growth = math.log(runs[1].steps / runs[0].steps) / math.log(1e3)
    assert growth == pytest.approx(1 / (PAIRS[name].embedded_order + 1), abs=0.08)


@pytest.mark.parametrize("name", PAIRS)
def test_a_stiff_flow_ends_within_its_budget(name: str) -> None:
    J = Objective(ExponentialSum(["1"], ["1"]) + GaussianBump(delay=16))
    run = gradient_flow(
        J, [0.475, 0.525], [1.05, 0.95], stop=LossDrop(fraction="0.01"), method=PAIRS[name], max_steps=500
    )
    assert (run.status, run.steps, run.event_time) == ("budget", 500, None)


@pytest.mark.parametrize(
    ("method", "error"), [("rk45", ValueError), (45, TypeError), (None, TypeError)], ids=str
)
def test_refuses_other_methods(method: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="`method` must be one of auto, radau"):
        gradient_flow(BUMP, [1], [1], stop=LossDrop(fraction="0.1"), method=method)
