"""The stepping loop of the gradient flow, compiled: predictor, acceptance, step size, time or arclength, events."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from memcurse.numerics.arithmetic.compiled import compiled
from memcurse.numerics.arithmetic.doubledouble import add, cast, sub, two_sum, value

from .field import field
from .moments import TWO_UNITS, centred, curved, moment_change, solve_moments
from .step import CONVERGED, solve_stages

# What the loop returns.
FULL, REACHED, UNTIL, UNREACHABLE, NOISE, STALLED, TABLE = 0, 1, 2, 3, 4, 5, 6
LOSS_DROP, DISPLACEMENT = 0, 1
#: How much looser the tolerance of the embedded formula, of order s + 1, is than that of the step, of order 2s - 1.
LOOSER = 10.0
#: A loss may rise by so many roundings of its terms.
LOSS_ROUNDINGS = 32.0
#: Beyond this many of the last step's lengths its polynomial is not carried on.
FAR = 2.5
#: A rate's length scale is at most this many times its distance to the nearest.
_WIDEST = 1e3


class State(NamedTuple):
    """Where a flow stands between two calls of the loop. Arrays, so that compiled code can change them."""

    theta: Any  # (n,)
    numbers: Any  # float64, see the indices below
    previous: Any  # (s, n) float64: coefficients of the last step's polynomial
    moments: Any  # (s, n) float64: the same for the moments of flow_moments
    counts: Any  # int64: steps, rejected, iterations, evaluations


class Controls(NamedTuple):
    """What a flow is asked to do."""

    rtol: float
    floor: float  # smallest length scale of the rates, relative to them
    until: float
    noise: float  # unit round-off of the gradient's arithmetic
    noise_limit: float  # give up where round-off / gradient exceeds it
    kind: int
    threshold: float
    loss: Any  # at the start
    loss_size: float  # of the terms that make up the loss
    newton: float
    start: Any  # (n,) the start, for the displacement
    distinct: bool  # whether no two units start alike
    impatience: int  # give up where rejections exceed the steps by more
    twins: Any  # (n,) int64: the first unknown that started with the same amplitude and rate


class Record(NamedTuple):
    """Where accepted steps go: row i is the state after step i + 1, and the step's polynomial."""

    time: Any  # (capacity, 2) high and low part
    theta: Any  # (capacity, n)
    loss: Any  # (capacity,)
    stages: Any  # (capacity, s, n) float64 increments
    sigma: Any  # (capacity, s)
    step: Any  # (capacity,)


# Indices into State.numbers.
T_HIGH, T_LOW, H, ARC, GROWTH, ERROR_LAST, LENGTH, RATE, LOSS, LOSS_0, NOISE_TIME, FORCE_TIME = range(12)
CENTRE, EXCESS, SPEED, RETRIES = range(12, 16)
HANDED_OVER = 16  # whether the implicit loop has taken over from the explicit one
NUMBERS = 17
STEPS, REJECTED, ITERATIONS, EVALUATIONS = range(4)


@compiled
def find_twins(start: Any, twins: Any) -> None:
    """For each unknown of a start (n,) the first one that belongs to a unit of the same amplitude and rate."""
    m = start.shape[0] // 2
    for k in range(m):
        j = 0
        while not (start[j] == start[k] and start[m + j] == start[m + k]):
            j += 1
        twins[k], twins[m + k] = j, m + j


@compiled
def round_off(state: Any) -> float:
    """Estimated relative error of the time that comes from the gradient's round-off."""
    time = state.numbers[T_HIGH]
    return state.numbers[NOISE_TIME] / time if time > 0.0 else 0.0


@compiled
def loss_size(loss: float) -> float:
    """Size of the terms that make up a loss."""
    return 4.0 * max(1.0, loss)


@compiled
def _distance_that_matters(theta: Any, k: int, twins: Any) -> float:
    """Length scale of the rate k: the geometric mean of its distances to the nearest rate and to all, weighted.

    Near a coincided manifold everything depends on the rates' small distances. Within a cluster that another rate has
    left it depends on them less, and they may shrink to nothing.
    """
    m = theta.shape[0] // 2
    w = value(theta[m + k])
    nearest, spread, weights = w, 0.0, 0.0
    for j in range(m):
        if twins[j] != twins[k]:
            gap = abs(value(theta[m + j]) - w)
            weight = abs(value(theta[j]))
            nearest = min(nearest, gap)
            spread += weight * gap * gap
            weights += weight
    wide = math.sqrt(spread / weights) if weights > 0.0 else nearest
    return min(math.sqrt(nearest * max(wide, nearest)), _WIDEST * nearest)


