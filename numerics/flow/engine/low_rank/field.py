r"""Loss, gradient and Hessian of many units in float64 by the basis of `poles`: O(m) where pairs of units take O(m^2).

With ``V_l(w)`` from there, ``c_l = sum_k a_k V_l(w_k)``, the sum over all units is ``f(w) = sum_l c_l V_l(w)``, and the
Hessian is

.. math:: H = 2 B B^T + \bigoplus_k \begin{pmatrix} 0 & q_k \\ q_k & p_k \end{pmatrix}, \qquad
          B_k = \begin{pmatrix} V(w_k) \\ a_k V'(w_k) \end{pmatrix},

the Gram matrix of the derivatives of the sum of decays, of rank r, and the bends of the unit k: with the moments
``L_0, L_1, L_2`` of the target, ``q = 2 (f' + L_1)``, ``p = 2 a (f'' - L_2)``. An array (r + 1, 2, m) holds it: the
columns of `B`, and in the slab `BENDS` `q` and `p`. Loops over units are innermost, simple and over contiguous memory:
the compiler makes vectors of them.
"""

from __future__ import annotations

import math
from typing import Any, Final

from memcurse.numerics.arithmetic.compilation.blocks import Block
from memcurse.numerics.arithmetic.compiled import summed, uncounted
from memcurse.numerics.objective.kernels import UNDERFLOW, moments

#: The slab behind the columns of `B`, with `q` and `p`.
BENDS: Final = -1
#: Rows of the field's buffer: the product with its two derivatives, two of scratch; ``f, f', f''``; a function of the
#: basis and its derivatives where no Hessian keeps them.
_PRODUCT, _SUMS, _FUNCTION, ROWS = 0, 5, 8, 11
#: The remainder at which a basis no longer does: it is made for a quarter of this.
_MOST_REMAINDER: Final = 2.0**-54


class LowRankData(Block):
    """What `field` takes of a target where it uses a basis."""

    packed: Any  # the target, see `kernels.pack`
    missing: Any  # (1,) receives a rate for which the basis does not do
    poles: Any  # (r,)
    norm: float  # squared norm of the target
    columns: Any  # (ROWS, m), buffer


@summed
def dot(x: Any, y: Any) -> float:
    """Scalar product."""
    total = 0.0
    for k in range(x.shape[0]):
        total += x[k] * y[k]
    return total


@uncounted
def add_multiple(factor: float, x: Any, y: Any) -> None:
    """``y += factor x``."""
    for k in range(y.shape[0]):
        y[k] += factor * x[k]


@uncounted
def _basis_function(p: float, w: Any, B: Any, V: Any, slopes: Any, bends: Any, whole: bool) -> None:
    """The next function of the basis at the rates `w`, its derivative, and with `whole` the second one.

    `B` holds the product so far, with its derivatives, and the same with one factor more when this returns.
    """
    root, twice = math.sqrt(2.0 * p), 2.0 * p
    product, slope, bend, u, t = B[0], B[1], B[2], B[3], B[4]
    for k in range(w.shape[0]):
        u[k] = 1.0 / (w[k] + p)
    for k in range(w.shape[0]):
        t[k] = slope[k] - product[k] * u[k]
    for k in range(w.shape[0]):
        V[k] = root * product[k] * u[k]
    for k in range(w.shape[0]):
        slopes[k] = root * u[k] * t[k]
    if whole:
        for k in range(w.shape[0]):
            bends[k] = root * u[k] * (bend[k] - 2.0 * u[k] * t[k])
        for k in range(w.shape[0]):
            bend[k] = bend[k] * (1.0 - twice * u[k]) + 2.0 * twice * u[k] * u[k] * t[k]
    for k in range(w.shape[0]):
        slope[k] = slope[k] * (1.0 - twice * u[k]) + product[k] * (twice * u[k] * u[k])
    for k in range(w.shape[0]):
        product[k] *= 1.0 - twice * u[k]


@uncounted
def _fits(w: Any, B: Any, data: Any) -> bool:
    """Whether the remainder is small at all rates (see `poles.remainder`); else the rate where it is not is noted."""
    largest, steepest, at = 0.0, 0.0, 0
    for k in range(w.shape[0]):
        if abs(B[0, k]) > largest:
            largest, at = abs(B[0, k]), k
        steepest = max(steepest, abs(w[k] * B[1, k]))
    if largest * max(largest, steepest) < _MOST_REMAINDER:
        return True
    data.missing[0] = w[at]
    return False


