"""Residual networks step by step: with certainty for a given input, and in float64 for white noise."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import acb, acb_mat, arb, arb_mat
from numpy.typing import NDArray

from memcurse.numerics.objective.functionals import fraction_ball

Array = NDArray[np.float64]


#: Spans of time on which the propagator is enclosed for an a priori bound.
_BOXES = 64


def _norm(matrix: arb_mat) -> arb:
    """Largest row sum of absolute values, rounded up."""
    sums = [sum((abs(x) for x in row), arb(0)) for row in matrix.tolist()]
    return functools.reduce(arb.max, sums).upper()


@dataclass(frozen=True)
class BallRNN:
    """A linear network at exact numbers: `c` (1 x m), `W` (m x m), `U` (m x d) as matrices of balls."""

    c: arb_mat
    W: arb_mat
    U: arb_mat

    def after_steps(
        self, x: Callable[[arb], arb | arb_mat], end: arb, steps: int, *, residual: bool = True
    ) -> arb:
        """The output at `end` of the residual network with `steps` layers, from rest at time 0.

        With d > 1 inputs `x` gives a column of them.
        One layer takes h to ``h + d (W h + U x)`` with ``d = end/steps``; without `residual` it drops the
        first h. Rigour: enclosure of what exact arithmetic would give.
        """
        d = end / steps
        m = self.W.nrows()
        identity = arb_mat(m, m, [int(i == j) if residual else 0 for i in range(m) for j in range(m)])
        layer, entry, h = identity + self.W * d, self.U * d, arb_mat(m, 1)
        for k in range(steps):
            h = layer * h + entry * x(d * k)
        return (self.c * h)[0, 0]

    def after_lines(self, times: Sequence[Fraction], values: Sequence[Sequence[Fraction]]) -> arb:
        """The output at the last of `times` for inputs through `values` (rows of length d), straight in between.

        At rest at the first time. Between two times the state, a 1 and the time since then obey one linear equation,
        whose propagator is a matrix exponential: no quadrature, and no kernel. Rigour: enclosure.
        """
        m = self.W.nrows()
        h = arb_mat(m, 1)
        for start, end, x, y in zip(times, times[1:], values, values[1:], strict=False):
            span = end - start
            slope = arb_mat(len(x), 1, [fraction_ball((q - p) / span) for p, q in zip(x, y, strict=True)])
            constant, ramp = self.U * arb_mat(len(x), 1, [fraction_ball(p) for p in x]), self.U * slope
            A = arb_mat(m + 2, m + 2)
            for i in range(m):
                for j in range(m):
                    A[i, j] = self.W[i, j]
                A[i, m], A[i, m + 1] = constant[i, 0], ramp[i, 0]
            A[m + 1, m] = arb(1)
            z = (A * fraction_ball(span)).exp() * arb_mat(m + 2, 1, [*h.entries(), 1, 0])
            h = arb_mat(m, 1, z.entries()[:m])
        return (self.c * h)[0, 0]

    def error_bound(self, end: arb, steps: int, largest_input: arb, largest_slope: arb) -> arb:
        """Bound on the distance of `after_steps` from the flow for inputs with these bounds on |x_i| and |x_i'|.

        The inputs need one derivative, with jumps: straight lines will do.

        A layer misses the flow by at most ``d^2/2 sup|h''|``, with ``h'' = W^2 h + W U x + U x'``, and what
        it misses reaches the output through ``c^T (I + d W)^j``. Rigour: proved for the balls given.
        """
        d, m = end / steps, self.W.nrows()
        reach = arb(0)
        for k in range(_BOXES):
            span = (end * k / _BOXES).union(end * (k + 1) / _BOXES)
            reach += _norm((self.W * span).exp()) * end / _BOXES
        state = reach * _norm(self.U) * largest_input
        curvature = _norm(self.W * self.W) * state + _norm(self.W * self.U) * largest_input
        curvature += _norm(self.U) * largest_slope
        layer = arb_mat(m, m, [int(i == j) for i in range(m) for j in range(m)]) + self.W * d
        row, total = self.c, arb(0)
        for _ in range(steps):
            total += _norm(row)
            row = row * layer
        return (d * d / 2 * curvature * total).upper()

    def convolution(self, x: Callable[[acb], acb], end: arb, sign: int = 1) -> arb:
        """``int_0^end c^T e^{sign W s} U x_{end-s} ds`` for one entire input `x`. Rigour: enclosure."""
        c, W, U = acb_mat(self.c), acb_mat(self.W) * sign, acb_mat(self.U)

        def integrand(s: acb, analytic: bool) -> acb:
            return (c * (W * s).exp() * U)[0, 0] * x(acb(end) - s)

        return acb.integral(integrand, acb(0), acb(end)).real


def noise_increments(seed: int, samples: int, steps: int, step: float, correlation: float) -> Iterator[Array]:
    """Increments of Wiener paths, shape (samples,), one per time step.

    With `correlation` (1/time times ...) other than 0 neighbouring increments are correlated by it, each
    with the same variance as before: coloured noise.
    """
    generator = np.random.default_rng(seed)
    scale, fresh = step**0.5, (1.0 - correlation**2) ** 0.5
    current = generator.standard_normal(samples)
    yield scale * current
    for _ in range(steps - 1):
        normal = generator.standard_normal(samples)
        current = correlation * current + fresh * normal if correlation else normal
        yield scale * current


def white_noise_errors(
    a: Array,
    w: Array,
    kernel: Array,
    step: float,
    samples: int,
    seed: int,
    correlation: float = 0.0,
) -> Array:
    """Samples, shape (samples,), of ``y_hat_T - y_T`` for a network and a target driven by one noise.

    Parameters
    ----------
    a, w : ndarray, shape (m,)
        Amplitudes and rates of the network, which runs as the residual network it is, layer by layer.
    kernel : ndarray, shape (steps,)
        The target at the ages ``0, step, 2 step, ...``.
    step, correlation : float
        Time step, and correlation of neighbouring increments (0: white noise).

    Notes ----- Rigour: float64. For white noise each sample is exactly normal: it is linear in independent
    normal numbers.
    """
    steps = len(kernel)
    h = np.zeros((len(a), samples))
    y = np.zeros(samples)
    keep = (1.0 - step * w)[:, None]
    for k, increment in enumerate(noise_increments(seed, samples, steps, step, correlation)):
        h = keep * h + increment
        y += kernel[steps - 1 - k] * increment
    return a @ h - y


def discrete_variance(a: Array, w: Array, kernel: Array, step: float) -> float:
    """Their variance for white noise: ``step * sum_k (sum_i a_i (1 - step w_i)^k - rho(k step))^2``."""
    ages = np.arange(len(kernel))[:, None]
    return float(step * np.sum(((1.0 - step * w) ** ages @ a - kernel) ** 2))
