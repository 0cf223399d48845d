"""The sum of squares in balls against its definition, and its derivatives against differences."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb

from memcurse.numerics.approximation.samples.proof import SamplesSurface
from memcurse.numerics.approximation.samples.samples import read_samples
from memcurse.numerics.approximation.samples.separable import Layout, Problem, _Projection
from memcurse.numerics.arithmetic.balls import ball_precision

RNG = np.random.default_rng(3)
T = np.sort(RNG.uniform(-1, 3, 9))
REAL = RNG.standard_normal(9)
COMPLEX = REAL + 1j * RNG.standard_normal(9)
SIGMA = RNG.uniform(0.5, 2, 9)


def surfaces():
    real, turning = read_samples(T, REAL, SIGMA, False), read_samples(T, COMPLEX, SIGMA, True)
    return [
        (real, Layout(2, 0), False),
        (real, Layout(1, 1), True),
        (real, Layout(0, 2), False),
        (turning, Layout(0, 2), True),
    ]


def direct(samples, layout, offset, x):
    """The sum of squares written down from modes."""
    r, q = layout.real, layout.turning
    p = r + 2 * q
    model = sum((x[k] * np.exp(-x[p + k] * samples.t) for k in range(r)), np.zeros(len(samples.t), complex))
    for j in range(r, r + q):
        turned = (x[j] + 1j * x[j + q]) * np.exp(-(x[p + j] + 1j * x[p + j + q]) * samples.t)
        model = model + (turned if samples.complex else turned.real)
    if offset:
        model = model + (x[2 * p] + (1j * x[2 * p + 1] if samples.complex else 0))
    return np.sum(np.abs((model - samples.y) / samples.sigma) ** 2)


@pytest.mark.parametrize("case", range(4))
def test_loss_gradient_and_hessian(case):
    samples, layout, offset = surfaces()[case]
    surface = SamplesSurface(samples, layout, offset)
    x = RNG.uniform(0.2, 1.5, surface.variables)
    with ball_precision(200):
        at = surface.enclose([arb(float(v)) for v in x], 30)
        assert float(at.loss) == pytest.approx(direct(samples, layout, offset, x), rel=1e-12)
        h = arb(2) ** -60
        for k in range(len(x)):
            moved = [arb(float(v)) + (h if i == k else 0) for i, v in enumerate(x)]
            beside = surface.enclose(moved, 30)
            slope = float((beside.loss - at.loss) / h)
            assert slope == pytest.approx(float(at.gradient[k, 0]), rel=1e-9, abs=1e-9)
            for i in range(len(x)):
                second = float((beside.gradient[i, 0] - at.gradient[i, 0]) / h)
                assert second == pytest.approx(float(at.hessian[i, k]), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("case", range(4))
def test_reduced_derivatives_are_exact(case):
    samples, layout, offset = surfaces()[case]
    problem = Problem(samples, offset)
    x = RNG.uniform(-0.5, 1.0, layout.parameters)
    jacobian = _Projection(problem.y, *problem.basis(layout, x)).jacobian()
    for k in range(len(x)):
        step = np.where(np.arange(len(x)) == k, 1e-6, 0)
        ahead, behind = (
            _Projection(problem.y, *problem.basis(layout, x + s)).residual for s in (step, -step)
        )
        np.testing.assert_allclose(jacobian[:, k], (ahead - behind) / 2e-6, atol=2e-8)
