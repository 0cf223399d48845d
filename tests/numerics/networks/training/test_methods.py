"""Updates against the formulas of their sources, written once more in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from memcurse.numerics.networks.training.methods import METHODS, Method, choose_method

A = np.diag([1.0, 3.0, 0.2])


def followed(method: Method, steps: int, rate: float, **constants: float) -> np.ndarray:
    """Parameters after each step on ``theta^T A theta / 2``, by the package's update."""
    theta, memory = np.array([1.0, -2.0, 0.0]), np.zeros((max(method.memory, 1), 3))
    path = []
    for k in range(1, steps + 1):
        method.update(theta, A @ theta, memory, k, rate, method.constants_with(constants))
        path.append(theta.copy())
    return np.array(path)


def by_formula(name: str, steps: int, rate: float) -> np.ndarray:
    theta, path = np.array([1.0, -2.0, 0.0]), []
    p, m, v = np.zeros(3), np.zeros(3), np.zeros(3)
    before = theta.copy()
    for k in range(1, steps + 1):
        g = A @ theta
        if name == "gd":
            theta = theta - rate * g
        elif name == "heavy-ball":
            theta, before = theta - rate * g + 0.9 * (theta - before), theta
        elif name == "nesterov":
            # p is Nesterov's point before the look ahead: x_{k+1} = y_k - rate g(y_k), y_{k+1} = x + .9 (x - x_k).
            x = theta - rate * g
            theta = x + 0.9 * (x - (before if k > 1 else np.array([1.0, -2.0, 0.0])))
            before = x
        elif name == "adam":
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            theta = theta - rate * (m / (1 - 0.9**k)) / (np.sqrt(v / (1 - 0.999**k)) + 1e-8)
        elif name == "rmsprop":
            p = 0.9 * p + 0.1 * g * g
            theta = theta - rate * g / (np.sqrt(p) + 1e-8)
        else:
            theta = theta - rate * np.sign(g)
        path.append(theta.copy())
    return np.array(path)


@pytest.mark.parametrize("name", list(METHODS))
def test_updates(name: str) -> None:
    found = followed(METHODS[name], 6, 0.05)
    np.testing.assert_allclose(found, by_formula(name, 6, 0.05), rtol=1e-12, atol=1e-14)
    assert METHODS[name].source


def test_unknown_names_come_with_a_guess() -> None:
    with pytest.raises(ValueError, match="got 'Adma'; did you mean 'adam'"):
        choose_method("Adma")
    with pytest.raises(ValueError, match=r"got 'zzz'$"):
        choose_method("zzz")
    with pytest.raises(TypeError, match="`method` must be a name or a Method; got 3"):
        choose_method(3)  # type: ignore[arg-type]


def test_unknown_constants() -> None:
    with pytest.raises(ValueError, match=r"`gamma` must be a constant of heavy-ball \(beta\); got 1"):
        METHODS["heavy-ball"].constants_with({"gamma": 1})
    with pytest.raises(ValueError, match=r"`beta` must be a constant of gd \(none\)"):
        METHODS["gd"].constants_with({"beta": 0.5})
    with pytest.raises(ValueError, match="`beta` must be finite; got nan"):
        METHODS["heavy-ball"].constants_with({"beta": float("nan")})


def test_a_method_is_one_entry() -> None:
    def clipped(theta: Any, gradient: Any, memory: Any, k: int, rate: float, constants: Any) -> None:
        for i in range(theta.shape[0]):
            theta[i] -= rate * max(-constants[0], min(constants[0], gradient[i]))

    method = Method("clipped", clipped, 0.1, constants={"most": 1.0})
    assert choose_method(method) is method
    np.testing.assert_allclose(followed(method, 1, 0.1, most=0.5)[0], [0.95, -1.95, 0.0])
