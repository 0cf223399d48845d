r"""Rates from a matrix pencil: starts for fits of samples.

Samples :math:`y_n = \sum_k g_k z_k^n` fill a Hankel matrix of rank m; with H0 and H1 the matrix without its last and
without its first column, the :math:`z_k` are the eigenvalues of the pencil :math:`H_1 - z H_0` on the m leading
singular vectors (Hua and Sarkar 1990). Samples at unequal times are first interpolated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arguments import Array

from .samples import Samples

#: Samples that a pencil takes at most; beyond, every k-th is taken.
_MOST = 256
#: Shares of the time that pencils look at: fast rates show early.
_WINDOWS = (1.0, 0.3, 0.1)


def pencil_rates(samples: Samples, m: int, offset: bool) -> list[NDArray[np.complex128]]:
    """Rates with positive real parts by several windows of time, each an array of at most m; slowest first."""
    span = float(samples.t[-1] - samples.t[0])
    found = []
    for share in _WINDOWS:
        values, step = _equal_steps(samples, share * span)
        if len(values) >= 2 * (m + offset) + 1:
            rates = _rates(values, step, m, offset)
            if len(rates):
                found.append(rates)
    return found


def _equal_steps(samples: Samples, span: float) -> tuple[NDArray[np.complex128], float]:
    """Values at equal steps over a window from the first time, and the step."""
    t = samples.t - samples.t[0]
    steps = np.diff(t)
    n = int(np.count_nonzero(t <= span))
    if len(t) > 1 and np.ptp(steps) <= 1e-9 * t[-1]:
        stride = max(1, n // _MOST)
        return samples.y[:n:stride].astype(np.complex128), float(steps[0] * stride)
    grid = np.linspace(0.0, span, min(max(n, 4), _MOST))
    # np.interp takes rising times; of samples at one time it may take either.
    real = np.interp(grid, t, samples.y.real)
    imag = np.interp(grid, t, samples.y.imag) if samples.complex else np.zeros_like(real)
    return real + 1j * imag, float(grid[1])


def _rates(values: NDArray[np.complex128], step: float, m: int, offset: bool) -> NDArray[np.complex128]:
    n, order = len(values), m + offset
    columns = n // 2
    hankel = values[np.arange(n - columns)[:, None] + np.arange(columns + 1)]
    _, _, right = np.linalg.svd(hankel, full_matrices=False)
    space = right[:order].conj().T
    poles: NDArray[np.complex128] = (
        np.linalg.eigvals(np.linalg.pinv(space[:-1]) @ space[1:]).conj().astype(np.complex128)
    )
    if offset:
        nearest = int(np.argmin(np.abs(poles - 1)))
        poles = poles[np.arange(len(poles)) != nearest]
    poles = poles[poles != 0]
    rates = (-np.log(poles) / step).astype(np.complex128)
    rates = rates[np.isfinite(rates) & (rates.real > 0)]
    return rates[np.argsort(rates.real)]


def real_rates(rates: NDArray[np.complex128], m: int, slowest: float, fastest: float) -> Array:
    """m distinct positive rates from what a pencil gave: real parts, filled up by rates even in the logarithm."""
    chosen = [float(x) for x in rates.real if slowest <= x <= fastest]
    for extra in np.geomspace(slowest, fastest, m + 2)[1:-1]:
        if len(chosen) < m:
            chosen.append(float(extra))
    values = np.sort(chosen[:m])
    # Equal real parts (of a conjugate pair) are moved apart.
    result: Array = values * (1 + 0.05 * np.arange(m))
    return result
