r"""Eigenvalues of K, each with its residual, in float64 or enclosed in balls.

An eigenvalue of K is one of the Koopman operator only as far as its eigenfunction :math:`f = F v` satisfies
:math:`f(x_{t+1}) = \lambda f(x_t)` on the data. The residual is
:math:`\|F_Y v - \lambda F_X v\| / \|F_X v\|` (Colbrook and Townsend 2024).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import acb, acb_mat, arb, arb_mat
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import ball_precision

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Blocks = Iterable[tuple[Array, Array]]


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of K, largest modulus first.

    Attributes
    ----------
    values : ndarray of complex, shape (n,)
    residuals : ndarray, shape (n,)
        Relative residual of each eigenfunction on the data; inf where the eigenfunction vanishes on all of them.
    vectors : ndarray of complex, shape (n, n)
        Coefficients of the eigenfunctions, as columns.
    value_balls, residual_balls : tuple of acb, of arb, or None
        Enclosures for the float64 matrix K; the residuals for the same features, taken as exact numbers.
    """

    values: Complex
    residuals: Array
    vectors: Complex
    value_balls: tuple[Any, ...] | None = None
    residual_balls: tuple[Any, ...] | None = None

    @property
    def radius(self) -> float:
        """Spectral radius of K."""
        return float(np.abs(self.values[0]))


def spectrum(K: Array, feature_blocks: Callable[[], Blocks]) -> Spectrum:
    """Eigenvalues and residuals in float64.

    Parameters
    ----------
    K : ndarray, shape (n, n)
    feature_blocks : callable
        Gives an iterator of ``(F_X, F_Y)``.

    Notes
    -----
    Rigour: float64; an eigenvalue is right to about 1e-16 times its condition number, the residual is that of the
    pair given, whatever the pair.
    """
    values, vectors = np.linalg.eig(K)
    order = np.argsort(-np.abs(values), kind="stable")
    values, vectors = values[order].astype(complex), vectors[:, order].astype(complex)
    return Spectrum(values, pair_residuals(values, vectors, feature_blocks()), vectors)


def pair_residuals(values: Complex, vectors: Complex, blocks: Blocks) -> Array:
    """``|F_Y v - l F_X v| / |F_X v|`` for each column v, in one pass."""
    above, below = np.zeros(len(values)), np.zeros(len(values))
    for FX, FY in blocks:
        now, then = FX @ vectors, FY @ vectors
        above += (np.abs(then - now * values) ** 2).sum(axis=0)
        below += (np.abs(now) ** 2).sum(axis=0)
    return np.sqrt(np.divide(above, below, out=np.full(len(values), np.inf), where=below > 0))


def certified_spectrum(K: Array, blocks: Blocks, bits: int = 256) -> Spectrum:
    """Eigenvalues of the float64 matrix K enclosed in balls, with enclosures of their residuals.

    Raises
    ------
    ArithmeticError
        If the eigenvalues cannot be isolated at eight times `bits` (a multiple eigenvalue).

    Notes
    -----
    Rigour: certified for K and the features as exact dyadic numbers.
    """
    values, vectors, used = _isolated(K, bits)
    order = sorted(range(len(values)), key=lambda i: -float(abs(values[i]).mid()))
    with ball_precision(used):
        V = acb_mat([[vectors[i, j] for j in order] for i in range(len(values))])
        balls = tuple(values[j] for j in order)
        residuals = _ball_residuals(balls, V, blocks)
    floats = np.array([complex(v) for v in balls])
    coefficients = np.array([[complex(V[i, j]) for j in range(len(balls))] for i in range(len(balls))])
    return Spectrum(floats, np.array([float(r.mid()) for r in residuals]), coefficients, balls, residuals)


def _isolated(K: Array, bits: int) -> tuple[list[Any], Any, int]:
    for factor in (1, 2, 4, 8):
        with ball_precision(bits * factor):
            try:
                values, vectors = acb_mat(_exact(K)).eig(right=True)
                return list(values), vectors, bits * factor
            except ValueError:
                continue
    raise ArithmeticError(f"`K` must have simple eigenvalues; they were not isolated at {8 * bits} bits")


def _exact(A: Array) -> Any:
    return arb_mat([[arb(float(x)) for x in row] for row in A])


def _ball_residuals(values: tuple[Any, ...], V: Any, blocks: Blocks) -> tuple[Any, ...]:
    above, below = [arb(0)] * len(values), [arb(0)] * len(values)
    for FX, FY in blocks:
        now, then = acb_mat(_exact(FX)) * V, acb_mat(_exact(FY)) * V
        for j, value in enumerate(values):
            for i in range(len(FX)):
                above[j] += _squared(then[i, j] - value * now[i, j])
                below[j] += _squared(now[i, j])
    return tuple((a / b).sqrt() for a, b in zip(above, below, strict=True))


def _squared(z: acb) -> arb:
    return z.real * z.real + z.imag * z.imag
