r"""Weights of a hidden layer without training: neurons made of pairs of data ("swim"), uniform pairs, normal weights.

A pair :math:`(x_1, x_2)` makes the neuron :math:`w = s_1 (x_2 - x_1)/|x_2 - x_1|^2`,
:math:`b = -\langle w, x_1\rangle - s_2`: with :math:`s_1 = \ln 3`, :math:`s_2 = \ln(3)/2` tanh is -1/2 at the first
point and 1/2 at the second. Pairs are drawn with probability proportional to
:math:`\max|\Delta y| / \max(|\Delta x|, 10^{-10})` among ``N ceil(M/N)`` random candidates, without replacement.
Exchanging a pair only flips the neuron's sign, so a pair counts once.

Source: Bolager et al., *Sampling weights of deep neural networks* (2023), as used by the gradient-free training of
recurrent networks (arXiv 2410.23467).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .activations import Activation

Array = NDArray[np.float64]
Pairs = NDArray[np.int64]

SCHEMES: Final = ("swim", "uniform", "normal")
#: More candidates than this change no distribution that a seed could show, and would take gigabytes at N = 1e7.
MOST_CANDIDATES: Final = 1_000_000
_CLOSEST: Final = 1e-10
_ROUNDS: Final = 8


@dataclass(frozen=True)
class Layer:
    """Hidden layer ``x -> activation(x @ weights + biases)``.

    Attributes
    ----------
    weights : ndarray, shape (d, M)
    biases : ndarray, shape (M,)
    pairs : ndarray of int, shape (M, 2), or None
        Rows of the data that each neuron was made of.
    """

    weights: Array
    biases: Array
    activation: Activation
    pairs: Pairs | None = None

    @property
    def width(self) -> int:
        """Number of neurons M."""
        return int(self.biases.size)

    def __call__(self, x: Array) -> Array:
        """Features, shape (..., M), of states of shape (..., d)."""
        return self.activation.function(x @ self.weights + self.biases)

    def slopes(self, x: Array) -> Array:
        """Derivatives of the activation at the states, shape (..., M)."""
        return self.activation.derivative(x @ self.weights + self.biases)


def sample_layer(
    X: Array, Y: Array, width: int, scheme: str, activation: Activation, rng: np.random.Generator
) -> Layer:
    """Draw a layer of `width` neurons.

    Parameters
    ----------
    X : ndarray, shape (N, d)
        States.
    Y : ndarray, shape (N, k)
        What the network has to give there; only the scheme "swim" reads it.
    scheme : {"swim", "uniform", "normal"}
        "normal" draws weights and biases from N(0, 1) for data scaled to mean 0 and standard deviation 1.

    Raises
    ------
    ValueError
        If the scheme is unknown, or the data hold too few distinct pairs.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"`pairs` must be one of {', '.join(SCHEMES)}; got {scheme!r}")
    if scheme == "normal":
        return _normal_layer(X, width, activation, rng)
    return pair_layer(X, draw_pairs(X, Y, width, scheme == "uniform", rng), activation)


def pair_layer(X: Array, pairs: Pairs, activation: Activation) -> Layer:
    """The layer of given pairs of rows of `X`, which must be different points."""
    start, difference = X[pairs[:, 0]], X[pairs[:, 1]] - X[pairs[:, 0]]
    lengths = np.linalg.norm(difference, axis=1)
    # Two divisions: the square of a tiny length may underflow.
    w = activation.scale * (difference / lengths[:, None]) / lengths[:, None]
    return Layer(w.T.copy(), -np.einsum("ij,ij->i", w, start) - activation.shift, activation, pairs)


def _normal_layer(X: Array, width: int, activation: Activation, rng: np.random.Generator) -> Layer:
    mean, spread = X.mean(axis=0), X.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    w = rng.standard_normal((X.shape[1], width)) / spread[:, None]
    return Layer(w, rng.standard_normal(width) - mean @ w, activation)


def draw_pairs(X: Array, Y: Array, width: int, uniform: bool, rng: np.random.Generator) -> Pairs:
    """`width` unordered pairs of different rows and different points, shape (width, 2), no pair twice."""
    if width < 1:
        raise ValueError(f"`width` must be at least 1; got {width}")
    n = len(X)
    if n < 2 or n * (n - 1) // 2 < width:
        raise ValueError(f"`X` must hold at least {width} pairs of rows for that width; got {n} rows")
    candidates = _candidates(X, width, rng)
    if len(candidates) < width:
        raise ValueError(
            f"`X` must hold at least `width` = {width} pairs of different points; found {len(candidates)}"
        )
    if uniform:
        return candidates[rng.permutation(len(candidates))[:width]]
    density = _density(X, Y, candidates)
    # The largest of log(density) + Gumbel noise: the draw in proportion to the density, without replacement.
    with np.errstate(divide="ignore"):
        keys = np.log(density) + rng.gumbel(size=len(density))
    noise = rng.random(len(density))
    return candidates[np.lexsort((noise, -keys))[:width]]


def _candidates(X: Array, width: int, rng: np.random.Generator) -> Pairs:
    """Distinct random pairs of different points, about N ceil(width/N) of them, at most a million (or `width`)."""
    n = len(X)
    if n * (n - 1) // 2 <= 4 * width:
        first, second = np.triu_indices(n, 1)
        return _different(X, np.stack([first, second], axis=1).astype(np.int64))
    wanted = min(n * -(-width // n), max(MOST_CANDIDATES, 4 * width))
    pairs = np.empty((0, 2), dtype=np.int64)
    for _ in range(_ROUNDS):
        if wanted == n * -(-width // n):
            first = np.tile(np.arange(n), wanted // n)
        else:
            first = rng.integers(0, n, wanted)
        second = (first + rng.integers(1, n, len(first))) % n
        drawn = np.sort(np.stack([first, second], axis=1), axis=1)
        pairs = np.concatenate([pairs, _different(X, drawn)])
        _, kept = np.unique(pairs[:, 0] * n + pairs[:, 1], return_index=True)
        pairs = pairs[np.sort(kept)]
        if len(pairs) >= width:
            break
    return pairs


def _different(X: Array, pairs: Pairs) -> Pairs:
    distances = np.linalg.norm(X[pairs[:, 1]] - X[pairs[:, 0]], axis=1)
    return pairs[distances > _CLOSEST * max(1.0, float(np.abs(X).max()))]


def _density(X: Array, Y: Array, pairs: Pairs) -> Array:
    """``max |dy| / max(|dx|, 1e-10)``, all equal where the output never changes."""
    dx = np.linalg.norm(X[pairs[:, 1]] - X[pairs[:, 0]], axis=1)
    dy = np.abs(Y[pairs[:, 1]] - Y[pairs[:, 0]]).max(axis=1)
    density = dy / np.maximum(dx, _CLOSEST)
    return density if density.max() > 0 else np.ones(len(density))
