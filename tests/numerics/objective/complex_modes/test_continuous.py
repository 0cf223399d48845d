"""The objective with complex rates: direct quadrature, differences, balls, the real objective; bad input."""

import mpmath
import numpy as np
import pytest
from flint import acb
from mpmath import mp

import memcurse as mc
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import t

TARGETS = [
    mc.ExponentialSum(["1", "-1/2"], ["1/2", "2"]),
    mc.GaussianBump("5", "1/2"),
    mc.PowerLaw("1/2"),
    mc.AiryKernel("1", "3"),
    mc.PowerLaw("1").delayed("2") + mc.GaussianBump("4"),
]
A, W = np.array([0.3 + 1j, 1.1 - 0.5j]), np.array([0.5 + 2j, 1.5 - 0.3j])


def _complex(v):
    x = v.reshape(4, -1)
    return x[0] + 1j * x[1], x[2] + 1j * x[3]


def direct_quadrature(target, a, w):
    """The integral of |model - target|^2, by mpmath on panels: no moment is used."""
    parts = [(float(part.lag), lower(part.undelayed.expression, (t,), "mpmath")) for part in target.parts()]

    def squared(x):
        model = mpmath.fsum(c * mpmath.exp(-v * x) for c, v in zip(a, w, strict=True))
        return abs(model - mpmath.fsum(f(x - lag) for lag, f in parts if x >= lag)) ** 2

    head = mpmath.quad(squared, [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 40, 80, 160, 320])
    far = mpmath.quad(
        lambda u: squared(mpmath.exp(u)) * mpmath.exp(u), [mpmath.log(320), 8, 10, 15, 20, 30, 60]
    )
    return head + far


@pytest.mark.parametrize("target", TARGETS)
def test_loss_is_the_direct_integral(target):
    with mp.workdps(18):
        direct = float(direct_quadrature(target, A, W))
    objective = mc.Objective(target, field="complex")
    assert objective.loss(A, W) == pytest.approx(direct, rel=1e-12)
    assert float(objective.loss(A, W, digits=30)) == pytest.approx(direct, rel=1e-12)


@pytest.mark.parametrize("target", TARGETS)
def test_derivatives_agree_with_differences_and_balls(target):
    objective = mc.Objective(target, field="complex")
    x, h = np.concatenate([A.real, A.imag, W.real, W.imag]), 1e-5
    loss, gradient, hessian = objective.evaluate(A, W)
    for k, e in enumerate(np.eye(8) * h):
        slope = (objective.loss(*_complex(x + e)) - objective.loss(*_complex(x - e))) / (2 * h)
        bend = (objective.gradient(*_complex(x + e)) - objective.gradient(*_complex(x - e))) / (2 * h)
        assert slope == pytest.approx(gradient[k], rel=1e-7, abs=1e-7)
        np.testing.assert_allclose(bend, hessian[k], rtol=1e-6, atol=1e-6 * np.abs(hessian).max())
    balls = objective.enclose(A, W, 20)
    assert loss == pytest.approx(float(balls.loss.mid()), rel=1e-14)
    np.testing.assert_allclose([float(v.mid()) for v in balls.gradient.entries()], gradient, rtol=1e-12)
    entries = np.reshape([float(v.mid()) for v in balls.hessian.entries()], (8, 8))
    np.testing.assert_allclose(entries, hessian, rtol=1e-12, atol=1e-14 * np.abs(hessian).max())


@pytest.mark.parametrize("target", TARGETS)
def test_real_parameters_give_the_real_objective(target):
    a, w = np.array([[0.3, 1.1], [2.0, -1.0]]), np.array([0.5, 1.5])
    real, plane = mc.Objective(target), mc.Objective(target, field="complex")
    keep = [0, 1, 4, 5]
    np.testing.assert_allclose(plane.loss(a, w), real.loss(a, w), rtol=1e-12)
    np.testing.assert_allclose(plane.gradient(a, w)[..., keep], real.gradient(a, w), rtol=1e-11)
    np.testing.assert_allclose(plane.hessian(a, w)[:, keep][..., keep], real.hessian(a, w), rtol=1e-11)


def test_a_ball_of_parameters_holds_what_lies_in_it():
    objective = mc.Objective(TARGETS[0], field="complex")
    around = objective.enclose(
        [acb(complex(A[0])), acb(complex(A[1]))],
        [acb(complex(v)) + acb("0 +/- 1e-6", "0 +/- 1e-6") for v in W],
    )
    assert around.loss.contains(objective.enclose(A, W).loss)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda Z: Z.loss([1], [-1 + 1j]), ValueError, "`w` must have positive real parts"),
        (lambda Z: Z.loss([1], [1j], digits=20), ValueError, "`w` must have positive real parts"),
        (lambda Z: Z.loss([complex("nan")], [1]), ValueError, "`a` must be finite"),
        (lambda Z: Z.loss([1, 2], [1]), ValueError, "same width"),
        (lambda Z: Z.loss(1, 1), TypeError, "nonempty array"),
        (lambda Z: mc.Objective(Z.target, field="quaternion"), ValueError, "`field` must"),
        (lambda Z: Z.packed, ValueError, "`field` must be 'real'"),
        (lambda Z: mc.Objective(Z.target).loss([1 + 1j], [1]), TypeError, "field='complex'"),
        (lambda Z: mc.Objective(Z.target).loss([1], [1 + 1j], digits=20), TypeError, "field='complex'"),
        (lambda Z: mc.Objective(Z.target).enclose([1j], [1]), TypeError, "field='complex'"),
    ],
)
def test_bad_input_names_argument_and_rule(call, kind, words):
    with pytest.raises(kind, match=words):
        call(mc.Objective(TARGETS[0], field="complex"))
