r"""Escape times of the gradient flow and of flows with momentum from one start, and Nesterov's by a second method.

Counts of the heavy ball in steps, too: :math:`\delta_{k+1} = \beta \delta_k - \eta \nabla J(\theta_k)`.

The second method integrates :math:`\pi = \tau^3 \dot\theta`, which obeys :math:`\dot\pi = -\tau^3 \nabla J`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import sympy as sp
from scipy.integrate import solve_ivp

from memcurse.numerics.descent.first_order import descend
from memcurse.numerics.flow.events import LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.momentum import heavy_ball, nesterov
from memcurse.numerics.networks.methods import METHODS

from ._valley import objective

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

#: Frictions: a number is that of a heavy ball.
Friction = float | str
NESTEROV: Final = "3/time"
#: Tolerance of the integrated flows; the fits see 1e-3.
RTOL: Final = 1e-4
#: Where the second method begins, after the first terms of the series from rest.
_FIRST: Final = 1e-3
_MOST_STEPS: Final = 5_000_000


@lru_cache(maxsize=256)
def times(share: sp.Rational, delay: sp.Rational, friction: Friction) -> tuple[float, float]:
    """Times of a loss drop of 5 % from ``a = (p, 1 - p), w = (1, 1)``: gradient flow, flow with momentum."""

    J, start, stop = objective(delay), ([share, 1 - share], [1, 1]), LossDrop(fraction="0.05")
    slowly = gradient_flow(J, *start, stop=stop, rtol=1e-9).event_time
    quickly = momentum(delay, share, friction, RTOL).event_time
    if slowly is None or quickly is None:
        raise ArithmeticError(f"both flows must escape at T = {delay}, p = {share}, friction {friction}")
    return slowly, quickly


def momentum(delay: sp.Rational, share: sp.Rational, friction: Friction, rtol: float) -> Any:
    """The flow with momentum from a start on the manifold until the loss has dropped by 5 %."""

    J, start, stop = objective(delay), ([share, 1 - share], [1, 1]), LossDrop(fraction="0.05")
    if isinstance(friction, str):
        return nesterov(J, *start, stop, until=10**6, rtol=rtol)
    return heavy_ball(J, *start, stop, friction, until=10**6, rtol=rtol)


@lru_cache(maxsize=32)
def steps(delay: int, beta: float) -> int:
    """Steps of the heavy ball with a fixed beta, rate 1/10, until a drop of 5 % from ``a = (.7, .3), w = (1, 1)``."""
    method = METHODS["heavy-ball"].changed(rate=0.1, momentum=beta)
    found = descend(objective(delay), [0.7, 0.3], [1.0, 1.0], method, 0.05, _MOST_STEPS)
    if found.status != "reached":
        raise ArithmeticError(f"the heavy ball must escape at T = {delay}, beta {beta}; got {found.status}")
    return found.steps


def second_route(delay: Any, share: sp.Rational, rtol: float) -> float:
    """Time of a loss drop of 5 % from ``a = (p, 1 - p), w = (1, 1)``, by LSODA in ``(theta, tau^3 theta')``.

    Raises
    ------
    ArithmeticError
        If the loss has not dropped by the time 10^5.

    Notes
    -----
    Rigour: float64. The start is moved on by ``-tau^2 grad J/8``, which leaves out the relative order ``tau^2``.
    """

    J = objective(delay)
    first = np.array([float(share), 1 - float(share), 1.0, 1.0])

    def gradient(theta: Array) -> Array:
        return np.asarray(J.gradient(theta[:2], theta[2:]), dtype=float)

    threshold = 0.95 * float(J.loss(first[:2], first[2:]))

    def motion(t: float, y: Array) -> Array:
        return np.concatenate([y[4:] / t**3, -(t**3) * gradient(y[:4])])

    def excess(t: float, y: Array) -> float:
        return float(J.loss(y[:2], y[2:4])) - threshold

    excess.terminal = True  # type: ignore[attr-defined]
    push = gradient(first)
    start = np.concatenate([first - _FIRST**2 * push / 8, -(_FIRST**4) * push / 4])
    run = solve_ivp(motion, (_FIRST, 1e5), start, method="LSODA", events=excess, rtol=rtol, atol=rtol * 1e-3)
    if run.status != 1 or run.t_events is None:
        raise ArithmeticError(f"the flow must escape at T = {delay}; got {run.message}")
    return float(run.t_events[0][0])
