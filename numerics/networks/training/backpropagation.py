r"""Loss of a residual network on paths, and its gradient by backpropagation through time: compiled, written once.

The network is ``h_{k+1} = h_k + dt phi(W h_k + U x_k)`` from rest, ``y_{k+1} = c^T h_{k+1}``, and the loss

.. math:: J(c, W, U) = \sum_k v_k \frac1B \sum_b (y_{k+1, b} - Y_{k, b})^2

over B paths with weights ``v_k`` of the times. Back from the last time, with ``e_k`` the derivative by the output,

.. math:: g_k = c\, e_k + g_{k+1} + W^T \delta_{k+1}, \qquad \delta_k = dt\, \phi'(z_k) \circ g_k,

and ``dW = sum delta h^T``, ``dU = sum delta x^T``, ``dc = sum e h`` over all times and paths.

Arrays hold one path's units side by side: products with W run in vector registers for one path as for many. Sums are
taken in one order whatever the number of cores, so that a run has the same bytes everywhere.

=========  ====================  ==========================================================
``theta``  ``(m + m m + m d,)``  ``c``, then the rows of ``W``, then those of ``U``
``X``      ``(T, B, d)``         inputs ``x_k``
``Y``      ``(T, B)``            what ``y_{k+1}`` should be
``v``      ``(T,)``              weights of the times
=========  ====================  ==========================================================
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.compilation.blocks import Block
from memcurse.numerics.arithmetic.compiled import compiled, subroutine

from .activations import ACTIVATIONS, activate, multiply_by_slope

Array = NDArray[np.float64]


class Workspace(Block):
    """What one gradient needs: parameters in both layouts, states, activations, and sums."""

    c: Any  # (1, m)
    W: Any  # (m, m)
    across: Any  # (m, m), W transposed
    entry: Any  # (d, m), U transposed
    h: Any  # (T + 1, B, m)
    s: Any  # (T, B, m): phi(z), then delta
    g: Any  # (B, m)
    e: Any  # (T, B): derivative of the loss by the outputs
    sum_c: Any  # (1, m)
    sum_W: Any  # (m, m), transposed
    sum_U: Any  # (d, m), transposed


def workspace(m: int, d: int, T: int, B: int) -> Workspace:
    """Zeroed arrays for networks of m units and d inputs on B paths of T steps."""
    shapes = (
        *((1, m), (m, m), (m, m), (d, m)),
        *((T + 1, B, m), (T, B, m), (B, m), (T, B)),
        *((1, m), (m, m), (d, m)),
    )
    return Workspace.allocate(tuple((np.float64, shape) for shape in shapes))


@subroutine
def _add_product(rows: Any, matrix: Any, out: Any) -> None:
    """``out += rows @ matrix``; (B, n), (n, m), (B, m). Four terms at a time: a quarter of the stores."""
    n, m = matrix.shape
    rest = n - n % 4
    for b in range(rows.shape[0]):
        for j in range(0, rest, 4):
            p, q, r, s = rows[b, j], rows[b, j + 1], rows[b, j + 2], rows[b, j + 3]
            for i in range(m):
                out[b, i] += (p * matrix[j, i] + q * matrix[j + 1, i]) + (
                    r * matrix[j + 2, i] + s * matrix[j + 3, i]
                )
        for j in range(rest, n):
            p = rows[b, j]
            for i in range(m):
                out[b, i] += p * matrix[j, i]


@subroutine
def _add_gram(rows: Any, columns: Any, out: Any) -> None:
    """``out += rows^T @ columns``; (N, n), (N, m), (n, m)."""
    N, n = rows.shape
    m, rest = columns.shape[1], N - N % 4
    for k in range(0, rest, 4):
        for j in range(n):
            p, q, r, s = rows[k, j], rows[k + 1, j], rows[k + 2, j], rows[k + 3, j]
            for i in range(m):
                out[j, i] += (p * columns[k, i] + q * columns[k + 1, i]) + (
                    r * columns[k + 2, i] + s * columns[k + 3, i]
                )
    for k in range(rest, N):
        for j in range(n):
            p = rows[k, j]
            for i in range(m):
                out[j, i] += p * columns[k, i]


@subroutine
def _unpack(theta: Any, work: Any) -> None:
    c, W, across, entry = work.c, work.W, work.across, work.entry
    m, d = W.shape[0], entry.shape[0]
    for i in range(m):
        c[0, i] = theta[i]
        for j in range(m):
            W[i, j] = across[j, i] = theta[m + i * m + j]
        for j in range(d):
            entry[j, i] = theta[m + m * m + i * d + j]


@subroutine
def _forward(X: Any, dt: float, code: int, work: Any) -> None:
    """States and activations of all times."""
    h, s, across, entry = work.h, work.s, work.across, work.entry
    for k in range(X.shape[0]):
        s[k] = 0.0
        _add_product(h[k], across, s[k])
        _add_product(X[k], entry, s[k])
        activate(s[k], code)
        for b in range(s.shape[1]):
            for i in range(s.shape[2]):
                h[k + 1, b, i] = h[k, b, i] + dt * s[k, b, i]


@subroutine
def _errors(Y: Any, v: Any, work: Any) -> float:
    """The loss; fills ``e``. Times of weight 0 cost nothing."""
    h, e, c = work.h, work.e, work.c
    B, total = Y.shape[1], 0.0
    for k in range(Y.shape[0]):
        at_time = 0.0
        for b in range(B):
            e[k, b] = 0.0
            if v[k] != 0.0:
                error = -Y[k, b]
                for i in range(c.shape[1]):
                    error += c[0, i] * h[k + 1, b, i]
                at_time += error * error
                e[k, b] = 2.0 * v[k] / B * error
        total += v[k] / B * at_time
    return total


@subroutine
def _backward(dt: float, code: int, work: Any) -> None:
    """Deltas of all times, in place of the activations."""
    s, g, e, c, W = work.s, work.g, work.e, work.c, work.W
    g[:] = 0.0
    for k in range(s.shape[0] - 1, -1, -1):
        for b in range(s.shape[1]):
            if e[k, b] != 0.0:
                for i in range(s.shape[2]):
                    g[b, i] += e[k, b] * c[0, i]
        multiply_by_slope(g, s[k], dt, code)
        _add_product(s[k], W, g)


@compiled
def loss_of(theta: Any, X: Any, Y: Any, v: Any, dt: float, code: int, work: Any) -> float:
    """The loss on these paths."""
    _unpack(theta, work)
    _forward(X, dt, code, work)
    return _errors(Y, v, work)


@compiled
def loss_and_gradient(
    theta: Any, X: Any, Y: Any, v: Any, dt: float, code: int, work: Any, gradient: Any
) -> float:
    """The loss on these paths; its gradient, in the layout of `theta`, goes into `gradient`."""
    _unpack(theta, work)
    _forward(X, dt, code, work)
    loss = _errors(Y, v, work)
    _backward(dt, code, work)
    h, s, e = work.h, work.s, work.e
    T, B, m = s.shape
    d = X.shape[2]
    c, across, entry = work.sum_c, work.sum_W, work.sum_U
    c[:], across[:], entry[:] = 0.0, 0.0, 0.0
    deltas = s.reshape(T * B, m)
    _add_gram(h[:T].reshape(T * B, m), deltas, across)
    _add_gram(X.reshape(T * B, d), deltas, entry)
    _add_gram(e.reshape(T * B, 1), h[1:].reshape(T * B, m), c)
    for i in range(m):
        gradient[i] = c[0, i]
        for j in range(m):
            gradient[m + i * m + j] = across[j, i]
        for j in range(d):
            gradient[m + m * m + i * d + j] = entry[j, i]
    return loss


def outputs(theta: Array, X: Array, dt: float, activation: str, c: Array) -> Array:
    """Outputs ``c^T h_{k+1}`` on the paths `X`, shape (T, B)."""
    T, B, d = X.shape
    work = workspace(len(c), d, T, B)
    loss_of(theta, X, np.zeros((T, B)), np.zeros(T), dt, ACTIVATIONS[activation], work)
    return np.asarray((work.h[1:] * c).sum(axis=2))
