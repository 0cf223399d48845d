r"""Exponential sums on the axis of the logarithm of time: the float64 side of the search for small widths.

With :math:`t = e^x`, log rates :math:`y_k = \ln w_k` and masses :math:`b_k = a_k/w_k` (the L1 norms of the terms),
:math:`t\,\hat\rho(t) = \sum_k b_k K(x + y_k)` with the one kernel :math:`K(z) = e^{z - e^z}`, and the L1 distance is
:math:`\int |\sum_k b_k K(x + y_k) - g(x)|\,dx` with :math:`g(x) = t \rho(t)`: memory over 40 decades fits on a
grid of a thousand points, and no rate or time is ever out of range.

Rigour: heuristic. What is found here is proved elsewhere, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp

from memcurse.numerics.arguments import Array, constant_float
from memcurse.numerics.arithmetic.compiled import compiled
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.target import ExponentialSum, Target

#: ``K(z)`` is 0 in float64 from here on.
_LARGEST = 7.0
#: Times beyond ``e^this`` are out of range for a kernel that is known by its expression only.
_EXPRESSION_REACH = 690.0
#: Where the size of a tail no longer counts.
_NEGLIGIBLE = 1e-18


def pulse(z: Array) -> Array:
    """``K(z) = exp(z - e^z)``: an exponential times t, over log time."""
    z = np.minimum(z, _LARGEST)
    return np.asarray(np.exp(z - np.exp(z)))


def pulse_slope(z: Array) -> Array:
    """``K'(z) = (1 - e^z) K(z)``."""
    z = np.minimum(z, _LARGEST)
    return np.asarray((1 - np.exp(z)) * np.exp(z - np.exp(z)))


def total(rows: Array, b: Array) -> Array:
    """``rows @ b``, without the library that would start threads for so little: where cores are busy they only wait."""
    return np.asarray(np.einsum("ij,j->i", rows, b))


@compiled
def solve(A: Array, b: Array) -> Array:
    """``A^-1 b`` by elimination with partial pivoting; infinite where A is singular.

    Compiled here, because a threaded library spends more time waiting than working on systems of this size as soon as
    other processes want the cores.
    """
    n = len(b)
    A, x = A.copy(), b.copy()
    for k in range(n):
        p = k + np.argmax(np.abs(A[k:, k]))
        if A[p, k] == 0.0:
            return np.full(n, np.inf)
        if p != k:
            for j in range(k, n):
                A[k, j], A[p, j] = A[p, j], A[k, j]
            x[k], x[p] = x[p], x[k]
        for i in range(k + 1, n):
            factor = A[i, k] / A[k, k]
            if factor != 0.0:
                for j in range(k + 1, n):
                    A[i, j] -= factor * A[k, j]
                x[i] -= factor * x[k]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            x[k] -= A[k, j] * x[j]
        x[k] /= A[k, k]
    return x


@compiled
def normal_matrix(J: Array) -> Array:
    """``J^T J``, compiled for the same reason."""
    n = J.shape[1]
    found = np.zeros((n, n))
    for row in range(J.shape[0]):
        for i in range(n):
            for j in range(i + 1):
                found[i, j] += J[row, i] * J[row, j]
    for i in range(n):
        for j in range(i):
            found[j, i] = found[i, j]
    return found


