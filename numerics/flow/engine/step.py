r"""One step of a Radau IIA method for the gradient flow: full Newton with the exact Hessian at every stage.

A step runs either in time or in arclength. In arclength the unknown curve is followed by its projection on the unit
tangent ``u`` at the start of the step: with the new variable ``x = u (theta - theta_n)``,

.. math:: \frac{d\theta}{dx} = -\sigma \nabla J, \qquad \frac{dt}{dx} = \sigma, \qquad u \cdot \frac{d\theta}{dx} = 1,

and the collocation equations gain one unknown ``sigma_i`` and one equation ``u Z_i = c_i h`` per stage. It is the same
Radau method applied to a rescaled field, so its order is that of the tableau. Where the flow speeds up (a plateau's
end is nearly a blow-up in finite time) the curve is smooth in x though not in t, and the extra equation keeps
Newton's systems well posed although the Hessian is indefinite.

Everything here is compiled, and generic: float64 or double-double by the type of the arrays.
"""

from __future__ import annotations

import math
from typing import Any

from memcurse.numerics.arithmetic.compiled import compiled, uncounted
from memcurse.numerics.arithmetic.doubledouble import add, cast, lift, loaded, mul, sub, value
from memcurse.numerics.arithmetic.matrices.linear_systems import factor, scale_rows, substitute

from .field import field, slope
from .low_rank.systems import factor_stages, solve_low_rank
from .moments import TWO_UNITS, curved, moment_change, solve_moments

#: Outcomes of Newton's method.
CONVERGED, FAILED, OUTSIDE = 0, 1, 2
#: Of the full method. Where it converges it takes fewer in every arithmetic; a shorter step is the better way on.
MOST_ITERATIONS = 10
#: Corrections below so many tolerances are worth being followed up with the same matrix, so often, while they shrink.
_HOPEFUL, _MOST_REPEATS, _SHRINKS = 1e3, 3, 0.1


@compiled
def evaluate_start(theta: Any, data: Any, work: Any) -> Any:
    """Loss, gradient and Hessian at the start of a step, kept in `work`; the loss is nan at a bad point."""
    loss = field(theta, data, work.start_gradient, work.start_hessian)
    work.loss[0] = value(loss)
    return loss


@uncounted
def _residuals(
    theta: Any, h: float, arc: bool, data: Any, method: Any, work: Any, rhs: Any, whole: bool
) -> bool:
    """Less the residuals of all stages, into `rhs`; False where a stage leaves the domain.

    Rows of stage i: ``sum_j inverse_ij Z_j + h sigma_i gradient_i``, and in arclength ``u Z_i - c_i h``. Gradients and
    Hessians stay in `work`, the Hessians only if `whole`.
    """
    Z, at, inverse, u = work.Z, work.theta, method.inverse, work.u
    s, n = Z.shape
    width = n + 1 if arc else n
    for i in range(s):
        gradient = work.gradients[i]
        for k in range(n):
            at[k] = add(theta[k], cast(Z[i, k], theta[k]))
        hessian = work.hessians[i]
        if whole:
            loss = field(at, data, gradient, hessian)
        else:
            loss = slope(at, data, gradient, hessian)
        if math.isnan(value(loss)):
            return False
        stretch = mul(work.sigma[i], h)
        for k in range(n):
            total = mul(stretch, cast(gradient[k], stretch))
            for j in range(s):
                total = add(total, mul(Z[j, k], inverse[i, j]))
            rhs[i * width + k] = mul(total, -1.0)
        if arc:
            total = mul(method.nodes[i], h)
            for k in range(n):
                total = sub(total, mul(u[k], Z[i, k]))
            rhs[i * width + n] = total
    return True


@uncounted
def _assemble(h: float, arc: bool, unit: float, method: Any, work: Any, M: Any) -> None:
    """Matrix of Newton's system at the stages for which `_residuals` left gradients and Hessians.

    The unknown of ``sigma_i`` is in units of `unit`.
    """
    inverse, gradients, hessians, u = method.inverse, work.gradients, work.hessians, work.u
    s, n = work.Z.shape
    width = n + 1 if arc else n
    for i in range(s * width):
        for j in range(s * width):
            M[i, j] = lift(0.0, inverse[0, 0])
    for i in range(s):
        slope = mul(work.sigma[i], h)
        for k in range(n):
            row = i * width + k
            for j in range(s):
                M[row, j * width + k] = inverse[i, j]
            for j in range(n):
                M[row, i * width + j] = add(M[row, i * width + j], mul(slope, cast(hessians[i, k, j], slope)))
            if arc:
                M[row, i * width + n] = mul(cast(gradients[i, k], slope), h * unit)
                M[i * width + n, i * width + k] = u[k]


@uncounted
def _correct(h: float, arc: bool, unit: float, method: Any, work: Any, hessians: Any, rhs: Any) -> bool:
    """Newton's corrections, from less the residuals in `rhs`; the factors stay. False for a singular system."""
    if hessians.ndim == 4:
        if not factor_stages(h, arc, unit, method, work):
            return False
        solve_low_rank(arc, hessians, work, rhs)
        return True
    M = work.arc_matrix if arc else work.time_matrix
    _assemble(h, arc, unit, method, work, M)
    scale_rows(M, rhs, work.row_scale)
    if not factor(M, work.pivots):
        return False
    substitute(M, work.pivots, rhs)
    return True


@uncounted
def _correct_again(arc: bool, work: Any, hessians: Any, rhs: Any) -> None:
    """Corrections with the factors of the last iteration."""
    if hessians.ndim == 4:
        solve_low_rank(arc, hessians, work, rhs)
        return
    for k in range(rhs.shape[0]):
        rhs[k] = mul(rhs[k], work.row_scale[k])
    substitute(work.arc_matrix if arc else work.time_matrix, work.pivots, rhs)


