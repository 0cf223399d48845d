r"""Compiled float64 loss, gradient and Hessian with complex modes, for both times.

The inner product of the modes conj x_i and x_j needs ``1 - conj(x_i) x_j`` in discrete time. It is formed as
``(1 - |x_i|^2) - conj(x_i) (x_j - x_i)``: as ``|x_j - x_i|`` and ``1 - |x_i|^2`` are at most its modulus and twice
that, each term's rounding is relative to the result, however near the circle the poles lie.
"""

from __future__ import annotations

import math
from typing import Any

from memcurse.numerics.arithmetic.compiled import compiled, subroutine
from memcurse.numerics.objective.cancellation import UNIT
from memcurse.numerics.objective.judged import LOST, MISFIT

from .compiled_moments import DISCRETE, NORM, SIZE, add_moments, circle_gap, reciprocal

#: Below this a moment has lost digits.
_UNDERFLOW = 1e-290


@subroutine
def assemble(
    a: Any, x: Any, moments: Any, norm: float, gradient: Any, hessian: Any, order: int, discrete: bool
) -> float:
    """Loss; fills `gradient` for order >= 1 and `hessian` for order 2.

    ======== ============ =========== ==========================================
    a, x     complex128   (m,)        amplitudes, rates or poles
    moments  complex128   (m, 3)      the target's, at conj x
    gradient float64      (4m,)       by (Re a, Im a, Re x, Im x)
    hessian  float64      (4m, 4m)
    ======== ============ =========== ==========================================
    """
    m, loss, sign = a.shape[0], norm, 1.0 if discrete else -1.0
    for i in range(m):
        xi, b = x[i], a[i].conjugate()
        z = xi.conjugate()
        gap = circle_gap(xi) if discrete else 0.0
        if not (gap > 0.0 if discrete else (xi.real > 0.0 and xi.real < math.inf)):
            return math.nan
        r0, r1, r2 = 0j, 0j, 0j
        for j in range(m):
            xj = x[j]
            r = reciprocal(gap - z * (xj - xi)) if discrete else reciprocal(z + xj)
            step = xj * r if discrete else r
            t0 = a[j] * r
            t1 = t0 * step
            t2 = 2.0 * t1 * step
            r0 += t0
            r1 += t1
            r2 += t2
            if order == 2:
                mixed = 2.0 * (t0 * (z * r) if discrete else -t1)
                # 1 + z xj with 1 - z xj known.
                late = 2.0 * b * (t0 * (2.0 * r - 1.0) * r if discrete else t2)
                r += r
                hessian[i, j] = r.real
                hessian[i, m + j] = -r.imag
                hessian[m + i, j] = r.imag
                hessian[m + i, m + j] = r.real
                hessian[i, 2 * m + j] = hessian[2 * m + j, i] = mixed.real
                hessian[i, 3 * m + j] = hessian[3 * m + j, i] = -mixed.imag
                hessian[m + i, 2 * m + j] = hessian[2 * m + j, m + i] = mixed.imag
                hessian[m + i, 3 * m + j] = hessian[3 * m + j, m + i] = mixed.real
                hessian[2 * m + i, 2 * m + j] = late.real
                hessian[2 * m + i, 3 * m + j] = -late.imag
                hessian[3 * m + i, 2 * m + j] = late.imag
                hessian[3 * m + i, 3 * m + j] = late.real
        r0 -= moments[i, 0]
        if not discrete and norm > 0.0 and abs(r0) < _UNDERFLOW and abs(moments[i, 0]) < _UNDERFLOW:
            # All parts of a kernel underflowed, and nothing else is there: no digit would be right.
            return math.nan
        r1 -= moments[i, 1]
        r2 -= moments[i, 2]
        loss += (b * (r0 - moments[i, 0])).real
        if order >= 1:
            slope = 2.0 * sign * b * r1
            gradient[i], gradient[m + i] = 2.0 * r0.real, 2.0 * r0.imag
            gradient[2 * m + i], gradient[3 * m + i] = slope.real, slope.imag
        if order == 2:
            _bend(hessian, m, i, m + i, 2.0 * sign * r1.conjugate(), 2.0 * a[i] * r2.conjugate())
    return loss


@subroutine
def _bend(hessian: Any, m: int, re: int, im: int, cross: complex, twice: complex) -> None:
    """Add the entries of C that belong to mode `re`: `cross` at (a, x) and (x, a), `twice` at (x, x)."""
    hessian[re, 2 * m + re] += cross.real
    hessian[2 * m + re, re] += cross.real
    hessian[re, 2 * m + im] -= cross.imag
    hessian[2 * m + im, re] -= cross.imag
    hessian[im, 2 * m + re] -= cross.imag
    hessian[2 * m + re, im] -= cross.imag
    hessian[im, 2 * m + im] -= cross.real
    hessian[2 * m + im, im] -= cross.real
    hessian[2 * m + re, 2 * m + re] += twice.real
    hessian[2 * m + re, 2 * m + im] -= twice.imag
    hessian[2 * m + im, 2 * m + re] -= twice.imag
    hessian[2 * m + im, 2 * m + im] -= twice.real


@compiled
def evaluate_batch(
    a: Any, x: Any, p: Any, moments: Any, loss: Any, gradient: Any, hessian: Any, order: int
) -> None:
    """`assemble` for every row of `a` and `x`, shape (n, m), into `loss` (n,), `gradient` and `hessian`.

    `moments`, shape (n, m, 3), holds what the packed target `p` does not know, if it is open; the rest is added.
    """
    for i in range(a.shape[0]):
        at = i if order >= 1 else 0
        of = i if order == 2 else 0
        add_moments(x[i], p, moments[i])
        norm, discrete = p[NORM].real, p[DISCRETE].real == 1.0
        loss[i] = assemble(a[i], x[i], moments[i], norm, gradient[at], hessian[of], order, discrete)


@compiled
def judged(a: Any, x: Any, p: Any, moments: Any, gradient: Any, hessian: Any) -> float:
    """`assemble` of order 2 at one point, or what is wrong: `MISFIT`, nan, or `LOST` to cancellation."""
    m = a.shape[0]
    if moments.shape[0] != m or x.shape[0] != m:
        return MISFIT
    add_moments(x, p, moments)
    loss = assemble(a, x, moments, p[NORM].real, gradient, hessian, 2, p[DISCRETE].real == 1.0)
    size, spoilt = p[SIZE].real, loss * 0.0
    for k in range(m):
        # The diagonal holds the modes' squared norms, twice.
        size += 0.5 * (a[k].real * a[k].real + a[k].imag * a[k].imag) * hessian[k, k]
        spoilt += (hessian[2 * m + k, 2 * m + k] + gradient[2 * m + k] + hessian[k, 2 * m + k]) * 0.0
    if spoilt != 0.0:
        return math.nan
    return LOST if loss <= UNIT * (m + 1) * size else loss
