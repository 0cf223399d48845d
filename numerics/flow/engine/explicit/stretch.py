r"""The stretches of a float64 flow that are not stiff, by stabilised explicit steps; then the implicit loop.

A flow starts here, with the methods of `stabilised`: no linear systems, a number of stages that grows like the square
root of ``h ||H||``. As soon as the step that accuracy allows would take too many stages, the flow is handed over
to the implicit loop of `advance`, for good. (A method that was asked for by itself, a pair or the whole family, keeps
it to its end.) Both write the same records. What happens between an explicit step's
ends is the quintic through values, slopes and curvatures at both: the curvature ``H grad J`` comes from the Hessian,
which is evaluated once a step, at its end.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from memcurse.numerics.arithmetic.compiled import overloaded, subroutine, uncounted
from memcurse.numerics.arithmetic.doubledouble import EPSILON_64, is_double_double
from memcurse.numerics.flow.engine.humps import first_hump, offset_from
from memcurse.numerics.flow.engine.landing import approach, excess
from memcurse.numerics.flow.engine.loop import LOOSER, MOST_RETRIES, advance_time, remember, shorten
from memcurse.numerics.flow.engine.scales import LOSS_ROUNDINGS, gradient_noise, norm, set_scales
from memcurse.numerics.flow.engine.settled import at_rest, settled
from memcurse.numerics.flow.engine.state import (
    CLOSEST,
    ERROR_LAST,
    EVALUATIONS,
    EXCESS,
    FULL,
    GROWTH,
    LOSS,
    LOSS_DROP,
    NATURAL,
    NOISE_TIME,
    REACHED,
    RETRIES,
    SPEED,
    STALLED,
    STEPS,
    T_HIGH,
    T_LOW,
    UNREACHABLE,
    UNTIL,
    H,
)

from .step import (
    AFTER,
    BEFORE,
    ORIGIN,
    ROWS,
    STAGE,
    any_step,
    choose_method,
    curvature,
    displacement_crossing,
    dot,
    evaluate_at,
    fill,
    first_length,
    frobenius,
    loss_crossing,
    quintic_powers,
    step_error,
)

#: What the explicit loop returns when the implicit one shall go on.
HAND_OVER = -2
_SAFETY, _MOST, _LEAST = 0.85, 6.0, 0.2
#: Estimated error of a step, of the embedded formula of order 3, in units of the tolerance: that of the time is
#: proportional to it.
_ACCURACY = 0.3
#: Tighter tolerances are the implicit method's from the start: its order is higher.
_TIGHTEST = 0.99e-9
#: The Hessian may grow by this factor within a step.
_GROWTH = 1.1
_MOST_RETRIES = 4.0
#: Steps, and steps with those foreseen (about twice too many), beyond which the implicit method goes on: in float64
#: `solve` allows 1000 in all.
_MOST_STEPS, _MOST_FORESEEN = 800, 1500.0
#: Steps that the implicit method takes for as much time as has passed, or for the event: of the size that is usual.
_IMPLICIT_STEPS = 16.0
_DOUBLINGS = 3.0
_PATIENCE_IN_TIME = 4.0
#: Steps from one look to the next whether the flow has settled.
_PATIENCE = 8
#: The event's last correction, in units of the field's time scale, for which Taylor's formula does.
_CLOSE = 1e-4


@uncounted
def _land(
    x: float, h: float, table: tuple[Any, Any, Any], theta: Any, p: Any, controls: Any, work: Any, B: Any
) -> float:
    """Repeat the step with the length at whose end the event comes; that length, or 0 for a failure.

    A last correction that is a small part of the field's time scale is made by Taylor's formula.
    """
    n, length, whole = theta.shape[0], x * h, True
    for _ in range(20):
        if whole and not any_step(theta, work.start_gradient, length, table, p, work.theta, work.hessian, B):
            return 0.0
        loss = evaluate_at(theta, B[0], p, work.theta, work.gradient, work.hessian, 2)
        if math.isnan(loss):
            return 0.0
        f, rate = excess(work.theta, loss, controls), approach(work.theta, work.gradient, controls)
        curvature(work.hessian, work.gradient, B[AFTER])
        dt = -f / rate
        if abs(dt) <= 1e-13 * length or abs(f) <= 4e-16 * abs(controls.loss):
            return length
        if not (rate > 0.0 and abs(dt) < h):
            return 0.0
        whole = abs(dt) * frobenius(work.hessian) > _CLOSE
        if whole:
            dt = min(max(dt, -0.5 * length), length)
        else:
            for k in range(n):
                B[0, k] += dt * (0.5 * dt * B[AFTER, k] - work.gradient[k])
        length += dt
    return length


@uncounted
def _worth(n: int, s: int) -> float:
    """Evaluations of the gradient in the time that the implicit method with `s` stages takes for its usual steps.

    Nanoseconds on one machine, fitted to the widths 2 and 10: only their ratio matters.
    """
    gradient = 60.0 + 30.0 * n
    iteration = (s * n) ** 3 / 7.5 + s * gradient
    return _IMPLICIT_STEPS * (15e3 + 2.7 * iteration) / gradient


@uncounted
def _ahead(x: Any, speed: float, is_drop: bool, bend: float) -> float:
    """A guess of the time for which the flow will go on as it does, from the slope's `speed` and its ``g H g``.

    The event would take this long at the present speed; where the flow speeds up, it doubles that before. Early in
    a flow, while its steps still grow, the time that has passed counts as well.
    """
    left = -x[EXCESS] / (speed * speed if is_drop else speed)
    if bend < 0.0:
        left = min(left, _DOUBLINGS * speed * speed / -bend)
    return min(left, _PATIENCE_IN_TIME * x[T_HIGH])


@uncounted
def _plan(x: Any, error: float, power: float) -> None:
    """Length of the next step: Gustafsson's predictive controller, as in the implicit loop."""
    error = max(error, 1e-8)
    factor = _SAFETY * error**-power
    if x[RETRIES] == 0.0 and x[ERROR_LAST] > 0.0:
        factor = min(factor, _SAFETY * x[GROWTH] * (x[ERROR_LAST] / error) ** power * error**-power)
    factor = min(max(factor, _LEAST), _MOST if x[RETRIES] == 0.0 else 1.0)
    x[ERROR_LAST], x[GROWTH] = error, factor
    x[H] *= factor


