r"""A lower bound on the L1 distance of a kernel from *every* sum of m exponentials, whatever its amplitudes and rates.

Let f be a sum of m exponentials, and :math:`h_k = \int_{s+kd}^{s+(k+1)d} f` for k = 0, ..., 2m. Each term contributes a
geometric sequence to h, so the Hankel matrix :math:`(h_{i+j})`, i, j = 0, ..., m, has rank at most m and is singular.
Let H be the same matrix of the kernel, and :math:`e_k = \int_{s+kd}^{s+(k+1)d} |\rho - f|`. The two matrices differ by
a combination of the matrices :math:`A_k` that have ones where i + j = k, with coefficients at most :math:`e_k` in size,
and :math:`\|A_k\| \le 1` (a permutation in part). A positive definite H is singular only after a change of its smallest
eigenvalue at least, so

.. math:: \lambda_{\min}(H) \le \sum_{k=0}^{2m} e_k = \int_s^{s+(2m+1)d} |\rho - f|\,dt .

Windows :math:`[R^l, R^{l+1}]` do not overlap, and their bounds add up. For the power law they fall like
:math:`R^{-\omega l}`, so the sum is of the order :math:`c_m/\omega`: no width is enough for all omega.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from flint import arb

from memcurse.numerics.arguments import constant_ball
from memcurse.theory.exact import exact_integer, exact_positive

#: Steps of a window per its start: the window of m terms is ``[s, s + (2m + 1) d]`` with ``d = STEP * s``.
STEP = 10
#: Share of the float64 eigenvalue that balls then prove.
_SHARE = 0.999


def hankel_lower_bound(omega: Any, m: int, windows: int) -> arb:
    """Lower bound on the L1 distance of ``(1+t)^-(1+omega)`` from every sum of `m` exponentials.

    Parameters
    ----------
    omega : number
        Positive.
    m : int
        Number of terms, at least 1; amplitudes and rates are arbitrary.
    windows : int
        How many windows to add up, at least 1.

    Notes
    -----
    Rigour: a proved lower bound (the ball's lower end), at the current precision; a window whose eigenvalue is not
    proved positive adds nothing.
    """
    exponent, terms = exact_positive("omega", omega), exact_integer("m", m, 1)
    count = exact_integer("windows", windows, 1)
    p = constant_ball(exponent)
    total = arb(0)
    for l in range(count):
        total += smallest_eigenvalue(window_masses(p, terms, window_start(terms, l)))
    return arb(total.lower())


def window_start(m: int, l: int) -> int:
    """``R^l`` with ``R = 1 + STEP (2m + 1)``."""
    return int((1 + STEP * (2 * m + 1)) ** l)


def window_masses(omega: arb, m: int, start: int) -> list[arb]:
    """``h_0 .. h_2m`` of the power law in the window that begins at `start`. Rigour: enclosure."""
    d = STEP * start
    tails = [(1 + arb(start + k * d)) ** (-omega) / omega for k in range(2 * m + 2)]
    return [x - y for x, y in itertools.pairwise(tails)]


def smallest_eigenvalue(h: list[arb]) -> arb:
    """A positive lower bound on the smallest eigenvalue of the Hankel matrix of `h`, or 0. Rigour: lower bound."""
    n = len(h) // 2 + 1
    scale = float(h[0].mid())
    floats = np.array([[float((h[i + j] / h[0]).mid()) for j in range(n)] for i in range(n)])
    if not np.isfinite(floats).all():
        return arb(0)
    guess = _SHARE * float(np.linalg.eigvalsh(floats)[0])
    if not guess > 0 or not scale > 0:
        return arb(0)
    level = arb(guess) * h[0].mid()
    matrix = [[h[i + j] - (level if i == j else 0) for j in range(n)] for i in range(n)]
    return level if _positive_definite(matrix) else arb(0)


def _positive_definite(rows: list[list[arb]]) -> bool:
    """Whether elimination meets certainly positive pivots only."""
    n = len(rows)
    for k in range(n):
        pivot = rows[k][k]
        if not pivot > 0:
            return False
        for i in range(k + 1, n):
            factor = rows[i][k] / pivot
            rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k], strict=True)]
    return True
