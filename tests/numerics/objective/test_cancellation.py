"""Losses that float64 cannot take as a difference: right to the last digits, exactly 0, or an error; never a guess."""

from __future__ import annotations

import warnings
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import memcurse as mc
from memcurse.numerics.objective import cancellation, kernels
from memcurse.numerics.objective.judged import LOST, MISFIT, judged

UNIT = mc.ExponentialSum([1], [1])


@pytest.mark.parametrize(
    ("a", "w"),
    [
        ([1.5, -0.5], [1.0, 1.00000001]),
        ([1e6 + 0.5, 0.5 - 1e6], [1, 1.000000000001]),
        ([1.0 + 2.0**-52], [1.0]),
        ([1e150, -1e150, 1.0], [2.0, 2.0 + 2.0**-51, 1.0]),
    ],
)
def test_a_tiny_loss_has_its_digits(a: list[float], w: list[float]) -> None:
    J = mc.Objective(UNIT)
    exact = J.loss(a, w, digits=30)
    assert exact > 0
    rounded = pytest.approx(float(exact), rel=1e-14)
    assert J.loss(a, w) == rounded
    assert J.loss([a, [2.0] * len(a)], w)[0] == rounded
    loss, gradient, hessian = J.prepare(len(a))(np.array(a), np.array(w))
    assert loss == rounded
    np.testing.assert_allclose(
        gradient, np.array(J.gradient(a, w, digits=30).tolist(), dtype=float)[:, 0], 1e-14
    )
    np.testing.assert_allclose(hessian, np.array(J.hessian(a, w, digits=30).tolist(), dtype=float), 1e-14)
    np.testing.assert_array_equal(J.gradient(a, w), gradient)
    np.testing.assert_array_equal(J.evaluate(a, w)[2], hessian)


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=4), st.floats(0.1, 10), st.integers(1, 50))
@settings(max_examples=60)
def test_a_loss_is_right_or_refused(steps: list[float], rate: float, bits: int) -> None:
    """Around the target in every direction, and down to the last bit."""
    J = mc.Objective(mc.ExponentialSum([1], [rate]))
    a = [1.0 + steps[0] * 2.0**-bits, *steps[1:], -sum(steps[1:])]
    w = [rate + k * np.spacing(rate) for k in range(len(a))]
    exact = J.enclose(a, w, 40).loss
    try:
        loss = J.loss(a, w)
    except mc.FloatRangeError:
        assert abs(exact) < 1e-307
        return
    if loss == 0:
        assert cancellation.equals_target(J.target, a, w)
        assert exact.contains(0)
    else:
        assert loss > 0
        assert abs(loss - float(exact.mid())) <= 1e-4 * loss


def test_zero_is_returned_where_the_exponentials_are_the_targets() -> None:
    J = mc.Objective(mc.ExponentialSum([0.1, 2], [0.3, 7]))
    assert J.loss([2.0, 0.1], [7.0, 0.3]) == 0.0
    assert J.loss([0.05, 2.0, 0.05], [0.3, 7.0, 0.3]) == 0.0
    np.testing.assert_array_equal(J.gradient([2.0, 0.1], [7.0, 0.3]), np.zeros(4))
    assert J.loss([2.0, 0.1], [7.0, 0.3], digits=20) == 0
    # The decimal 0.1 is not the float.
    assert 0 < mc.Objective(mc.ExponentialSum(["0.1"], [1])).loss([0.1], [1]) < 1e-33


def test_a_loss_that_no_precision_tells_from_zero_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    J = mc.Objective(mc.ExponentialSum([sp.sqrt(2) + sp.sqrt(3) - sp.sqrt(5 + 2 * sp.sqrt(6)), 1], [2, 1]))
    with pytest.raises(ArithmeticError, match="cannot be told from 0"):
        J.loss([1.0], [1.0])
    with pytest.raises(ArithmeticError, match="cannot be told from 0"):
        J.loss(["1"], ["1"], digits=20)


@pytest.mark.slow
def test_models_and_bumps_are_judged_too() -> None:
    fit = mc.best_fit(mc.PowerLaw("1"), 9)
    a, w = [float(x) for x in fit.a], [float(x) for x in fit.w]
    J = mc.Objective(mc.PowerLaw("1"))
    assert J.loss(a, w) == pytest.approx(float(J.loss(a, w, digits=20)), rel=1e-4)
    for target in (mc.PowerLaw("1"), mc.GaussianBump("3") + UNIT):
        J = mc.Objective(target)
        a, w = [1e6, -1e6], [1.0, 1.0 + 2.0**-40]
        assert J.loss(a, w) == pytest.approx(float(J.loss(a, w, digits=20)), rel=1e-12)


def test_what_float64_cannot_hold_is_refused_by_the_prepared_objective() -> None:
    prepared = mc.Objective(UNIT).prepare(2)
    for rate in (1e-300, 5e-324):
        with pytest.raises(mc.FloatRangeError):
            prepared(np.ones(2), np.full(2, rate))
    with pytest.raises(mc.FloatRangeError):
        mc.Objective(UNIT).loss([1.0 + 1e-16, 1e-170], [1.0, 2.0])


