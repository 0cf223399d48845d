"""Stabilised explicit methods: order conditions by two routes, stability intervals, observed order."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction

import numpy as np
import pytest

from memcurse.numerics.flow.engine.explicit.step import ROWS, explicit_step
from memcurse.numerics.flow.tableaus.explicit_pairs import (
    TableauError,
    order_defects,
    rooted_trees,
    tree_density,
)
from memcurse.numerics.flow.tableaus.stabilised import (
    DAMPING,
    STAGES,
    Family,
    defects,
    family,
    stabilised,
    symmetry,
    validate_stabilised,
)
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.targets.target import ExponentialSum


def exact(row: np.ndarray) -> list[Fraction]:
    return [Fraction(float(x)) for x in row]


@pytest.mark.parametrize("stages", [5, 6, 9, 12])
def test_order_conditions_in_exact_arithmetic(stages: int) -> None:
    """The table as fractions, in which no defect hides in round-off. (The observed order below is the second route.)"""
    A, b, difference = stabilised(stages).table()
    rows = [exact(row[:i]) for i, row in enumerate(A)]
    assert all(abs(x) < 1e-13 for x in order_defects(rows, exact(b), 4).values())
    assert all(abs(x) < 1e-13 for x in order_defects(rows, exact(b + difference), 3).values())
    assert max(map(abs, order_defects(rows, exact(b), 5).values())) > 1e-4
    assert max(map(abs, order_defects(rows, exact(b + difference), 4).values())) > 1e-4


def test_density_of_the_trees() -> None:
    # For the trees with n vertices, n!/(gamma sigma) labels them; all labels together number (n - 1)!.
    for n in range(1, 6):
        total = sum(Fraction(math.factorial(n), tree_density(t) * symmetry(t)) for t in rooted_trees(n))
        assert total == math.factorial(n - 1)


@pytest.mark.parametrize("name", ["recurrence", "finish", "error"])
def test_a_wrong_coefficient_is_refused(name: str) -> None:
    method = stabilised(9)
    assert validate_stabilised(method) is method
    wrong = getattr(method, name).copy()
    wrong[1] += 1e-9
    with pytest.raises(TableauError, match="must have order"):
        validate_stabilised(dataclasses.replace(method, **{name: wrong}))


def amplification(A: np.ndarray, b: np.ndarray, z: float) -> float:
    """What a step makes of 1 for ``y' = z y``, less 1."""
    return float(z * b @ np.linalg.solve(np.eye(len(A)) - z * A, np.ones(len(A))))


@pytest.mark.parametrize("stages", STAGES)
def test_stability_interval(stages: int) -> None:
    method = stabilised(stages)
    A, b, difference = method.table()
    for z in -np.linspace(0.06, method.reach, 50 + 8 * stages):
        assert abs(1 + amplification(A, b, z)) <= DAMPING + 1e-3
        assert (
            abs(amplification(A, difference, z)) < 1.5
        )  # the estimate stays of the size of what is left of z
    assert abs(1 + amplification(A, b, -1.03 * method.reach)) > 1
    assert method.reach > (0.23 if stages == 5 else 0.27) * stages**2


def test_steps_of_the_family_get_longer() -> None:
    assert np.all(np.diff(family().reach) > 0)
    assert len(family().recurrence) == sum(s - 4 for s in STAGES)
    errors = [np.linalg.norm(defects(*stabilised(s).table()[:2], 5)) for s in STAGES]
    assert np.all(np.diff(errors) < 0)


def test_unknown_numbers_of_stages() -> None:
    with pytest.raises(ValueError, match=r"`stages` must be one of .*got 4"):
        stabilised(4)


# Width 1 and the target 0: a' = -a/w, w' = a^2/(2 w^2) keep a^2 + 2 w^2 = 2 kappa^2, and with w = kappa tanh y the time
# is kappa (y - tanh y) and a constant.
PACKED = Objective(ExponentialSum(["0"], ["1"])).packed
KAPPA = math.sqrt(1.5)


def clock(w: float) -> float:
    y = math.atanh(w / KAPPA)
    return KAPPA * (y - math.tanh(y))


def error(which: int, steps: int, methods: Family, end: float = 0.5) -> float:
    """How far the compiled steps are off in time, and off the curve."""
    theta, at, hessian, B = np.ones(2), np.zeros(2), np.zeros((2, 2)), np.zeros((ROWS, 2))
    rows = slice(methods.starts[which], methods.starts[which] + methods.stages[which] - 4)
    for _ in range(steps):
        a, w = theta
        gradient = np.array([a / w, -((a / w) ** 2) / 2])
        assert explicit_step(
            theta,
            gradient,
            end / steps,
            methods.recurrence[rows],
            methods.finish[which],
            PACKED,
            at,
            hessian,
            B,
        )
        theta = theta + B[0]
    return float(max(abs(clock(theta[1]) - clock(1.0) - end), abs(theta[0] ** 2 + 2 * theta[1] ** 2 - 3)))


@pytest.mark.parametrize("stages", [5, 6, 8, 10, 12])
def test_observed_order_of_the_compiled_step(stages: int) -> None:
    which = STAGES.index(stages)
    order = math.log2(error(which, 16, family()) / error(which, 32, family()))
    assert order == pytest.approx(4, abs=0.2)


@pytest.mark.parametrize("name", ["recurrence", "finish"])
def test_a_wrong_coefficient_costs_the_order(name: str) -> None:
    which = STAGES.index(9)
    wrong = getattr(family(), name).copy()
    wrong[(which, 2, 1) if name == "finish" else (family().starts[which] + 1, 0)] *= 1 + 1e-4
    methods = family().replace(**{name: wrong})
    assert math.log2(error(which, 16, methods) / error(which, 32, methods)) < 3


def test_order_of_the_error_estimate() -> None:
    """One step of ``y' = y^2``: the difference falls like ``h^4``."""
    A, b, difference = stabilised(7).table()

    def estimate(h: float) -> float:
        k = np.zeros(len(A))
        for i in range(len(A)):
            k[i] = (1 + h * A[i] @ k) ** 2
        assert 1 + h * b @ k == pytest.approx(1 / (1 - h), abs=h**5)
        return abs(h * float(difference @ k))

    assert math.log2(estimate(0.02) / estimate(0.01)) == pytest.approx(4, abs=0.2)
