"""One stabilised explicit step in compiled float64 code, the curve between its ends, and where an event lies on it.

Compiled code counts references of every array in a tuple that it hands to a function, which would take longer than a
step of two units: what runs in each stage or step takes arrays, not the tuples of `state`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from memcurse.numerics.arithmetic.compiled import subroutine, uncounted
from memcurse.numerics.objective.kernels import evaluate

#: From this ``h ||H||`` on a step's curve is a cubic.
_BENT = 12.0
#: Rows of the buffer `B`: increments, gradients of the last stages, curvatures at both ends, start of the last step;
#: from `ROWS` on the gradients of a pair's stages.
STAGE, BEFORE, AFTER, ORIGIN, ROWS = 3, 8, 9, 10, 11


@uncounted
def frobenius(hessian: Any) -> float:
    """Frobenius norm: a bound of the spectral radius, and nearly equal to it where one direction is stiff."""
    total = 0.0
    for i in range(hessian.shape[0]):
        for j in range(hessian.shape[0]):
            total += hessian[i, j] * hessian[i, j]
    return math.sqrt(total)


@uncounted
def dot(x: Any, y: Any) -> float:
    """Scalar product."""
    total = 0.0
    for k in range(x.shape[0]):
        total += x[k] * y[k]
    return total


@uncounted
def evaluate_at(theta: Any, move: Any, p: Any, at: Any, gradient: Any, hessian: Any, order: int) -> float:
    """Loss at ``theta + move``, which is left in `at`; nan outside the domain."""
    n = theta.shape[0]
    for k in range(n):
        at[k] = theta[k] + move[k]
    return float(evaluate(at[: n // 2], at[n // 2 :], p, gradient, hessian, order))


@uncounted
def explicit_step(
    theta: Any, gradient: Any, h: float, recurrence: Any, finish: Any, p: Any, at: Any, hessian: Any, B: Any
) -> bool:
    """One step of a `stabilised` method from the `gradient` at its start; False where a stage fails.

    Leaves the increment in ``B[0]`` and the gradients that the error estimate takes in ``B[3:8]``; `p` is the packed
    target of `kernels`, `at` and `hessian` are buffers.
    """
    n = theta.shape[0]
    older, old, new = 0, 1, 2
    for k in range(n):
        B[older, k], B[old, k], B[STAGE, k] = 0.0, 0.0, gradient[k]
    for j in range(recurrence.shape[0]):
        if j > 0 and math.isnan(evaluate_at(theta, B[old], p, at, B[STAGE], hessian, 1)):
            return False
        mu, nu, kappa = -h * recurrence[j, 0], recurrence[j, 1], recurrence[j, 2]
        for k in range(n):
            B[new, k] = mu * B[STAGE, k] + nu * B[old, k] + kappa * B[older, k]
        older, old, new = old, new, older
    for k in range(n):
        B[new, k] = B[old, k]
    for i in range(4):
        if math.isnan(evaluate_at(theta, B[new], p, at, B[STAGE + 1 + i], hessian, 1)):
            return False
        for k in range(n):
            total = 0.0
            for j in range(i + 1):
                total += finish[i, j] * B[STAGE + 1 + j, k]
            B[new, k] = B[old, k] - h * total
    for k in range(n):
        B[0, k] = B[new, k]
    return True


@uncounted
def pair_step(theta: Any, gradient: Any, h: float, A: Any, p: Any, at: Any, hessian: Any, B: Any) -> bool:
    """One step of an explicit pair, whose last stage is the step's end; False where a stage fails.

    Leaves the increment in ``B[0]`` and the gradients of all stages in ``B[ROWS:]``.
    """
    n = theta.shape[0]
    for k in range(n):
        B[ROWS, k] = gradient[k]
    for i in range(1, A.shape[0]):
        for k in range(n):
            total = 0.0
            for j in range(i):
                total += A[i, j] * B[ROWS + j, k]
            B[0, k] = -h * total
        if math.isnan(evaluate_at(theta, B[0], p, at, B[ROWS + i], hessian, 1)):
            return False
    return True


@uncounted
def any_step(
    theta: Any, gradient: Any, h: float, table: tuple[Any, Any, Any], p: Any, at: Any, hessian: Any, B: Any
) -> bool:
    """One step of a pair or of a stabilised method, whose ``(pair, recurrence, finish)`` is `table`."""
    pair, recurrence, finish = table
    if pair.shape[0] > 0:
        return bool(pair_step(theta, gradient, h, pair, p, at, hessian, B))
    return bool(explicit_step(theta, gradient, h, recurrence, finish, p, at, hessian, B))


@uncounted
def step_error(h: float, weights: Any, first: int, scale: Any, B: Any) -> float:
    """Size of the embedded formula's difference in units of `scale`; the gradients stand from row `first` on."""
    n = scale.shape[0]
    size = 0.0
    for k in range(n):
        total = 0.0
        for j in range(weights.shape[0]):
            total += weights[j] * B[first + j, k]
        size += (h * total / scale[k]) ** 2
    return math.sqrt(size / n) if size >= 0.0 else math.inf


@uncounted
def curvature(hessian: Any, gradient: Any, out: Any) -> None:
    """Second derivative of the flow, ``H grad J``."""
    n = gradient.shape[0]
    for k in range(n):
        total = 0.0
        for j in range(n):
            total += hessian[k, j] * gradient[j]
        out[k] = total