@dataclass(frozen=True)
class LogKernel:
    """A kernel over log time: ``value(x) = t rho(t)`` at ``t = e^x``, its derivative, and where it may be cut."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    reach: float


def log_kernel(target: Target) -> LogKernel:
    """The target over log time; closed forms for exponential sums and power laws have no largest time."""
    parts = [_part(part) for part in target.parts()]
    return LogKernel(
        lambda x: np.sum([part.value(x) for part in parts], axis=0),
        lambda x: np.sum([part.slope(x) for part in parts], axis=0),
        max(part.reach for part in parts),
    )


def _part(part: Target) -> LogKernel:
    if isinstance(part, PowerLaw):
        return _power_law(constant_float("omega", part.omega), constant_float("amplitude", part.amplitude))
    if isinstance(part, ExponentialSum):
        mass, y = log_terms(part)
        return LogKernel(
            lambda x: total(pulse(np.add.outer(x, y)), mass),
            lambda x: total(pulse_slope(np.add.outer(x, y)), mass),
            float(-y.min()) + 5.0,
        )
    return _expression(part.expression)


def log_terms(target: ExponentialSum) -> tuple[Array, Array]:
    """Masses and log rates of the terms of an exponential sum."""
    pairs = [(a / w, w) for a, w in zip(target.a, target.w, strict=True) if a != 0]
    mass = np.array([constant_float("a/w", b) for b, _ in pairs])
    return mass, np.log([constant_float("w", w) for _, w in pairs])


def _power_law(omega: float, amplitude: float) -> LogKernel:
    def value(x: Array) -> Array:
        return np.asarray(amplitude * np.exp(x - (1 + omega) * np.logaddexp(0, x)))

    def slope(x: Array) -> Array:
        return value(x) * (1 - (1 + omega) / (1 + np.exp(-np.maximum(x, -_EXPRESSION_REACH))))

    # Without an integrable tail only a weighted norm makes sense, and it sees a tail of the exponent omega + 1/2.
    decay = omega if omega > 0 else omega + 0.5
    return LogKernel(value, slope, -np.log(_NEGLIGIBLE) / decay)


def _expression(rho: sp.Expr) -> LogKernel:
    def on_log_time(f: sp.Expr) -> Callable[[Array], Array]:
        evaluate = lower(f, (t,), "float64")

        def value(x: Array) -> Array:
            times = np.exp(np.minimum(x, _EXPRESSION_REACH))
            with np.errstate(all="ignore"):
                found = np.broadcast_to(np.asarray(evaluate(times), dtype=float), times.shape)
            return np.where(np.isfinite(found), found, 0.0)

        return value

    value, slope = on_log_time(t * rho), on_log_time(t * sp.diff(t * rho, t))
    grid = np.arange(-40.0, _EXPRESSION_REACH, 0.5)
    large = np.flatnonzero(np.abs(value(grid)) > _NEGLIGIBLE)
    return LogKernel(value, slope, float(grid[large[-1]]) + 1.0 if large.size else 1.0)


def spread_rates(kernel: LogKernel, m: int, weight: float = 0.0) -> Array:
    """m log rates, falling, as dense as the error asks for.

    The rule of step h has a relative error of about ``e^(-pi^2/h)``, so that errors are equal everywhere where the
    density of rates is ``ln(g/kappa)/pi^2``: kappa is chosen to give m of them. `weight` is the exponent of the norm's
    weight over log time, 1/2 for L2.
    """
    x = np.linspace(-40.0, kernel.reach + 10.0, max(4001, int(8 * kernel.reach)))
    size = np.log(np.abs(kernel.value(x)) * np.exp(-weight * x) + 1e-300)
    low, high = size.max() - np.pi**2 * (m + 2.0), size.max()
    for _ in range(60):
        level = (low + high) / 2
        if np.trapezoid(np.maximum(size - level, 0), x) > np.pi**2 * m:
            low = level
        else:
            high = level
    density = np.maximum(size - low, 0)
    count = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return -np.interp((np.arange(m) + 0.5) / m, count / count[-1], x)


def residual(kernel: LogKernel, b: Array, y: Array, x: Array) -> Array:
    """``sum_k b_k K(x + y_k) - g(x)``."""
    return total(pulse(np.add.outer(x, y)), b) - kernel.value(x)


def amplitudes_by_least_squares(kernel: LogKernel, y: Array, x: Array) -> Array:
    """Masses that fit best at the points `x`; through them where there are as many."""
    return np.asarray(np.linalg.lstsq(pulse(np.add.outer(x, y)), kernel.value(x), rcond=None)[0])


def polish(
    kernel: LogKernel, b: Array, y: Array, steps: int, *, power: int = 1, weight: float = 0.0
) -> tuple[Array, Array]:
    """Levenberg and Marquardt's method on a grid of log times, reweighted for L1 (`power` 1): masses and log rates.

    The reweighting smooths ``|r|`` to ``sqrt(r^2 + d^2)`` with a d that falls.
    """
    x = np.arange(-y.max() - 10.0, -y.min() + 12.0, 0.1)
    scale = np.exp(-weight * x)
    r = scale * residual(kernel, b, y, x)
    damping = 1e-2
    for step in range(steps):
        d = max(0.3 * float(np.mean(np.abs(r))) * 0.9**step, 1e-13) if power == 1 else 0.0
        root = scale / np.sqrt(np.hypot(r, d)) if power == 1 else scale
        z = np.add.outer(x, y)
        jacobian = np.hstack([pulse(z), pulse_slope(z) * b]) * root[:, None]
        normal = normal_matrix(jacobian)
        gradient = total(jacobian.T, r / scale * root)
        moved = _damped_step(kernel, (b, y, r), (x, scale, d), (normal, gradient), damping)
        if moved is None:
            break
        b, y, r, damping = moved
    order = np.argsort(-y)
    return b[order], y[order]


def _damped_step(
    kernel: LogKernel,
    point: tuple[Array, Array, Array],
    grid: tuple[Array, Array, float],
    system: tuple[Array, Array],
    damping: float,
) -> tuple[Array, Array, Array, float] | None:
    """The next point and damping, or None where no step lowers the smoothed error."""
    (b, y, r), (x, scale, d), (normal, gradient), m = point, grid, system, len(point[0])
    before = np.sum(np.hypot(r, d)) if d else np.sum(r**2)
    diagonal = np.diag(np.diag(normal) + 1e-300)
    for _ in range(10):
        step = -solve(normal + damping * diagonal, gradient)
        if not np.isfinite(step).all():
            return None
        b_next, y_next = b + step[:m], y + np.clip(step[m:], -1, 1)
        # A step from a matrix that is singular but for rounding may overflow; it is then not taken.
        with np.errstate(over="ignore", invalid="ignore"):
            r_next = scale * residual(kernel, b_next, y_next, x)
            after = np.sum(np.hypot(r_next, d)) if d else np.sum(r_next**2)
        if after < before:
            return b_next, y_next, r_next, max(damping / 4, 1e-10)
        damping *= 4
    return None


def sign_changes(kernel: LogKernel, b: Array, y: Array, step: float = 0.03) -> Array:
    """Where the residual changes sign, on a grid of log times of this step."""
    x = np.arange(-y.max() - 14.0, -y.min() + 14.0, step)
    r = residual(kernel, b, y, x)
    i = np.flatnonzero(np.sign(r[1:]) * np.sign(r[:-1]) < 0)
    return np.asarray(x[i] + (x[1] - x[0]) * r[i] / (r[i] - r[i + 1]))


def distance(
    kernel: LogKernel, b: Array, y: Array, cuts: Array, *, power: int = 1, weight: float = 0.0
) -> float:
    """L1 distance (or L2, with power 2 and weight 1/2), by Gauss's rule between `cuts`."""
    start, end = float(-y.max()) - 6.0, float(-y.min()) + 6.0
    # Outside, one of the two kernels is a pure exponential over log time, or both are.
    ends = np.linspace(-45.0, start, 20), np.linspace(end, max(kernel.reach, end + 1.0), 60)
    edges = np.unique(np.concatenate([*ends, np.arange(start, end), cuts]))
    nodes, weights = np.polynomial.legendre.leggauss(8)
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    x = (middle[:, None] + half[:, None] * nodes).ravel()
    r = np.abs(np.exp(-weight * x) * residual(kernel, b, y, x)) ** power
    return float(np.sum((half[:, None] * weights).ravel() * r) ** (1 / power))
