"""Methods in steps on the objective: against the same recurrence in NumPy, and their statuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from memcurse.numerics.descent.first_order import descend
from memcurse.numerics.networks.methods import METHODS
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.plateau.delayed_part import example_target

START = ([0.475, 0.525], [1.05, 0.95])


def test_adam_by_its_recurrence() -> None:
    J = Objective(example_target(8))
    found = descend(J, *START, "adam")
    theta = np.array([*START[0], *START[1]])
    m, v, goal, k = np.zeros(4), np.zeros(4), 0.99 * J.loss(*START), 0
    while J.loss(theta[:2], theta[2:]) > goal:
        g = J.gradient(theta[:2], theta[2:])
        m, v, k = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g, k + 1
        theta = theta - 0.01 * (m / (1 - 0.9**k)) / (np.sqrt(v / (1 - 0.999**k)) + 1e-8)
    assert (found.status, found.steps, found.evaluations) == ("reached", k, k + 1)
    np.testing.assert_allclose([*found.a, *found.w], theta, rtol=1e-9)


def test_gradient_descent_takes_the_time_of_the_flow() -> None:
    """T = 12: 13,098 steps of 0.1; the flow takes 1309.3."""
    assert descend(Objective(example_target(12)), *START).steps * 0.1 == pytest.approx(1309.32, rel=1e-3)


def test_noise_is_that_of_the_seed() -> None:
    J = Objective(example_target(8))
    runs = [descend(J, *START, "adam", noise=1e-3, seed=seed) for seed in (1, 1, 2)]
    assert runs[0].loss == runs[1].loss != runs[2].loss


def test_statuses() -> None:
    J = Objective(example_target(12))
    assert descend(J, *START, max_steps=10).status == "budget"
    ended = descend(J, *START, METHODS["gd"].changed(rate=50.0))
    assert ended.status == "diverged"
    assert np.isfinite([*ended.a, *ended.w]).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"method": "adma"}, r"did you mean 'adam'\?"),
        ({"share": 0.0}, "`share` must lie between 0 and 1; got 0.0"),
        ({"noise": -1.0}, "`noise` must be finite and not negative; got -1.0"),
        ({"max_steps": 0}, "`max_steps` must be"),
        ({"a": [[1.0]], "w": [[1.0]]}, "`a` and `w` must have one axis"),
        ({"w": [1.0, -1.0]}, "`w` must be positive"),
    ],
)
def test_bad_input(changed: dict[str, Any], message: str) -> None:
    arguments = {"J": Objective(example_target(8)), "a": START[0], "w": START[1], **changed}
    with pytest.raises(ValueError, match=message):
        descend(**arguments)
