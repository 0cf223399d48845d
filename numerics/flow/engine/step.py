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
from typing import Any, NamedTuple

import numpy as np

from memcurse.numerics.arithmetic.compiled import compiled, inlined
from memcurse.numerics.arithmetic.doubledouble import add, cast, lift, mul, sub, value
from memcurse.numerics.arithmetic.linear_systems import factor, scale_rows, substitute

from .field import field
from .moments import TWO_UNITS, curved, moment_change, solve_moments
from .stabilised import family
from .tableaus import radau_arrays

#: Outcomes of Newton's method.
CONVERGED, FAILED, OUTSIDE = 0, 1, 2
_MOST_ITERATIONS = 10
#: Corrections below so many tolerances are worth being followed up with the same matrix, so often, while they shrink.
_HOPEFUL, _MOST_REPEATS, _SHRINKS = 1e3, 3, 0.1


class Method(NamedTuple):
    """Arrays of a tableau in one arithmetic; see `tableaus.RadauArrays`."""

    nodes: Any
    A: Any
    inverse: Any
    powers: Any
    error: Any
    gamma: float
    explicit: Any  # `stabilised.Family`, for `flow_explicit`


class Work(NamedTuple):
    """Buffers of a step for n unknowns and s stages; `Z`, `sigma` hold its result."""

    Z: Any  # (s, n) stage increments of theta
    sigma: Any  # (s,) dt/dx at the stages
    Z_kept: Any  # the two before a correction that may be taken back
    sigma_kept: Any
    scale: Any  # (n,) float64: size of an error that counts as 1
    u: Any  # (n,) unit tangent
    theta: Any  # (n,)
    gradient: Any  # (n,)
    hessian: Any  # (n, n)
    gradients: Any  # (s, n) at the stages
    hessians: Any  # (s, n, n)
    start_gradient: Any  # (n,) at the start of the step
    start_hessian: Any  # (n, n)
    error: Any  # (n,) scales of the filter's rows
    entry: Any  # (n,) gradient with which the step starts
    time_matrix: Any  # (s n, s n)
    time_rhs: Any
    arc_matrix: Any  # (s (n+1), s (n+1))
    arc_rhs: Any
    filter_matrix: Any  # (n+1, n+1)
    filter_rhs: Any
    pivots: Any
    row_scale: Any  # (s (n+1),) float64: what the rows of Newton's system were multiplied by
    growth: Any  # (s, s) float64: how far the powers of the last step's polynomial have come at the stages
    a: Any  # (m,) float64, for the moments
    x: Any  # (m,)
    d: Any  # (n,)
    target: Any  # (n,)
    spread: Any  # (s, n) float64: change of the moments over the last step, at its stages
    loss: Any  # (1,) float64, at the start of the step
    field_matrix: Any  # (n, n)
    field_step: Any  # (n,)


def method(stages: int, double_double: bool) -> Method:
    """The Radau IIA method as compiled code takes it."""
    arrays = radau_arrays(stages, double_double)
    return Method(arrays.nodes, arrays.A, arrays.inverse, arrays.powers, arrays.error, arrays.gamma, family())