@compiled
def set_scales(theta: Any, controls: Any, scale: Any) -> None:
    """Size of an error that counts as 1: the tolerance times the amplitude, or times the rate's length scale."""
    n = theta.shape[0]
    m = n // 2
    largest = 0.0
    for k in range(m):
        largest = max(largest, abs(value(theta[k])))
    for k in range(m):
        scale[k] = controls.rtol * max(abs(value(theta[k])), 1e-8 * largest)
        distance = _distance_that_matters(theta, k, controls.twins)
        scale[m + k] = controls.rtol * max(distance, controls.floor * value(theta[m + k]))


@compiled
def gradient_noise(theta: Any, hessian: Any, unit: float) -> float:
    """Round-off of the gradient, from the size of what cancels in it: ``sum_j |a_j| 2/(w_k + w_j)``, twice."""
    m = theta.shape[0] // 2
    largest = 0.0
    for k in range(m):
        total = 0.0
        for j in range(m):
            total += abs(value(hessian[k, j]) * value(theta[j]))
        largest = max(largest, total)
    return 2.0 * unit * largest


@compiled
def norm(x: Any) -> float:
    """Euclidean length, in float64."""
    total = 0.0
    for k in range(x.shape[0]):
        total += value(x[k]) ** 2
    return math.sqrt(total)


@compiled
def _predict_moments(state: Any, work: Any) -> None:
    """Improve the guesses: carry on the moments, which follow a straight valley, not its curved image."""
    Z, a, x, move, target = work.Z, work.a, work.x, work.d, work.target
    s, n = Z.shape
    centred(state.theta, state.numbers[CENTRE], a, x)
    for i in range(s):
        for k in range(n):
            move[k] = value(Z[i, k])
        if not curved(move, x[0] - x[1]):
            continue
        for k in range(n):
            target[k] = 0.0
            for p in range(s):
                target[k] += state.moments[p, k] * work.growth[i, p]
        if solve_moments(a, x, target, move):
            for k in range(n):
                Z[i, k] = cast(move[k], Z[i, k])


@compiled
def predict(state: Any, h: float, arc: bool, distinct: bool, method: Any, work: Any) -> None:
    """Guess the stages from the last step's polynomial, carried on; from its end tangent where that is far."""
    Z, growth, previous, x = work.Z, work.growth, state.previous, state.numbers
    s, n = Z.shape
    unit = x[LENGTH] if arc else x[RATE]  # what a unit of the last step's parameter is worth at its end
    ratio = h / unit if unit > 0.0 else 0.0
    for i in range(s):
        c = value(method.nodes[i]) * ratio
        for p in range(s):
            growth[i, p] = (p + 1) * c if ratio > FAR else math.expm1((p + 1) * math.log1p(c))
        for k in range(n):
            increment = 0.0
            for p in range(s):
                increment += previous[p, k] * growth[i, p]
            Z[i, k] = cast(increment, Z[i, k])
        work.sigma[i] = cast(x[RATE] / x[LENGTH] if arc else 1.0, work.sigma[i])
    if 0.0 < ratio <= FAR and distinct and n == TWO_UNITS:
        _predict_moments(state, work)


