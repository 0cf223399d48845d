r"""Escape times of two exponentials from the manifold on which they are one, without following the flow.

Near that manifold three of the four parameters follow the fourth, the amplitude q of the slower exponential: they sit
where the loss is stationary for the given q (`theory.plateau.slow_manifold` says why). On this curve
:math:`\theta(q)` the gradient is :math:`\lambda(q)\, e_q`, and the flow that dissipates what the loss loses,
:math:`|\theta'|^2 \dot q^2 = -\lambda \dot q`, takes the time

.. math:: \tau = \int_{q_1}^{q_0} \frac{|\theta'(q)|^2}{\lambda(q)} \, dq .

Points of the curve come from Newton's method in midpoint arithmetic, whose digits grow with the delay; no expansion in
the split is made. With :math:`q = q_0 x^2` the integrand is close to a polynomial (:math:`\sim x^4`), so that few Gauss
nodes suffice, at any delay.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import mpmath
import numpy as np
import sympy as sp
from flint import arb
from mpmath import mp
from numpy.typing import NDArray

from memcurse.numerics.arguments import constant_ball, constant_float, exact_parameters
from memcurse.numerics.arithmetic.balls import (
    ball_precision,
    bits_for,
    from_mpf,
    mp_digits,
    mp_precision,
    to_mpf,
)
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.flow.events import Displacement, Event, LossDrop
from memcurse.numerics.flow.midpoints.field import BallField, middle
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.plateau.slow_manifold import drift_time, overlap, saturated_moment, split_shift
from memcurse.theory.targets.target import Target, add, split_exponentials

from .slow_curve import Curve, SlowManifoldError

Array = NDArray[np.float64]

_GUARD_DIGITS: Final = 30
#: Gauss nodes of the time, and of the coarser rule that it is compared with.
_NODES: Final = (24, 16)
#: Where the integral ends: what is left is its fifth power, which is added as the tail.
_LAST: Final = 0.02


@dataclass(frozen=True)
class SlowEscape:
    """An escape time from the reduction.

    Attributes
    ----------
    event_time : mpmath.mpf
    error : float
        Estimated relative error.
    parts : mapping from the source of an error to its relative size
    a, w : ndarray, shape (n, 2)
        The curve, as it is passed; the slower exponential first.
    digits : int
        Of the arithmetic.
    """

    event_time: mpmath.mpf
    error: float
    parts: dict[str, float]
    a: Array
    w: Array
    digits: int


def slow_escape(J: Objective, a0: Any, w0: Any, stop: Event) -> SlowEscape:
    """Time until the event, for a start ``a0 = (a_1, a_2)``, ``w0 = (w, w)`` on the critical manifold.

    Parameters
    ----------
    J : Objective
        Of a target with one exponential term and a far part.
    a0, w0 : sequences of 2 numbers
        The amplitudes are positive, differ, and sum to the term's; both rates are the term's.
    stop : LossDrop or Displacement
        A drop of the loss comes with the escape itself, whatever its size.

    Raises
    ------
    TypeError, ValueError
        For other targets, starts and events.
    SlowManifoldError
        Where the reduction does not hold: the delay is too short.

    Notes
    -----
    Rigour: heuristic, in midpoint arithmetic; `SlowEscape.error` is an estimate, relative: quadrature, the tail, the
    time until the split has saturated, and the shift of the start by it.
    """
    big, small, rate, far = _validate(J, a0, w0, stop)
    delay_digits = _digits_needed(rate, far)
    with ball_precision(bits_for(delay_digits)), mp_precision(bits_for(delay_digits)):
        d1, d2, d3 = (constant_ball(overlap(n, rate, far)) for n in (1, 2, 3))
        if not (d2 > 0 and d3 < 0):
            raise ValueError(
                "`J` must have a far part with D_2 > 0 and D_3 < 0, or nothing splits; got other signs"
            )
        amplitude, w = constant_ball(big + small), constant_ball(rate)
        curve = Curve(BallField(J.target), amplitude, w, middle(saturated_moment(w, d2)))
        start, shift = _start(curve, constant_ball(big))
        return _integrate(curve, start, stop, shift, middle(d1), delay_digits)


def _validate(J: Any, a0: Any, w0: Any, stop: Any) -> tuple[Any, Any, Any, Target]:
    if not isinstance(J, Objective):
        raise TypeError(f"`J` must be an Objective; got {J!r}")
    if not isinstance(stop, LossDrop | Displacement):
        raise TypeError(f"`stop` must be a LossDrop or a Displacement; got {stop!r}")
    short, far = split_exponentials(J.target.parts())
    if len(short) != 1 or len(short[0].a) != 1 or not far:
        raise ValueError(f"`J` must have a target with one exponential term and a far part; got {J.target!r}")
    a, w = exact_parameters(a0, w0)
    if len(a) != 2 or any(x != short[0].w[0] for x in w):
        raise ValueError(f"`w0` must hold the term's rate {short[0].w[0]} twice; got {w0}")
    if a[0] + a[1] != short[0].a[0]:
        raise ValueError(f"`a0` must sum to the term's amplitude {short[0].a[0]}; got {a0}")
    if a[0] == a[1] or not all(x > 0 for x in a):
        raise ValueError(f"`a0` must be positive and differ, or nothing splits; got {a0}")
    return max(a), min(a), w[0], add(*far)


def _digits_needed(rate: Any, far: Target) -> int:
    """Digits that resolve the drift, about ``D^(5/2)``, in a gradient of order one."""
    with ball_precision(128):
        size = -float(abs(constant_ball(overlap(2, rate, far))).log())
    if not math.isfinite(size):
        raise ValueError("`J` must have a far part that the rate sees; got D_2 = 0 to 38 digits")
    return int(_GUARD_DIGITS + 3.5 * max(size, 0.0) / math.log(10))


def _start(curve: Curve, q0: arb) -> tuple[arb, float]:
    """The amplitude once the split has saturated, and its relative loss on the way."""
    a, share = curve.amplitude, q0 / curve.amplitude
    split = (curve.moment / (a * share * (1 - share))).sqrt()
    shift = middle(a * split_shift(a, share, split))
    return middle(q0 + shift), abs(float(shift / q0))


def _integrate(curve: Curve, q0: arb, stop: Event, shift: float, d1: arb, digits: int) -> SlowEscape:
    first, theta = curve.speed(q0)
    seed = curve.seed
    if isinstance(stop, Displacement):
        last = (_displaced(curve, q0, constant_float("distance", stop.distance)) / q0).sqrt()
    else:
        last = _end(curve, q0)
    sums, points = [], [theta]
    for count in _NODES:
        curve.seed = seed
        total = mp.zero
        for x, weight in _nodes(count, to_mpf(last)):
            density, theta = curve.speed(middle(q0 * from_mpf(x * x)))
            total += weight * 2 * x * to_mpf(q0) * to_mpf(density)
            points.append(theta)
        sums.append(total)
    # Beyond the last point the time is at most about that of the law dt ~ q^(3/2) dq.
    tail = mp.zero if isinstance(stop, Displacement) else to_mpf(middle(density * q0 * last * last * 2 / 5))
    saturation = _saturation_time(curve, q0 / curve.amplitude, d1)
    time = sums[0] + tail + saturation
    parts = {
        "quadrature": float(abs(sums[0] - sums[1]) / time),
        # The law's share of the time may fail by as much again on the way to its end.
        "tail": float(2 * tail / time),
        "saturation": float(saturation / time),
        "start": float(shift * to_mpf(q0 * first) / time),
    }
    table = np.array([[float(x) for x in point] for point in points[: 1 + _NODES[0]]])
    return SlowEscape(time, sum(parts.values()), parts, table[:, :2], table[:, 2:], digits)


def _end(curve: Curve, q0: arb) -> arb:
    """``x = sqrt(q/q0)`` where the curve ends, or where what is left of the time is too little to matter."""
    x, step = 1.0, 0.1
    while x > _LAST and step > 0.005:
        step = min(step, x - _LAST)
        seed = curve.seed
        try:
            curve.speed(middle(q0 * arb(x - step) ** 2))
            x -= step
        except SlowManifoldError:
            curve.seed, step = seed, step / 2
    if x > 1.0 - 0.005:
        raise SlowManifoldError(
            "the curve of stationary points must leave the start; got none (too short a delay)"
        )
    return arb(x)


def _nodes(count: int, low: Any) -> list[tuple[Any, Any]]:
    """Gauss nodes in ``[low, 1]``, from 1 down, with their weights."""
    x, weights = np.polynomial.legendre.leggauss(count)
    half = (1 - low) / 2
    return [
        (low + half * (1 + mp.mpf(float(y))), half * float(v))
        for y, v in zip(x[::-1], weights[::-1], strict=True)
    ]


def _saturation_time(curve: Curve, share: arb, d1: arb) -> Any:
    """How long the split grows, at a constant rate, from what the first moment's relaxation leaves to saturation."""
    a, w, other = curve.amplitude, curve.rate, 1 - share
    squares = share * share + other * other
    first = abs(4 * w * w * d1 * (2 * share - 1) / (a * squares))
    last = (curve.moment / (a * share * other)).sqrt()
    growth = curve.moment * a * share * other / (8 * w**5 * squares)
    return to_mpf(middle((1 + last / first).log() / growth))


