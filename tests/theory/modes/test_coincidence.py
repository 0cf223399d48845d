"""Inertia and eigenvalues at coincided critical points, against a numerical Hessian."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from memcurse.theory.modes.coincidence import congruence, turned
from memcurse.theory.modes.objective import Modes, gauss_newton, real_hessian, residual_part

C, Q = np.array([1.0, 0.5]), np.array([0.6, -0.3])


def best_single_pole():
    """Real (b, v), critical for the complex problem too: the target is real."""

    def loss(p):
        overlap = (C / (1 - p * Q)).sum()
        return -(overlap**2) * (1 - p * p)

    v = minimize_scalar(loss, bounds=(0.2, 0.9), method="bounded", options={"xatol": 1e-13}).x
    return (C / (1 - v * Q)).sum() * (1 - v * v), v


def numerical_hessian(gains, poles):
    def conj(values):
        return tuple(complex(x).conjugate() for x in values)

    modes = Modes(tuple(gains), conj(gains), tuple(poles), conj(poles))
    target = Modes(tuple(C), conj(C), tuple(Q), conj(Q))
    H = real_hessian(gauss_newton(modes), residual_part(modes, target))
    return np.array(H.evalf().tolist(), dtype=float)


@pytest.mark.parametrize("share", [0.5, 0.3, 1.7, 0.4 + 0.3j])
def test_a_coincided_point_gains_one_of_each_sign_and_two_zeros(share):
    b, v = best_single_pole()
    single = np.linalg.eigvalsh(numerical_hessian([b], [v]))
    assert (single > 0.01).all()
    eigenvalues = np.linalg.eigvalsh(numerical_hessian([share * b, (1 - share) * b], [v, v]))
    signs = [int((eigenvalues > 1e-5).sum()), int((eigenvalues < -1e-5).sum())]
    assert signs == [5, 1]


def test_equal_split_has_the_eigenvalues_of_the_residual():
    b, v = best_single_pole()
    Q2 = 2 * (b * v**2 / (1 - v * v) ** 3 - (C * Q**2 / (1 - v * Q) ** 3).sum())
    eigenvalues = np.linalg.eigvalsh(numerical_hessian([b / 2, b / 2], [v, v]))
    assert eigenvalues[0] == pytest.approx(-abs(Q2 * b), rel=1e-6)


def test_wrong_neighbours_are_seen():
    left, right = congruence((2,))[1]
    assert (left - right).expand().together().simplify() == 0
    left, right = congruence((2,), critical=False)[1]
    assert (left - right).expand() != 0
    assert turned(3, sign=1)[0] - turned(3, sign=1)[1] != 0
