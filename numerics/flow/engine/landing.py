"""Events inside an implicit step: where its polynomial meets them, and the step that ends there."""

from __future__ import annotations

import math
from typing import Any

from memcurse.numerics.arithmetic.compiled import subroutine, uncounted
from memcurse.numerics.arithmetic.doubledouble import add, cast, sub, value

from .field import field, slope
from .humps import first_hump, offset_from
from .scales import norm
from .state import EXCESS, LOSS_DROP
from .step import CONVERGED, solve_stages


@uncounted
def excess(theta: Any, loss: Any, controls: Any) -> float:
    """How far the event's quantity is past its threshold: the event comes where this turns positive."""
    if controls.kind == LOSS_DROP:
        return float(value(sub(controls.loss, loss))) - controls.threshold
    total = 0.0
    for k in range(theta.shape[0]):
        total += value(sub(theta[k], controls.start[k])) ** 2
    return math.sqrt(total) - controls.threshold


@uncounted
def approach(theta: Any, gradient: Any, controls: Any) -> float:
    """How fast `excess` grows at `theta`, in float64."""
    if controls.kind == LOSS_DROP:
        return float(norm(gradient) ** 2)
    total, length = 0.0, 0.0
    for k in range(theta.shape[0]):
        moved = theta[k] - controls.start[k]
        total -= moved * gradient[k]
        length += moved * moved
    return total / math.sqrt(length)


@uncounted
def _excess_inside(x: float, state: Any, theta: Any, data: Any, controls: Any, work: Any) -> float:
    """`excess` on the polynomial of the last step, at `x` in [0, 1]."""
    s, n = state.previous.shape
    for k in range(n):
        increment = 0.0
        for p in range(s - 1, -1, -1):
            increment = (increment + state.previous[p, k]) * x
        work.theta[k] = add(theta[k], cast(increment, theta[k]))
    loss = slope(work.theta, data, work.gradient, work.hessian)
    return excess(work.theta, loss, controls)


@subroutine
def crossing(state: Any, theta: Any, data: Any, method: Any, controls: Any, work: Any) -> float:
    """First x in (0, 1] where the event comes on the last step's polynomial; 0 if it does not come.

    -x where the step must be cut at x first, because its distance from the start has a maximum there.
    """
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
    if controls.kind != LOSS_DROP:
        hump, _ = first_hump(
            offset_from(theta, controls.start),
            state.previous,
            controls.threshold,
            high if high > 0.0 else 1.0,
        )
        if 0.0 < hump < (high if high > 0.0 else 1.0):
            return -hump
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


@uncounted
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
    rate = -1.0
    while rate <= 0.0 and gap > 1e-9:  # the threshold may lie just below a maximum
        rise = _excess_inside(x + gap, state, theta, data, controls, work)
        rate = (rise - _excess_inside(x - gap, state, theta, data, controls, work)) / (2.0 * gap)
        gap *= 0.1
    if rate <= 0.0:
        return 0.0
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
            rate = (f - f_last) / (x - x_last)
        x_last, f_last, change = x, f, -f / rate
        if abs(change) <= 1e-13 * x or abs(f) <= 4e-16 * abs(value(controls.loss)):
            return x * h
        x = min(max(x + change, 0.5 * x), 2.0 * x)
    return x * h