@uncounted
def _leave(state: Any, method: Any, work: Any, record: Any, last: int, B: Any) -> None:
    """Keep the last step's polynomial, from which the implicit loop predicts."""
    s, n = work.Z.shape
    for i in range(s):
        work.sigma[i] = 1.0
        for k in range(n):
            work.Z[i, k] = record.stages[last, i, k]
    for k in range(n):
        B[0, k], state.theta[k] = state.theta[k], B[ORIGIN, k]
    state.numbers[SPEED] = remember(state, record.step[last], method, work)
    for k in range(n):
        state.theta[k] = B[0, k]


@subroutine
def _crossing(
    h: float,
    theta: Any,
    before: float,
    loss: float,
    nodes: Any,
    controls: Any,
    g0: Any,
    g1: Any,
    B: Any,
) -> float:
    """The x in (0, 1] at which the event comes within a step; 0 if it does not, -x where it must be cut at x first.

    `before` is the excess at the step's start.
    """
    if controls.kind != LOSS_DROP:
        high = displacement_crossing(h, theta, nodes, controls, g0, g1, B)
        hump, _ = first_hump(
            offset_from(theta, controls.start),
            quintic_powers(h, g0, g1, B),
            controls.threshold,
            high if high > 0.0 else 1.0,
        )
        return -hump if 0.0 < hump < (high if high > 0.0 else 1.0) else high
    after = controls.loss - loss - controls.threshold
    return loss_crossing(h, before, after, g0, g1, B) if after >= 0.0 else 0.0


@uncounted
def _move(theta: Any, state: Any, controls: Any, work: Any, loss: float, h: float, B: Any) -> None:
    """Go to the end of a step, at which `work` holds the point, its gradient and its Hessian."""
    x, n = state.numbers, theta.shape[0]
    for k in range(n):
        B[ORIGIN, k], B[BEFORE, k] = theta[k], B[AFTER, k]
        theta[k], work.start_gradient[k] = work.theta[k], work.gradient[k]
        for j in range(n):
            work.start_hessian[k, j] = work.hessian[k, j]
    x[LOSS], work.loss[0] = loss, loss
    x[EXCESS] = excess(theta, loss, controls)
    x[CLOSEST] = max(x[CLOSEST], x[EXCESS])
    advance_time(state, h)
    state.counts[STEPS] += 1


