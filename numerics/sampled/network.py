r"""Sampled recurrent networks: hidden weights from pairs of data, outer weights by least squares, no gradient.

The network is :math:`h_{t+1} = F(h_t) K C` (rows; with inputs :math:`+\,G(u_t) B C`). **What its eigenvalues tell, and
what not:** those of K belong to the linear map of the features. The network lifts its state anew at each step, and its
stability is that of the Jacobian of :math:`h \mapsto F(h) D`; either can be stable without the other.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.plain import JsonResult
from memcurse.theory.exact import exact_integer

from .activations import activation as as_activation
from .dictionary import Dictionary
from .fitting import Matrices, koopman_matrices, strided_blocks
from .pairs import sample_layer
from .spectrum import Spectrum, certified_spectrum, spectrum
from .trajectories import StatePairs, at_least_one, matrix, state_pairs

Array = NDArray[np.float64]

READOUTS: Final = ("koopman", "direct")
#: A forecast has left every bound when it is this many ranges of the data away from them.
_FAR: Final = 100.0


@dataclass(frozen=True, repr=False)
class Forecast(JsonResult):
    """States of a run.

    Attributes
    ----------
    states : ndarray, shape (steps + 1, d)
        From the start on, all finite; ends before the state that left the bound.
    status : {"complete", "left the bound"}
    """

    states: Array
    status: str

    def __repr__(self) -> str:
        return f"Forecast({self.steps} steps, {self.status})"

    @property
    def steps(self) -> int:
        """Steps taken."""
        return len(self.states) - 1


@dataclass(frozen=True)
class SampledNetwork:
    """A fitted network; see `sampled_network`.

    Attributes
    ----------
    dictionary, inputs : Dictionary
        Features of states and of inputs (None without inputs).
    matrices : Matrices
        K, C, the direct D and what belongs to the inputs.
    readout : {"koopman", "direct"}
        Whether `D` is K C or the direct regression.
    data : StatePairs
        What it was fitted to.
    """

    dictionary: Dictionary
    inputs: Dictionary | None
    matrices: Matrices
    readout: str
    data: StatePairs

    @property
    def K(self) -> Array:
        """Koopman matrix, shape (n, n): ``F_Y`` is about ``F_X K``."""
        return self.matrices.K

    @property
    def C(self) -> Array:
        """State from features, shape (n, d)."""
        return self.matrices.C

    @functools.cached_property
    def D(self) -> Array:
        """Next state from features, shape (n, d): what runs."""
        return self.K @ self.C if self.readout == "koopman" else self.matrices.D

    @functools.cached_property
    def E(self) -> Array | None:
        """What the features of the inputs add to the next state, shape (p, d)."""
        if self.readout == "direct" or self.matrices.B is None:
            return self.matrices.E
        return self.matrices.B @ self.C

    @property
    def rank(self) -> int:
        """Directions of the features that carry data."""
        return self.matrices.rank

    def step(self, h: Any, u: Any = None) -> Array:
        """Next state of states of shape (..., d), with inputs of shape (..., c) if the network has them."""
        states = np.asarray(h, dtype=float)
        after = self.dictionary(states) @ self.D
        if self.inputs is None or self.E is None:
            if u is not None:
                raise ValueError("`u` must be None: the network has no inputs")
            return np.asarray(after)
        if u is None:
            raise ValueError("`u` must be given: the network has inputs")
        return np.asarray(after + self.inputs(np.asarray(u, dtype=float)) @ self.E)

    def jacobian(self, h: Any) -> Array:
        """Derivative of `step` at one state, shape (d, d): row i is the gradient of entry i of the next state."""
        state = np.asarray(h, dtype=float)
        if state.shape != (self.data.X.shape[1],):
            raise ValueError(f"`h` must have shape ({self.data.X.shape[1]},); got {state.shape}")
        return np.asarray(self.D.T @ self.dictionary.slopes(state))

    def forecast(self, x0: Any, n: int, U: Any = None, bound: float | None = None) -> Forecast:
        """Run `n` steps from `x0`.

        Parameters
        ----------
        x0 : array, shape (d,), or (lags, observed) with the newest observation last
        n : int
            Steps, at least 1.
        U : array, shape (n, c)
            Inputs, if the network has them.
        bound : float, optional
            Largest absolute entry of a state. Default: 100 ranges of the data beyond them.

        Returns
        -------
        Forecast
            With status "left the bound", and the states before, if a state exceeds it.
        """
        n = at_least_one("n", n)
        state = np.asarray(x0, dtype=float).ravel()
        if state.shape != (self.data.X.shape[1],) or not np.isfinite(state).all():
            raise ValueError(f"`x0` must be {self.data.X.shape[1]} finite numbers; got {x0!r}")
        inputs = None if U is None else matrix("U", U)
        if inputs is not None and len(inputs) < n:
            raise ValueError(f"`U` must have {n} rows, one a step; got {len(inputs)}")
        if (inputs is None) != (self.inputs is None):
            raise ValueError("`U` must be given if and only if the network has inputs")
        low, high = self.data.X.min(axis=0), self.data.X.max(axis=0)
        margin = _FAR * (high - low)
        least, most = (low - margin, high + margin) if bound is None else (-bound, bound)
        return self._run(state, n, inputs, least, most)

    def _run(self, state: Array, n: int, inputs: Array | None, least: Any, most: Any) -> Forecast:
        D, E, states = self.D, self.E, [state]
        for k in range(n):
            state = self.dictionary(state) @ D
            if inputs is not None and E is not None and self.inputs is not None:
                state = state + self.inputs(inputs[k]) @ E
            # Not written as an exceedance: nan is outside, too.
            if not ((state >= least) & (state <= most)).all():
                return Forecast(np.array(states), "left the bound")
            states.append(state)
        return Forecast(np.array(states), "complete")

    def linear_forecast(self, x0: Any, n: int) -> Array:
        """The linear model ``F(x0) K^t C``, t = 0..n, shape (n + 1, d): lifted once, unlike the network."""
        lifted = self.dictionary(np.asarray(x0, dtype=float).ravel())
        rows = [lifted]
        for _ in range(at_least_one("n", n)):
            rows.append(rows[-1] @ self.K)
        return np.array(rows) @ self.C

    def eigenvalues(self, certify: bool = False, bits: int = 256) -> Spectrum:
        """Eigenvalues of K with the residual of each on the data; enclosed in balls with `certify`."""
        if certify:
            return certified_spectrum(self.K, self._feature_blocks(), bits)
        return spectrum(self.K, self._feature_blocks)

    def _feature_blocks(self) -> Iterator[tuple[Array, Array]]:
        for X, Y, _ in strided_blocks(self.data.X, self.data.Y):
            yield self.dictionary(X), self.dictionary(Y)

    def training_error(self) -> float:
        """Root mean squared one-step error on the data."""
        squares = 0.0
        for X, Y, U in strided_blocks(self.data.X, self.data.Y, self.data.U):
            squares += float(((self.step(X, U) - Y) ** 2).sum())
        return float(np.sqrt(squares / self.data.Y.size))


def sampled_network(
    X: Any,
    Y: Any = None,
    width: int = 80,
    seed: int = 0,
    *,
    U: Any = None,
    input_width: int | None = None,
    lags: int = 1,
    times: Any = None,
    activation: Any = "tanh",
    pairs: str = "swim",
    readout: str = "koopman",
    constant: bool = False,
    state: bool = False,
) -> SampledNetwork:
    """Fit a network to trajectories or to pairs, without gradients.

    Parameters
    ----------
    X : array, shape (N, d), or a list of such arrays
        One trajectory or several, equal steps; with `Y` the states before a step.
    Y : array, shape (N, d), optional
        The states after it.
    width : int
        Neurons, at least 1.
    seed : int
        Same seed, same network.
    U : array or list of arrays, optional
        Inputs (control), one row a step; `input_width` neurons (default `width`) make their features.
    lags : int
        The state is the last `lags` observations.
    times : array, optional
        Checked for equal steps.
    activation : str or callable
        "tanh", "relu", a function of `scipy.special`, or any function of arrays.
    pairs : {"swim", "uniform", "normal"}
        How the hidden weights are drawn.
    readout : {"koopman", "direct"}
        Run with K C, or with the direct regression on the next state.
    constant, state : bool
        Add a constant, or the state itself, to the features.

    Warns
    -----
    UserWarning
        If there are fewer samples than features: the fit interpolates, and K is the solution that has no part in
        the directions without data.

    Raises
    ------
    ValueError, TypeError
        Named by argument, before anything is computed.
    """
    width, seed = at_least_one("width", width), exact_integer("seed", seed)
    if seed < 0:
        raise ValueError(f"`seed` must not be negative; got {seed}")
    if readout not in READOUTS:
        raise ValueError(f"`readout` must be one of {', '.join(READOUTS)}; got {readout!r}")
    neuron = as_activation(activation)
    data = state_pairs(X, Y, U, lags, times)
    rng = np.random.default_rng(seed)
    dictionary = Dictionary(sample_layer(data.X, data.Y, width, pairs, neuron, rng), constant, state)
    inputs = None
    if data.U is not None:
        count = width if input_width is None else at_least_one("input_width", input_width)
        inputs = Dictionary(sample_layer(data.U, data.Y, count, pairs, neuron, rng))
    features = dictionary.size + (inputs.size if inputs else 0)
    if data.rows < features:
        warnings.warn(
            f"{data.rows} samples for {features} features: the fit interpolates, and K is the solution that has no "
            "part in the directions without data",
            stacklevel=2,
        )
    return SampledNetwork(dictionary, inputs, _fitted(dictionary, inputs, data), readout, data)


def _fitted(dictionary: Dictionary, inputs: Dictionary | None, data: StatePairs) -> Matrices:
    blocks = strided_blocks(data.X, data.Y, data.U)
    return koopman_matrices(dictionary, blocks, inputs)