@uncounted
def _straighten(theta: Any, d: Any, width: int, work: Any) -> None:
    """Turn Newton's corrections, straight moves in the moments, into the moves of amplitudes and rates."""
    Z, a, x, move = work.Z, work.a, work.x, work.d
    m = a.shape[0]
    for i in range(Z.shape[0]):
        first = i * width
        for k in range(2 * m):
            move[k] = value(d[first + k])
        distance = value(sub(theta[m], theta[m + 1])) + value(Z[i, m]) - value(Z[i, m + 1])
        if not curved(move, distance):
            continue
        centre = value(theta[m]) + value(Z[i, m])
        for k in range(m):
            a[k] = value(theta[k]) + value(Z[i, k])
            x[k] = value(theta[m + k]) + value(Z[i, m + k]) - centre
        moment_change(a, x, move, work.target, work.spread[i])
        if solve_moments(a, x, work.target, move):
            for k in range(2 * m):
                d[first + k] = add(d[first + k], lift(move[k] - value(d[first + k]), d[first + k]))


@uncounted
def _update(
    theta: Any, h: float, arc: bool, unit: float, time_scale: float, twins: Any, work: Any, d: Any
) -> float:
    """Add Newton's correction to the stages; its largest size over the stages, in units of the tolerance."""
    Z, scale = work.Z, work.scale
    s, n = Z.shape
    width = n + 1 if arc else n
    largest, distinct = 0.0, n == TWO_UNITS
    for k in range(n):
        distinct &= twins[k] == k
    if distinct:
        _straighten(theta, d, width, work)
    for i in range(s):
        total = 0.0
        for k in range(n):
            # Units that start alike stay alike: round-off must not break a symmetry that the flow keeps.
            change = loaded(d[i * width + twins[k]])
            Z[i, k] = add(Z[i, k], change)
            total += (value(change) / scale[k]) ** 2
        size = math.sqrt(total / n)
        if arc:
            change = mul(d[i * width + n], unit)
            work.sigma[i] = add(work.sigma[i], change)
            size = max(size, abs(h * value(change)) / time_scale)
        # A comparison that nan passes.
        if not size <= largest:
            largest = size
    return largest


@uncounted
def _copy_stages(Z: Any, sigma: Any, to_Z: Any, to_sigma: Any) -> None:
    for i in range(Z.shape[0]):
        to_sigma[i] = loaded(sigma[i])
        for k in range(Z.shape[1]):
            to_Z[i, k] = loaded(Z[i, k])


@uncounted
def _settle(
    theta: Any,
    h: float,
    arc: bool,
    unit: float,
    time_scale: float,
    target: float,
    size: float,
    data: Any,
    method: Any,
    twins: Any,
    work: Any,
    rhs: Any,
) -> bool:
    """Go on with the factors of the last iteration while corrections shrink; whether two in a row met `target`.

    `size` is that of the last one. For ten units and three stages each takes a quarter of an iteration.
    """
    for _ in range(_MOST_REPEATS):
        if not _residuals(theta, h, arc, data, method, work, rhs, False):
            return False
        _correct_again(arc, work, work.hessians, rhs)
        _copy_stages(work.Z, work.sigma, work.Z_kept, work.sigma_kept)
        before, size = size, _update(theta, h, arc, unit, time_scale, twins, work, rhs)
        if size <= target and before <= target:
            return True
        if not size <= before:
            _copy_stages(work.Z_kept, work.sigma_kept, work.Z, work.sigma)
        if not size <= max(_SHRINKS * before, target):
            return False
    return False


@compiled
def diverging(size: float, before: float, earlier: float, iteration: int) -> bool:
    """Whether a correction of this `size`, after those of the last two iterations, shows that Newton's method fails."""
    return bool(not size < 1e10 or (iteration > 2 and size > 2.0 * max(before, earlier)))


@uncounted
def solve_stages(
    theta: Any,
    h: float,
    arc: bool,
    time_scale: float,
    target: float,
    data: Any,
    method: Any,
    twins: Any,
    work: Any,
) -> tuple[int, int]:
    """Newton's method for the stages, from the guess in `work`; an outcome and the number of iterations.

    Ends when two corrections in a row are below `target` tolerances, the second at least with the matrix of an
    iteration before. One is not enough: along the stiff directions of a valley that turns, a correction far below the
    tolerance leaves a residual that moves the soft direction by many tolerances, and the sizes of the corrections go
    up and down (5e-3, 7.6, 1e-3, ... tolerances at a delay of 32).
    """
    s = work.Z.shape[0]
    rhs = work.arc_rhs if arc else work.time_rhs
    unit = abs(value(work.sigma[s - 1]))
    before, earlier = math.inf, math.inf
    for iteration in range(1, MOST_ITERATIONS + 1):
        if not _residuals(theta, h, arc, data, method, work, rhs, True):
            return OUTSIDE, iteration
        if not _correct(h, arc, unit, method, work, work.hessians, rhs):
            return FAILED, iteration
        size = _update(theta, h, arc, unit, time_scale, twins, work, rhs)
        if diverging(size, before, earlier, iteration):
            return FAILED, iteration
        before, earlier = size, before
        if size <= _HOPEFUL and _settle(
            theta, h, arc, unit, time_scale, target, size, data, method, twins, work, rhs
        ):
            break
        if iteration == MOST_ITERATIONS:
            return FAILED, iteration
    if arc:
        for i in range(s):
            if not value(work.sigma[i]) > 0.0:
                return FAILED, iteration
    return CONVERGED, iteration
