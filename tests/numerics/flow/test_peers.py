"""Escape times against SciPy's integrators, of other families and step controls, at tight tolerances.

Every peer takes the loss and gradient of the closed form written here in numpy, so that nothing but mathematics is
shared. SciPy's own error at the tolerances below is under a hundredth of what is allowed.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import erfc

from memcurse.numerics.flow.events import LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.plateau.delayed_part import example_target

RTOL = 1e-8


def start(m: int) -> tuple[np.ndarray, np.ndarray]:
    k = np.linspace(-1, 1, m)
    return 1 / m + 0.05 / m * k, 1 - 0.05 * k


def residuals(theta: np.ndarray, T: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``int e^{-w_k t} r dt``, ``int t e^{-w_k t} r dt`` (eq. 19) and ``L_0``, for rates below T."""
    a, w = np.split(theta, 2)
    bump = np.sqrt(np.pi / 2) * np.exp(w * (w / 2 - T)) * erfc((w - T) / np.sqrt(2))
    sums, L0 = 1 / (w[:, None] + w), 1 / (w + 1) + bump
    return sums @ a - L0, sums**2 @ a - 1 / (w + 1) ** 2 - (T - w) * bump - np.exp(-T * T / 2), L0


def slope(_: float, theta: np.ndarray, T: int) -> np.ndarray:
    r0, r1, _ = residuals(theta, T)
    return np.concatenate([-2 * r0, 2 * np.split(theta, 2)[0] * r1])


def loss_less_norm(theta: np.ndarray, T: int) -> float:
    r0, _, L0 = residuals(theta, T)
    return float(np.split(theta, 2)[0] @ (r0 - L0))


def peer_time(method: str, T: int, m: int, drop: float, rtol: float) -> float:
    """Time at which the loss has dropped by `drop`."""
    theta = np.concatenate(start(m))
    goal = loss_less_norm(theta, T) - drop

    def event(_: float, y: np.ndarray, T: int) -> float:
        return loss_less_norm(y, T) - goal

    event.terminal = True  # type: ignore[attr-defined]
    out = solve_ivp(
        slope, (0, 1e6), theta, method=method, rtol=rtol, atol=rtol * 1e-3, events=event, args=(T,)
    )
    return float(out.t_events[0][0])


@functools.cache
def ours(T: int, m: int) -> tuple[float, float]:
    """The event's time at `RTOL`, and the drop of the loss that it means."""
    J = Objective(example_target(T))
    run = gradient_flow(J, *start(m), stop=LossDrop(fraction="0.05"), rtol=RTOL)
    return run.event_time, 0.05 * float(J.loss(*start(m)))


# Not Radau, whose third order needs a second at such a tolerance.
@pytest.mark.parametrize(("method", "rtol"), [("DOP853", 1e-11), ("LSODA", 1e-12)])
@pytest.mark.parametrize("m", [2, 3])
@pytest.mark.parametrize("T", [6, 8, 10])
def test_escape_times_agree_with_another_family(T: int, m: int, method: str, rtol: float) -> None:
    time, drop = ours(T, m)
    assert peer_time(method, T, m, drop, rtol) == pytest.approx(time, rel=10 * RTOL)


@pytest.mark.slow
@pytest.mark.parametrize("m", [2, 3])
@pytest.mark.parametrize("T", [6, 8, 10])
def test_escape_times_agree_with_radau_of_order_5(T: int, m: int) -> None:
    time, drop = ours(T, m)
    assert peer_time("Radau", T, m, drop, 1e-10) == pytest.approx(time, rel=10 * RTOL)


def test_the_peers_see_a_wrong_time() -> None:
    # The drop of another event, 1e-5 away, is outside the tolerance of the test above.
    time, drop = ours(8, 2)
    assert peer_time("LSODA", 8, 2, drop * (1 + 1e-5), 1e-12) != pytest.approx(time, rel=10 * RTOL)
