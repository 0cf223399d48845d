"""Loss and gradient of networks by routes that share no code with them: NumPy, differences, closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import memcurse as mc
from memcurse.numerics.networks.training.activations import ACTIVATIONS
from memcurse.numerics.networks.training.backpropagation import loss_and_gradient, loss_of, workspace
from memcurse.numerics.networks.training.network import RecurrentNetwork
from memcurse.numerics.networks.training.tasks import KernelTask, SequenceTask, values
from memcurse.theory.notation import t

PHI = {"linear": lambda z: z, "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}
SHAPES = [(1, 1, 1, 1), (3, 2, 7, 5), (5, 1, 6, 1), (8, 3, 5, 4)]


def network(m: int, d: int, activation: str, seed: int = 0) -> RecurrentNetwork:
    rng = np.random.default_rng(seed)
    return RecurrentNetwork(
        rng.normal(size=m), rng.normal(size=(m, m)), rng.normal(size=(m, d)), 0.2, activation
    )


def direct(net: RecurrentNetwork, x: np.ndarray) -> np.ndarray:
    """Outputs (T, B), one path and one step at a time."""
    y = np.zeros(x.shape[:2])
    for b in range(x.shape[1]):
        h = np.zeros(net.units)
        for k in range(x.shape[0]):
            h = h + net.step * PHI[net.activation](net.W @ h + net.U @ x[k, b])
            y[k, b] = net.c @ h
    return y


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize(("m", "d", "T", "B"), SHAPES)
def test_loss_and_gradient(m: int, d: int, T: int, B: int, activation: str) -> None:
    rng = np.random.default_rng(m)
    net = network(m, d, activation)
    X, Y, v = rng.normal(size=(T, B, d)), rng.normal(size=(T, B)), rng.uniform(size=T)
    v[0] = 0.0 if T > 1 else v[0]
    work, gradient, code = workspace(m, d, T, B), np.zeros(len(net.theta)), ACTIVATIONS[activation]

    def loss(theta: np.ndarray) -> float:
        errors = direct(net.with_parameters(theta), X) - Y
        return float((v[:, None] * errors**2).sum() / B)

    found = loss_and_gradient(net.theta, X, Y, v, 0.2, code, work, gradient)
    assert found == pytest.approx(loss(net.theta), rel=1e-13)
    assert loss_of(net.theta, X, Y, v, 0.2, code, work) == found
    h = 1e-5
    for i, slope in enumerate(gradient):
        e = np.zeros(len(net.theta))
        e[i] = h
        by_difference = (loss(net.theta + e) - loss(net.theta - e)) / (2 * h)
        assert slope == pytest.approx(by_difference, rel=1e-6, abs=1e-8 * abs(gradient).max())


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_outputs(activation: str) -> None:
    net = network(5, 2, activation)
    x = np.random.default_rng(1).normal(size=(9, 4, 2))
    np.testing.assert_allclose(net.outputs(x), direct(net, x), rtol=1e-13, atol=1e-14)


def test_tanh_to_three_units_in_the_last_place() -> None:
    net = RecurrentNetwork([1.0], [[0.0]], [1.0], 1.0, "tanh")
    rng = np.random.default_rng(0)
    z = np.concatenate([rng.normal(size=5000) * s for s in (1e-8, 1e-2, 1, 5, 30)] + [[0.0, 20.0, -20.0]])
    found = net.outputs(z.reshape(1, -1, 1))[0]
    assert (np.abs(found - np.tanh(z)) <= 3 * np.spacing(np.abs(np.tanh(z)))).all()


def test_the_population_is_the_closed_form() -> None:
    """``dt sum_k (c^T (I + dt W)^k U - rho_k)^2`` by powers of matrices, two inputs."""
    net = network(4, 2, "linear")
    targets = (mc.ExponentialSum(["1"], ["1"]), mc.GaussianBump("1", "1/2"))
    task = KernelTask(targets, 4.0, 0.2)
    times = 0.2 * np.arange(20)
    rho = np.stack([np.exp(-times), np.exp(-2 * (times - 1) ** 2)], axis=1)
    A = np.eye(4) + 0.2 * net.W
    kernel = np.stack([net.c @ np.linalg.matrix_power(A, k) @ net.U for k in range(20)])
    wanted = 0.2 * ((kernel - rho) ** 2).sum()
    paths = task.population()
    work = workspace(4, 2, 20, 2)
    found = loss_of(net.theta, paths.X, paths.Y, paths.v, 0.2, ACTIVATIONS["linear"], work)
    assert found == pytest.approx(wanted, rel=1e-12)
    assert task.norm == pytest.approx(0.2 * (rho**2).sum(), rel=1e-13)
    np.testing.assert_allclose(net.response(20), kernel, rtol=1e-10, atol=1e-10)


def test_white_noise_has_the_population_as_its_mean() -> None:
    """The loss of 4000 sampled paths within four standard errors of the expected one."""
    task = KernelTask([mc.ExponentialSum(["1"], ["1"]), mc.GaussianBump("2")], 4.0, 0.2)
    net = RecurrentNetwork.random(3, 2, "linear", 0.2, seed=3)
    paths, exact = task.sample(np.random.default_rng(5), 4000), task.population()
    errors = (net.outputs(paths.X) - paths.Y)[-1] ** 2
    expected = loss_of(net.theta, exact.X, exact.Y, exact.v, 0.2, 0, workspace(3, 2, 20, 2))
    assert abs(errors.mean() - expected) < 4 * errors.std() / np.sqrt(4000)
    assert (paths.v[:-1] == 0).all()
    assert paths.v[-1] == 1


def test_share_beyond_the_horizon() -> None:
    with pytest.warns(UserWarning, match=r"the horizon 1 cuts off 13\.5 % of the squared norm"):
        task = KernelTask(mc.ExponentialSum(["1"], ["1"]), 1.0, 0.1)
    assert task.lost_share == pytest.approx(np.exp(-2), rel=1e-12)
    assert KernelTask(mc.ExponentialSum(["1"], ["3"]), 10.0, 0.1).lost_share == 0.0


@pytest.mark.parametrize(
    "target",
    [
        mc.AiryKernel("9/4", "3"),
        mc.PowerLaw("1"),
        mc.parse_target("exp(-t/2)*cos(3*t)"),
        mc.ExponentialSum(["1", "-2"], ["1", "2"]) + mc.GaussianBump("3"),
    ],
)
def test_values_of_kernels(target: mc.Target) -> None:
    times = np.array([0.0, 0.3, 2.0])
    wanted = [float(target.expression.subs(t, sp.Rational(str(x)))) for x in times]
    np.testing.assert_allclose(values(target, times), wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: KernelTask(3), "`target` must be a memcurse target"),
        (lambda: KernelTask([]), "`target` must be a kernel or a sequence of them"),
        (
            lambda: KernelTask(mc.PowerLaw("1"), 0.01, 0.1),
            r"`horizon` must be at least one step of 0\.1; got 0\.01",
        ),
        (lambda: KernelTask(mc.PowerLaw("1"), -1), "`horizon` must be positive; got -1"),
        (lambda: KernelTask(mc.PowerLaw("1"), 5, float("nan")), "`step` must be finite; got nan"),
        (
            lambda: SequenceTask(np.ones((2, 3)), 0, 0, 0),
            r"`x` must have 3 axes and not be empty; got shape \(2, 3\)",
        ),
        (
            lambda: SequenceTask(np.ones((2, 3, 1)), np.ones((2, 4)), np.ones((1, 3, 1)), np.ones((1, 3))),
            r"`y` must have shape \(2, 3\); got \(2, 4\)",
        ),
        (
            lambda: SequenceTask(np.ones((2, 3, 1)), np.ones((2, 3)), np.ones((1, 4, 1)), np.ones((1, 4))),
            r"`held_x` must have times and inputs as `x`, \(3, 1\); got \(4, 1\)",
        ),
        (lambda: RecurrentNetwork([1.0], [[1.0, 2.0]], [1.0]), r"`W` must have shape \(1, 1\) for 1 units"),
        (lambda: RecurrentNetwork([1.0], [[1.0]], [1.0], 0.0), r"`step` must be positive; got 0\.0"),
        (lambda: RecurrentNetwork([np.nan], [[1.0]], [1.0]), r"`c` must be finite; got nan at index \(0,\)"),
        (
            lambda: RecurrentNetwork([1.0], [[1.0]], [1.0], activation="tahn"),
            "`activation` must be one of linear, tanh, relu; got 'tahn'; did you mean 'tanh'",
        ),
    ],
)
def test_bad_input(make: object, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make()  # type: ignore[operator]


def test_overflow_is_an_error() -> None:
    net = RecurrentNetwork([1.0], [[1e200]], [1.0], 1.0, "linear")
    with pytest.raises(FloatingPointError, match="they overflow at step 2"):
        net.outputs(np.ones((4, 1, 1)))


def test_from_a_kernel() -> None:
    net = RecurrentNetwork.from_kernel(mc.RecurrentKernel.diagonal(["1", "2"], ["1", "3"]), 0.1)
    k = np.arange(6)
    np.testing.assert_allclose(net.response(6)[:, 0], 0.9**k + 2 * 0.7**k, rtol=1e-13)