@compiled
def _remember_moments(state: Any, method: Any, work: Any) -> None:
    s, n = work.Z.shape
    centre = 0.0
    for k in range(n // 2, n):
        centre += value(state.theta[k]) / (n // 2)
    state.numbers[CENTRE] = centre
    centred(state.theta, centre, work.a, work.x)
    for i in range(s):
        for k in range(n):
            work.d[k] = value(work.Z[i, k])
        moment_change(work.a, work.x, work.d, work.target, work.spread[i])
    for p in range(s):
        for k in range(n):
            state.moments[p, k] = 0.0
            for i in range(s):
                state.moments[p, k] += value(method.powers[p, i]) * work.spread[i, k]


@compiled
def remember(state: Any, h: float, method: Any, work: Any) -> float:
    """Keep the polynomial of an accepted step and its end tangent; the speed there."""
    s, n = work.Z.shape
    length = 0.0
    for k in range(n):
        slope = 0.0
        for p in range(s):
            total = 0.0
            for i in range(s):
                total += value(method.powers[p, i]) * value(work.Z[i, k])
            state.previous[p, k] = total
            slope += (p + 1) * total
        work.u[k] = cast(slope, work.u[k])
        length += slope * slope
    length = math.sqrt(length)
    for k in range(n):
        work.u[k] = cast(value(work.u[k]) / length, work.u[k])
    if n == TWO_UNITS:
        _remember_moments(state, method, work)
    state.numbers[LENGTH] = length
    state.numbers[RATE] = h * value(work.sigma[s - 1])
    return length / state.numbers[RATE]


@compiled
def shorten(state: Any, factor: float) -> None:
    """Give a step up, and try a shorter one."""
    x = state.numbers
    state.counts[REJECTED] += 1
    x[RETRIES] += 1.0
    x[H] *= factor
    x[GROWTH], x[ERROR_LAST] = 1.0, 0.0


@compiled
def duration(h: float, method: Any, work: Any) -> float:
    """Time that the step takes."""
    s = work.sigma.shape[0]
    total = 0.0
    for j in range(s):
        total += value(method.A[s - 1, j]) * value(work.sigma[j])
    return h * total


@compiled
def advance_time(state: Any, dt: float) -> None:
    """Compensated sum: an escape of length 1 still shows at a time of 1e16."""
    x = state.numbers
    high, low = two_sum(x[T_HIGH], dt)
    x[T_HIGH], x[T_LOW] = two_sum(high, low + x[T_LOW])


@compiled
def excess(theta: Any, loss: Any, controls: Any) -> float:
    """How far the event's quantity is past its threshold: the event comes where this turns positive."""
    if controls.kind == LOSS_DROP:
        return float(value(sub(controls.loss, loss))) - controls.threshold
    total = 0.0
    for k in range(theta.shape[0]):
        total += value(sub(theta[k], controls.start[k])) ** 2
    return math.sqrt(total) - controls.threshold


@compiled
def _excess_inside(x: float, state: Any, theta: Any, data: Any, controls: Any, work: Any) -> float:
    """`excess` on the polynomial of the last step, at `x` in [0, 1]."""
    s, n = state.previous.shape
    for k in range(n):
        increment = 0.0
        for p in range(s - 1, -1, -1):
            increment = (increment + state.previous[p, k]) * x
        work.theta[k] = add(theta[k], cast(increment, theta[k]))
    loss = field(work.theta, data, work.gradient, work.hessian)
    return excess(work.theta, loss, controls)


@compiled
def crossing(state: Any, theta: Any, data: Any, method: Any, controls: Any, work: Any) -> float:
    """First x in (0, 1] where the event comes on the last step's polynomial; 0 if it does not come."""
    s = method.nodes.shape[0]
    low, at_low, high, at_high = 0.0, state.numbers[EXCESS], 0.0, -1.0
    # The loss falls all along a step, so that its end decides.
    for i in range(s - 1 if controls.kind == LOSS_DROP else 0, s):
        x = value(method.nodes[i])
        at_high = _excess_inside(x, state, theta, data, controls, work)
        if at_high >= 0.0:
            high = x
            break
        low, at_low = x, at_high
    if high == 0.0:
        return 0.0
    for _ in range(60):  # the Illinois variant of false position
        x = low + (high - low) * at_low / (at_low - at_high)
        if not (low < x < high) or high - low < 1e-12:
            break
        f = _excess_inside(x, state, theta, data, controls, work)
        if f >= 0.0:
            high, at_high, at_low = x, f, 0.5 * at_low
        else:
            low, at_low, at_high = x, f, 0.5 * at_high
        if abs(f) <= 1e-15 * abs(controls.threshold):
            return x
    return high


@compiled
def land(
    x: float,
    h: float,
    arc: bool,
    state: Any,
    data: Any,
    method: Any,
    controls: Any,
    work: Any,
    time_scale: float,
) -> float:
    """Repeat the step with the length at which the event comes at its very end; that length, or 0 for a failure.

    The step's end has the order of the method, which its polynomial inside the step has not.
    """
    theta, s = state.theta, work.Z.shape[0]
    n = theta.shape[0]
    gap = 1e-4
    rise = _excess_inside(x + gap, state, theta, data, controls, work)
    slope = (rise - _excess_inside(x - gap, state, theta, data, controls, work)) / (2.0 * gap)
    x_last, f_last = 0.0, 0.0
    for attempt in range(8):
        for i in range(s):
            at = x * value(method.nodes[i])
            for k in range(n):
                increment = 0.0
                for p in range(s - 1, -1, -1):
                    increment = (increment + state.previous[p, k]) * at
                work.Z[i, k] = cast(increment, work.Z[i, k])
        outcome, _ = solve_stages(
            theta, x * h, arc, time_scale, controls.newton, data, method, controls.twins, work
        )
        if outcome != CONVERGED:
            return 0.0
        for k in range(n):
            work.theta[k] = add(theta[k], cast(work.Z[s - 1, k], theta[k]))
        f = excess(work.theta, field(work.theta, data, work.gradient, work.hessian), controls)
        if attempt > 0 and (f - f_last) * (x - x_last) > 0.0:
            slope = (f - f_last) / (x - x_last)
        x_last, f_last, change = x, f, -f / slope
        if abs(change) <= 1e-13 * x or abs(f) <= 4e-16 * abs(value(controls.loss)):
            return x * h
        x = min(max(x + change, 0.5 * x), 2.0 * x)
    return x * h
