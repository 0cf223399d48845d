"""The natural gradient flow: a closed form, the Gram matrix, measured times at two precisions and of two pairs."""

from __future__ import annotations

import functools
import math
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb
from scipy.integrate import quad, solve_ivp

from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.midpoints.natural import gram_matrix
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum

#: Found at rtol 1e-9 with 40 and 60 digits for 24, 28 and 40, at 1e-6 for the others.
TIMES = {16: 0.065351, 20: 0.33080, 24: 2.132818, 28: 5.292296, 32: 8.684642, 40: 15.701518}
START = (["0.475", "0.525"], ["1.05", "0.95"])
NATURAL = functools.partial(gradient_flow, metric="natural")


def objective(T: int) -> Objective:
    return Objective(ExponentialSum(["1"], ["1"]) + GaussianBump(delay=T))


def test_gram_matrix_is_that_of_the_derivatives() -> None:
    a, w = [0.7, -0.4], [1.3, 0.6]

    def derivative(i: int, t: float) -> float:
        return math.exp(-w[i % 2] * t) * (1.0 if i < 2 else -a[i % 2] * t)

    G = gram_matrix([arb(x) for x in (*a, *w)])
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
        G = np.array([[float(x) for x in row] for row in gram_matrix([arb(x) for x in y]).tolist()])
        return -np.linalg.solve(G + damping * np.eye(4), f(y[:2].copy(), y[2:].copy())[1]) / 2

    run = NATURAL(J, [0.3, 0.6], [0.5, 2.0], stop=LossDrop(fraction="0.1"), damping=damping)
    out = solve_ivp(
        slope, (0, float(run.event_time)), [0.3, 0.6, 0.5, 2.0], method="LSODA", rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(np.concatenate([run.a[-1], run.w[-1]]), out.y[:, -1], rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("T", "time"), TIMES.items())
def test_times_on_the_plateau(T: int, time: float) -> None:
    """Two precisions and two tolerances agree; gradient flow takes 8e6 at T = 16."""
    run = NATURAL(objective(T), *START, stop=LossDrop(fraction="0.01"), rtol=1e-6)
    finer = NATURAL(objective(T), *START, stop=LossDrop(fraction="0.01"), rtol=1e-7, digits=90)
    assert isinstance(run.event_time, mpmath.mpf)
    assert float(run.event_time) == pytest.approx(float(finer.event_time), rel=1e-5)
    assert float(run.event_time) == pytest.approx(time, rel=1e-4)
    assert run.round_off <= 1e-6


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
        ({"metric": "natural", "method": "radau"}, "`method` must be 'auto' or an ExplicitPair"),
    ],
)
def test_bad_input(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gradient_flow(objective(8), *START, stop=LossDrop(fraction="0.01"), **options)