@uncounted
def _quintic(x: float) -> tuple[float, float, float, float, float]:
    """What the end, the slopes and the curvatures at start and end of a step of length 1 contribute at `x`."""
    cube = x * x * x
    return (
        cube * (10.0 - 15.0 * x + 6.0 * x * x),
        x - cube * (6.0 - 8.0 * x + 3.0 * x * x),
        -cube * (4.0 - 7.0 * x + 3.0 * x * x),
        0.5 * x * x - cube * (1.5 - 1.5 * x + 0.5 * x * x),
        cube * (0.5 - x + 0.5 * x * x),
    )


@uncounted
def _cubic(x: float) -> tuple[float, float, float, float, float]:
    """The same without the curvatures."""
    square = x * x
    return square * (3.0 - 2.0 * x), x - square * (2.0 - x), square * (x - 1.0), 0.0, 0.0


@uncounted
def fill(h: float, stiffness: float, before: Any, after: Any, nodes: Any, B: Any, Z: Any) -> None:
    """Increments at the Radau nodes, from the gradients at both ends and ``B``.

    A step leaves an error of a tolerance in the stiff directions, of which the curvatures make the square of the
    `stiffness` ``h ||H||``: in a stiff step they are left out.
    """
    s, n = Z.shape
    for i in range(s):
        end, f0, f1, c0, c1 = _quintic(nodes[i]) if stiffness < _BENT else _cubic(nodes[i])
        for k in range(n):
            slopes = f0 * before[k] + f1 * after[k]
            curvatures = c0 * B[BEFORE, k] + c1 * B[AFTER, k]
            Z[i, k] = end * B[0, k] + h * (h * curvatures - slopes)
    for k in range(n):
        Z[s - 1, k] = B[0, k]


@uncounted
def loss_crossing(h: float, e0: float, e1: float, g0: Any, g1: Any, B: Any) -> float:
    """The x in (0, 1] at which the loss's quintic brings the event, `e0` < 0 and `e1` >= 0 past it at the ends."""
    f0, f1 = h * dot(g0, g0), h * dot(g1, g1)
    c0, c1 = -2.0 * h * h * dot(g0, B[BEFORE]), -2.0 * h * h * dot(g1, B[AFTER])
    low, high = 0.0, 1.0
    for _ in range(40):
        x = 0.5 * (low + high)
        end, p0, p1, q0, q1 = _quintic(x)
        if e0 + end * (e1 - e0) + p0 * f0 + p1 * f1 + q0 * c0 + q1 * c1 >= 0.0:
            high = x
        else:
            low = x
    return high


@subroutine
def quintic_powers(h: float, g0: Any, g1: Any, B: Any) -> Any:
    """Coefficients (5, n) of the powers 1 to 5 of `x` in the step's quintic."""
    n = g0.shape[0]
    out = np.empty((5, n))
    for k in range(n):
        end, f0, f1 = B[0, k], -h * g0[k], -h * g1[k]
        c0, c1 = h * h * B[BEFORE, k], h * h * B[AFTER, k]
        out[0, k] = f0
        out[1, k] = 0.5 * c0
        out[2, k] = 10.0 * end - 6.0 * f0 - 4.0 * f1 - 1.5 * c0 + 0.5 * c1
        out[3, k] = -15.0 * end + 8.0 * f0 + 7.0 * f1 + 1.5 * c0 - c1
        out[4, k] = 6.0 * end - 3.0 * (f0 + f1) + 0.5 * (c1 - c0)
    return out


@uncounted
def _displacement(x: float, h: float, theta: Any, start: Any, g0: Any, g1: Any, B: Any) -> float:
    """Distance from `start` at `x` on the step's quintic."""
    end, f0, f1, c0, c1 = _quintic(x)
    total = 0.0
    for k in range(theta.shape[0]):
        slopes = f0 * g0[k] + f1 * g1[k]
        curvatures = c0 * B[BEFORE, k] + c1 * B[AFTER, k]
        moved = end * B[0, k] + h * (h * curvatures - slopes)
        total += (theta[k] + moved - start[k]) ** 2
    return math.sqrt(total)


@uncounted
def displacement_crossing(h: float, theta: Any, nodes: Any, controls: Any, g0: Any, g1: Any, B: Any) -> float:
    """The first x in (0, 1] at which the displacement comes, as seen from the nodes; 0 if it does not."""
    start, threshold = controls.start, controls.threshold
    low, high = 0.0, 0.0
    for i in range(nodes.shape[0]):
        x = nodes[i]
        if _displacement(x, h, theta, start, g0, g1, B) >= threshold:
            high = x
            break
        low = x
    if high == 0.0:
        return 0.0
    for _ in range(40):
        x = 0.5 * (low + high)
        if _displacement(x, h, theta, start, g0, g1, B) >= threshold:
            high = x
        else:
            low = x
    return high


@uncounted
def choose_method(needed: float, reach: Any) -> int:
    """The first method whose stability interval is long enough; -1 if none is."""
    for i in range(reach.shape[0]):
        if reach[i] >= needed:
            return i
    return -1


@uncounted
def first_length(share: float, scale: Any, gradient: Any, curvature: Any) -> float:
    """Length of the first step: where the error's leading term is 1 if each derivative grows like the second."""
    n = scale.shape[0]
    slope, bend = 0.0, 0.0
    for k in range(n):
        slope += (gradient[k] / (scale[k] * share)) ** 2
        bend += (curvature[k] / (scale[k] * share)) ** 2
    slope, bend = math.sqrt(slope / n), math.sqrt(bend / n)
    return (slope / bend) * (100.0 / slope * (bend / slope)) ** 0.25 if bend > 0.0 else math.inf
