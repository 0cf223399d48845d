"""Closed forms of sampled networks against float64."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import memcurse as mc
from memcurse.theory.sampled.neurons import (
    critical_contraction,
    one_neuron_koopman,
    one_neuron_multiplier,
    pair_neuron,
    preactivation,
)
from memcurse.theory.sampled.regression import koopman_matrix, pseudo_solution
from memcurse.theory.sampled.torus import linear_map_koopman, modes, rotation_koopman


@pytest.mark.parametrize("r", ["1/2", "19/20", "6/5"])
def test_one_neuron_is_what_the_package_fits(r):
    a, r = 1.7, sp.Rational(r)
    X = np.array([[-a], [a]])
    net = mc.sampled_network(X, float(r) * X, width=1)
    assert net.K[0, 0] == pytest.approx(float(one_neuron_koopman(r)), rel=1e-12)
    assert abs(net.C[0, 0]) == pytest.approx(2 * a, rel=1e-12)
    assert net.jacobian([0.0])[0, 0] == pytest.approx(float(one_neuron_multiplier(r)), rel=1e-12)


def test_critical_contraction():
    r = critical_contraction()
    assert float(r) == pytest.approx(0.894107136990624, abs=1e-15)
    assert float(one_neuron_multiplier(r)) == pytest.approx(1, abs=1e-14)
    assert float(one_neuron_koopman(sp.Rational(19, 20))) == pytest.approx(0.958239050690344, abs=1e-15)
    assert float(one_neuron_multiplier(sp.Rational(19, 20))) == pytest.approx(1.052733196570076, abs=1e-14)


def test_pair_neuron_in_the_plane():
    x1, x2 = sp.Matrix([1, 2]), sp.Matrix([4, -2])
    neuron = pair_neuron(x1, x2)
    assert sp.tanh(preactivation(neuron, x1)).evalf() == pytest.approx(-0.5)
    assert sp.tanh(preactivation(neuron, x2)).evalf() == pytest.approx(0.5)


def test_pseudo_solution_is_least_squares():
    A, B = sp.Matrix([[1, 2], [3, 4], [5, 7]]), sp.Matrix([[1], [0], [2]])
    expected = np.linalg.lstsq(np.array(A, float), np.array(B, float), rcond=None)[0]
    np.testing.assert_allclose(np.array(pseudo_solution(A, B), float), expected, rtol=1e-12)
    with pytest.raises(ValueError, match="independent columns"):
        pseudo_solution(sp.Matrix([[1, 2], [2, 4]]), sp.Matrix([1, 1]))


def test_koopman_matrix_of_a_linear_map_is_its_transpose():
    x = sp.symbols("x y")
    K = koopman_matrix(x, x, (x[0] + 2 * x[1], 3 * x[1]), [(1, 0), (0, 1), (2, 5)])
    assert sp.Matrix([[1, 0], [2, 3]]) == K


def test_koopman_of_the_torus_by_quadrature():
    # Mode e_k(Ax) in the basis of the modes, by the mean over a fine grid.
    A, largest, n = ((3, 1), (2, 1)), 2, 32
    numbers = modes(2, largest)
    grid = np.stack(np.meshgrid(*[np.arange(n) / n] * 2, indexing="ij"), -1).reshape(-1, 2)
    F = np.exp(2j * np.pi * grid @ np.array(numbers).T)
    FY = np.exp(2j * np.pi * (grid @ np.array(A).T) @ np.array(numbers).T)
    np.testing.assert_allclose(
        F.conj().T @ FY / len(grid), np.array(linear_map_koopman(A, largest), float), atol=1e-12
    )


def test_rotation_keeps_its_modes():
    K = np.array(rotation_koopman(sp.Rational(1, 5), 2).evalf(), dtype=complex)
    np.testing.assert_allclose(np.abs(np.diag(K)), 1)
    np.testing.assert_allclose(np.linalg.matrix_power(K, 5), np.eye(5), atol=1e-12)
