"""Rosenbrock tables: orders by rooted trees, and by linear equations that are solved otherwise; refusals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from memcurse.numerics.flow.tableaus.explicit_pairs import TableauError
from memcurse.numerics.flow.tableaus.rosenbrock import RODAS5P, Rosenbrock


def _step(tableau: Rosenbrock, y: np.ndarray, h: float) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """One step of ``y' = (-y_0 - y_1^2, y_0 y_1 - 3 y_1)`` as the definition says: end, error, stages."""

    def f(y: np.ndarray) -> np.ndarray:
        return np.array([-y[0] - y[1] ** 2, y[0] * y[1] - 3 * y[1]])

    J = np.array([[-1.0, -2 * y[1]], [y[1], y[0] - 3.0]])
    M, stages = np.eye(2) - tableau.gamma * h * J, []
    for a, c in zip(tableau.a, tableau.c, strict=True):
        at = y + sum((x * u for x, u in zip(a, stages, strict=True)), np.zeros(2))
        rest = sum((x * u for x, u in zip(c, stages, strict=True)), np.zeros(2))
        stages.append(np.linalg.solve(M, tableau.gamma * (h * f(at) + rest)))
    return at + stages[-1], stages[-1], stages


def _follow(y: np.ndarray, h: float, steps: int) -> np.ndarray:
    for _ in range(steps):
        y = _step(RODAS5P, y, h)[0]
    return y


def test_rodas5p_has_its_orders() -> None:
    """By the conditions of the trees; one order more fails."""
    last, embedded = RODAS5P.last, RODAS5P.last - RODAS5P.unit
    inside = RODAS5P.weights_at(0.3)
    for weights, order, x in ((last, 5, 1.0), (embedded, 4, 1.0), (inside, 4, 0.3)):
        assert max(map(abs, RODAS5P.defects(weights, order, x).values())) < 1e-10
        assert max(map(abs, RODAS5P.defects(weights, order + 1, x).values())) > 1e-4
    np.testing.assert_allclose(RODAS5P.weights_at(1.0), last)
    assert abs(RODAS5P.stability(-1e8)) < 1e-6
    assert RODAS5P.stability(-0.5) == pytest.approx(np.exp(-0.5), rel=1e-5)


def test_errors_fall_as_the_orders_say() -> None:
    """Halved steps of a nonlinear system: of the end, of the error estimate (one step), and inside a step."""
    start, times = np.array([1.0, 0.8]), (0.05, 0.025)
    exact = _follow(start, 0.8 / 512, 512)
    ends = [np.abs(_follow(start, h, round(0.8 / h)) - exact).max() for h in times]
    assert np.log2(ends[0] / ends[1]) == pytest.approx(5, abs=0.5)
    estimates = [np.abs(_step(RODAS5P, start, h)[1]).max() for h in times]
    assert np.log2(estimates[0] / estimates[1]) == pytest.approx(5, abs=0.5)
    middles = [
        np.abs(
            start + RODAS5P.weights_at(0.5) @ _step(RODAS5P, start, h)[2] - _follow(start, h / 64, 32)
        ).max()
        for h in times
    ]
    assert np.log2(middles[0] / middles[1]) == pytest.approx(5, abs=0.6)


def test_stiff_components_vanish_at_once() -> None:
    """``y' = -1e9 (y - 0)``, scalar: the step's end is a billionth."""
    z, stages = 1e9, list[float]()
    for a, c in zip(RODAS5P.a, RODAS5P.c, strict=True):
        at = 1.0 + sum(x * u for x, u in zip(a, stages, strict=True))
        rest = sum(x * u for x, u in zip(c, stages, strict=True))
        stages.append(RODAS5P.gamma * (-z * at + rest) / (1 + RODAS5P.gamma * z))
    assert abs(1.0 + RODAS5P.last @ np.array(stages)) < 1e-6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gamma": 0.2}, "`a` must have order 5"),
        ({"order": 6}, "`a` must have order 6"),
        ({"embedded_order": 5}, "`a` must have order 5"),
        ({"dense_order": 5}, "`dense` must have order 5"),
        ({"a": ((), (), *RODAS5P.a[2:])}, "`a` must have i entries in row i; got 0 in row 1"),
        ({"c": ((), (-14.0,), *RODAS5P.c[2:])}, "`a` must have order 5"),
    ],
)
def test_a_wrong_table_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(TableauError, match=message):
        dataclasses.replace(RODAS5P, **change)  # type: ignore[arg-type]


def test_a_method_that_is_not_l_stable_is_refused() -> None:
    """Large coefficients make the stability function large on the imaginary axis."""
    with pytest.raises(TableauError, match="`gamma` must make the method L-stable"):
        Rosenbrock("wild", 0.5, ((), (0.0,)), ((), (10.0,)), ((0.0, 0.0),), 0, 0, 0, "none")