def _stretch(
    theta: Any, state: Any, data: Any, method: Any, controls: Any, work: Any, record: Any
) -> tuple[int, int]:
    """Explicit steps until something happens, `record` is full, or the flow is stiff: a code, and the rows written."""
    x, p, B = state.numbers, data.packed, np.empty((ROWS + method.explicit.pair.shape[0], theta.shape[0]))
    family = method.explicit
    stages, reach, starts, recurrences = family.stages, family.reach, family.starts, family.recurrence
    finishes, errors, pair, power, exclusive = (
        family.finish,
        family.error,
        family.pair,
        family.power,
        family.exclusive,
    )
    first = ROWS if pair.shape[0] > 0 else STAGE
    at, g0, g1, H0, H1 = work.theta, work.start_gradient, work.gradient, work.start_hessian, work.hessian
    scale, nodes, is_drop = work.scale, method.nodes, controls.kind == LOSS_DROP
    s, n = work.Z.shape
    rtol = controls.rtol / LOOSER
    if rtol < _TIGHTEST and not exclusive:
        return HAND_OVER, 0
    share, rounding = _ACCURACY * rtol / controls.rtol, LOSS_ROUNDINGS * EPSILON_64 * controls.loss_size
    code, rows, begin, worth = FULL, 0, x[H], _worth(n, s)
    curvature(H0, g0, B[BEFORE])
    while rows < record.capacity:
        slope, noise = norm(g0), gradient_noise(theta, H0, controls.noise, work.a)
        set_scales(theta, x[NATURAL], controls, scale)
        if not noise <= controls.noise_limit * slope:
            code = at_rest(x[EXCESS], slope + noise, (controls.until - x[T_HIGH]) - x[T_LOW])
            break
        if x[RETRIES] == 0.0 and state.counts[STEPS] % _PATIENCE == 0:
            if settled(x[EXCESS], state, data, controls, work):
                code = UNREACHABLE
                break
            if state.counts[STEPS] == 0:
                x[H] = first_length(share, scale, g0, B[BEFORE])
        size, left = frobenius(H0), (controls.until - x[T_HIGH]) - x[T_LOW]
        which = choose_method(_GROWTH * min(x[H], left) * size, reach)
        if which < 0 and exclusive:
            which = reach.shape[0] - 1
            x[H] = reach[which] / (_GROWTH * size)
        ahead = min(_ahead(x, slope, is_drop, dot(g0, B[BEFORE])), left)
        done = state.counts[STEPS]
        many = done >= _MOST_STEPS or done + ahead / x[H] > _MOST_FORESEEN
        if exclusive:
            if x[RETRIES] > MOST_RETRIES:
                code = STALLED
                break
        elif which < 0 or many or stages[which] * ahead > worth * x[H] or x[RETRIES] > _MOST_RETRIES:
            code = HAND_OVER
            break
        x[H] = min(x[H], left)
        h = x[H]
        state.counts[EVALUATIONS] += stages[which]
        table = (pair, recurrences[starts[which] : starts[which] + stages[which] - 4], finishes[which])
        error = math.inf
        if any_step(theta, g0, h, table, p, at, H1, B):
            error = step_error(h, errors[which], first, scale, B) / share
        if not error < 1.0:
            shorten(state, max(_LEAST, _SAFETY * error**-power))
            continue
        loss = evaluate_at(theta, B[0], p, at, g1, H1, 2)
        curvature(H1, g1, B[AFTER])
        crossing = _crossing(h, theta, x[EXCESS], loss, nodes, controls, g0, g1, B)
        if crossing < 0.0:
            shorten(state, -crossing)
            curvature(H0, g0, B[BEFORE])
            continue
        if crossing > 0.0:
            h = _land(crossing, h, table, theta, p, controls, work, B)
            loss = evaluate_at(theta, B[0], p, at, g1, H1, 2)
        if h == 0.0 or not loss <= x[LOSS] + rounding:
            shorten(state, 0.5)
            curvature(H0, g0, B[BEFORE])
            continue
        fill(h, h * size, g0, g1, nodes, B, record.stages[rows])
        _move(theta, state, controls, work, loss, h, B)
        x[NOISE_TIME] += h * noise / slope
        record.sigma[rows], record.step[rows] = 1.0, h
        for k in range(n):
            record.theta[rows, k] = theta[k]
        record.time[rows, 0], record.time[rows, 1], record.loss[rows] = x[T_HIGH], x[T_LOW], loss
        rows += 1
        if crossing > 0.0:
            return REACHED, rows
        if (controls.until - x[T_HIGH]) - x[T_LOW] <= 0.0:
            return UNTIL, rows
        _plan(x, error, power)
        x[RETRIES] = 0.0
    if code == HAND_OVER:
        x[H] *= s - 2.0
    if rows > 0:
        _leave(state, method, work, record, rows - 1, B)
    elif state.counts[STEPS] == 0:
        x[H] = begin
    return code, rows


def explicit_stretch(
    theta: Any, state: Any, data: Any, method: Any, controls: Any, work: Any, record: Any
) -> tuple[int, int]:
    """Explicit steps of a float64 flow: a code, `HAND_OVER` for any other flow, and the rows written."""
    raise NotImplementedError


@overloaded(explicit_stretch)
def _explicit_stretch(
    theta: Any, state: Any, data: Any, method: Any, controls: Any, work: Any, record: Any
) -> Any:
    if (
        is_double_double(theta.dtype)
        or work.places["hessian"][0].ndim == 3
        or "explicit" not in method.places
    ):
        return lambda theta, state, data, method, controls, work, record: (HAND_OVER, 0)
    return _stretch  # compiled as part of the caller: a level less to optimise
