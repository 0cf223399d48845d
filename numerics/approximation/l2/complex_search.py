r"""Fits with complex modes in float64: greedy starts, and Newton's method over the modes with the best gains.

A mode q added to a fit with modes x and best gains lowers the loss by
:math:`|R(\bar q)|^2 / (\|e_q\|^2 |B(q)|^2)`, with R the residual's transform, :math:`e_q` the mode itself and B the
Blaschke product of x: the part of :math:`e_q` off the span of the others has the norm :math:`\|e_q\| |B(q)|`. So the
best q of a grid is known without a fit. Modes are moved in units of their distance from instability, in which the
hyperbolic metric is Euclidean. Rigour: none; `numerics.stationary.complex_points` proves what is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.objective.assembly import Time
from memcurse.numerics.objective.complex_modes.objective import ComplexObjective

from .trust_region import downhill

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: Fits that are kept of each width, modes that are tried on each, and random starts for the last width.
_KEPT, _TRIED, _RANDOM = 4, 4, 12
#: Pseudo-hyperbolic distance below which two modes of the grid count as one.
_APART = 0.5
#: The longest step in units of the distance from instability, and the one that ends the search.
_LONGEST, _SMALLEST = 0.5, 1e-9
#: Relative difference of losses below which two fits count as one.
_SAME = 1e-8


@dataclass(frozen=True)
class FloatFit:
    """Gains and modes, each of shape (m,), and their loss."""

    a: Complex
    x: Complex
    loss: float


def distances(time: Time, x: Complex, y: Complex) -> Array:
    """Pseudo-hyperbolic distances of two broadcast arrays of modes: the factors of Blaschke products."""
    other = np.conj(x) + y if time == "continuous" else 1 - np.conj(x) * y
    result: Array = np.abs(x - y) / np.abs(other)
    return result


def gaps(time: Time, x: Complex) -> Array:
    """How far modes are from instability."""
    result: Array = x.real if time == "continuous" else (1 - np.abs(x)) * (1 + np.abs(x))
    return result


def _gram(time: Time, x: Complex, y: Complex) -> Complex:
    """Inner products of the modes x (conjugated) and y."""
    left, right = np.conj(x)[:, None], y[None, :]
    result: Complex = 1 / (left + right if time == "continuous" else 1 - left * right)
    return result


def _transform(objective: ComplexObjective, x: Complex) -> Complex:
    """The target's transform at conj x."""
    rows = x[:, None]
    half = -objective.batch(np.zeros_like(rows), rows, 1)[1] / 2
    result: Complex = half[:, 0] + 1j * half[:, 1]
    return result


def gains(objective: ComplexObjective, x: Complex) -> Complex | None:
    """The best gains in float64; None if the Gram matrix is singular to it."""
    gram = _gram(objective.moments.time, x, x)
    size = np.sqrt(gram.diagonal().real)
    try:
        scaled = np.linalg.solve(gram / np.outer(size, size), _transform(objective, x) / size)
    except np.linalg.LinAlgError:
        return None
    return scaled / size if np.isfinite(scaled).all() else None


# --- descent -------------------------------------------------------------------------------------------------------


def descend(objective: ComplexObjective, x: Complex) -> FloatFit | None:
    """The fit that Newton's method over the modes, saddle-free and within a trust region, leads to."""
    try:
        return _descend(objective, x)
    except (FloatRangeError, ArithmeticError, np.linalg.LinAlgError):
        return None


def _descend(objective: ComplexObjective, x: Complex) -> FloatFit | None:
    a = gains(objective, x)
    if a is None:
        return None

    def move(state: tuple[Complex, Complex], step: Array) -> tuple[tuple[Complex, Complex], float] | None:
        moved = _moved(objective.moments.time, state[1], step)
        tried = gains(objective, moved)
        return None if tried is None else ((tried, moved), float(objective.batch(tried, moved, 0)[0]))

    end, (loss, _, _) = downhill(
        (a, x), lambda state: _reduced(objective, *state), move, longest=_LONGEST, smallest=_SMALLEST
    )
    return FloatFit(*end, loss)


def _moved(time: Time, x: Complex, step: Array) -> Complex:
    m = len(x)
    result: Complex = x + gaps(time, x) * (step[:m] + 1j * step[m:])
    return result