def _displaced(curve: Curve, q0: arb, distance: float) -> arb:
    """The amplitude at which the point is `distance` away from the start, by the secant method."""
    a, w = float(curve.amplitude), float(curve.rate)
    begin = (float(q0), a - float(q0), w, w)
    x = [float(q0) - 0.9 * distance / math.sqrt(2), float(q0) - distance / math.sqrt(2)]
    f: list[float] = []
    for _ in range(40):
        if not 0 < x[-1] < float(q0):
            raise ValueError(f"`distance` must be reached on the manifold; got {distance:g}")
        for q in x[len(f) :]:
            moved = [float(y) for y in curve.speed(arb(q))[1]]
            f.append(math.dist(moved, begin) - distance)
        if abs(f[-1]) <= 1e-14 * distance or f[-1] == f[-2]:
            break
        x.append(x[-1] - f[-1] * (x[-1] - x[-2]) / (f[-1] - f[-2]))
    return arb(x[-1])


def expanded_time(J: Objective, a0: Any, w0: Any, digits: int = 30) -> mpmath.mpf:
    """`theory.plateau.slow_manifold.drift_time` for a start on the manifold: leading order in the split.

    Raises
    ------
    TypeError, ValueError
        As `slow_escape`.
    """
    big, small, rate, far = _validate(J, a0, w0, Displacement(1))
    d2, d3, integral = sp.symbols("d2 d3 integral")
    a = big + small
    with ball_precision(bits_for(digits)), mp_digits(digits):
        balls = [constant_ball(overlap(n, rate, far)) for n in (2, 3)]
        beta = from_mpf(mpmath.betainc(2.5, 2.5, 0, to_mpf(constant_ball(big / a))))
        expression = drift_time(a, rate, integral, d2, d3)
        return to_mpf(lower(expression, (d2, d3, integral), "ball")(*balls, beta))
