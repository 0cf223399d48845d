"""The loop itself: steps until the event, the time limit, the record's end, or a reason to stop."""

from __future__ import annotations

import math
from typing import Any

from memcurse.numerics.arithmetic.compiled import compiled, overloaded, uncounted
from memcurse.numerics.arithmetic.doubledouble import EPSILON_64, add, cast, value

from .explicit.stretch import HAND_OVER, explicit_stretch
from .field import field
from .landing import crossing, excess, land
from .local_error import estimate_error
from .loop import (
    AT_THE_LIMIT,
    LEAST_ERROR,
    MOST_AT_START,
    MOST_RETRIES,
    advance_time,
    duration,
    next_factor,
    predict,
    remember,
    shorten,
    shorter,
)
from .rosenbrock.step import land_rosenbrock, try_rosenbrock
from .scales import (
    LOSS_ROUNDINGS,
    copy_hessian,
    gradient_noise,
    hessian_norm,
    natural_amplitude,
    norm,
    set_scales,
)
from .settled import at_rest, settled
from .state import (
    ARC,
    BEGUN,
    CLOSEST,
    ERROR_LAST,
    EVALUATIONS,
    EXCESS,
    FORCE_TIME,
    FULL,
    GROWTH,
    HANDED_OVER,
    ITERATIONS,
    LENGTH,
    LOSS,
    NATURAL,
    NOISE_TIME,
    RATE,
    REACHED,
    REJECTED,
    RETRIES,
    SPEED,
    STALLED,
    STEPS,
    T_HIGH,
    T_LOW,
    TABLE,
    UNREACHABLE,
    UNTIL,
    H,
)
from .step import CONVERGED, evaluate_start, solve_stages

_CONTINUE = -1


@uncounted
def _begin(state: Any, data: Any, controls: Any, work: Any) -> bool:
    """Evaluate the start and choose the first step; False at a bad point."""
    x = state.numbers
    loss = evaluate_start(state.theta, data, work)
    if math.isnan(value(loss)):
        return False
    x[LOSS] = value(loss)
    x[EXCESS] = x[CLOSEST] = excess(state.theta, loss, controls)
    x[SPEED], x[NATURAL] = math.inf, natural_amplitude(work.start_gradient, work.start_hessian)
    x[H] = min(0.1 / hessian_norm(work.start_hessian), controls.until)
    x[ARC], x[BEGUN] = 0.0, 1.0
    return True


@uncounted
def _try_collocation(
    state: Any, data: Any, method: Any, controls: Any, work: Any, time_scale: float
) -> float:
    x = state.numbers
    h, arc = x[H], x[ARC] == 1.0
    predict(state, h, arc, controls.distinct, method, work)
    outcome, iterations = solve_stages(
        state.theta, h, arc, time_scale, controls.newton, data, method, controls.twins, work
    )
    state.counts[ITERATIONS] += iterations
    state.counts[EVALUATIONS] += iterations * work.Z.shape[0]
    if outcome != CONVERGED:
        return -1.0
    speed = x[LENGTH] / x[RATE] if x[RATE] > 0.0 else 0.0
    return float(estimate_error(state.theta, h, arc, speed, time_scale, data, method, work))


def attempt(state: Any, data: Any, method: Any, controls: Any, work: Any, time_scale: float) -> float:
    """Try a step: the size of its error (below 1 is good), or -1 if Newton's method fails."""
    raise NotImplementedError


@overloaded(attempt, counted=False)
def _attempt(state: Any, data: Any, method: Any, controls: Any, work: Any, time_scale: float) -> Any:
    if "changes" in method.places:
        return lambda state, data, method, controls, work, time_scale: try_rosenbrock(
            state, data, method, controls, work
        )
    return lambda state, data, method, controls, work, time_scale: _try_collocation(
        state, data, method, controls, work, time_scale
    )


def land_at(
    x: float, h: float, arc: bool, state: Any, data: Any, method: Any, controls: Any, work: Any, scale: float
) -> float:
    """The step that ends with the event, near `x` in the last one: its length, or 0 for a failure."""
    raise NotImplementedError


@overloaded(land_at, counted=False)
def _land_at(
    x: float, h: float, arc: bool, state: Any, data: Any, method: Any, controls: Any, work: Any, scale: float
) -> Any:
    if "changes" in method.places:
        return lambda x, h, arc, state, data, method, controls, work, scale: land_rosenbrock(
            x, h, state, data, method, controls, work
        )
    return lambda x, h, arc, state, data, method, controls, work, scale: land(
        x, h, arc, state, data, method, controls, work, scale
    )


@uncounted
def _write(state: Any, record: Any, i: int, h: float, work: Any) -> None:
    s, n = work.Z.shape
    record.time[i, 0], record.time[i, 1] = state.numbers[T_HIGH], state.numbers[T_LOW]
    record.loss[i] = state.numbers[LOSS]
    record.step[i] = h
    for k in range(n):
        record.theta[i, k] = state.theta[k]
        for j in range(s):
            record.stages[i, j, k] = value(work.Z[j, k])
    for j in range(s):
        record.sigma[i, j] = value(work.sigma[j])


@uncounted
def _accept(state: Any, data: Any, method: Any, controls: Any, h: float, work: Any) -> bool:
    """Move to the step's end, if the loss does not rise there beyond its round-off."""
    x = state.numbers
    s, n = work.Z.shape
    for k in range(n):
        work.theta[k] = add(state.theta[k], cast(work.Z[s - 1, k], state.theta[k]))
    loss = field(work.theta, data, work.gradient, work.hessian)
    if not value(loss) <= x[LOSS] + LOSS_ROUNDINGS * max(controls.noise, EPSILON_64) * controls.loss_size:
        return False
    for k in range(n):
        state.theta[k] = work.theta[k]
        work.start_gradient[k] = work.gradient[k]
    copy_hessian(work.hessian, work.start_hessian)
    x[LOSS], x[EXCESS] = value(loss), excess(work.theta, loss, controls)
    x[CLOSEST] = max(x[CLOSEST], x[EXCESS])
    work.loss[0] = value(loss)
    advance_time(state, duration(h, method, work))
    return True


