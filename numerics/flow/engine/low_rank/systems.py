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

from memcurse.numerics.arithmetic.compiled import uncounted
from memcurse.numerics.arithmetic.matrices.linear_systems import factor, substitute

from .field import BENDS, add_multiple, dot, fill

#: What is left out of the matrix where Newton's method makes up for it, and where nothing does.
_NEGLIGIBLE, _NO_ROUND_OFF = 1e-4, 1e-13


@uncounted
def _less(x: Any, y: Any, out: Any) -> None:
    """``out -= x y``, unit by unit."""
    for k in range(out.shape[0]):
        out[k] -= x[k] * y[k]


@uncounted
def _pair(x: Any, a: Any, y: Any, b: Any, out: Any) -> None:
    """``out += x a + y b``, unit by unit."""
    for k in range(out.shape[0]):
        out[k] += x[k] * a[k] + y[k] * b[k]


@uncounted
def _scaled(factor: float, x: Any, out: Any) -> None:
    """``out = factor x``."""
    for k in range(out.shape[0]):
        out[k] = factor * x[k]


@uncounted
def _invert(W: Any, ratio: Any) -> None:
    """The inverses of small matrices `W` (s, s, m) in their place, by Gauss and Jordan; `ratio` (m,) is a buffer."""
    s, m = W.shape[0], W.shape[2]
    for p in range(s):
        pivot = W[p, p]
        for k in range(m):
            ratio[k] = 1.0 / pivot[k]
        fill(pivot, 1.0)
        for j in range(s):
            line = W[p, j]
            for k in range(m):
                line[k] *= ratio[k]
        for i in range(s):
            if i != p:
                _scaled(1.0, W[i, p], ratio)
                fill(W[i, p], 0.0)
                for j in range(s):
                    _less(ratio, W[p, j], W[i, j])


@uncounted
def _invert_units(A: Any, inverse: Any, p: Any, q: Any, inner: Any, line: Any, E: Any) -> None:
    """Inverses `E` (s, 2, s, 2, m) of ``A^-1 x I + diag((0, q), (q, p))``, one a unit; `p` and `q` (s, m).

    `inner` (3, s, s, m) and `line` (m,) are buffers.
    """
    s = p.shape[0]
    W, qA, Aq = inner[0], inner[1], inner[2]
    for i in range(s):
        for j in range(s):
            _scaled(A[i, j], q[i], qA[i, j])
            _scaled(A[i, j], q[j], Aq[i, j])
            fill(W[i, j], inverse[i, j])
            _less(qA[i, j], q[j], W[i, j])
        add_multiple(1.0, p[i], W[i, i])
    _invert(W, line)
    for i in range(s):
        for j in range(s):
            corner, above, left = E[i, 1, j, 1], E[i, 0, j, 1], E[i, 1, j, 0]
            _scaled(1.0, W[i, j], corner)
            fill(above, 0.0)
            fill(left, 0.0)
            for l in range(s):
                _less(Aq[i, l], W[l, j], above)
                _less(W[i, l], qA[l, j], left)
    for i in range(s):
        for j in range(s):
            corner = E[i, 0, j, 0]
            fill(corner, A[i, j])
            for l in range(s):
                _less(E[i, 0, l, 1], qA[l, j], corner)


@uncounted
def _needed(h: float, sigma: Any, hessians: Any, negligible: float) -> int:
    """How many functions of the basis matter in the matrix; `hessians` (s, r + 1, 2m)."""
    s, r = hessians.shape[0], hessians.shape[1] - 1
    for j in range(r - 1, -1, -1):
        for i in range(s):
            if 2.0 * h * abs(sigma[i]) * dot(hessians[i, j], hessians[i, j]) > negligible:
                return j + 1
    return 0


@uncounted
def _assemble_core(
    h: float, sigma: Any, hessians: Any, arc: bool, units: Any, columns: Any, u: Any, line: Any, core: Any
) -> None:
    """What the unknowns of the core do to one another, by way of the units; `line` (2m,) is a buffer."""
    s, n = columns.shape
    m, r, width = n // 2, core.shape[0] // s - 1, core.shape[0] // s
    for row in range(s * width):
        fill(core[row], 0.0)
    for j in range(s):
        for c in range(width if arc else r):
            factor_c = 1.0 if c == r else 2.0 * h * sigma[j]
            column = columns[j] if c == r else hessians[j, c]
            first, second = column[:m], column[m:]
            for i in range(s):
                for part in range(2):
                    left, over, out = (
                        units[i, part, j, 0],
                        units[i, part, j, 1],
                        line[part * m : part * m + m],
                    )
                    for k in range(m):
                        out[k] = factor_c * (left[k] * first[k] + over[k] * second[k])
                for b in range(r):
                    core[i * width + b, j * width + c] = dot(line, hessians[i, b])
                if arc:
                    core[i * width + r, j * width + c] = dot(line, u)
    for i in range(s * width):
        if not arc or i % width != r:
            core[i, i] += 1.0


