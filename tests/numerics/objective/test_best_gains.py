"""Best gains at fixed modes: against Blaschke's closed forms, Cauchy's determinant form, and bad input."""

import numpy as np
import pytest

from memcurse import ExponentialSum, GeometricSum, PowerSequence, best_gains


def _blaschke(q, poles):
    return np.prod([(q - p) / (1 - np.conj(p) * q) for p in poles])


def test_loss_and_gains_are_blaschkes():
    q, poles = 0.3 + 0.4j, np.array([0.5 + 0.1j, -0.2 + 0.6j, 0.1 - 0.3j])
    best = best_gains(GeometricSum([1], [q]), poles)
    assert float(best.loss.mid()) == pytest.approx(
        abs(_blaschke(q, poles)) ** 2 / (1 - abs(q) ** 2), rel=1e-12
    )
    for k, p in enumerate(poles):
        expected = (1 - abs(p) ** 2) / (1 - np.conj(p) * q)
        for z in np.delete(poles, k):
            expected *= (q - z) / (1 - np.conj(z) * q) * (1 - np.conj(z) * p) / (p - z)
        assert complex(best.gains[k]) == pytest.approx(expected, rel=1e-12)


def test_condition_of_two_real_poles():
    best = best_gains(GeometricSum([1], ["1/2"]), [0, "1/3"])
    gram = np.array([[1, 1], [1, 9 / 8]])
    assert float(best.condition) == pytest.approx(np.linalg.cond(gram), rel=1e-12)


def test_rates_of_a_kernel():
    # e^{-t} on rates 2, 3: the error is prod ((1 - w)/(1 + w))^2 / 2.
    best = best_gains(ExponentialSum(["1"], ["1"]), [2, 3])
    assert float(best.loss.mid()) == pytest.approx((1 / 3 * 1 / 2) ** 2 / 2, rel=1e-12)
    assert best.loss.rel_accuracy_bits() > 90


def test_complex_rates_of_a_kernel():
    # e^{-t} on the rates w: the error is prod |(1 - w)/(1 + conj w)|^2 / 2, and gains solve the Cauchy system.
    w = np.array([0.5 + 1j, 0.5 - 1j, 2 + 0.25j])
    best = best_gains(ExponentialSum(["1"], ["1"]), w)
    assert float(best.loss.mid()) == pytest.approx(np.prod(abs((1 - w) / (1 + w.conj())) ** 2) / 2, rel=1e-12)
    gram = 1 / (w.conj()[:, None] + w[None, :])
    expected = np.linalg.solve(gram, 1 / (w.conj() + 1))
    assert np.array([complex(x) for x in best.gains]) == pytest.approx(expected, rel=1e-10)
    assert float(best.condition) == pytest.approx(np.linalg.cond(gram), rel=1e-8)


def test_complex_poles_of_a_long_memory():
    n = np.arange(20000)
    values = (n + 1.0) ** -1.5
    p = np.array([0.5 + 0.5j, 0.5 - 0.5j])
    best = best_gains(PowerSequence("3/2"), p)
    basis = p ** n[:400, None]
    expected = np.linalg.solve(basis.conj().T @ basis, basis.conj().T @ values[:400])
    assert np.array([complex(x) for x in best.gains]) == pytest.approx(expected, rel=1e-10)


def test_poles_that_nearly_coincide():
    best = best_gains(GeometricSum([1], ["1/2"]), ["0.3", "0.30000000000000001"], digits=20)
    assert best.condition > 1e30
    assert float(best.loss.mid()) == pytest.approx((0.2 / 0.85) ** 4 / 0.75, rel=1e-12)


def test_bad_input():
    with pytest.raises(ValueError, match="distinct; got 1/2 at indices 0 and 2"):
        best_gains(GeometricSum([1], [0.25]), ["1/2", "1/3", 0.5])
    with pytest.raises(TypeError, match="`target` must be"):
        best_gains(3, [0.5])
    with pytest.raises(ValueError, match="moduli below 1"):
        best_gains(GeometricSum([1j], [0.25]), [1.5j])
