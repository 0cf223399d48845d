r"""Gradient flows with momentum on the same objective (appendix E): heavy ball and Nesterov flows.

.. math:: \ddot\theta + \gamma(\tau)\,\dot\theta + \nabla J(\theta) = 0,\qquad \theta(0) = \theta_0,\;\dot\theta(0) = 0

with a constant :math:`\gamma` (heavy ball) or :math:`\gamma = 3/\tau` (Nesterov). The loss itself may rise; what never
increases is the energy :math:`J + |\dot\theta|^2/2`, whose derivative is :math:`-\gamma |\dot\theta|^2`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from memcurse.numerics.arithmetic.doubledouble import high_parts
from memcurse.numerics.flow.fields.choice import AnyObjective, loss_field
from memcurse.numerics.flow.fields.momentum import MomentumField
from memcurse.theory.exact import exact_number

from .events import Event
from .field_flow import field_flow
from .run import FlowRun, trace_of

__all__ = ["heavy_ball", "nesterov"]


def heavy_ball(
    J: AnyObjective,
    a0: Any,
    w0: Any,
    stop: Event,
    friction: Any,
    until: Any = 1e4,
    rtol: Any = 1e-9,
    digits: int | None = None,
    max_steps: int = 100_000,
    method: Any = "auto",
) -> FlowRun:
    r"""Follow :math:`\ddot\theta + \gamma\dot\theta = -\nabla J` from rest until the event or the time limit.

    Parameters
    ----------
    J : Objective or DiscreteObjective
        The loss, with real or complex modes.
    a0, w0 : sequences of m numbers
        Start: amplitudes, and positive rates (1/time) or poles.
    stop : LossDrop or Displacement
        The event; a displacement is that of the parameters, without their velocities.
    friction : number
        :math:`\gamma`, not negative; at 0 the energy is conserved.
    until : number
        Time limit, positive. While it oscillates, a flow takes a step for each of its fastest oscillations or two.
    rtol, digits, max_steps, method
        As in `field_flow`.

    Returns
    -------
    FlowRun
        With `velocity`, shape (steps + 1, n), and `energy`, ``J + |velocity|^2 / 2``, shape (steps + 1,), which does
        not rise beyond the tolerance. The loss may.

    Raises
    ------
    TypeError, ValueError
        For input that breaks these rules.

    Notes
    -----
    Rigour: that of `field_flow`.
    """
    if isinstance(friction, bool) or not isinstance(friction, int | float | np.floating | sp.Rational):
        raise TypeError(f"`friction` must be a number; got {friction!r}")
    if not (np.isfinite(float(friction)) and friction >= 0):
        raise ValueError(f"`friction` must be finite and not negative; got {friction}")
    exact = exact_number("friction", friction)
    return _follow(MomentumField(loss_field(J, a0, w0), exact), stop, until, rtol, digits, max_steps, method)


def nesterov(
    J: AnyObjective,
    a0: Any,
    w0: Any,
    stop: Event,
    until: Any = 1e4,
    rtol: Any = 1e-9,
    digits: int | None = None,
    max_steps: int = 100_000,
    method: Any = "auto",
) -> FlowRun:
    r"""Follow :math:`\ddot\theta + (3/\tau)\dot\theta = -\nabla J` from rest until the event or the time limit.

    Source: Su, Boyd, Candes, *A differential equation for modeling Nesterov's accelerated gradient method* (2014).
    Parameters, errors and rigour as in `heavy_ball`.
    """
    return _follow(MomentumField(loss_field(J, a0, w0), None), stop, until, rtol, digits, max_steps, method)


def _follow(field: MomentumField, stop: Event, *options: Any) -> FlowRun:
    run = field_flow(field, stop, *options)
    states = np.concatenate([run.begin[None], high_parts(trace_of(run).theta)])
    velocity = states[:, field.n :]
    return replace(run, velocity=velocity, energy=run.loss + (velocity**2).sum(axis=-1) / 2)