def test_the_prepared_objective_takes_what_the_objective_takes() -> None:
    J = mc.Objective(UNIT)
    prepared = J.prepare(2)
    expected = [np.copy(x) for x in J.evaluate([0.5, 2.0], [1.0, 3.0])]
    strided = np.array([0.5, 0.0, 2.0, 0.0])[::2]
    frozen = np.array([1.0, 3.0])
    frozen.flags.writeable = False
    for a, w in (
        ([0.5, 2], (1, 3)),
        (np.array([0.5, 2], dtype=np.float32), np.array([1, 3])),
        (strided, frozen),
        (["1/2", "2"], ["1", 3]),
    ):
        for got, right in zip(prepared(a, w), expected, strict=True):
            np.testing.assert_array_equal(got, right)
    assert len(judged.signatures) == 1
    for bad in ([1.0], [[1.0, 2.0]], np.ones(3)):
        with pytest.raises(ValueError, match="`a` and `w` must have"):
            prepared(bad, bad)
    with pytest.raises(TypeError, match="`a` must be real"):
        prepared([1j, 1], [1, 1])


def test_preparing_builds_nothing_symbolic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memcurse.numerics.objective.objective.symbolic_objective", None)
    assert mc.Objective(UNIT).prepare(40).m == 40
    for m, error in ((0, ValueError), (2.0, TypeError), (True, TypeError)):
        with pytest.raises(error, match="`m` must be"):
            mc.Objective(UNIT).prepare(m)


def test_the_kernel_tells_what_is_wrong() -> None:
    packed, _ = kernels.pack(UNIT, 0.5)
    gradient, hessian = np.empty(2), np.empty((2, 2))
    mc.Objective(UNIT).prepare(1)
    assert judged(np.ones(1), np.ones(1), packed, gradient, hessian, 1) == LOST
    assert judged(np.ones(1), np.ones(1), packed, gradient, hessian, 0) == 1.0
    assert judged(np.ones(2), np.ones(2), packed, gradient, hessian, 1) == MISFIT
    assert np.isnan(judged(np.ones(1), -np.ones(1), packed, gradient, hessian, 1))
    assert judged(np.full(1, 2.0), np.ones(1), packed, gradient, hessian, 1) == 0.5


@pytest.mark.parametrize("rate", ["1e200", "1e-200", "1e999"])
def test_bumps_at_extreme_rates(rate: str) -> None:
    J = mc.Objective(mc.GaussianBump(10, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for digits in (20, 30):
            value, ball = J.loss(["1"], [rate], digits=digits), J.enclose(["1"], [rate], digits).loss
            with mpmath.workdps(40):
                assert (
                    abs(value - mpmath.mpf(ball.mid().str(40, radius=False)))
                    <= abs(value) * mpmath.mpf(10) ** -19
                )


COMPLEX = mc.Objective(UNIT, field="complex")
GEOMETRIC = mc.GeometricSum(["1"], ["1/2"])
REAL_POLES = mc.DiscreteObjective(GEOMETRIC)
COMPLEX_POLES = mc.DiscreteObjective(GEOMETRIC, field="complex")
SAMPLED = mc.DiscreteObjective(mc.sampled(mc.PowerLaw(1), "1/2"))


@pytest.mark.parametrize(
    ("J", "a", "x"),
    [
        (COMPLEX, [1.5, -0.5], [1.0, 1.00000001]),
        (COMPLEX, [1.0 + 1e-10j], [1.0]),
        (COMPLEX, [1e6 + 0.5j, 0.5 - 1e6], [1.0, 1.0 + 1e-12j]),
        (REAL_POLES, [1.0 + 2.0**-40], [0.5]),
        (REAL_POLES, [1e8, 1 - 1e8], [0.5, 0.5 + 2.0**-40]),
        (COMPLEX_POLES, [1e8, 1 - 1e8], [0.5, 0.5 + 2.0**-40 * 1j]),
        (SAMPLED, [1e7, -1e7], [0.5, 0.5 + 2.0**-45]),
    ],
)
def test_every_objective_has_the_digits_of_a_tiny_loss(J: Any, a: list[Any], x: list[Any]) -> None:
    exact = float(J.loss(a, x, digits=20))
    assert exact > 0
    assert J.loss(a, x) == pytest.approx(exact, rel=1e-14)
    batch = J.loss([a, [2.0] * len(a)], x)
    assert batch[0] == J.loss(a, x)
    assert batch[1] == J.loss([2.0] * len(a), x)
    slope = np.array([float(z) for z in J.enclose(a, x, 20).gradient.entries()])
    np.testing.assert_allclose(J.gradient(a, x), slope, rtol=1e-12, atol=1e-300)
    curvature = np.array([float(z) for z in J.enclose(a, x, 20).hessian.entries()])
    np.testing.assert_allclose(J.hessian(a, x).ravel(), curvature, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("J", [COMPLEX, REAL_POLES, COMPLEX_POLES])
def test_every_objective_is_exactly_0_at_its_target(J: Any) -> None:
    mode = 1.0 if J is COMPLEX else 0.5
    for a, x in (([1.0], [mode]), ([0.25, 0.75], [mode, mode])):
        assert J.loss(a, x) == 0.0
        assert J.loss(a, x, digits=20) == 0
        assert not J.gradient(a, x).any()
    assert J.loss([1.0 + 2.0**-52], [mode]) > 0


def test_a_finite_sequence_is_met_by_a_pole_at_0() -> None:
    for field in ("real", "complex"):
        J = mc.DiscreteObjective(mc.FiniteSequence([1]), field=field)
        assert J.loss([1], [0]) == 0.0
        assert 0 < J.loss([1], [1e-12]) == pytest.approx(1e-24)
