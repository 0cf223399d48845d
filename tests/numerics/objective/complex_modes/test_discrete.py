"""The objective with complex modes: float64, balls and direct sums; derivatives by differences; bad input."""

import itertools

import numpy as np
import pytest
from mpmath import mp

from memcurse import DiscreteObjective, FiniteSequence, GeometricSum

C, Q = [1 + 0.5j, -0.3j], [0.6 + 0.3j, -0.5 + 0.2j]
OBJECTIVE = DiscreteObjective(GeometricSum(C, Q), field="complex")


def _flat(a, p):
    return np.concatenate([a.real, a.imag, p.real, p.imag])


def _complex(v):
    x = v.reshape(4, -1)
    return x[0] + 1j * x[1], x[2] + 1j * x[3]


def _start(m, seed, largest=0.95):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=m) + 1j * rng.normal(size=m)
    return a, largest * np.sqrt(rng.random(m)) * np.exp(2j * np.pi * rng.random(m))


@pytest.mark.parametrize(("m", "seed"), list(itertools.product((1, 2, 5, 8), range(3))))
def test_loss_is_the_direct_sum(m, seed):
    a, p = _start(m, seed, 0.9)
    n = np.arange(600)[:, None]
    direct = (np.abs((a * p**n).sum(1) - (np.array(C) * np.array(Q) ** n).sum(1)) ** 2).sum()
    assert OBJECTIVE.loss(a, p) == pytest.approx(direct, rel=1e-11)
    assert float(OBJECTIVE.loss(a, p, digits=30)) == pytest.approx(direct, rel=1e-11)


@pytest.mark.parametrize("sequence", [GeometricSum(C, Q), FiniteSequence([1, (0, "1/2"), -2, 1 + 1j])])
def test_derivatives_agree_with_differences_and_balls(sequence):
    objective = DiscreteObjective(sequence, field="complex")
    a, p = _start(3, 7, 0.8)
    x, h = _flat(a, p), 1e-5
    gradient, hessian = objective.gradient(a, p), objective.hessian(a, p)
    for k, e in enumerate(np.eye(12) * h):
        slope = (objective.loss(*_complex(x + e)) - objective.loss(*_complex(x - e))) / (2 * h)
        bend = (objective.gradient(*_complex(x + e)) - objective.gradient(*_complex(x - e))) / (2 * h)
        assert slope == pytest.approx(gradient[k], rel=1e-7, abs=1e-7)
        np.testing.assert_allclose(bend, hessian[k], rtol=1e-6, atol=1e-6 * np.abs(hessian).max())
    balls = objective.enclose(a, p, 30)
    np.testing.assert_allclose([float(v.mid()) for v in balls.gradient.entries()], gradient, rtol=1e-10)
    size = np.abs(hessian).max()
    entries = [float(v.mid()) for v in balls.hessian.entries()]
    np.testing.assert_allclose(np.reshape(entries, (12, 12)), hessian, rtol=1e-10, atol=1e-13 * size)


def test_no_cancellation_near_the_circle():
    p = np.array([(1 - 1e-6) * np.exp(0.7j), (1 - 3e-6) * np.exp(-2.1j)])
    a = np.array([1 + 2j, -0.5j])
    exact = OBJECTIVE.gradient(a, p, digits=30)
    np.testing.assert_allclose(OBJECTIVE.gradient(a, p), [float(v) for v in exact], rtol=1e-13)


def test_real_parameters_give_the_real_objective_and_batches_broadcast():
    sequence = GeometricSum(["1", "-1/2"], ["1/2", "3/4"])
    a, p = np.array([[0.3, 1.1], [2.0, -1.0]]), np.array([0.2, -0.6])
    real, disc = DiscreteObjective(sequence), DiscreteObjective(sequence, field="complex")
    np.testing.assert_allclose(disc.loss(a, p), real.loss(a, p), rtol=1e-13)
    keep = [0, 1, 4, 5]
    np.testing.assert_allclose(disc.gradient(a, p)[..., keep], real.gradient(a, p), rtol=1e-12)
    np.testing.assert_allclose(disc.hessian(a, p)[:, keep][..., keep], real.hessian(a, p), rtol=1e-12)


def test_exact_complex_numbers_are_pairs():
    with mp.workdps(40):
        value = DiscreteObjective(GeometricSum([("0", "1")], [("1/3", "1/3")]), field="complex").loss(
            [(0, 0)], [("1/2", 0)], digits=30
        )
        assert abs(value - mp.mpf(9) / 7) < mp.mpf(10) ** -29


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: DiscreteObjective(GeometricSum([1j], [0.5])), "field='complex'"),
        (lambda: DiscreteObjective(GeometricSum([1], [0.5]), field="quaternion"), "`field` must"),
        (lambda: GeometricSum([1], [0.8 + 0.7j]), "moduli below 1"),
        (lambda: OBJECTIVE.loss([1], [0.8 + 0.7j]), "moduli below 1"),
        (lambda: OBJECTIVE.loss([complex("nan")], [0.5]), "`a` must be finite"),
        (lambda: OBJECTIVE.loss([1, 2], [0.5]), "same width"),
        (lambda: OBJECTIVE.loss([1], [0.8 + 0.7j], digits=20), "moduli below 1"),
    ],
)
def test_bad_input_names_argument_and_rule(call, words):
    with pytest.raises(ValueError, match=words):
        call()
