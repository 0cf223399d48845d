r"""Sums of exponentials as a separable least-squares problem: amplitudes are eliminated, rates are left.

For given rates the best amplitudes solve a linear problem with the basis :math:`\Phi`. The residual that is left,
:math:`r = P^\perp y`, depends on the rates alone, with the derivative

.. math:: \partial_k r = -P^\perp (\partial_k \Phi)\, c - (\Phi^+)^T (\partial_k \Phi)^T r

(variable projection, Golub and Pereyra 1973). Rows are real: the real and then the imaginary parts of complex data. A
real rate u gives the column :math:`C = e^{-ut}`; a rate u + iv gives two, C and S, with
:math:`\partial_u = -t`, :math:`\partial_v C = -tS`, :math:`\partial_v S = tC`. For real data they are
:math:`e^{-ut}\cos vt` and :math:`e^{-ut}\sin vt`, a conjugate pair of modes; for complex data one mode, whose C and S
are the real and imaginary rows of :math:`e^{-(u+iv)t}` and of i times it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from memcurse.numerics.arguments import Array

from .samples import Samples

#: Singular values of the basis below this share of the largest count as 0: such terms coincide in float64.
_RANK = 1e-14
#: How far the logarithm of a rate may go: beyond, the term is a constant or has died out in float64.
_FARTHEST = 50.0
#: Exponents above this count as this: nothing of such a term is left.
_DEAD = 80.0


@dataclass(frozen=True)
class Layout:
    """The kinds of terms: `real` rates, then `turning` ones (conjugate pairs of real data, modes of complex data)."""

    real: int
    turning: int

    @property
    def parameters(self) -> int:
        """Real numbers that describe the rates."""
        return self.real + 2 * self.turning


@dataclass(frozen=True)
class FloatFit:
    """A minimum of the reduced problem in float64.

    Attributes
    ----------
    layout : Layout
    x : ndarray, shape (layout.parameters,)
        Logarithms of the real rates, then ``log u, v`` of each turning one.
    loss : float
        Weighted sum of squares.
    """

    layout: Layout
    x: Array
    loss: float


class Problem:
    """Weighted samples in float64, times counted from the first one."""

    def __init__(self, samples: Samples, offset: bool) -> None:
        weight = np.ones(len(samples.t)) if samples.sigma is None else 1 / samples.sigma
        self.t = samples.t - samples.t[0]
        self.weight, self.offset, self.complex = weight, offset, samples.complex
        rows = (samples.y.real, samples.y.imag) if samples.complex else (samples.y,)
        self.y = np.concatenate([row * weight for row in rows])
        self.span = float(self.t[-1])
        self.gap = float(np.diff(np.unique(self.t)).min())

    def columns(self, u: Array, v: Array | None = None) -> tuple[Array, Array]:
        """C and S of rates u + iv, shapes (N, len(u)); S is 0 for real rates."""
        # Subnormal numbers would make the linear algebra fifty times slower.
        decay = np.exp(-np.minimum(np.outer(self.t, u), _DEAD)) * self.weight[:, None]
        if v is None and not self.complex:
            return decay, np.zeros_like(decay)
        v = np.zeros_like(u) if v is None else v
        c, s = decay * np.cos(np.outer(self.t, v)), decay * np.sin(np.outer(self.t, v))
        return (np.vstack([c, -s]), np.vstack([s, c])) if self.complex else (c, s)

    def constants(self) -> Array:
        """Columns of the offset, shape (N, 0), (N, 1) or, for complex data, (N, 2)."""
        if not self.offset:
            return np.zeros((len(self.y), 0))
        if not self.complex:
            return self.weight[:, None].copy()
        zero = np.zeros_like(self.weight)
        return np.column_stack([np.concatenate([self.weight, zero]), np.concatenate([zero, self.weight])])

    def basis(self, layout: Layout, x: Array) -> tuple[Array, Array]:
        """The basis, shape (N, p), and its derivatives by the parameters of the rates, shape (k, N, p)."""
        log_u, v = rates_of(layout, x)
        u = np.exp(np.clip(log_u, -_FARTHEST, _FARTHEST))
        r = layout.real
        plain, _ = self.columns(u[:r])
        c, s = self.columns(u[r:], v)
        phi = np.hstack([plain, c, s, self.constants()])
        derivatives = np.zeros((len(x), *phi.shape))
        t = self.t if not self.complex else np.tile(self.t, 2)
        for k in range(r):
            derivatives[k, :, k] = -u[k] * t * plain[:, k]
        for j in range(layout.turning):
            at_c, at_s = r + j, r + layout.turning + j
            derivatives[r + 2 * j, :, at_c] = -u[r + j] * t * c[:, j]
            derivatives[r + 2 * j, :, at_s] = -u[r + j] * t * s[:, j]
            derivatives[r + 2 * j + 1, :, at_c] = -t * s[:, j]
            derivatives[r + 2 * j + 1, :, at_s] = t * c[:, j]
        return phi, derivatives

    def amplitudes(self, layout: Layout, x: Array) -> Array:
        """The best coefficients of the columns, shape (p,): those of real rates, of every C, of every S, the offset."""
        return _Projection(self.y, *self.basis(layout, x)).coefficients


class _Projection:
    """The part of y outside the span of the basis, with its derivatives."""

    def __init__(self, y: Array, phi: Array, derivatives: Array) -> None:
        # Columns of one size: a fast rate is not cut off as if it were a combination of others.
        size = np.linalg.norm(phi, axis=0)
        size[size == 0] = 1.0
        left, values, right = np.linalg.svd(phi / size, full_matrices=False)
        kept = values > _RANK * values[0]
        self.left, self.derivatives = left[:, kept], derivatives
        self.inverse = (right[kept].T / values[kept]) / size[:, None]
        coordinates = self.left.T @ y
        self.coefficients: Array = self.inverse @ coordinates
        self.residual: Array = y - self.left @ coordinates

    def jacobian(self) -> Array:
        """Derivatives of the residual, shape (N, k)."""
        moved = (self.derivatives @ self.coefficients).T
        outside = moved - self.left @ (self.left.T @ moved)
        turned = self.left @ (self.inverse.T @ (self.residual @ self.derivatives).T)
        jacobian: Array = -outside - turned
        return jacobian


def rates_of(layout: Layout, x: Array) -> tuple[Array, Array]:
    """Logarithms of all decay rates (real ones first), and the frequencies of the turning ones."""
    turning = x[layout.real :].reshape(layout.turning, 2)
    return np.concatenate([x[: layout.real], turning[:, 0]]), turning[:, 1]


def descend(problem: Problem, layout: Layout, start: Array) -> FloatFit:
    """A minimum of the reduced problem from `start`, by Levenberg and Marquardt's method.

    Notes
    -----
    Rigour: none; the proof decides what the point is worth.
    """
    last: list[tuple[bytes, _Projection]] = []

    def projected(x: Array) -> _Projection:
        key = x.tobytes()
        if not last or last[0][0] != key:
            last[:] = [(key, _Projection(problem.y, *problem.basis(layout, x)))]
        return last[0][1]

    def residual(x: Array) -> Array:
        return projected(x).residual

    def jacobian(x: Array) -> Array:
        return projected(x).jacobian()

    found = least_squares(
        residual,
        start,
        jacobian,
        method="lm" if len(problem.y) >= len(start) else "trf",
        x_scale="jac",
        ftol=1e-15,
        xtol=1e-12,
        gtol=1e-15,
        max_nfev=200,
    )
    x = np.asarray(found.x)
    return FloatFit(layout, x, float(np.sum(projected(x).residual ** 2)))
