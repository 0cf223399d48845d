"""`method="rosenbrock"`: statuses, wide networks, tables handed in, order in the time of an event."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numba
import numpy as np
import pytest

from memcurse.numerics.arithmetic.matrices.linear_systems import factor_definite, substitute_definite
from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.tableaus.rosenbrock import RODAS5P
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum

BUMP = Objective(ExponentialSum(["1"], ["1"]) + GaussianBump(delay=9))
START = ([0.475, 0.525], [1.05, 0.95])
DROP = LossDrop(fraction="0.05")


@numba.njit
def _solve(M: Any, x: Any) -> bool:
    if not factor_definite(M):
        return False
    substitute_definite(M, x)
    return True


@pytest.mark.parametrize(
    ("stop", "more", "status"),
    [
        (DROP, {}, "reached"),
        (DROP, {"until": 50.0}, "until"),
        (DROP, {"max_steps": 10}, "budget"),
        (Displacement("0.2"), {}, "reached"),
    ],
    ids=["reached", "until", "budget", "displacement"],
)
def test_statuses(stop: Any, more: dict[str, Any], status: str) -> None:
    run = gradient_flow(BUMP, *START, stop=stop, method="rosenbrock", **more)
    assert run.status == status
    assert np.all(np.diff(run.loss) <= 1e-15)
    if "until" in more:
        assert run.t[-1] == more["until"]


def test_what_cannot_come_is_unreachable() -> None:
    J = Objective(ExponentialSum(["1"], ["1"]))
    run = gradient_flow(J, [0.9], [1.1], stop=Displacement("5"), method="rosenbrock")
    assert run.status == gradient_flow(J, [0.9], [1.1], stop=Displacement("5")).status == "unreachable"


def test_a_peak_between_steps_is_found() -> None:
    """The distance passes the threshold and returns within a step, slowly: its time is sensitive."""
    run = gradient_flow(
        Objective(ExponentialSum(["1"], ["1"])),
        [-3.5],
        [1],
        stop=Displacement("5.015"),
        method="rosenbrock",
    )
    assert run.event_time == pytest.approx(10.51282680661, rel=2e-7)


def test_wide_networks_and_tables_handed_in() -> None:
    k = np.linspace(-1, 1, 14)
    start = 1 / 14 + 0.05 / 14 * k, 1 - 0.05 * k
    exact = gradient_flow(BUMP, *start, stop=DROP, rtol=1e-9).event_time
    for method in ("rosenbrock", dataclasses.replace(RODAS5P, name="mine")):
        run = gradient_flow(BUMP, *start, stop=DROP, rtol=1e-6, method=method)
        assert run.event_time == pytest.approx(exact, rel=1e-6)
        assert run.iterations == 0


def test_steps_grow_with_the_order() -> None:
    """Like ``rtol^(-1/5)``, the local error of the embedded formula; the time's error like the tolerance."""
    exact = gradient_flow(BUMP, *START, stop=DROP, rtol=1e-12).event_time
    runs = [gradient_flow(BUMP, *START, stop=DROP, rtol=rtol, method="rosenbrock") for rtol in (1e-6, 1e-9)]
    assert math.log(runs[1].steps / runs[0].steps) / math.log(1e3) == pytest.approx(0.2, abs=0.05)
    for run, rtol in zip(runs, (1e-6, 1e-9), strict=True):
        assert abs(run.event_time / exact - 1) < rtol


def test_definite_systems() -> None:
    """Against NumPy; a matrix with one negative eigenvalue is refused."""
    rng = np.random.default_rng(3)
    Q = np.linalg.qr(rng.normal(size=(9, 9)))[0]
    M = Q @ np.diag(np.geomspace(1, 1e6, 9)) @ Q.T
    x = rng.normal(size=9)
    expected, factors = np.linalg.solve(M, x), M.copy()
    assert _solve(factors, x)
    np.testing.assert_allclose(x, expected, rtol=1e-9)
    U = np.triu(factors)
    np.testing.assert_allclose(U.T @ np.diag(1 / np.diag(U)) @ U, M, atol=1e-9)
    assert not _solve(M - 2.0 * np.outer(Q[:, 0], Q[:, 0]), x)
