r"""Flows with momentum along the slow valley of `numerics.plateau.slow_curve`: all parameters but the amplitude q
slaved to it.

Along the valley :math:`\theta(q)` the loss has the slope :math:`\lambda(q)` and the length element
:math:`\sqrt{M}\,dq`, :math:`M = |\theta'(q)|^2`. What momentum does on it, with the friction :math:`\kappa/\tau`, is

.. math:: \dot v = -\lambda/\sqrt M - \kappa v/\tau, \qquad \dot q = v/\sqrt M .

With :math:`s = \sqrt{\lambda_0}\,\tau` every number of it is of order one, at any delay. Rigour: heuristic; a valley in
midpoint arithmetic, then float64, its error estimated. The oscillation of the split about the valley is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import mpmath
import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, from_mpf, mp_precision, to_mpf
from memcurse.numerics.flow.fields.balls import BallField, middle
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plateau.slow_curve import Curve, SlowManifoldError
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.plateau.slow_manifold import overlap, saturated_moment, split_shift
from memcurse.theory.targets.kernels import GaussianBump

Array = NDArray[np.float64]
#: Where the valley is left, as a root of the share of the start; what is left of the time is its 5/2th power.
_LAST: Final = 0.02


@dataclass(frozen=True)
class Valley:
    """Slope and length element on a grid of ``x = sqrt(q/q0)``, growing to 1; the first slope apart, any size."""

    start: float
    slope: mpmath.mpf
    x: Array
    log_slope: Array
    log_length: Array


@dataclass(frozen=True)
class ValleyTime:
    """Escape time along the valley, and its estimated relative error: the extrapolated end may fail by twice itself."""

    time: mpmath.mpf
    error: float


def objective(delay: Any) -> Objective:
    """Target (125) with unit amplitudes, rate and width."""
    return Objective(example_target(delay))


@lru_cache(maxsize=64)
def valley(delay: Any, share: sp.Rational, step: float = 0.02) -> Valley:
    """The valley from the larger share on, down to its end.

    Raises
    ------
    SlowManifoldError
        If it does not reach 9/10 of the start (too short a delay).
    """
    one, far = arb(1), GaussianBump(delay)
    # The drift is of the size e^(-5T/2) in a gradient of order one.
    bits = 128 + int(3.5 * float(delay) / math.log(2))
    with ball_precision(bits), mp_precision(bits):
        moment = middle(saturated_moment(one, constant_ball(overlap(2, sp.Integer(1), far))))
        curve = Curve(BallField(objective(delay).target), one, one, moment)
        p = constant_ball(share)
        q0 = middle(p + split_shift(one, p, (moment / (p * (1 - p))).sqrt()))
        rows: list[tuple[float, Any, float]] = []
        for x in np.linspace(1.0, _LAST, 1 + round((1 - _LAST) / step)):
            try:
                at, tangent = curve.point(middle(q0 * from_mpf(mpmath.mpf(float(x)) ** 2)))
            except SlowManifoldError:
                break
            amplitudes, rates = (sum(float(y) ** 2 for y in half) for half in (tangent[:2], tangent[2:]))
            # Where the rates move faster than the amplitudes the valley is about to fold: the flow leaves it.
            if not at.gradient[0] > 0 or rates > amplitudes:
                break
            rows.append((float(x), to_mpf(middle(at.gradient[0])), amplitudes + rates))
        if len(rows) * step < 0.05:
            raise SlowManifoldError(f"the valley must leave its start; got none at the delay {delay}")
        first = rows[0][1]
        x, slopes, lengths = zip(*rows[::-1], strict=True)
        logs = [float(mpmath.log(y / first)) for y in slopes]
        return Valley(float(q0), first, np.array(x), np.array(logs), np.log(lengths))


def valley_time(delay: Any, share: sp.Rational, friction: float = 3.0, step: float = 0.02) -> ValleyTime:
    """Time to the end of the valley from rest, with the friction ``friction/time``."""
    found = valley(delay, share, step)
    spline = CubicSpline(np.log(found.x), np.column_stack([found.log_slope, found.log_length / 2]))

    def force(q: float) -> tuple[float, float]:
        slope, length = np.exp(spline(math.log(max(q / found.start, 1e-12)) / 2))
        return -float(slope / length), float(length)

    scaled, tail = _descent(force, found.start, found.start * float(found.x[0]) ** 2, friction, 1e-10)
    return ValleyTime(mpmath.mpf(scaled + tail) / mpmath.sqrt(found.slope), 2 * tail / scaled)


def _descent(force: Any, start: float, last: float, friction: float, rtol: float) -> tuple[float, float]:
    """Time from `start` to `last`, and from there to 0 at the law ``dt ~ q^(1/4) dq`` of the free fall."""

    def motion(s: float, y: Array) -> list[float]:
        push, length = force(float(y[0]))
        if s == 0:
            # From rest the velocity is push s/(1 + friction).
            return [0.0, push / (1 + friction)]
        return [y[1] / length, push - friction * y[1] / s]

    def arrival(s: float, y: Array) -> float:
        return float(y[0]) - last

    arrival.terminal = True  # type: ignore[attr-defined]
    with np.errstate(under="ignore"):
        run = solve_ivp(
            motion, (0.0, 1e3), [start, 0.0], method="DOP853", rtol=rtol, atol=rtol / 100, events=arrival
        )
    speed = abs(motion(float(run.t[-1]), run.y[:, -1])[0])
    return float(run.t[-1]), float(0.8 * last / speed)


def limiting_constant(share: sp.Rational, rtol: float, friction: float = 3.0) -> float:
    r"""Limit of :math:`\tau_{momentum}/\sqrt{\tau_{gradient}}`: ``P'' + friction P'/s = -(P(1-P))^(-3/2)``.

    The gradient flow ``P' = -(P(1-P))^(-3/2)`` takes the incomplete beta function of the share.
    """
    beta = float(mpmath.betainc(2.5, 2.5, 0, mpmath.mpf(share.p) / share.q))
    last = 1e-4

    def force(p: float) -> tuple[float, float]:
        return -((max(p, last / 10) * (1 - p)) ** -1.5), 1.0

    return sum(_descent(force, float(share), last, friction, rtol)) / math.sqrt(beta)
