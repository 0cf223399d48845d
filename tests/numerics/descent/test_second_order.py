"""Methods that use curvature: their first steps by other formulas, what they reach, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from memcurse.numerics.descent import second_order
from memcurse.numerics.descent.second_order import (
    gauss_newton,
    levenberg_marquardt,
    saddle_free,
    scipy_method,
    variable_projection,
)
from memcurse.numerics.flow.fields.arithmetic import FLOAT64
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.plateau.delayed_part import example_target

START = (("0.475", "0.525"), ("1.05", "0.95"))
A, W = np.array([0.475, 0.525]), np.array([1.05, 0.95])
ALL: dict[str, Callable[..., Any]] = {
    "gauss-newton": gauss_newton,
    "levenberg-marquardt": levenberg_marquardt,
    "saddle-free": saddle_free,
    "bfgs": lambda J, a, w, **kw: scipy_method(J, a, w, "BFGS", **kw),
    "l-bfgs": lambda J, a, w, **kw: scipy_method(J, a, w, "L-BFGS-B", **kw),
    "trust-exact": lambda J, a, w, **kw: scipy_method(J, a, w, "trust-exact", **kw),
    "variable projection": variable_projection,
}


def objective(T: int) -> Objective:
    return Objective(example_target(T))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("T", [8, 12])
def test_every_method_leaves_a_short_plateau(name: str, T: int) -> None:
    J = objective(T)
    found = ALL[name](J, *START)
    assert found.status == "reached"
    assert found.loss == pytest.approx(J.loss(found.a, found.w), rel=1e-12)
    assert found.loss <= 0.99 * J.loss(A, W)
    assert found.evaluations < 1000


@pytest.mark.parametrize("name", ALL)
def test_a_goal_out_of_reach_ends_without_nan(name: str) -> None:
    found = ALL[name](objective(12), *START, share=0.999, max_steps=40)
    assert found.status in ("budget", "broken")
    assert np.isfinite([found.loss, *found.a, *found.w]).all()


def test_one_step_of_gauss_newton_is_least_squares() -> None:
    """``min |D x - r|^2 + damping |x|^2`` on a grid of times, where the step is whole."""
    J = objective(8)
    moved = gauss_newton(J, *START, max_steps=1, relative_damping=0.1, step=1e-6)

    def columns(t: float) -> np.ndarray:
        return np.concatenate([np.exp(-W * t), -A * t * np.exp(-W * t)])

    def residual(t: float) -> float:
        return float(A @ np.exp(-W * t) - np.exp(-t) - np.exp(-((t - 8) ** 2) / 2))

    G = np.array(
        [
            [quad(lambda t, i=i, j=j: columns(t)[i] * columns(t)[j], 0, 60)[0] for j in range(4)]
            for i in range(4)
        ]
    )
    g = np.array([quad(lambda t, i=i: columns(t)[i] * residual(t), 0, 60, limit=200)[0] for i in range(4)])
    damping = 0.1 / np.trace(np.linalg.inv(G))
    step = -1e-6 * np.linalg.solve(G + damping * np.eye(4), g)
    np.testing.assert_allclose([*(moved.a - A), *(moved.w - W)], step, rtol=2e-3)


def test_the_damping_follows_the_smallest_eigenvalue_until_round_off() -> None:
    G = np.diag([1.0, 1e-6])
    assert second_order._smallest(FLOAT64, G) == pytest.approx(1e-6, rel=1e-5)
    assert second_order._smallest(FLOAT64, np.diag([1.0, 1e-30])) == pytest.approx(64 * 2.0**-53, rel=1e-9)
    assert second_order._smallest(FLOAT64, np.ones((2, 2))) == pytest.approx(128 * 2.0**-53, rel=1e-9)


@pytest.mark.parametrize(("digits", "T"), [(15, 28), (31, 40)])
def test_gauss_newton_goes_on_where_gradient_methods_have_long_stopped(digits: int, T: int) -> None:
    found = gauss_newton(objective(T), *START, digits=digits)
    assert found.status == "reached"
    assert found.evaluations < 2000


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="`share` must lie between 0 and 1; got 2"):
        gauss_newton(objective(8), *START, share=2)
    with pytest.raises(ValueError, match="`w`"):
        levenberg_marquardt(objective(8), START[0], ("1", "-1"))
