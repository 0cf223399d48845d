"""Orthonormal coordinates: inner products by sums and quadrature, best gains by systems, and bad input."""

import numpy as np
import pytest
from scipy.integrate import simpson

from memcurse import (
    ExponentialSum,
    FractionalSequence,
    GaussianBump,
    GeometricSum,
    best_gains,
    orthonormal_modes,
)

RATES = [0.5 + 1j, 0.5 - 1j, 2.0, 0.75 + 0.25j]
POLES = [0, 0.5 + 0.5j, -0.75, 0.25 - 0.5j]


def test_sequences_are_orthonormal():
    e = orthonormal_modes(POLES, "discrete").basis(np.arange(400))
    assert e.conj() @ e.T == pytest.approx(np.eye(4), abs=1e-13)


def test_kernels_are_orthonormal():
    t = np.linspace(0, 60, 60001)
    e = orthonormal_modes(RATES).basis(t)
    products = simpson(e.conj()[:, None, :] * e[None, :, :], x=t)
    assert products == pytest.approx(np.eye(4), abs=1e-9)


def test_the_first_functions_do_not_know_the_later_modes():
    rows = orthonormal_modes(RATES).transform()
    assert all(rows[k][j].is_zero() for k in range(4) for j in range(k + 1, 4))
    first = orthonormal_modes(RATES[:2]).transform()
    assert all(rows[k][j].overlaps(first[k][j]) for k in range(2) for j in range(2))


@pytest.mark.parametrize(
    ("target", "modes", "time"),
    [
        (GaussianBump(delay=2, width=1), RATES, "continuous"),
        (ExponentialSum(["1"], ["1"]), RATES, "continuous"),
        (FractionalSequence("3/10"), POLES, "discrete"),
        (GeometricSum([1j], ["1/3"]), POLES, "discrete"),
    ],
)
def test_gains_and_loss_are_the_best(target, modes, time):
    found, best = orthonormal_modes(modes, time).coordinates(target), best_gains(target, modes)
    assert found.loss.overlaps(best.loss)
    assert all(x.overlaps(y) for x, y in zip(found.gains, best.gains, strict=True))
    assert found.loss.rel_accuracy_bits() >= 99


def test_coordinates_are_inner_products():
    target = GeometricSum([(1, 2), 3], [(0, "1/2"), "-2/3"])
    n = np.arange(400)
    rho = (1 + 2j) * 0.5j**n + 3 * (-2 / 3) ** n
    basis = orthonormal_modes(POLES, "discrete")
    values = np.array([complex(c) for c in basis.coordinates(target).values])
    assert values == pytest.approx(basis.basis(n).conj() @ rho, rel=1e-12)


def test_modes_that_nearly_coincide():
    close = orthonormal_modes(["3/10", "0.30000000000000000000000000000001"], "discrete")
    found = close.coordinates(GeometricSum([1], ["1/2"]))
    assert float(found.loss.mid()) == pytest.approx((0.2 / 0.85) ** 4 / 0.75, rel=1e-12)
    assert found.loss.rel_accuracy_bits() >= 99


def test_a_target_in_the_span():
    found = orthonormal_modes([1, 2]).coordinates(ExponentialSum([3], [2]))
    assert found.loss.contains(0)
    assert complex(found.gains[1]) == pytest.approx(3)


def test_bad_input():
    with pytest.raises(ValueError, match="`modes` must be distinct; got 1/2 at indices 0 and 2"):
        orthonormal_modes(["1/2", 1, 0.5])
    with pytest.raises(ValueError, match="must have positive real parts"):
        orthonormal_modes([1j])
    with pytest.raises(ValueError, match=r"moduli below 1|between -1 and 1"):
        orthonormal_modes([1.5], "discrete")
    with pytest.raises(ValueError, match="`time` must be 'continuous' or 'discrete'; got 'now'"):
        orthonormal_modes([1], "now")
    with pytest.raises(TypeError, match="`target` must be a kernel for modes in continuous time"):
        orthonormal_modes([1]).coordinates(FractionalSequence("3/10"))
