r"""Gradient flows with momentum on the same objective (appendix E): heavy ball and Nesterov flows.

.. math:: \ddot\theta + \gamma(\tau)\,\dot\theta + \nabla J(\theta) = 0,\qquad \theta(0) = \theta_0,\;\dot\theta(0) = 0

with a constant :math:`\gamma` (heavy ball) or :math:`\gamma = 3/\tau` (Nesterov). The loss itself may rise; what never
increases is the energy :math:`J + |\dot\theta|^2/2`, whose derivative is :math:`-\gamma |\dot\theta|^2`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from memcurse.numerics.arguments import FloatRangeError, validate_parameters
from memcurse.numerics.flow.engine.state import DISPLACEMENT
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.exact import exact_positive

from .events import Event, validate_event

__all__ = ["MomentumRun", "heavy_ball", "nesterov"]

Array = NDArray[np.float64]
Status = Literal["reached", "until", "stalled"]
_STATUSES: dict[int, Status] = {0: "until", 1: "reached", -1: "stalled"}
#: The tightest relative tolerance that the eighth-order method holds in float64.
TIGHTEST, LOOSEST = 1e-13, 1e-3


@dataclass(frozen=True)
class MomentumRun:
    """A flow with momentum from its start to its end.

    Attributes
    ----------
    status : str
        "reached": the event came; "until": the time limit came first; "stalled": no step is short enough (a rate
        runs into 0, where the loss is not defined).
    event_time : float or None
        Time of the event; None if it never came.
    t : ndarray, shape (n,)
        Times after each step, the first 0.
    a, w, velocity : ndarrays, shapes (n, m), (n, m), (n, 2m)
        Amplitudes, rates and the derivative of both at these times.
    loss, energy : ndarray, shape (n,)
        ``J``, which may rise, and ``J + |velocity|^2 / 2``, which does not beyond the tolerance.
    """

    status: Status
    event_time: float | None
    t: Array
    a: Array
    w: Array
    velocity: Array
    loss: Array
    energy: Array

    def __repr__(self) -> str:
        return f"MomentumRun(status={self.status!r}, event_time={self.event_time}, steps={len(self.t) - 1})"


def heavy_ball(
    J: Objective,
    a0: Any,
    w0: Any,
    stop: Event,
    friction: Any,
    until: Any = 1e4,
    rtol: Any = 1e-9,
) -> MomentumRun:
    r"""Follow :math:`\ddot\theta + \gamma\dot\theta = -\nabla J` from rest until the event or the time limit.

    Parameters
    ----------
    J : Objective
        The loss.
    a0, w0 : sequences of m numbers
        Start: amplitudes, and positive rates (1/time).
    stop : LossDrop or Displacement
        The event.
    friction : number
        :math:`\gamma`, not negative; at 0 the energy is conserved.
    until : number
        Time limit, positive. The method is explicit: its steps are of the size of the fastest oscillation.
    rtol : number
        Relative tolerance of a step, from 1e-13 to 1e-3.

    Raises
    ------
    TypeError, ValueError
        For input that breaks these rules.

    Notes
    -----
    Rigour: float64, Dormand and Prince's pair of order 8 with local error control; round-off is not estimated, so
    the gradient must stay well above 1e-16 (delays up to about 16).
    """
    if isinstance(friction, bool) or not isinstance(friction, int | float | np.floating):
        raise TypeError(f"`friction` must be a number; got {friction!r}")
    if not (np.isfinite(friction) and friction >= 0):
        raise ValueError(f"`friction` must be finite and not negative; got {friction}")

    def acceleration(t: float, velocity: Array, gradient: Array) -> Array:
        return -friction * velocity - gradient

    return _follow(J, a0, w0, stop, acceleration, until, rtol)


def nesterov(J: Objective, a0: Any, w0: Any, stop: Event, until: Any = 1e4, rtol: Any = 1e-9) -> MomentumRun:
    r"""Follow :math:`\ddot\theta + (3/\tau)\dot\theta = -\nabla J` from rest until the event or the time limit.

    Source: Su, Boyd, Candes, *A differential equation for modeling Nesterov's accelerated gradient method* (2014).
    Parameters, errors and rigour as in `heavy_ball`.
    """

    def acceleration(t: float, velocity: Array, gradient: Array) -> Array:
        # From rest the velocity is -t grad J/4 at first, so that friction takes three quarters of the force.
        return -gradient / 4 if t == 0 else -3 / t * velocity - gradient

    return _follow(J, a0, w0, stop, acceleration, until, rtol)


def validate_rtol(rtol: Any) -> float:
    """The tolerance as a float within what float64 and the method hold."""
    value = float(exact_positive("rtol", rtol))
    if not TIGHTEST <= value <= LOOSEST:
        raise ValueError(f"`rtol` must be between {TIGHTEST:g} and {LOOSEST:g}; got {value:g}")
    return value


def _follow(
    J: Objective,
    a0: Any,
    w0: Any,
    stop: Event,
    acceleration: Callable[[float, Array, Array], Array],
    until: Any,
    rtol: Any,
) -> MomentumRun:
    if not isinstance(J, Objective):
        raise TypeError(f"`J` must be an Objective; got {J!r}")
    limit, tolerance = float(exact_positive("until", until)), validate_rtol(rtol)
    a, w = validate_parameters(a0, w0)
    if a.ndim != 1:
        raise ValueError(f"`a0` and `w0` must have one axis; got shape {a.shape}")
    start, m = np.concatenate([a, w]), len(a)
    event = _event(J, start, *validate_event(stop, float(J.loss(a, w))))
    prepared = J.prepare(m)

    def slope(t: float, state: Array) -> Array:
        theta, velocity = state[: 2 * m], state[2 * m :]
        try:
            gradient = prepared.derivatives(theta[:m].copy(), theta[m:].copy())[0]
        except FloatRangeError:
            # A stage with a rate below 0: nan makes the integrator shorten its step.
            return np.full(4 * m, np.nan)
        return np.concatenate([velocity, acceleration(t, velocity, gradient)])

    state = np.concatenate([start, np.zeros(2 * m)])
    # SciPy takes the float next to time 0, which is denormal.
    with np.errstate(invalid="ignore", under="ignore"):
        run = solve_ivp(
            slope, (0.0, limit), state, method="DOP853", events=event, rtol=tolerance, atol=tolerance * 1e-3
        )
    return _result(J, run, m)


def _event(J: Objective, start: Array, kind: int, threshold: float) -> Callable[[float, Array], float]:
    """The function whose zero is the event; the integration ends there."""
    n = len(start)
    first = float(J.loss(start[: n // 2], start[n // 2 :]))

    def excess(t: float, state: Array) -> float:
        if kind == DISPLACEMENT:
            return float(np.linalg.norm(state[:n] - start)) - threshold
        return first - float(J.loss(state[: n // 2], state[n // 2 : n])) - threshold

    excess.terminal = True  # type: ignore[attr-defined]
    return excess


def _result(J: Objective, run: Any, m: int) -> MomentumRun:
    a, w, velocity = run.y[:m].T, run.y[m : 2 * m].T, run.y[2 * m :].T
    loss = np.asarray(J.loss(a, w))
    status = _STATUSES[run.status]
    time = float(run.t[-1]) if status == "reached" else None
    return MomentumRun(
        status=status,
        event_time=time,
        t=run.t,
        a=a,
        w=w,
        velocity=velocity,
        loss=loss,
        energy=loss + (velocity**2).sum(axis=-1) / 2,
    )
