r"""Escape times of exponentials from a manifold on which some of them are one, without following the flow.

Near that manifold they form two clusters (`theory.plateau.split_clusters`), and all parameters follow one of them, the
amplitude q of the slower cluster: they sit where the loss is stationary for the given q. On this curve
:math:`\theta(q)` the gradient is :math:`\lambda(q)\, e_q`, and the flow that dissipates what the loss loses,
:math:`|\theta'|^2 \dot q^2 = -\lambda \dot q`, takes the time

.. math:: \tau = \int_{q_1}^{q_0} \frac{|\theta'(q)|^2}{\lambda(q)} \, dq .

Points of the curve come from Newton's method in midpoint arithmetic, whose digits grow with the delay; no expansion in
the split is made. With :math:`q = q_0 x^2` the integrand is close to a polynomial (:math:`\sim x^4`), so that few Gauss
nodes suffice, at any delay.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import mpmath
import numpy as np
import sympy as sp
from flint import arb
from mpmath import mp
from numpy.typing import NDArray

from memcurse.numerics.arguments import constant_ball, constant_float
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
from memcurse.numerics.flow.fields.balls import BallField, middle
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.exact import exact_positive
from memcurse.theory.plateau.slow_manifold import drift_time, saturated_moment, split_shift
from memcurse.theory.plateau.split_clusters import signed_drift_integral

from .slow_curve import Curve, SlowManifoldError
from .start import PlateauStart, plateau_start

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
    a, w : ndarray, shape (n, 2 + others)
        The curve, as it is passed; the slow cluster first, then the fast one, then the other short terms.
    digits : int
        Of the arithmetic.
    """

    event_time: mpmath.mpf
    error: float
    parts: dict[str, float]
    a: Array
    w: Array
    digits: int


def slow_escape(J: Objective, a0: Any, w0: Any, stop: Event, slow: Sequence[int] | None = None) -> SlowEscape:
    """Time until the event, for m units that start on the manifold on which a group of them is one.

    Parameters
    ----------
    J : Objective
        Of a target with exponential terms and a far part.
    a0, w0 : sequences of m numbers
        All rates are rates of terms, one of them at least twice; the amplitudes at a rate sum to the term's.
    stop : LossDrop or Displacement
        A drop of the loss comes with the escape itself, whatever its size.
    slow : sequence of int, optional
        The units of the slow cluster, as in `plateau_start`; for a start off the manifold hand in the point where it
        lands, and its slower unit.

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
    if not isinstance(stop, LossDrop | Displacement):
        raise TypeError(f"`stop` must be a LossDrop or a Displacement; got {stop!r}")
    begin = plateau_start(J, a0, w0, slow)
    digits = _digits_needed(begin)
    with ball_precision(bits_for(digits)), mp_precision(bits_for(digits)):
        d1, d2 = begin.overlap(1), begin.overlap(2)
        beta = constant_ball(begin.beta)
        moment = middle(saturated_moment(constant_ball(begin.rate), d2) / beta**2)
        others = tuple((constant_ball(a), constant_ball(w)) for a, w in begin.others)
        curve = Curve(
            BallField(J.target),
            constant_ball(begin.amplitude),
            constant_ball(begin.rate),
            moment,
            others,
            begin.units,
        )
        q0, shift = _start(curve, constant_ball(begin.parted.share * begin.amplitude))
        saturation = _saturation_time(curve, begin, d1, beta)
        return _integrate(curve, q0, stop, shift, saturation, digits)


def _digits_needed(begin: PlateauStart) -> int:
    """Digits that resolve the drift, about ``D^(5/2)``, in a gradient of order one."""
    with ball_precision(128):
        size = -float(abs(begin.overlap(2)).log())
    return int(_GUARD_DIGITS + 3.5 * max(size, 0.0) / math.log(10))


def _start(curve: Curve, q0: arb) -> tuple[arb, float]:
    """The amplitude once the split has saturated, and its relative loss on the way.

    What more than two units lose on the way is of the same order; it is left to the estimate.
    """
    a, share = curve.amplitude, q0 / curve.amplitude
    split = (curve.moment / (a * share * (1 - share))).sqrt()
    shift = middle(a * split_shift(a, share, split))
    begin = q0 + shift if curve.units == (1, 1) else q0
    return middle(begin), abs(float(shift / q0))


def _integrate(curve: Curve, q0: arb, stop: Event, shift: float, saturation: Any, digits: int) -> SlowEscape:
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
            total += weight * 2 * x * to_mpf(abs(q0)) * to_mpf(density)
            points.append(theta)
        sums.append(total)
    # Beyond the last point the time is at most about that of the law dt ~ q^(3/2) dq.
    tail = (
        mp.zero if isinstance(stop, Displacement) else to_mpf(middle(density * abs(q0) * last * last * 2 / 5))
    )
    time = sums[0] + tail + saturation
    parts = {
        "quadrature": float(abs(sums[0] - sums[1]) / time),
        # The law's share of the time may fail by as much again on the way to its end.
        "tail": float(2 * tail / time),
        "saturation": float(saturation / time),
        "start": float(shift * to_mpf(abs(q0) * first) / time),
    }
    table = np.array([[float(x) for x in point] for point in points[: 1 + _NODES[0]]])
    return SlowEscape(
        time, sum(parts.values()), parts, table[:, : curve.slow], table[:, curve.slow :], digits
    )


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


def _saturation_time(curve: Curve, begin: PlateauStart, d1: arb, beta: arb) -> Any:
    """How long the split grows, at a constant rate, from what the first moment's relaxation leaves to saturation."""
    a, w, share = curve.amplitude, curve.rate, constant_ball(begin.parted.share)
    masses = np.array([float(x) for x in begin.amplitudes])
    # The first step is proportional to the amplitudes.
    first = abs(4 * w * w * d1) * arb(float(np.ptp(masses) / (masses @ masses)))
    last = (curve.moment / (a * share * (1 - share))).sqrt()
    off = np.eye(len(masses)) - np.outer(masses, masses) / (masses @ masses)
    fastest = float(np.linalg.eigvalsh(begin.sign * off @ np.diag(masses) @ off).max())
    growth = abs(curve.moment) * beta**4 * arb(fastest) / (8 * w**5)
    return to_mpf(middle((1 + last / first).log() / growth))


