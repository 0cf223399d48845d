r"""Moments as coordinates, in which the narrow valley of the objective is straight.

The exponential part of the objective is a quadratic form in the function ``sum_j a_j e^{-w_j t}``, so it is nearly
quadratic in the moments ``y_k = sum_j a_j (w_j - c)^k``, k = 0 .. 2m - 1, which parametrise it. In the amplitudes and
rates themselves its valley is curved, and Newton's method converges only from within a distance that shrinks like the
valley's width. Predicting and correcting in the moments removes that limit. Only the path of the iteration changes:
its limit is the solution of the collocation equations in either coordinates, so accuracy does not depend on this.
"""

from __future__ import annotations

from typing import Any

from .doubledouble import value
from .flow_linear import factor, scale_rows, substitute
from .kernels import compiled

#: Unknowns up to which moments pay: with three units and more the valley is wide enough for Newton's method.
STRAIGHT = 4
_MOST_ITERATIONS = 8
#: A correction this many times the guess means that the moments do not determine the move here.
_LONGEST = 10.0


@compiled
def moment_change(a: Any, x: Any, d: Any, linear: Any, change: Any) -> None:
    """The change of the moments when ``(a, x)`` moves by `d`: its linear part and the whole, without cancellation."""
    m = a.shape[0]
    for k in range(2 * m):
        linear[k], change[k] = 0.0, 0.0
    for j in range(m):
        da, dx, moved = d[j], d[m + j], x[j] + d[m + j]
        power, below, difference = 1.0, 0.0, 0.0  # x^k, k x^(k-1), (x+dx)^k - x^k
        for k in range(2 * m):
            linear[k] += power * da + a[j] * below * dx
            change[k] += (a[j] + da) * difference + power * da
            difference = difference * moved + power * dx
            below = below * x[j] + power
            power *= x[j]


@compiled
def _jacobian(a: Any, x: Any, d: Any, B: Any) -> None:
    m = a.shape[0]
    for j in range(m):
        moved, amplitude = x[j] + d[m + j], a[j] + d[j]
        power, below = 1.0, 0.0
        for k in range(2 * m):
            B[k, j], B[k, m + j] = power, amplitude * below
            below = below * moved + power
            power *= moved


@compiled
def solve_moments(a: Any, x: Any, target: Any, d: Any, scratch: Any) -> bool:
    """Move `d`, from the guess it holds, until the moments change by `target` from ``(a, x)`` to ``(a, x) + d``.

    False, with `d` spoilt, if Newton's method does not get there.
    """
    n = d.shape[0]
    linear, change, B, pivots = scratch
    longest = 0.0
    for k in range(n):
        longest += _LONGEST * abs(d[k])
    for _ in range(_MOST_ITERATIONS):
        moment_change(a, x, d, linear, change)
        _jacobian(a, x, d, B)
        for k in range(n):
            change[k] = target[k] - change[k]
        scale_rows(B, change)
        if not factor(B, pivots):
            return False
        substitute(B, pivots, change)
        size, whole = 0.0, 0.0
        for k in range(n // 2, n):
            size, whole = size + abs(change[k]), whole + abs(d[k])
        for k in range(n):
            d[k] += change[k]
        if not size < longest:
            return False
        if size <= 1e-6 * whole:
            return True
    return False


@compiled
def centred(theta: Any, centre: float, a: Any, x: Any) -> None:
    """Amplitudes, and rates less the centre, as float64."""
    m = a.shape[0]
    for j in range(m):
        a[j], x[j] = value(theta[j]), value(theta[m + j]) - centre
