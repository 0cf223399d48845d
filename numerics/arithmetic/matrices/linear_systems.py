"""Dense linear systems of a few dozen unknowns in compiled code, in float64 or double-double."""

from __future__ import annotations

from typing import Any

from memcurse.numerics.arithmetic.compiled import subroutine, uncounted
from memcurse.numerics.arithmetic.doubledouble import add, div, inverse, lift, loaded, mul, sub, value


@uncounted
def factor(M: Any, pivots: Any) -> bool:
    """LU with row pivoting in place; False if a pivot vanishes. Rows come scaled to about the same size.

    Notes
    -----
    Rigour: backward stable in the arithmetic of `M` (float64 or double-double), as Gaussian elimination is.
    """
    n = M.shape[0]
    for k in range(n):
        p, largest = k, abs(value(M[k, k]))
        for i in range(k + 1, n):
            size = abs(value(M[i, k]))
            if size > largest:
                p, largest = i, size
        pivots[k] = p
        if not largest > 0.0:
            return False
        if p != k:
            for j in range(n):
                M[k, j], M[p, j] = loaded(M[p, j]), loaded(M[k, j])
        reciprocal = inverse(M[k, k])
        upper = M[k, k + 1 :]  # slices let the inner loop run over contiguous memory in vectors
        for i in range(k + 1, n):
            if value(M[i, k]) == 0.0:
                continue
            factor = mul(M[i, k], reciprocal)
            M[i, k] = factor
            row = M[i, k + 1 :]
            for j in range(upper.shape[0]):
                row[j] = sub(row[j], mul(factor, upper[j]))
    return True


@subroutine
def _without(total: Any, row: Any, x: Any) -> Any:
    """``total - sum_j row_j x_j``, in four sums, which do not wait for one another."""
    n = row.shape[0]
    s0, s1, s2 = loaded(total), lift(0.0, total), lift(0.0, total)
    s3 = s1
    for j in range(0, n - 3, 4):
        s0 = sub(s0, mul(row[j], x[j]))
        s1 = sub(s1, mul(row[j + 1], x[j + 1]))
        s2 = sub(s2, mul(row[j + 2], x[j + 2]))
        s3 = sub(s3, mul(row[j + 3], x[j + 3]))
    for j in range(n - n % 4, n):
        s0 = sub(s0, mul(row[j], x[j]))
    return add(add(s0, s1), add(s2, s3))


@uncounted
def substitute(M: Any, pivots: Any, x: Any) -> None:
    """Solve in place with what `factor` left."""
    n = M.shape[0]
    for k in range(n):
        p = pivots[k]
        if p != k:
            x[k], x[p] = loaded(x[p]), loaded(x[k])
    for i in range(1, n):
        x[i] = _without(x[i], M[i, :i], x[:i])
    for i in range(n - 1, -1, -1):
        x[i] = div(_without(x[i], M[i, i + 1 :], x[i + 1 :]), M[i, i])


@uncounted
def scale_rows(M: Any, x: Any, scale: Any) -> None:
    """Divide each row of ``M``, and the entry of `x` that belongs to it, by the row's largest entry.

    `scale` (float64) receives the factors.
    """
    n = M.shape[0]
    for i in range(n):
        largest = 0.0
        for j in range(n):
            largest = max(largest, abs(value(M[i, j])))
        r = 1.0 / largest if largest > 0.0 else 1.0
        for j in range(n):
            M[i, j] = mul(M[i, j], r)
        x[i] = mul(x[i], r)
        scale[i] = r


@uncounted
def factor_definite(M: Any) -> bool:
    """Cholesky's factors of a symmetric float64 matrix without roots, in its upper half; False if it is not definite.

    Row j of the result is that of the upper factor, times the pivot; the lower half is left as it was.
    """
    n = M.shape[0]
    for j in range(n):
        pivot = M[j, j]
        if not pivot > 0.0:
            return False
        for i in range(j + 1, n):
            ratio, row, upper = M[j, i] / pivot, M[i, i:], M[j, i:]
            for k in range(row.shape[0]):
                row[k] -= ratio * upper[k]
    return True


@uncounted
def substitute_definite(M: Any, x: Any) -> None:
    """Solve in place with what `factor_definite` left."""
    n = M.shape[0]
    for j in range(n):
        ratio, below, row = x[j] / M[j, j], x[j + 1 :], M[j, j + 1 :]
        for k in range(row.shape[0]):
            below[k] -= ratio * row[k]
    for j in range(n - 1, -1, -1):
        x[j] = _without(x[j], M[j, j + 1 :], x[j + 1 :]) / M[j, j]