@uncounted
def fill(x: Any, value: float) -> None:
    """Set all entries."""
    for k in range(x.shape[0]):
        x[k] = value


@uncounted
def low_rank_field(theta: Any, data: Any, gradient: Any, hessian: Any, whole: bool) -> float:
    """`field` by a basis: loss at `theta` (2m,), its `gradient` (2m,) and, with `whole`, `hessian` (r + 1, 2, m)."""
    m, poles = theta.shape[0] // 2, data.poles
    a, w, B = theta[:m], theta[m:], data.columns
    for k in range(m):
        if not (w[k] > 0.0 and w[k] < math.inf):
            return math.nan
    for j in range(_FUNCTION):
        fill(B[j], 1.0 if j == _PRODUCT else 0.0)
    f0, f1, f2, loss = B[_SUMS], B[_SUMS + 1], B[_SUMS + 2], data.norm
    for j in range(poles.shape[0]):
        V, slopes = (hessian[j, 0], hessian[j, 1]) if whole else (B[_FUNCTION], B[_FUNCTION + 1])
        _basis_function(poles[j], w, B, V, slopes, B[_FUNCTION + 2], whole)
        c = dot(a, V)
        loss += c * c
        add_multiple(c, V, f0)
        add_multiple(c, slopes, f1)
        if whole:
            add_multiple(c, B[_FUNCTION + 2], f2)
            for k in range(m):
                slopes[k] *= a[k]
    if not _fits(w, B, data):
        return math.nan
    bad, spoilt, linear = False, 0.0, 0.0
    for k in range(m):
        l0, l1, l2, underflow = moments(w[k], data.packed)
        r0, r1, r2 = f0[k] - l0, f1[k] + l1, f2[k] - l2
        bad |= underflow and (min(abs(r0), abs(r1)) < UNDERFLOW or (whole and abs(r2) < UNDERFLOW))
        linear += a[k] * l0
        gradient[k], gradient[m + k] = 2.0 * r0, 2.0 * a[k] * r1
        if whole:
            hessian[BENDS, 0, k], hessian[BENDS, 1, k] = 2.0 * r1, 2.0 * a[k] * r2
            spoilt += (r1 + a[k] * r2) * 0.0
    loss -= 2.0 * linear
    return math.nan if bad or spoilt + loss * 0.0 != 0.0 else loss


@uncounted
def low_rank_norm(hessian: Any) -> float:
    """Frobenius norm of a Hessian (r + 1, 2, m), an estimate: as if its two parts were orthogonal."""
    r, m = hessian.shape[0] - 1, hessian.shape[2]
    total = 0.0
    for i in range(r):
        for j in range(i + 1):
            gram = dot(hessian[i, 0], hessian[j, 0]) + dot(hessian[i, 1], hessian[j, 1])
            total += (4.0 if i == j else 8.0) * gram * gram
    for k in range(m):
        total += 2.0 * hessian[BENDS, 0, k] ** 2 + hessian[BENDS, 1, k] ** 2
    return math.sqrt(total)


@uncounted
def low_rank_amplitude(gradient: Any, hessian: Any) -> float:
    """`scales.natural_amplitude` of a Hessian (r + 1, 2, m)."""
    largest = 0.0
    for k in range(hessian.shape[2]):
        bend = 0.0
        for j in range(hessian.shape[0] - 1):
            bend += 2.0 * hessian[j, 0, k] ** 2
        largest = max(largest, abs(gradient[k] / bend))
    return largest


@uncounted
def low_rank_noise(theta: Any, hessian: Any, unit: float, totals: Any) -> float:
    """`scales.gradient_noise` of a Hessian (r + 1, 2, m), whose entries between amplitudes are positive.

    `totals` (m,) is a buffer.
    """
    m = hessian.shape[2]
    fill(totals, 0.0)
    for j in range(hessian.shape[0] - 1):
        column, share = hessian[j, 0], 0.0
        for k in range(m):
            share += abs(theta[k]) * column[k]
        add_multiple(2.0 * share, column, totals)
    largest = 0.0
    for k in range(m):
        largest = max(largest, totals[k])
    return 2.0 * unit * largest
