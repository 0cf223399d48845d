"""The double-double field against balls: loss, gradient, Hessian, and the polynomial evaluation below them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpmath import mp

import memcurse as mc
from memcurse.numerics.arithmetic.compiled import compiled
from memcurse.numerics.arithmetic.doubledouble import DOUBLE_DOUBLE, DoubleDouble, horner, joined, split_array
from memcurse.numerics.flow.engine.field import PreciseData, field

TARGETS = {
    "bump": mc.ExponentialSum(["1", "-1/3"], ["1", "5/2"]) + mc.GaussianBump(delay=12, width=1, amplitude=1),
    "power law": mc.PowerLaw(omega="1/2"),
    "exponentials": mc.ExponentialSum(["2"], ["1/7"]),
}


@compiled
def evaluate(theta, data, gradient, hessian):
    return field(theta, data, gradient, hessian)


def parameters(m: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=m), rng.uniform(0.3, 3.0, size=m)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("kind", [DOUBLE_DOUBLE, float])
def test_field_agrees_with_balls(name: str, kind: Any) -> None:
    """Loss and gradient to 28 digits of the terms; the Hessian to those of its array."""
    target, m = TARGETS[name], 3
    a, w = parameters(m, 5)
    data = PreciseData(target)
    for rate in w:
        data.table.cover(rate, rate)
    gradient, hessian = np.zeros(2 * m, dtype=DOUBLE_DOUBLE), np.zeros((2 * m, 2 * m), dtype=kind)
    loss = evaluate(split_array([*a, *w]), data.arrays, gradient, hessian)
    exact = mc.Objective(target).enclose(a, w, 40)
    with mp.workprec(200):
        size = 1 + 4 * abs(a).sum() ** 2 / w.min() ** 3
        assert abs(joined(loss) - mp.mpf(str(exact.loss.mid().str(50, radius=False)))) < 1e-28 * size
        for k in range(2 * m):
            value = mp.mpf(str(exact.gradient[k, 0].mid().str(50, radius=False)))
            assert abs(joined(gradient[k]) - value) < 1e-28 * size
            for j in range(2 * m):
                value = mp.mpf(str(exact.hessian[k, j].mid().str(50, radius=False)))
                tolerance = (1e-28 if kind is DOUBLE_DOUBLE else 4e-15) * size
                assert (
                    abs((joined(hessian[k, j]) if kind is DOUBLE_DOUBLE else hessian[k, j]) - value)
                    < tolerance
                )


def test_field_reports_a_rate_without_a_piece() -> None:
    data = PreciseData(TARGETS["bump"])
    gradient, hessian = np.zeros(2, dtype=DOUBLE_DOUBLE), np.zeros((2, 2), dtype=DOUBLE_DOUBLE)
    arrays = data.arrays
    assert np.isnan(evaluate(split_array([1.0, 0.7]), arrays, gradient, hessian).high)
    assert arrays.missing[0] == 0.7
    data.table.cover(0.7, 0.7)
    assert data.table.covers(0.7)
    assert not data.table.covers(1.5)
    # What a flow holds does not change under it.
    assert np.isnan(evaluate(split_array([1.0, 0.7]), arrays, gradient, hessian).high)
    assert np.isfinite(evaluate(split_array([1.0, 0.7]), data.arrays, gradient, hessian).high)


@pytest.mark.parametrize("seed", range(5))
def test_horner_against_mpmath(seed: int) -> None:
    """Coefficients that fall by 20 from one to the next, as those of the moments do."""
    rng = np.random.default_rng(seed)
    with mp.workprec(200):
        exact = [mp.mpf(rng.normal()) / 3 / mp.mpf(20) ** k for k in range(24)]
        u = mp.mpf(rng.uniform(-1, 1)) / 7
        value = joined(horner(split_array(exact), DoubleDouble(*split_array([u])[0].item()), 15))
        assert abs(value - mp.polyval(exact[::-1], u)) < mp.mpf(2) ** -101 * max(abs(x) for x in exact)