@uncounted
def _plan(state: Any, error: float, order: int, before: float, after: float, same: bool) -> None:
    """Length of the next step, and whether it runs in time or, where the flow speeds up, in arclength."""
    x = state.numbers
    factor = next_factor(error, x[ERROR_LAST], x[GROWTH], order, same)
    x[ERROR_LAST], x[GROWTH] = max(error, LEAST_ERROR), factor
    h = x[H] * factor
    arc = 1.0 if after > before and x[FORCE_TIME] == 0.0 else 0.0
    if arc != x[ARC]:
        h = h * after if arc == 1.0 else h / after
        x[ARC] = arc
        x[ERROR_LAST] = 0.0
    x[H] = h


@uncounted
def _wanting(theta: Any, missing: Any) -> bool:
    """Whether the table of moments lacks a rate near the present ones (a wild iterate's rate does not count)."""
    wanted = missing[0]
    if wanted == 0.0:
        return False
    m = theta.shape[0] // 2
    for k in range(m):
        if 0.5 * value(theta[m + k]) <= wanted <= 2.0 * value(theta[m + k]):
            return True
    missing[0] = 0.0
    return False


@uncounted
def _check(state: Any, data: Any, controls: Any, work: Any, slope: float, noise: float) -> int:
    """Whether to go on from here."""
    x = state.numbers
    patience = MOST_AT_START if state.counts[STEPS] == 0 else 0
    most = state.counts[STEPS] + controls.impatience + patience
    if x[RETRIES] > max(MOST_RETRIES, patience) or state.counts[REJECTED] > most:
        return STALLED
    if x[RETRIES] == 0.0 and x[ARC] == 0.0 and settled(x[EXCESS], state, data, controls, work):
        return UNREACHABLE
    if not noise <= controls.noise_limit * slope:
        return at_rest(x[EXCESS], slope + noise, (controls.until - x[T_HIGH]) - x[T_LOW])
    return _CONTINUE


@uncounted
def _one_step(
    state: Any, data: Any, method: Any, controls: Any, work: Any, slope: float
) -> tuple[int, float]:
    """Try one step; what came of it, and its length (0 if it was given up)."""
    x = state.numbers
    if x[ARC] == 0.0:
        x[H] = min(x[H], (controls.until - x[T_HIGH]) - x[T_LOW])
    h, arc = x[H], x[ARC] == 1.0
    time_scale = controls.rtol * max(x[T_HIGH], h / slope if arc else h)
    error = attempt(state, data, method, controls, work, time_scale)
    if not (error >= 0.0 and error < 1.0):
        if _wanting(state.theta, data.missing):
            return TABLE, 0.0
        shorten(state, shorter(error, method.control))
        return _CONTINUE, 0.0
    if arc and (x[T_HIGH] - controls.until) + x[T_LOW] + duration(h, method, work) > 0.0:
        x[ARC], x[FORCE_TIME], x[H] = 0.0, 1.0, (controls.until - x[T_HIGH]) - x[T_LOW]
        return _CONTINUE, 0.0
    speed = remember(state, h, method, work)
    at = crossing(state, state.theta, data, method, controls, work)
    if at < 0.0:
        shorten(state, -at)
        return _CONTINUE, 0.0
    if at > 0.0:
        h = land_at(at, h, arc, state, data, method, controls, work, time_scale)
    if h == 0.0 or not _accept(state, data, method, controls, h, work):
        if _wanting(state.theta, data.missing):
            return TABLE, 0.0
        shorten(state, 0.5)
        return _CONTINUE, 0.0
    if at > 0.0:
        return REACHED, h
    if not arc and (controls.until - x[T_HIGH]) - x[T_LOW] <= AT_THE_LIMIT * controls.until:
        return UNTIL, h
    _plan(state, error, method.control, x[SPEED], speed, x[RETRIES] == 0.0)
    x[SPEED] = speed
    return _CONTINUE, h


@compiled
def advance(state: Any, data: Any, method: Any, controls: Any, work: Any, record: Any) -> tuple[int, int]:
    """Step until something happens or `record` is full: a code of `state`, and the number of rows written."""
    x = state.numbers
    rows = 0
    if x[BEGUN] == 0.0 and not _begin(state, data, controls, work):
        return STALLED, 0
    if x[HANDED_OVER] == 0.0:
        code, rows = explicit_stretch(state.theta, state, data, method, controls, work, record)
        if code != HAND_OVER:
            return code, rows
        x[HANDED_OVER], x[ERROR_LAST], x[GROWTH], x[RETRIES] = 1.0, 0.0, 1.0, 0.0
    while rows < record.capacity:
        slope = norm(work.start_gradient)
        noise = gradient_noise(state.theta, work.start_hessian, controls.noise, work.a)
        set_scales(state.theta, x[NATURAL], controls, work.scale)
        code = _check(state, data, controls, work, slope, noise)
        if code != _CONTINUE:
            return code, rows
        before = x[T_HIGH]
        code, h = _one_step(state, data, method, controls, work, slope)
        if h > 0.0:
            x[RETRIES] = 0.0
            state.counts[STEPS] += 1
            x[NOISE_TIME] += (x[T_HIGH] - before) * noise / slope
            _write(state, record, rows, h, work)
            rows += 1
        if code != _CONTINUE:
            return code, rows
    return FULL, rows
