"""Whether a flow has come so close to its limit that the event can no longer come."""

from __future__ import annotations

import math
from typing import Any

from memcurse.numerics.arithmetic.compiled import compiled, uncounted
from memcurse.numerics.arithmetic.doubledouble import add, inverse, lift, mul, sub, value
from memcurse.numerics.arithmetic.matrices.linear_systems import factor, substitute

from .field import field
from .state import LOSS_DROP, NOISE, UNTIL

#: A pivot counts as positive above this many roundings of the largest entry: elimination amplifies them.
_ROUNDINGS = 1e7
#: A minimum is near when Newton's step is below this share of the amplitude or of the distance to the next rate.
NEAR_A_MINIMUM = 1e-3
#: The second Newton step near a strict minimum promises at most this share of the first.
LESS = 1e-2
#: The share of what is missing that a flow at rest may still go.
_AT_REST = 1e-3


@uncounted
def _is_definite(M: Any, least: float) -> bool:
    """Whether Cholesky's pivots all exceed `least`; overwrites the matrix."""
    n = M.shape[0]
    for j in range(n):
        if not value(M[j, j]) > least:
            return False
        reciprocal = inverse(M[j, j])
        for i in range(j + 1, n):
            ratio = mul(M[i, j], reciprocal)
            for k in range(j + 1, n):
                M[i, k] = sub(M[i, k], mul(ratio, M[j, k]))
    return True


@uncounted
def _reduce(gradient: Any, hessian: Any, twins: Any, M: Any, step: Any) -> float:
    """Hessian and gradient along the symmetry that the start had, where units that started alike count once."""
    n = M.shape[0]
    largest = 0.0
    zero = lift(0.0, M[0, 0])
    for i in range(n):
        step[i] = zero
        for j in range(n):
            M[i, j] = zero
    for i in range(n):
        step[twins[i]] = add(step[twins[i]], gradient[i])
        for j in range(n):
            M[twins[i], twins[j]] = add(M[twins[i], twins[j]], hessian[i, j])
            largest = max(largest, abs(value(hessian[i, j])))
    for i in range(n):
        if twins[i] != i:
            M[i, i] = lift(largest, zero)
    return largest


@uncounted
def _decrement(gradient: Any, hessian: Any, controls: Any, work: Any) -> float:
    """Decrease that Newton's method promises, its step in `work.field_step`; -1 where the Hessian is not definite.

    One of lower rank than it has units is not: the share of the amplitudes is that of their Gram matrix.
    """
    if hessian.ndim == 3:
        return -1.0
    M, step, twins = work.field_matrix, work.field_step, controls.twins
    n = M.shape[0]
    largest = _reduce(gradient, hessian, twins, M, step)
    if not _is_definite(M, _ROUNDINGS * controls.noise * largest):
        return -1.0
    _reduce(gradient, hessian, twins, M, step)
    for k in range(n):
        work.target[k] = value(step[k])
    if not factor(M, work.pivots[:n]):
        return -1.0
    substitute(M, work.pivots[:n], step)
    promise = 0.0
    for k in range(n):
        promise += 0.5 * value(step[k]) * work.target[k]
    return promise


@uncounted
def settled(excess: float, state: Any, data: Any, controls: Any, work: Any) -> bool:
    """Whether the event, `excess` (negative) away from its threshold, is out of reach.

    A strict minimum is near, as two Newton steps show of which the second promises far less than the first (in a
    degenerate valley it does not), and it lies before the threshold.
    """
    n = state.theta.shape[0]
    promise = _decrement(work.start_gradient, work.start_hessian, controls, work)
    if not promise >= 0.0:
        return False
    length = 0.0
    for k in range(n):
        step = value(work.field_step[k])
        if abs(step) * controls.rtol > NEAR_A_MINIMUM * work.scale[k]:
            return False
        length += step * step * n
        work.theta[k] = sub(state.theta[k], work.field_step[controls.twins[k]])
    left = 2.0 * promise if controls.kind == LOSS_DROP else 2.0 * math.sqrt(length)
    if excess + left >= 0.0 or math.isnan(value(field(work.theta, data, work.gradient, work.hessian))):
        return False
    noise = (controls.noise * n) ** 2
    return bool(0.0 <= _decrement(work.gradient, work.hessian, controls, work) <= LESS * promise + noise)


@compiled
def at_rest(excess: float, speed: float, left: float) -> int:
    """What to say where the gradient has sunk into its round-off: `UNTIL` if the time left is too short for the event.

    A gradient of the size `speed` moves the parameters by less than a thousandth of what is missing, and is too small
    to grow meanwhile: its curvatures are round-off too. Otherwise `NOISE`, and a higher arithmetic may see more.
    """
    return UNTIL if speed * left < _AT_REST * min(-excess, 1.0) else NOISE
