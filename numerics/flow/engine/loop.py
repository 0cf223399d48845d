"""Between steps of the implicit loop: the predictor, what a step leaves for the next, clock and step length."""

from __future__ import annotations

import math
from typing import Any

from memcurse.numerics.arithmetic.compiled import compiled, uncounted
from memcurse.numerics.arithmetic.doubledouble import cast, two_sum, value

from .moments import TWO_UNITS, centred, curved, moment_change, solve_moments
from .state import CENTRE, ERROR_LAST, GROWTH, LENGTH, NOISE_TIME, RATE, REJECTED, RETRIES, T_HIGH, T_LOW, H

#: Step control: share of the length that the error allows, bounds of a change of length, also after a failure.
SAFETY, MOST, LEAST, MOST_AFTER_FAILURE = 0.9, 8.0, 0.1, 2.0
#: A smaller error counts as this.
LEAST_ERROR = 1e-12
_AFTER_NEWTON = 0.3
#: Failures in a row after which a flow is given up.
MOST_RETRIES = 60
#: At the start: rates that coincide there have no length scale but the least that the arithmetic resolves.
MOST_AT_START = 400
#: Step lengths are float64: a time limit is met to this relative accuracy.
AT_THE_LIMIT = 2.0**-50
#: How much looser the tolerance of the embedded formula, of order s + 1, is than that of the step, of order 2s - 1.
LOOSER = 10.0
#: Beyond this many of the last step's lengths its polynomial is not carried on.
FAR = 2.5


@compiled
def round_off(state: Any) -> float:
    """Estimated relative error of the time that comes from the gradient's round-off."""
    time = state.numbers[T_HIGH]
    return state.numbers[NOISE_TIME] / time if time > 0.0 else 0.0


@uncounted
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


@uncounted
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


@uncounted
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


@uncounted
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
def next_factor(error: float, last: float, growth: float, order: int, same: bool) -> float:
    """What the step's length is multiplied by after a step with that `error`, in units of the tolerance.

    `last` and `growth` are the error and the factor of the step before (0 if there is none to go by), `same` says that
    nothing failed in between. Gustafsson's predictive controller (Hairer and Wanner, *Solving ODEs II*, IV.8).
    """
    error = max(error, LEAST_ERROR)
    power = 1.0 / (order + 1)
    factor = SAFETY * error**-power
    if same and last > 0.0:
        factor = min(factor, SAFETY * growth * (last / error) ** power * error**-power)
    # A length at which Newton's method failed is not tried again at once.
    return min(max(factor, LEAST), MOST if same else MOST_AFTER_FAILURE)


@compiled
def shorter(error: float, order: int) -> float:
    """What the length of a step that failed is multiplied by; `error` is negative where Newton's method did not end."""
    return _AFTER_NEWTON if error < 0.0 else max(LEAST, SAFETY * error ** (-1.0 / (order + 1)))


@uncounted
def shorten(state: Any, factor: float) -> None:
    """Give a step up, and try a shorter one."""
    x = state.numbers
    state.counts[REJECTED] += 1
    x[RETRIES] += 1.0
    x[H] *= factor
    x[GROWTH], x[ERROR_LAST] = 1.0, 0.0


@uncounted
def duration(h: float, method: Any, work: Any) -> float:
    """Time that the step takes."""
    s = work.sigma.shape[0]
    total = 0.0
    for j in range(s):
        total += value(method.A[s - 1, j]) * value(work.sigma[j])
    return h * total


@uncounted
def advance_time(state: Any, dt: float) -> None:
    """Compensated sum: an escape of length 1 still shows at a time of 1e16."""
    x = state.numbers
    high, low = two_sum(x[T_HIGH], dt)
    x[T_HIGH], x[T_LOW] = two_sum(high, low + x[T_LOW])