@uncounted
def _scale_core(core: Any, scale: Any) -> bool:
    """Divide the rows by their largest entries, whose reciprocals go to `scale`; False where a row is 0 or nan."""
    for i in range(core.shape[0]):
        row, largest = core[i], 0.0
        for c in range(row.shape[0]):
            largest = max(largest, abs(row[c]))
        if not largest > 0.0:
            return False
        scale[i] = 1.0 / largest
        for c in range(row.shape[0]):
            row[c] *= scale[i]
    return True


@uncounted
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
    s, m, rows = hessians.shape[0], hessians.shape[3], hessians.shape[1]
    flat = hessians.reshape(s, rows, 2 * m)
    r = _needed(h, sigma, flat, negligible)
    size = s * (r + 1)
    work.used[0] = r
    units = work.units[: 4 * s * s * m].reshape(s, 2, s, 2, m)
    core = work.core[: size * size].reshape(size, size)
    columns = work.columns[: 2 * s * m].reshape(s, 2 * m)
    inner = work.inner[: 3 * s * s * m].reshape(3, s, s, m)
    bends = work.bends[: 2 * s * m].reshape(2, s, m)
    line = work.out[: 2 * m]
    for i in range(s):
        slope = h * sigma[i]
        work.slopes[i] = slope
        _scaled(unit if arc else 0.0, right[i], columns[i])
        _scaled(slope, hessians[i, BENDS, 1], bends[0, i])
        _scaled(slope, hessians[i, BENDS, 0], bends[1, i])
    _invert_units(A, inverse, bends[0], bends[1], inner, line[:m], units)
    _assemble_core(h, sigma, flat, arc, units, columns, work.u, line, core)
    if not _scale_core(core, work.row_scale):
        return False
    return bool(factor(core, work.pivots[:size]))


@uncounted
def _apply_units(units: Any, x: Any, length: int, out: Any) -> None:
    """Solve the small systems of all units for `x`, `length` unknowns a stage; `out` (s, 2, m)."""
    s, m = out.shape[0], out.shape[2]
    for i in range(s):
        for part in range(2):
            into = out[i, part]
            fill(into, 0.0)
            for j in range(s):
                at = j * length
                left, over = units[i, part, j, 0], units[i, part, j, 1]
                _pair(left, x[at : at + m], over, x[at + m : at + 2 * m], into)


@uncounted
def solve_low_rank(arc: bool, hessians: Any, work: Any, rhs: Any) -> None:
    """Solve in place with what `factor_low_rank` left in `work`, for the same `hessians`.

    `rhs` holds n unknowns a stage, and one more in arclength.
    """
    s, m, rows, r = hessians.shape[0], hessians.shape[3], hessians.shape[1], work.used[0]
    n, width, size = 2 * m, r + 1, s * (r + 1)
    length = n + 1 if arc else n
    flat = hessians.reshape(s, rows, n)
    units = work.units[: 4 * s * s * m].reshape(s, 2, s, 2, m)
    core = work.core[: size * size].reshape(size, size)
    columns = work.columns[: s * n].reshape(s, n)
    out = work.out[: s * n].reshape(s, 2, m)
    whole, line = work.out[: s * n].reshape(s, n), work.line[:size]
    _apply_units(units, rhs, length, out)
    for i in range(s):
        for b in range(r):
            line[i * width + b] = dot(whole[i], flat[i, b])
        line[i * width + r] = dot(whole[i], work.u) - rhs[i * length + n] if arc else 0.0
    for i in range(size):
        line[i] *= work.row_scale[i]
    substitute(core, work.pivots[:size], line)
    for j in range(s):
        left = rhs[j * length : j * length + n]
        for c in range(r):
            add_multiple(-2.0 * work.slopes[j] * line[j * width + c], flat[j, c], left)
        if arc:
            add_multiple(-line[j * width + r], columns[j], left)
    _apply_units(units, rhs, length, out)
    for i in range(s):
        _scaled(1.0, whole[i], rhs[i * length : i * length + n])
        if arc:
            rhs[i * length + n] = line[i * width + r]


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


@uncounted
def factor_filter(h: float, sigma: float, arc: bool, work: Any) -> bool:
    """Factor ``I + h sigma H`` at the start of a step, bordered in arclength by `work.entry` and `work.u`."""
    one, entry = work.one, work.entry.reshape(1, work.u.shape[0])
    rows, _, m = work.start_hessian.shape
    hessians = work.start_hessian.reshape(1, rows, 2, m)
    work.single[0] = sigma
    return bool(factor_low_rank(h, work.single, one, one, hessians, arc, entry, 1.0, _NEGLIGIBLE, work))


@uncounted
def factor_damped(stretch: float, work: Any) -> bool:
    """Factor ``I + stretch H`` at the start of a step, for methods that take the solution as it is."""
    one, entry = work.one, work.entry.reshape(1, work.u.shape[0])
    rows, _, m = work.start_hessian.shape
    hessians = work.start_hessian.reshape(1, rows, 2, m)
    work.single[0] = 1.0
    return bool(
        factor_low_rank(stretch, work.single, one, one, hessians, False, entry, 1.0, _NO_ROUND_OFF, work)
    )


@uncounted
def solve_filter(arc: bool, work: Any, rhs: Any) -> None:
    """Solve what `factor_filter` left."""
    rows, _, m = work.start_hessian.shape
    solve_low_rank(arc, work.start_hessian.reshape(1, rows, 2, m), work, rhs)
