r"""Linear systems of implicit steps with the Hessians of `field`: a small system of rank r for all units, O(m r^2).

The matrix of s stages with Hessians ``H_i = 2 B_i B_i^T + D_i`` is, but for its border in arclength,

.. math:: M = A^{-1} \otimes I + h \operatorname{diag}_i(\sigma_i D_i) + 2 h \operatorname{diag}_i(\sigma_i B_i B_i^T).

Without the last term it falls apart into systems of 2s unknowns, one a unit, whose inverses `units` are made from
those of s unknowns. The ``s r`` products ``B_i^T x_i``, and what borders the system in arclength, are unknowns of their
own: their matrix is `core`. Functions of the basis whose share of `M` is small beside the identity are left out (of
the matrix, not of the field). For that, and for what elimination without a search for pivots loses inside a unit,
Newton's method makes up, or the step is given up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from memcurse.numerics.arithmetic.compiled import subroutine, uncounted
from memcurse.numerics.arithmetic.matrices.linear_systems import factor, substitute

from .field import BENDS, add_multiple, dot

#: What is left out of the matrix where Newton's method makes up for it, and where nothing does.
_NEGLIGIBLE, _NO_ROUND_OFF = 1e-4, 1e-13


@uncounted
def _times(factor: Any, x: Any, y: Any, out: Any) -> None:
    """``out += factor x y``, unit by unit."""
    for k in range(out.shape[0]):
        out[k] += factor * x[k] * y[k]


@subroutine
def _invert(W: Any) -> None:
    """The inverses of small matrices `W` (s, s, m) in their place, by Gauss and Jordan."""
    s, m = W.shape[0], W.shape[2]
    ratio = np.empty(m)
    for p in range(s):
        for k in range(m):
            ratio[k] = 1.0 / W[p, p, k]
        W[p, p] = 1.0
        for j in range(s):
            line = W[p, j]
            for k in range(m):
                line[k] *= ratio[k]
        for i in range(s):
            if i != p:
                ratio[:] = W[i, p]
                W[i, p] = 0.0
                for j in range(s):
                    _times(-1.0, ratio, W[p, j], W[i, j])


@subroutine
def _invert_units(A: Any, inverse: Any, p: Any, q: Any, E: Any) -> None:
    """Inverses `E` (s, 2, s, 2, m) of ``A^-1 x I + diag((0, q), (q, p))``, one a unit; `p` and `q` (s, m)."""
    s, m = p.shape
    W, qA, Aq = np.empty((s, s, m)), np.empty((s, s, m)), np.empty((s, s, m))
    for i in range(s):
        for j in range(s):
            for k in range(m):
                qA[i, j, k] = q[i, k] * A[i, j]
            for k in range(m):
                Aq[i, j, k] = A[i, j] * q[j, k]
            W[i, j] = inverse[i, j]
            _times(-1.0, qA[i, j], q[j], W[i, j])
        for k in range(m):
            W[i, i, k] += p[i, k]
    _invert(W)
    for i in range(s):
        for j in range(s):
            E[i, 1, j, 1] = W[i, j]
            above, left = E[i, 0, j, 1], E[i, 1, j, 0]
            above[:], left[:] = 0.0, 0.0
            for l in range(s):
                _times(-1.0, Aq[i, l], W[l, j], above)
                _times(-1.0, W[i, l], qA[l, j], left)
    for i in range(s):
        for j in range(s):
            corner = E[i, 0, j, 0]
            corner[:] = A[i, j]
            for l in range(s):
                _times(-1.0, E[i, 0, l, 1], qA[l, j], corner)


@uncounted
def _needed(h: float, sigma: Any, hessians: Any, negligible: float) -> int:
    """How many functions of the basis matter in the matrix."""
    s, r = hessians.shape[0], hessians.shape[1] - 1
    for j in range(r - 1, -1, -1):
        for i in range(s):
            a, w = hessians[i, j, 0], hessians[i, j, 1]
            if 2.0 * h * abs(sigma[i]) * (dot(a, a) + dot(w, w)) > negligible:
                return j + 1
    return 0


@subroutine
def _parts(s: int, m: int, width: int, work: Any) -> tuple[Any, Any, Any]:
    """What a `LowRankWork` keeps of a system: inverses of `units`, `core`, and columns of the border (s, n)."""
    size = s * width
    return (
        work.units[: 4 * s * s * m].reshape(s, 2, s, 2, m),
        work.core[: size * size].reshape(size, size),
        work.columns[: 2 * s * m].reshape(s, 2 * m),
    )


@subroutine
def factor_low_rank(
    h: float,
    sigma: Any,
    A: Any,
    inverse: Any,
    hessians: Any,
    arc: bool,
    right: Any,
    unit: float,
    negligible: float,
    work: Any,
) -> bool:
    """Factor the system of s stages, into `work`; False if it is singular.

    Parameters
    ----------
    h, sigma : float, ndarray (s,)
        Length of the step, and what multiplies it at each stage.
    A, inverse : ndarray, shape (s, s)
        Matrix of the method, and its inverse.
    hessians : ndarray, shape (s, r + 1, 2, m)
    arc : bool
        Whether each stage has one more unknown, with the column `right` (s, n) times `unit`, and one more equation,
        with the row `work.u`.
    negligible : float
        Share of the matrix, beside 1, below which a function of the basis is left out.
    """
    s, m, r = hessians.shape[0], hessians.shape[3], _needed(h, sigma, hessians, negligible)
    width = r + 1
    work.used[0] = r
    units, core, columns = _parts(s, m, width, work)
    p, q, line = np.empty((s, m)), np.empty((s, m)), np.empty(m)
    for i in range(s):
        slope = h * sigma[i]
        work.slopes[i] = slope
        columns[i] = 0.0
        add_multiple(unit if arc else 0.0, right[i], columns[i])
        for k in range(m):
            p[i, k] = slope * hessians[i, BENDS, 1, k]
        for k in range(m):
            q[i, k] = slope * hessians[i, BENDS, 0, k]
    _invert_units(A, inverse, p, q, units)
    core[:] = 0.0
    for j in range(s):
        for c in range(r + 1 if arc else r):
            factor_c = 1.0 if c == r else 2.0 * h * sigma[j]
            first = columns[j, :m] if c == r else hessians[j, c, 0]
            second = columns[j, m:] if c == r else hessians[j, c, 1]
            for i in range(s):
                for part in range(2):
                    left, over = units[i, part, j, 0], units[i, part, j, 1]
                    for k in range(m):
                        line[k] = factor_c * (left[k] * first[k] + over[k] * second[k])
                    for b in range(r):
                        core[i * width + b, j * width + c] += dot(line, hessians[i, b, part])
                    if arc:
                        core[i * width + r, j * width + c] += dot(line, work.u[part * m : part * m + m])
    for i in range(s * width):
        if not arc or i % width != r:
            core[i, i] += 1.0
    for i in range(s * width):
        largest = 0.0
        for c in range(s * width):
            largest = max(largest, abs(core[i, c]))
        if not largest > 0.0:
            return False
        work.row_scale[i] = 1.0 / largest
        for c in range(s * width):
            core[i, c] *= work.row_scale[i]
    return bool(factor(core, work.pivots[: s * width]))


@uncounted
def _apply_units(units: Any, x: Any, length: int, out: Any) -> None:
    """Solve the small systems of all units for `x`, `length` unknowns a stage; `out` (s, 2, m)."""
    s, m = out.shape[0], out.shape[2]
    out[:] = 0.0
    for i in range(s):
        for part in range(2):
            for j in range(s):
                at = j * length
                _times(1.0, units[i, part, j, 0], x[at : at + m], out[i, part])
                _times(1.0, units[i, part, j, 1], x[at + m : at + 2 * m], out[i, part])


@subroutine
def solve_low_rank(arc: bool, hessians: Any, work: Any, rhs: Any) -> None:
    """Solve in place with what `factor_low_rank` left in `work`, for the same `hessians`.

    `rhs` holds n unknowns a stage, and one more in arclength.
    """
    s, m, r = hessians.shape[0], hessians.shape[3], work.used[0]
    width, length = r + 1, 2 * m + 1 if arc else 2 * m
    units, core, columns = _parts(s, m, width, work)
    out, line = np.empty((s, 2, m)), np.zeros(s * width)
    _apply_units(units, rhs, length, out)
    for i in range(s):
        for b in range(r):
            line[i * width + b] = dot(out[i, 0], hessians[i, b, 0]) + dot(out[i, 1], hessians[i, b, 1])
        if arc:
            line[i * width + r] = dot(out[i, 0], work.u[:m]) + dot(out[i, 1], work.u[m:])
            line[i * width + r] -= rhs[i * length + 2 * m]
    for i in range(s * width):
        line[i] *= work.row_scale[i]
    substitute(core, work.pivots[: s * width], line)
    for j in range(s):
        for part in range(2):
            at = j * length + part * m
            left = rhs[at : at + m]
            for c in range(r):
                add_multiple(-2.0 * work.slopes[j] * line[j * width + c], hessians[j, c, part], left)
            if arc:
                add_multiple(-line[j * width + r], columns[j, part * m : part * m + m], left)
    _apply_units(units, rhs, length, out)
    for i in range(s):
        for part in range(2):
            rhs[i * length + part * m : i * length + part * m + m] = out[i, part]
        if arc:
            rhs[i * length + 2 * m] = line[i * width + r]


@uncounted
def factor_stages(h: float, arc: bool, unit: float, method: Any, work: Any) -> bool:
    """Factor Newton's system at the stages in a `LowRankWork`; the unknown of ``sigma_i`` is in units of `unit`."""
    return bool(
        factor_low_rank(
            h,
            work.sigma,
            method.A,
            method.inverse,
            work.hessians,
            arc,
            work.gradients,
            h * unit,
            _NEGLIGIBLE,
            work,
        )
    )


