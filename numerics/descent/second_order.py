r"""Methods that use curvature, in steps on the objective, in float64 or in any number of digits.

`gauss_newton` moves by :math:`-h\,(G + \lambda)^{-1}\nabla J/2` with a damping that keeps to the smallest eigenvalue of
the Gram matrix G, as far down as the arithmetic sees it; `levenberg_marquardt` raises and lowers :math:`\lambda` by
success; `saddle_free` divides by the absolute eigenvalues of the Hessian (Dauphin et al., NeurIPS 2014); `trust_region`
and `bfgs` are SciPy's; `variable_projection` solves for the amplitudes and moves the rates (Golub and Pereyra, SIAM J.
Numer. Anal. 10, 1973). Rates move by their logarithms where a step is not small, so that they stay positive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from memcurse.numerics.flow.fields.arithmetic import Arithmetic, Numbers, arithmetic_of
from memcurse.numerics.flow.fields.field import Values
from memcurse.numerics.flow.fields.natural import gram_matrix
from memcurse.numerics.flow.fields.real_modes import RateField
from memcurse.numerics.objective.objective import Objective

from .first_order import Descent

Array = NDArray[np.float64]
#: Damping of the first step, what success and failure multiply it with, and where it gives up.
_FIRST, _LOWER, _RAISE, _MOST = 1e-3, 0.1, 4.0, 1e12
#: Smallest eigenvalue that an arithmetic tells from round-off, in its units and of the largest.
_VISIBLE: Final = 64.0
#: Steps shorter than this lower no loss: when the small unit has run away, its amplitude sets the pace.
_SHORTEST: Final = 1e-280


class _Run:
    """A run under way: counts evaluations and knows its goal."""

    def __init__(self, J: Objective, a: Any, w: Any, share: float, digits: int) -> None:
        if not 0.0 < share < 1.0:
            raise ValueError(f"`share` must lie between 0 and 1; got {share}")
        self.field, self.arithmetic = RateField(J, a, w), arithmetic_of(digits)
        self.evaluations, self.m, self.share = 0, len(self.field.start) // 2, share

    def begin(self) -> tuple[Numbers, Values]:
        """Start and values there; sets the goal."""
        theta = self.arithmetic.exact(self.field.start)
        values = self.at(theta)
        if values is None:
            raise ValueError(f"`w` must be positive; got {self.field.start[self.m :]}")
        self.goal = values.loss * (1 - self.share)
        return theta, values

    def at(self, theta: Numbers | None) -> Values | None:
        """Loss and derivatives; None outside the domain."""
        if theta is None:
            return None
        self.evaluations += 1
        floats = self.arithmetic.floats(theta)
        if not (np.isfinite(floats).all() and (floats[self.m :] > 0).all()):
            return None
        return self.field.evaluate(theta, self.arithmetic)

    def gram(self, theta: Numbers) -> Numbers:
        """G."""
        return self.arithmetic.rounded(gram_matrix("continuous", theta[: self.m], theta[self.m :]))

    def end(self, status: str, steps: int, theta: Numbers, values: Values) -> Descent:
        """The result."""
        floats = self.arithmetic.floats(theta)
        return Descent(
            status, steps, self.evaluations, float(values.loss), floats[: self.m], floats[self.m :]
        )


def _reached(run: _Run, values: Values) -> bool:
    return bool(values.loss <= run.goal)


def levenberg_marquardt(
    J: Objective, a: Any, w: Any, share: float = 0.01, max_steps: int = 2000, digits: int = 15
) -> Descent:
    """Levenberg's damping, raised on failure and lowered on success; arguments as in `descend`, and the digits."""
    run = _Run(J, a, w, share, digits)
    with run.arithmetic.context():
        theta, values = run.begin()
        damping = _FIRST
        for step in range(max_steps):
            if _reached(run, values):
                return run.end("reached", step, theta, values)
            G = run.gram(theta)
            found: tuple[Numbers, Values] | None = None
            while damping < _MOST:
                trial = _moved(run.arithmetic, theta, G, values.gradient, damping, 1.0)
                there = run.at(trial)
                if trial is not None and there is not None and there.loss < values.loss:
                    found, damping = (trial, there), damping * _LOWER
                    break
                damping *= _RAISE
            if found is None:
                return run.end("broken", step, theta, values)
            theta, values = found
        return run.end("budget", max_steps, theta, values)


