"""Every field's gradient, Hessian and Jacobian against differences: Newton's method hides what is wrong in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from memcurse.numerics.flow.fields.arithmetic import FLOAT64, Midpoints
from memcurse.numerics.flow.fields.choice import field_of, loss_field
from memcurse.numerics.flow.fields.momentum import MomentumField
from memcurse.numerics.flow.fields.natural import NaturalField
from memcurse.numerics.flow.fields.reparametrised import Reparametrised, ReparametrisedField
from memcurse.numerics.objective.discrete import DiscreteObjective
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.sequences import GeometricSum
from memcurse.theory.targets.target import ExponentialSum

KERNEL = ExponentialSum(["1"], ["1"]) + GaussianBump(delay=5)
SEQUENCE = GeometricSum(["1", "1/2"], ["9/10", "-1/2"])
START = ["0.3", "-0.7"], ["0.6", "0.8"]
MIXED = [("0.3", "0.1"), "-0.7"], [("0.6", "0.2"), ("0.5", "-0.4")]
BASE = loss_field(Objective(KERNEL), *START)
DAMPING = sp.Rational(1, 100)
FIELDS = {
    "rates": BASE,
    "poles": loss_field(DiscreteObjective(SEQUENCE), *START),
    "complex rates": loss_field(Objective(KERNEL, field="complex"), *MIXED),
    "complex poles": loss_field(DiscreteObjective(SEQUENCE, field="complex"), *MIXED),
    "natural": field_of(Objective(KERNEL), *START, "natural", DAMPING),
    "natural, discrete": field_of(DiscreteObjective(SEQUENCE), *START, "natural", DAMPING),
    "exp": field_of(Objective(KERNEL), *START, Reparametrised("exp"), sp.S.Zero),
    "natural in exp": ReparametrisedField(NaturalField(BASE, DAMPING), BASE, Reparametrised("exp")),
    "natural in softplus": ReparametrisedField(NaturalField(BASE, DAMPING), BASE, Reparametrised("softplus")),
    "heavy ball": MomentumField(BASE, sp.Rational(1, 3)),
    "nesterov": MomentumField(BASE, None),
}


def differences(f: Any, theta: np.ndarray, step: float = 1e-5) -> np.ndarray:
    columns = []
    for k in range(len(theta)):
        d = step * np.eye(len(theta))[k]
        columns.append((f(theta + d) - f(theta - d)) / (2 * step))
    return np.array(columns).T


@pytest.mark.parametrize("name", FIELDS)
def test_derivatives(name: str) -> None:
    field = FIELDS[name]
    theta = FLOAT64.exact(field.start) + 0.01 * np.arange(len(field.start))
    n, time = len(field.at(1.5, theta, FLOAT64).values.gradient), 1.5
    point = field.at(time, theta, FLOAT64)

    def values(y: np.ndarray) -> Any:
        return field.evaluate(np.concatenate([y, theta[n:]]), FLOAT64)

    np.testing.assert_allclose(
        point.values.gradient, differences(lambda y: values(y).loss, theta[:n]), atol=1e-8
    )
    np.testing.assert_allclose(
        point.values.hessian, differences(lambda y: values(y).gradient, theta[:n]), atol=1e-7
    )
    jacobian = differences(lambda y: field.at(time, y, FLOAT64).velocity, theta)
    np.testing.assert_allclose(point.jacobian, jacobian, atol=1e-7 * max(1.0, np.abs(jacobian).max()))


@pytest.mark.parametrize("name", FIELDS)
def test_midpoints_are_the_same_field(name: str) -> None:
    field, arithmetic = FIELDS[name], Midpoints(40)
    with arithmetic.context():
        fine = field.at(1.5, arithmetic.array(FLOAT64.exact(field.start)), arithmetic)
        pairs = [
            (fine.velocity, "velocity"),
            (fine.jacobian, "jacobian"),
        ]
        coarse = field.at(1.5, FLOAT64.exact(field.start), FLOAT64)
        assert float(fine.energy) == pytest.approx(float(coarse.energy), rel=1e-12)
        assert fine.noise < 1e-20 * coarse.noise
        for value, attribute in pairs:
            np.testing.assert_allclose(
                arithmetic.floats(value), getattr(coarse, attribute), rtol=1e-9, atol=1e-11
            )
        # The estimate of round-off covers what float64 is off by.
        assert np.linalg.norm(arithmetic.floats(fine.velocity) - coarse.velocity) <= coarse.noise
        np.testing.assert_allclose(
            field.scales_at(coarse, FLOAT64), field.scales_at(fine, arithmetic), rtol=1e-9
        )


def test_nesterov_begins_with_a_quarter_of_the_force() -> None:
    field = FIELDS["nesterov"]
    point = field.at(0.0, FLOAT64.exact(field.start), FLOAT64)
    np.testing.assert_array_equal(point.velocity[4:], -point.values.gradient / 4)
    # And is continued by what comes next: velocities grow as t times that.
    later, h = FLOAT64.exact(field.start), 1e-6
    later[4:] = h * point.velocity[4:]
    np.testing.assert_allclose(field.at(h, later, FLOAT64).velocity[4:], point.velocity[4:], rtol=1e-9)
