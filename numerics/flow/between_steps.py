"""Values of a flow between its steps, from the collocation polynomials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.flow.engine.tableaus import radau_arrays

if TYPE_CHECKING:
    from .run import FlowRun

Array = NDArray[np.float64]


def interpolate(run: FlowRun, times: Any) -> tuple[Array, Array]:
    """Amplitudes and rates of a run at `times`, shape (..., m); see `FlowRun.at`.

    Raises
    ------
    ValueError
        For a time outside the run.
    """
    wanted = np.asarray(times, dtype=float)
    outside = ~((wanted >= 0.0) & (wanted <= run.t[-1]))
    if outside.any():
        raise ValueError(f"`times` must lie between 0 and {run.t[-1]:g}; got {wanted[outside].flat[0]:g}")
    m = run.a.shape[1]
    points = np.array([_point(run, float(x)) for x in wanted.ravel()]).reshape(*wanted.shape, 2 * m)
    return points[..., :m], points[..., m:]


def _point(run: FlowRun, time: float) -> Array:
    start = np.concatenate([run.a[0], run.w[0]])
    if run.steps == 0:
        return start
    i = min(int(np.searchsorted(run.t[1:], time, side="left")), run.steps - 1)
    tableau = radau_arrays(run.stages)
    begin = start if i == 0 else run.trace.theta[i - 1].real
    # t(x) = h sum_k x^(k+1) (powers A sigma)_k increases with x; in a step in time it is h x.
    clock = run.trace.step[i] * tableau.powers @ tableau.A @ run.trace.sigma[i]
    x = _invert(clock, time - run.t[i])
    powers = x ** np.arange(1, run.stages + 1)
    return np.asarray(begin + powers @ (tableau.powers @ run.trace.stages[i]))


def _invert(clock: Array, elapsed: float) -> float:
    """The x in [0, 1] at which the polynomial ``sum_k clock_k x^(k+1)`` equals `elapsed`, by bisection."""
    exponents = np.arange(1, len(clock) + 1)
    low, high = 0.0, 1.0
    for _ in range(60):
        x = 0.5 * (low + high)
        low, high = (x, high) if clock @ x**exponents < elapsed else (low, x)
    return 0.5 * (low + high)
