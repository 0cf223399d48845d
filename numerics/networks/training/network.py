"""Residual networks ``h_{k+1} = h_k + dt phi(W h_k + U x_k)``, ``y = c^T h``: parameters in float64, random starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.networks.recurrent_kernel import RecurrentKernel
from memcurse.theory.exact import exact_integer

from .activations import ACTIVATIONS
from .arguments import chosen, finite, finite_array, positive
from .backpropagation import outputs

Array = NDArray[np.float64]


@dataclass(frozen=True, init=False, eq=False)
class RecurrentNetwork:
    """A residual network with m units and d inputs.

    Parameters
    ----------
    c : array, shape (m,)
        Readout.
    W : array, shape (m, m)
        State matrix (1/time); any, also unstable.
    U : array, shape (m, d), or (m,) for one input
        Input matrix.
    step : float
        Time step dt.
    activation : {"linear", "tanh", "relu"}

    Raises
    ------
    TypeError, ValueError
        For shapes that do not fit, nan, inf, a step that is not positive, an unknown activation.
    """

    c: Array
    W: Array
    U: Array
    step: float
    activation: str

    def __init__(self, c: Any, W: Any, U: Any, step: float = 0.1, activation: str = "tanh") -> None:
        readout, state = finite_array("c", c, 1), finite_array("W", W, 2)
        entry = finite_array("U", U, np.ndim(U) if np.ndim(U) in (1, 2) else 2)
        entry = entry.reshape(len(entry), -1)
        m = len(readout)
        for name, shape, wanted in (("W", state.shape, (m, m)), ("U", entry.shape[:1], (m,))):
            if shape != wanted:
                raise ValueError(f"`{name}` must have shape {wanted} for {m} units; got {shape}")
        for name, value in (("c", readout), ("W", state), ("U", entry)):
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "step", positive("step", step))
        object.__setattr__(self, "activation", chosen("activation", activation, ACTIVATIONS))

    @classmethod
    def random(
        cls,
        units: int = 16,
        inputs: int = 1,
        activation: str = "tanh",
        step: float = 0.1,
        seed: int = 0,
        spread: float = 1.0,
    ) -> RecurrentNetwork:
        """Random parameters: ``W = -I + spread G/sqrt(m)``, c and U of standard normal entries over ``sqrt(m)``.

        The eigenvalues of G fill the disc of radius ``sqrt(m)``: with spread 1 they reach the edge of stability.
        """
        m, d = exact_integer("units", units, 1), exact_integer("inputs", inputs, 1)
        rng = np.random.default_rng([exact_integer("seed", seed, 0), 0])
        size, scale = 1 / np.sqrt(m), finite("spread", spread)
        W = scale * size * rng.standard_normal((m, m)) - np.eye(m)
        U, c = size * rng.standard_normal((m, d)), size * rng.standard_normal(m)
        return cls(c, W, U, step, activation)

    @classmethod
    def from_kernel(
        cls, kernel: RecurrentKernel, step: float = 0.1, activation: str = "linear"
    ) -> RecurrentNetwork:
        """The network of these matrices, rounded to float64."""
        if not isinstance(kernel, RecurrentKernel):
            raise TypeError(f"`kernel` must be a RecurrentKernel; got {kernel!r}")
        matrices = (kernel.c, kernel.W, kernel.U)
        c, W, U = (np.array(x, dtype=object).astype(float) for x in matrices)
        return cls(c, W, U, step, activation)

    @property
    def units(self) -> int:
        """Number of units m."""
        return len(self.c)

    @property
    def inputs(self) -> int:
        """Number of inputs d."""
        return self.U.shape[1]

    @property
    def theta(self) -> Array:
        """All parameters in one vector: c, rows of W, rows of U."""
        return np.concatenate([self.c, self.W.ravel(), self.U.ravel()])

    def with_parameters(self, theta: Array) -> RecurrentNetwork:
        """The network with other parameters, in the layout of `theta`."""
        m = self.units
        c, W, U = theta[:m], theta[m : m + m * m].reshape(m, m), theta[m + m * m :].reshape(m, -1)
        return RecurrentNetwork(c, W, U, self.step, self.activation)

    def outputs(self, x: Any) -> Array:
        """Outputs ``y_1, y_2, ...`` from rest, shape (T, B), for inputs of shape (T, B, d).

        Raises
        ------
        FloatingPointError
            If they leave the range of float64.
        """
        X = finite_array("x", x, 3)
        if X.shape[2] != self.inputs:
            raise ValueError(f"`x` must have {self.inputs} inputs on its last axis; got shape {X.shape}")
        y = outputs(self.theta, X, self.step, self.activation, self.c)
        if not np.isfinite(y).all():
            time = int(np.argwhere(~np.isfinite(y))[0][0])
            raise FloatingPointError(f"`x` must have outputs in float64; they overflow at step {time}")
        return y

    def response(self, steps: int) -> Array:
        """``c^T phi(...)`` after one impulse ``x_0 = 1/dt`` of each input: shape (steps, d).

        For a linear network this is its kernel ``c^T (I + dt W)^k U`` at the times ``k dt``.
        """
        T, d = exact_integer("steps", steps, 1), self.inputs
        x = np.zeros((T, d, d))
        x[0] = np.eye(d) / self.step
        return self.outputs(x)

    def __repr__(self) -> str:
        return f"RecurrentNetwork({self.activation}, {self.units} units, {self.inputs} inputs, step {self.step:g})"