def workspace(n: int, stages: int, fine_field: bool, fine_algebra: bool) -> Work:
    """Buffers for `n` unknowns, with the field, or the increments and the systems, in double-double."""
    kind: Any = np.complex128 if fine_algebra else np.float64
    field_kind: Any = np.complex128 if fine_field else np.float64
    s = stages

    def zeros(*shape: int) -> Any:
        return np.zeros(shape, dtype=kind)

    def of_field(*shape: int) -> Any:
        return np.zeros(shape, dtype=field_kind)

    return Work(
        zeros(s, n),
        zeros(s),
        zeros(s, n),
        zeros(s),
        np.ones(n),
        zeros(n),
        of_field(n),
        of_field(n),
        of_field(n, n),
        of_field(s, n),
        of_field(s, n, n),
        of_field(n),
        of_field(n, n),
        zeros(n),
        zeros(n),
        zeros(s * n, s * n),
        zeros(s * n),
        zeros(s * (n + 1), s * (n + 1)),
        zeros(s * (n + 1)),
        zeros(n + 1, n + 1),
        zeros(n + 1),
        np.zeros(s * (n + 1), dtype=np.int64),
        np.zeros(s * (n + 1)),
        np.zeros((s, s)),
        np.zeros(n // 2),
        np.zeros(n // 2),
        np.zeros(n),
        np.zeros(n),
        np.zeros((s, n)),
        np.zeros(1),
        of_field(n, n),
        of_field(n),
    )


@compiled
def evaluate_start(theta: Any, data: Any, work: Any) -> Any:
    """Loss, gradient and Hessian at the start of a step, kept in `work`; the loss is nan at a bad point."""
    loss = field(theta, data, work.start_gradient, work.start_hessian)
    work.loss[0] = value(loss)
    return loss


@compiled
def _residuals(theta: Any, h: float, arc: bool, data: Any, method: Any, work: Any, rhs: Any) -> bool:
    """Less the residuals of all stages, into `rhs`; False where a stage leaves the domain.

    Rows of stage i: ``sum_j inverse_ij Z_j + h sigma_i gradient_i``, and in arclength ``u Z_i - c_i h``. Gradients and
    Hessians stay in `work`. (One call for all stages: handing on a tuple of forty arrays takes 0.1 us.)
    """
    Z, at, inverse, u = work.Z, work.theta, method.inverse, work.u
    s, n = Z.shape
    width = n + 1 if arc else n
    for i in range(s):
        gradient = work.gradients[i]
        for k in range(n):
            at[k] = add(theta[k], cast(Z[i, k], theta[k]))
        if math.isnan(value(field(at, data, gradient, work.hessians[i]))):
            return False
        slope = mul(work.sigma[i], h)
        for k in range(n):
            total = mul(slope, cast(gradient[k], slope))
            for j in range(s):
                total = add(total, mul(Z[j, k], inverse[i, j]))
            rhs[i * width + k] = mul(total, -1.0)
        if arc:
            total = mul(method.nodes[i], h)
            for k in range(n):
                total = sub(total, mul(u[k], Z[i, k]))
            rhs[i * width + n] = total
    return True


@inlined
def _assemble(h: float, arc: bool, unit: float, method: Any, work: Any, M: Any) -> None:
    """Matrix of Newton's system at the stages for which `_residuals` left gradients and Hessians.

    The unknown of ``sigma_i`` is in units of `unit`.
    """
    inverse, gradients, hessians, u = method.inverse, work.gradients, work.hessians, work.u
    s, n = work.Z.shape
    width = n + 1 if arc else n
    M[:] = lift(0.0, work.Z[0, 0])
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


@compiled
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


@compiled
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
            change = d[i * width + twins[k]]
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


@inlined
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
    M: Any,
    rhs: Any,
) -> bool:
    """Go on with the factors of the last iteration while corrections shrink; whether two in a row met `target`.

    `size` is that of the last one. For ten units and three stages each takes a quarter of an iteration.
    """
    s, n = work.Z.shape
    width = n + 1 if arc else n
    for _ in range(_MOST_REPEATS):
        if not _residuals(theta, h, arc, data, method, work, rhs):
            return False
        for k in range(s * width):
            rhs[k] = mul(rhs[k], work.row_scale[k])
        substitute(M, work.pivots, rhs)
        work.Z_kept[:], work.sigma_kept[:] = work.Z, work.sigma
        before, size = size, _update(theta, h, arc, unit, time_scale, twins, work, rhs)
        if size <= target and before <= target:
            return True
        if not size <= before:
            work.Z[:], work.sigma[:] = work.Z_kept, work.sigma_kept
        if not size <= max(_SHRINKS * before, target):
            return False
    return False


@compiled
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
    M, rhs = (work.arc_matrix, work.arc_rhs) if arc else (work.time_matrix, work.time_rhs)
    unit = abs(value(work.sigma[s - 1]))
    before, earlier = math.inf, math.inf
    for iteration in range(1, _MOST_ITERATIONS + 1):
        if not _residuals(theta, h, arc, data, method, work, rhs):
            return OUTSIDE, iteration
        _assemble(h, arc, unit, method, work, M)
        scale_rows(M, rhs, work.row_scale)
        if not factor(M, work.pivots):
            return FAILED, iteration
        substitute(M, work.pivots, rhs)
        size = _update(theta, h, arc, unit, time_scale, twins, work, rhs)
        if not size < 1e10 or (iteration > 2 and size > 2.0 * max(before, earlier)):
            return FAILED, iteration
        before, earlier = size, before
        if size <= _HOPEFUL and _settle(
            theta, h, arc, unit, time_scale, target, size, data, method, twins, work, M, rhs
        ):
            break
        if iteration == _MOST_ITERATIONS:
            return FAILED, iteration
    if arc:
        for i in range(s):
            if not value(work.sigma[i]) > 0.0:
                return FAILED, iteration
    return CONVERGED, iteration


@compiled
def _filter(h: float, sigma: Any, arc: bool, method: Any, work: Any) -> bool:
    """Factor ``I + gamma h sigma H`` at the start of the step, bordered by the constraint in arclength.

    Its rows are scaled; `error` keeps the factors.
    """
    n = work.u.shape[0]
    M = work.filter_matrix
    slope = mul(sigma, h * method.gamma)
    for i in range(n):
        largest = 0.0
        for j in range(n):
            M[i, j] = mul(cast(work.start_hessian[i, j], slope), slope)
        M[i, i] = add(M[i, i], lift(1.0, sigma))
        M[i, n] = work.entry[i] if arc else lift(0.0, sigma)
        M[n, i] = work.u[i] if arc else lift(0.0, sigma)
        for j in range(n + 1):
            largest = max(largest, abs(value(M[i, j])))
        for j in range(n + 1):
            M[i, j] = mul(M[i, j], 1.0 / largest)
        work.error[i] = lift(1.0 / largest, sigma)
    M[n, n] = lift(0.0 if arc else 1.0, sigma)
    return bool(factor(M, work.pivots[: n + 1]))


@compiled
def _filtered_size(
    h: float, sigma: Any, gradient: Any, arc: bool, time_scale: float, method: Any, work: Any
) -> float:
    """Size of ``M^-1 (-gamma h sigma gradient + sum_i e_i Z_i)`` by `_filter`, left in `filter_rhs`."""
    s, n = work.Z.shape
    slope = mul(sigma, -h * method.gamma)
    rhs = work.filter_rhs
    for k in range(n):
        total = mul(slope, cast(gradient[k], slope))
        for i in range(s):
            total = add(total, mul(work.Z[i, k], method.error[i]))
        rhs[k] = mul(total, work.error[k])
    rhs[n] = lift(0.0, sigma)
    substitute(work.filter_matrix, work.pivots[: n + 1], rhs)
    size = 0.0
    for k in range(n):
        size += (value(rhs[k]) / work.scale[k]) ** 2
    size = math.sqrt(size / n)
    if arc:
        # The embedded quadrature of sigma, and what the filter moved sigma by.
        gap = method.gamma * h * value(sigma) + value(rhs[n])
        for i in range(s):
            tau = 0.0
            for j in range(s):
                tau += value(method.A[i, j]) * value(work.sigma[j])
            gap += value(method.error[i]) * h * tau
        size = max(size, abs(gap) / time_scale)
    return size if size >= 0.0 else math.inf


@compiled
def estimate_error(
    theta: Any, h: float, arc: bool, speed: float, time_scale: float, data: Any, method: Any, work: Any
) -> float:
    """Size of the local error in units of the tolerance: the embedded formula, damped in the stiff directions.

    Hairer and Wanner, *Solving ODEs II*, IV.8: ``e = (I + gamma h H)^-1 (gamma h f(theta) + sum_i e_i Z_i)``, and once
    more with ``f(theta + e)`` where that is too large, for a start that lies off the slow manifold. ``f(theta)`` is the
    slope of the last step's polynomial at its end, which the collocation equations make equal to it: evaluated anew,
    what Newton's method left in the stiff directions would drown it. (`speed` is 0 before the first step.)
    """
    n = work.Z.shape[1]
    sigma = lift(1.0, work.Z[0, 0])
    for k in range(n):
        gradient = cast(work.start_gradient[k], sigma)
        work.entry[k] = mul(work.u[k], -speed) if speed > 0.0 else gradient
    if arc:
        sigma = lift(1.0 / speed, sigma)
    if not _filter(h, sigma, arc, method, work):
        return math.inf
    size = _filtered_size(h, sigma, work.entry, arc, time_scale, method, work)
    if size < 1.0:
        return size
    for k in range(n):
        work.theta[k] = add(theta[k], cast(work.filter_rhs[k], theta[k]))
    if math.isnan(value(field(work.theta, data, work.gradient, work.hessian))):
        return size
    return min(size, _filtered_size(h, sigma, work.gradient, arc, time_scale, method, work))