def _reduced(objective: ComplexObjective, a: Complex, x: Complex) -> tuple[float, Array, Array]:
    """Loss with the best gains, gradient and Hessian over the modes in their units."""
    loss, gradient, hessian = objective.batch(a, x, 2)
    n = 2 * len(a)
    units = np.tile(gaps(objective.moments.time, x), 2)
    schur = hessian[n:, n:] - hessian[n:, :n] @ np.linalg.solve(hessian[:n, :n], hessian[:n, n:])
    return float(loss), gradient[n:] * units, units[:, None] * (schur + schur.T) / 2 * units


# --- starts --------------------------------------------------------------------------------------------------------


def complex_fits(
    objective: ComplexObjective, m: int, scale: float, real: bool, seed: int
) -> Iterator[FloatFit]:
    """Fits of m modes, lowest first: modes are added one by one, for real targets also in conjugate pairs.

    `scale` is a typical rate (1/time) of the target, 1 in discrete time.
    """
    grid = _grid(objective, scale)
    transform = _transform(objective, grid)
    kept: list[list[FloatFit]] = [[FloatFit(np.zeros(0, complex), np.zeros(0, complex), np.inf)]]
    rng = np.random.default_rng(seed)
    for width in range(1, m + 1):
        starts = [
            start
            for added in ((1, 2) if real and width > 1 else (1,))
            for fit in kept[width - added]
            for start in _grown(objective.moments.time, fit, grid, transform, added)
        ]
        if width == m:
            starts += [rng.choice(grid, m, replace=False) for _ in range(_RANDOM)]
        kept.append(_distinct([fit for x in starts if (fit := descend(objective, x)) is not None]))
        if width < m:
            kept[-1] = kept[-1][:_KEPT]
    return iter(kept[m])


def _distinct(fits: list[FloatFit]) -> list[FloatFit]:
    """Lowest first, each loss once."""
    chosen: list[FloatFit] = []
    for fit in sorted(fits, key=lambda x: x.loss):
        if not chosen or fit.loss > chosen[-1].loss * (1 + _SAME):
            chosen.append(fit)
    return chosen


def _grown(time: Time, fit: FloatFit, grid: Complex, transform: Complex, added: int) -> Iterator[Complex]:
    """The fit's modes with one more, or with a conjugate pair."""
    left = transform - _gram(time, grid, fit.x) @ fit.a
    blaschke = distances(time, fit.x[None, :], grid[:, None]).prod(axis=1)
    norms = 1 / (2 * grid.real) if time == "continuous" else 1 / gaps(time, grid)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.abs(left) ** 2 / (norms * blaschke**2)
    # Near a mode of the fit both sizes vanish, and only rounding is left.
    gain[~np.isfinite(gain) | (blaschke < 1e-3)] = 0
    if added == 2:
        gain[grid.imag <= 0] = 0
    for _ in range(_TRIED):
        best = int(np.argmax(gain))
        if gain[best] == 0:
            return
        q = grid[best]
        yield np.array([*fit.x, q] if added == 1 else [*fit.x, q, np.conj(q)])
        gain[distances(time, q, grid) < _APART] = 0


def _grid(objective: ComplexObjective, scale: float) -> Complex:
    """Modes from very near instability to far from it; fewer where a moment takes a quadrature."""
    coarse = objective.moments.is_open
    if objective.moments.time == "continuous":
        rates = scale * 2.0 ** (np.arange(-4, 5, 2) if coarse else np.arange(-10, 11))
        sizes = scale * 2.0 ** (np.arange(-2, 5, 2) if coarse else np.arange(-8, 12, 0.5))
        return (rates[:, None] + 1j * np.concatenate([-sizes, [0.0], sizes])).ravel()
    steps = 2.0 ** -(np.arange(1, 6, 2) if coarse else np.arange(0.5, 13))
    angles = np.pi * (np.arange(1, 5) / 5 if coarse else np.concatenate([steps[:-1], np.arange(1, 24) / 24]))
    turns = np.exp(1j * np.unique(np.concatenate([-angles, [0.0, np.pi], angles])))
    return np.concatenate([[0j], ((1 - steps)[:, None] * turns).ravel()])