def _displaced(curve: Curve, q0: arb, distance: float) -> arb:
    """The amplitude at which the point is `distance` away from the start, by the secant method."""
    a, w = float(curve.amplitude), float(curve.rate)
    others = curve.others
    first = [float(x) for x in (q0, a - q0, *(y for y, _ in others), w, w, *(y for _, y in others))]
    scale = math.sqrt(sum(1 / units for units in curve.units)) * math.copysign(1.0, float(q0))
    x = [float(q0) - 0.9 * distance / scale, float(q0) - distance / scale]
    f: list[float] = []
    for _ in range(40):
        if not 0 < x[-1] / float(q0) < 1:
            raise ValueError(f"`distance` must be reached on the manifold; got {distance:g}")
        for q in x[len(f) :]:
            moved = [float(y) - y0 for y, y0 in zip(curve.speed(arb(q))[1], first, strict=True)]
            f.append(
                math.hypot(*(math.sqrt(c) * y for c, y in zip(curve.weights, moved, strict=True))) - distance
            )
        if abs(f[-1]) <= 1e-14 * distance or f[-1] == f[-2]:
            break
        x.append(x[-1] - f[-1] * (x[-1] - x[-2]) / (f[-1] - f[-2]))
    return arb(x[-1])


def expanded_time(
    J: Objective,
    a0: Any,
    w0: Any,
    digits: int = 30,
    slow: Sequence[int] | None = None,
    stop: Event | None = None,
) -> mpmath.mpf:
    """The law for a start on the manifold, leading order in the split (`theory.plateau`); arguments of `slow_escape`.

    A displacement ends the drift where the amplitudes have moved by so much; without one it goes on to the escape.

    Raises
    ------
    TypeError, ValueError
        As `slow_escape`.
    """
    begin = plateau_start(J, a0, w0, slow)
    d2, d3, integral = sp.symbols("d2 d3 integral")
    with ball_precision(bits_for(digits)), mp_digits(digits):
        balls = [begin.sign * begin.overlap(n) for n in (2, 3)]
        drift = _drift_integral(begin.parted.share)
        if isinstance(stop, Displacement):
            drift -= _drift_integral(_share_left(begin, stop))
        factor = begin.parted.factor * begin.beta
        expression = factor * drift_time(begin.amplitude, begin.rate, integral, d2, d3)
        return to_mpf(lower(expression, (d2, d3, integral), "ball")(*balls, drift))


def _share_left(begin: PlateauStart, stop: Displacement) -> sp.Expr:
    """The slow cluster's share once the amplitudes have moved so far."""
    step = exact_positive("distance", stop.distance) / sp.sqrt(2 * begin.parted.factor)
    share = begin.parted.share
    left = share - sp.sign(share) * step / abs(begin.amplitude)
    if not sp.sign(left) == sp.sign(share):
        raise ValueError(f"`distance` must be reached on the manifold; got {stop.distance}")
    return left


def _drift_integral(share: sp.Expr) -> arb:
    """`theory.plateau.split_clusters.signed_drift_integral` of a share, as a ball."""
    if share < 0:
        return constant_ball(signed_drift_integral(share))
    return from_mpf(mpmath.betainc(2.5, 2.5, 0, to_mpf(constant_ball(share))))