@subroutine
def factor_filter(h: float, sigma: float, arc: bool, work: Any) -> bool:
    """Factor ``I + h sigma H`` at the start of a step, bordered in arclength by `work.entry` and `work.u`."""
    one, n = np.ones((1, 1)), work.u.shape[0]
    entry = work.entry.reshape(1, n)
    return bool(
        factor_low_rank(h, np.full(1, sigma), one, one, _single(work), arc, entry, 1.0, _NEGLIGIBLE, work)
    )


@subroutine
def factor_damped(stretch: float, work: Any) -> bool:
    """Factor ``I + stretch H`` at the start of a step, for methods that take the solution as it is."""
    one, n = np.ones((1, 1)), work.u.shape[0]
    entry, single = work.entry.reshape(1, n), np.full(1, 1.0)
    return bool(
        factor_low_rank(stretch, single, one, one, _single(work), False, entry, 1.0, _NO_ROUND_OFF, work)
    )


@subroutine
def solve_filter(arc: bool, work: Any, rhs: Any) -> None:
    """Solve what `factor_filter` left."""
    solve_low_rank(arc, _single(work), work, rhs)


@subroutine
def _single(work: Any) -> Any:
    rows, _, m = work.start_hessian.shape
    return work.start_hessian.reshape(1, rows, 2, m)
