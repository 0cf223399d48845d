"""Gradient methods in steps on the objective, compiled: any entry of `networks.methods`, with noise if asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arguments import validate_parameters
from memcurse.numerics.arithmetic.compiled import compiled
from memcurse.numerics.networks.methods import Method, Rule, advance, method_named
from memcurse.numerics.objective.kernels import evaluate
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.exact import exact_integer

__all__ = ["Descent", "descend"]

Array = NDArray[np.float64]
_REACHED, _BUDGET, _DIVERGED = 0, 1, 2
_STATUS = {_REACHED: "reached", _BUDGET: "budget", _DIVERGED: "diverged"}
#: A loss beyond this many times that of the start has diverged.
_LARGEST = 100.0


@dataclass(frozen=True)
class Descent:
    """How a method in steps came to its end.

    Attributes
    ----------
    status : str
        "reached", "budget", "diverged" (the loss rose a hundredfold, or a rate left the positive axis), or "broken"
        (no step that the arithmetic can tell lowers the loss).
    steps, evaluations : int
        Steps until then, and how often loss and derivatives were computed.
    loss : float
        At the end.
    a, w : ndarray, shape (m,)
        The last finite parameters.
    """

    status: str
    steps: int
    evaluations: int
    loss: float
    a: Array
    w: Array


@compiled
def _run(
    theta: Any, p: Any, rule: Rule, goal: float, worst: float, most: int, noise: float, seed: int
) -> Any:
    """Steps until the loss is at most `goal`; `theta` (2m,) is moved."""
    n = theta.shape[0]
    m = n // 2
    gradient, first, second = np.empty(n), np.zeros(n), np.zeros(n)
    nothing, last = np.empty((1, 1)), theta.copy()
    np.random.seed(seed)  # noqa: NPY002 - the generator of compiled code
    for k in range(most + 1):
        loss = evaluate(theta[:m], theta[m:], p, gradient, nothing, 1)
        if not loss <= worst:
            theta[:] = last
            return _DIVERGED, k, loss
        if loss <= goal:
            return _REACHED, k, loss
        if k == most:
            break
        last[:] = theta
        if noise > 0.0:
            for i in range(n):
                gradient[i] += noise * np.random.normal()  # noqa: NPY002
        advance(theta, gradient, first, second, k, rule)
    return _BUDGET, most, loss


def descend(
    J: Objective,
    a: Any,
    w: Any,
    method: str | Method = "gd",
    share: float = 0.01,
    max_steps: int = 10_000_000,
    noise: float = 0.0,
    seed: int = 0,
) -> Descent:
    """Steps of a method until the loss has dropped by a share of its first value.

    Parameters
    ----------
    J : Objective
        With real modes.
    a, w : array_like, shape (m,)
        Start.
    method : str or Method
        A name of `networks.methods.METHODS`, or an entry of one's own.
    share : float
        Between 0 and 1.
    max_steps : int
    noise : float
        Standard deviation of what is added to every component of every gradient.
    seed : int
        Of the noise.

    Raises
    ------
    TypeError, ValueError
        For input that breaks the rules.

    Notes
    -----
    Rigour: float64; a gradient below its round-off moves nothing, which the step count shows.
    """
    rule = (method_named(method) if isinstance(method, str) else method).rule
    amplitudes, rates = validate_parameters(a, w)
    if amplitudes.ndim != 1:
        raise ValueError(f"`a` and `w` must have one axis; got shape {amplitudes.shape}")
    if not 0.0 < share < 1.0:
        raise ValueError(f"`share` must lie between 0 and 1; got {share}")
    if not 0.0 <= noise < math.inf:
        raise ValueError(f"`noise` must be finite and not negative; got {noise}")
    most = exact_integer("max_steps", max_steps, 1)
    theta, m = np.concatenate([amplitudes, rates]), len(amplitudes)
    first = float(J.loss(amplitudes, rates))
    numbers = exact_integer("seed", seed, 0)
    code, steps, loss = _run(
        theta, J.packed, rule, (1 - share) * first, _LARGEST * first, most, float(noise), numbers
    )
    return Descent(_STATUS[code], int(steps), int(steps) + 1, float(loss), theta[:m].copy(), theta[m:].copy())