def _moved(
    arithmetic: Arithmetic, theta: Numbers, G: Numbers, gradient: Numbers, damping: Any, step: float
) -> Numbers | None:
    """``theta - step (G + damping)^-1 gradient/2``."""
    shift = arithmetic.array(damping) * arithmetic.identity(len(theta))
    move = arithmetic.solve(arithmetic.rounded(G + shift), gradient / 2)
    return None if move is None else arithmetic.rounded(theta - step * move)


def gauss_newton(
    J: Objective,
    a: Any,
    w: Any,
    share: float = 0.01,
    max_steps: int = 2000,
    digits: int = 15,
    relative_damping: float = 0.1,
    step: float = 0.3,
) -> Descent:
    """Damped Gauss-Newton, the natural gradient in steps: the damping is a share of the smallest eigenvalue of G.

    Where that sinks into round-off the damping stays there, and with it the method; more `digits` see further. A step
    that raises the loss is halved.
    """
    run = _Run(J, a, w, share, digits)
    with run.arithmetic.context():
        theta, values = run.begin()
        length = step
        for taken in range(max_steps):
            if _reached(run, values):
                return run.end("reached", taken, theta, values)
            G, length = run.gram(theta), min(step, 2 * length)
            damping = relative_damping * _smallest(run.arithmetic, G)
            while length > max(run.arithmetic.unit**2, _SHORTEST):
                trial = _moved(run.arithmetic, theta, G, values.gradient, damping, length)
                there = run.at(trial)
                if trial is not None and there is not None and there.loss <= values.loss:
                    theta, values = trial, there
                    break
                length /= 2
            else:
                return run.end("broken", taken, theta, values)
        return run.end("budget", max_steps, theta, values)


def _smallest(arithmetic: Arithmetic, G: Numbers) -> float:
    """The smallest eigenvalue of G, or what of it the arithmetic can see: one over the trace of the inverse."""
    size = float(np.trace(arithmetic.floats(G)))
    floor = _VISIBLE * arithmetic.unit * size
    inverse = arithmetic.solve(G, arithmetic.identity(len(G)))
    if inverse is None:
        return floor
    trace = float(np.trace(arithmetic.floats(inverse)))
    return max(1.0 / trace, floor) if trace > 0 else floor


def saddle_free(
    J: Objective, a: Any, w: Any, share: float = 0.01, max_steps: int = 20_000, step: float = 0.3
) -> Descent:
    """``-|H|^-1 grad J`` with the absolute eigenvalues of the Hessian, in float64; halved until the loss falls."""
    return _by_direction(J, a, w, share, max_steps, step, _saddle_free_direction)


def _saddle_free_direction(values: Values) -> Array:
    eigenvalues, vectors = np.linalg.eigh(values.hessian)
    sizes = np.maximum(np.abs(eigenvalues), _VISIBLE * 2.0**-53 * np.abs(eigenvalues).max())
    return np.asarray(-vectors @ ((vectors.T @ values.gradient) / sizes))


def _by_direction(
    J: Objective,
    a: Any,
    w: Any,
    share: float,
    max_steps: int,
    step: float,
    direction: Callable[[Values], Array],
) -> Descent:
    run = _Run(J, a, w, share, 15)
    with run.arithmetic.context():
        theta, values = run.begin()
        for taken in range(max_steps):
            if _reached(run, values):
                return run.end("reached", taken, theta, values)
            move, length = direction(values), step
            while length > 1e-9:
                trial = theta + length * move
                there = run.at(trial)
                if there is not None and there.loss < values.loss:
                    theta, values = trial, there
                    break
                length /= 2
            else:
                return run.end("broken", taken, theta, values)
        return run.end("budget", max_steps, theta, values)


class _Found(Exception):
    """The event has come: no error, but the one way to end SciPy's minimisers early."""


