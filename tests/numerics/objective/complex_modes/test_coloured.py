"""Coloured input: the variance of the filtered residual, differences, balls, the Gram matrix; bad input."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import memcurse as mc
from memcurse.theory.modes.objective import coloured_product

COLOUR = (sp.Rational(3, 5), sp.Rational(-2, 5))
C = 0.6 - 0.4j
SEQUENCES = [
    mc.GeometricSum([1 + 0.5j, -0.3j], [0.6 + 0.3j, -0.5 + 0.2j]),
    mc.FiniteSequence([1, (0, "1/2"), -2, 1 + 1j]),
]
A, P = np.array([0.3 + 1j, 1.1 - 0.5j, 0.2]), np.array([0.5 + 0.2j, -0.7j, 0.6])


def _complex(v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = v.reshape(4, -1)
    return x[0] + 1j * x[1], x[2] + 1j * x[3]


def variance(sequence: mc.TargetSequence, a: np.ndarray, p: np.ndarray, c: complex) -> float:
    """Of the error's output: the residual after the filter that colours white input."""
    n = np.arange(500)
    rho = np.array([complex(sequence.term(k)) if k < 80 else 0 for k in range(500)])
    residual = (a * p ** n[:, None]).sum(1) - rho
    return float((np.abs(np.convolve(residual, c**n)) ** 2).sum())


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_loss_is_the_variance_of_the_output(sequence: mc.TargetSequence) -> None:
    objective = mc.DiscreteObjective(sequence, field="complex", colour=COLOUR)
    direct = variance(sequence, A, P, C)
    assert objective.loss(A, P) == pytest.approx(direct, rel=1e-11)
    assert float(objective.loss(A, P, digits=30)) == pytest.approx(direct, rel=1e-11)
    assert variance(sequence, A, P, C.conjugate()) != pytest.approx(direct, rel=1e-2)


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_derivatives_agree_with_differences_and_balls(sequence: mc.TargetSequence) -> None:
    objective = mc.DiscreteObjective(sequence, field="complex", colour=COLOUR)
    x, h = np.concatenate([A.real, A.imag, P.real, P.imag]), 1e-5
    _, gradient, hessian = objective.evaluate(A, P)
    for k, e in enumerate(np.eye(12) * h):
        slope = (objective.loss(*_complex(x + e)) - objective.loss(*_complex(x - e))) / (2 * h)
        bend = (objective.gradient(*_complex(x + e)) - objective.gradient(*_complex(x - e))) / (2 * h)
        assert slope == pytest.approx(gradient[k], rel=1e-6, abs=1e-6)
        np.testing.assert_allclose(bend, hessian[k], rtol=1e-5, atol=1e-6 * np.abs(hessian).max())
    balls = objective.enclose(A, P, 30)
    np.testing.assert_allclose([float(v.mid()) for v in balls.gradient.entries()], gradient, rtol=1e-11)
    entries = np.reshape([float(v.mid()) for v in balls.hessian.entries()], (12, 12))
    np.testing.assert_allclose(entries, hessian, rtol=1e-11, atol=1e-14 * np.abs(hessian).max())


def test_gram_matrix_is_the_covariance_of_states() -> None:
    hessian = mc.DiscreteObjective(SEQUENCES[0], field="complex", colour=COLOUR).hessian(A, P)
    gram = (hessian[:3, :3] + 1j * hessian[3:6, :3]) / 2
    expected = [[complex(coloured_product(x.conjugate(), y, C, C.conjugate())) for y in P] for x in P]
    np.testing.assert_allclose(gram, expected, rtol=1e-13)


def test_near_the_circle_and_at_the_target() -> None:
    objective = mc.DiscreteObjective(SEQUENCES[0], field="complex", colour=(0, "0.999999"))
    p = np.array([(1 - 1e-6) * np.exp(0.7j), (1 - 1e-6) * 1j])
    a = np.array([1 + 2j, -0.5j])
    exact = [float(v) for v in objective.gradient(a, p, digits=30)]
    np.testing.assert_allclose(objective.gradient(a, p), exact, rtol=1e-13)
    sequence = SEQUENCES[0]
    assert objective.loss([complex(v) for v in sequence.a], [complex(v) for v in sequence.p]) == 0.0


def test_batches_and_white_input() -> None:
    white = mc.DiscreteObjective(SEQUENCES[1], field="complex", colour=0)
    assert white.loss(A, P) == mc.DiscreteObjective(SEQUENCES[1], field="complex").loss(A, P)
    objective = mc.DiscreteObjective(SEQUENCES[1], field="complex", colour=COLOUR)
    both = objective.hessian(np.stack([A, 2 * A]), P)
    np.testing.assert_allclose(both[1], objective.hessian(2 * A, P), rtol=1e-13)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: mc.DiscreteObjective(SEQUENCES[0], field="complex", colour=1), ValueError, "`colour` must"),
        (
            lambda: mc.DiscreteObjective(SEQUENCES[0], field="complex", colour=(1, 1)),
            ValueError,
            "`colour` must",
        ),
        (
            lambda: mc.DiscreteObjective(mc.FiniteSequence([1]), colour="1/2"),
            ValueError,
            "`field` must be 'complex'",
        ),
        (
            lambda: mc.DiscreteObjective(mc.PowerSequence(1), field="complex", colour="1/2"),
            TypeError,
            "GeometricSum or FiniteSequence with `colour`",
        ),
        (
            lambda: mc.DiscreteObjective(SEQUENCES[0], field="complex", colour="1/2").prepare(2),
            ValueError,
            "`colour` must be 0",
        ),
    ],
)
def test_bad_input_names_argument_and_rule(call: object, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        call()