def scipy_method(
    J: Objective, a: Any, w: Any, name: str, share: float = 0.01, max_steps: int = 100_000
) -> Descent:
    """SciPy's "BFGS", "L-BFGS-B" or "trust-exact", rates by their logarithms; ended when the drop has come."""
    run = _Run(J, a, w, share, 15)
    with run.arithmetic.context():
        theta, values = run.begin()
        m, first = run.m, float(values.loss)
        state: dict[str, Any] = {"theta": theta, "values": values}

        def evaluated(x: Array) -> tuple[Values, Array]:
            here = np.concatenate([x[:m], np.exp(np.clip(x[m:], -700, 700))])
            found = run.at(here)
            if found is None or not np.isfinite(found.loss):
                big = Values(1e6 * first, np.zeros(2 * m), np.eye(2 * m))
                return big, here
            if found.loss <= run.goal:
                state.update(theta=here, values=found)
                raise _Found
            return found, here

        def slope(found: Values, here: Array) -> Array:
            return np.concatenate([found.gradient[:m], found.gradient[m:] * here[m:]])

        def curvature(x: Array) -> Array:
            found, here = evaluated(x)
            scale = np.concatenate([np.ones(m), here[m:]])
            extra = np.concatenate([np.zeros(m), found.gradient[m:] * here[m:]])
            return np.asarray(found.hessian * np.outer(scale, scale) + np.diag(extra))

        def loss(x: Array) -> tuple[float, Array]:
            found, here = evaluated(x)
            return float(found.loss), slope(found, here)

        options = {"maxiter": max_steps, "gtol": 0.0} | (
            {"ftol": 0.0, "maxfun": 10**7} if name[0] == "L" else {}
        )
        second: dict[str, Any] = {"hess": curvature} if name == "trust-exact" else {}
        second |= {"jac": True, "method": name, "options": options}
        start = np.concatenate([theta[:m], np.log(theta[m:])])
        try:
            with np.errstate(all="ignore"):
                ended = minimize(loss, start, **second)
        except _Found:
            return run.end("reached", run.evaluations, state["theta"], state["values"])
        last = np.concatenate([ended.x[:m], np.exp(ended.x[m:])])
        return Descent("broken", int(ended.nit), run.evaluations, float(ended.fun), last[:m], last[m:])


def variable_projection(
    J: Objective, a: Any, w: Any, share: float = 0.01, max_steps: int = 2000, rate: float = 0.3
) -> Descent:
    """The amplitudes are best for the rates, whose logarithms move by Gauss-Newton's step of what is left.

    One least-squares solve and one small system for each step, in float64.
    """
    run = _Run(J, a, w, share, 15)
    m = run.m
    with run.arithmetic.context():
        theta, values = run.begin()
        for taken in range(max_steps):
            theta, values = _best_amplitudes(run, theta, values)
            if _reached(run, values):
                return run.end("reached", taken, theta, values)
            G = run.gram(theta)
            outer = G[m:, m:] - G[m:, :m] @ np.linalg.lstsq(G[:m, :m], G[:m, m:])[0]
            scaled = outer * np.outer(theta[m:], theta[m:])
            move = np.linalg.lstsq(scaled, -values.gradient[m:] * theta[m:] / 2, rcond=1e-14)[0]
            found, length = None, rate
            while length > 1e-9:
                rates = theta[m:] * np.exp(np.clip(length * move, -1, 1))
                there = run.at(np.concatenate([theta[:m], rates]))
                if there is not None:
                    found = _best_amplitudes(run, np.concatenate([theta[:m], rates]), there)
                    if found[1].loss < values.loss:
                        break
                    found = None
                length /= 2
            if found is None:
                return run.end("broken", taken, theta, values)
            theta, values = found
        return run.end("budget", max_steps, theta, values)


def _best_amplitudes(run: _Run, theta: Array, values: Values) -> tuple[Array, Values]:
    """One Newton step in the amplitudes, in which the loss is quadratic; kept if it lowers the loss."""
    m = run.m
    step = np.linalg.lstsq(values.hessian[:m, :m], values.gradient[:m], rcond=1e-14)[0]
    trial = np.concatenate([theta[:m] - step, theta[m:]])
    there = run.at(trial)
    return (trial, there) if there is not None and there.loss < values.loss else (theta, values)
