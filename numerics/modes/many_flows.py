r"""Gradient flows of many small networks at once, each with a target of its own: where random starts end.

The flow is that of the real and imaginary parts, ``z' = -2 dJ/d(conj z)``. A step is exponential Euler,

.. math:: \theta \to \theta - h\, \varphi(-h H)\, \nabla J, \qquad \varphi(z) = (e^z - 1)/z,

exact for a quadratic loss, also near a saddle, with the eigenvectors of the symmetric Hessian H. A step that moves a
gain by more than a share of ``max(1, |g|)``, a pole by more than a share of its distance from the circle, or that lets
the loss grow, is done again shorter. Real parameters stay real; what is asked here is where a flow ends, not when.

Rigour: float64, first order in general; compared with an integrator of tight tolerance in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .features import Complex, finite_complex

Array = NDArray[np.float64]

#: Steps grow by the first factor after one that was taken, shrink by the second after one that was not.
_GROW, _SHRINK = 2.0, 0.4
_LONGEST: Final = 1e10
#: Room for rounding in "the loss does not grow", relative to the sum of the moduli of its terms.
_ROUNDING: Final = 4e-15


@dataclass(frozen=True)
class Derivatives:
    """Loss, shape (n,); derivatives by conj g and conj p, (n, 2K); ``A`` and ``C`` of the Hessian, (n, 2K, 2K).

    Also the target's squared norm, and the sum of the moduli of the loss's terms, which rounding is relative to.
    """

    loss: Array
    slopes: Complex
    A: Complex
    C: Complex
    norm: Array
    size: Array


def _residual(
    g: Complex, p: Complex, c: Complex, q: Complex, orders: int
) -> tuple[Complex, Complex, list[Complex], Complex]:
    """Products of modes (n, K, K), with the target's (n, K, J), residual moments from order 0 on and ``M_0`` (n, K)."""
    z = p.conj()[:, :, None]
    r, s = 1 / (1 - z * p[:, None, :]), 1 / (1 - z * q[:, None, :])
    M0 = (c[:, None, :] * s).sum(2)
    R = [(g[:, None, :] * r).sum(2) - M0]
    model, wanted = g[:, None, :] * r, c[:, None, :] * s
    for k in range(1, orders):
        model, wanted = k * model * p[:, None, :] * r, k * wanted * q[:, None, :] * s
        R.append(model.sum(2) - wanted.sum(2))
    return r, s, R, M0


def _norm(c: Complex, q: Complex) -> Array:
    products = 1 / (1 - q.conj()[:, :, None] * q[:, None, :])
    norm: Array = (c.conj()[:, :, None] * c[:, None, :] * products).sum((1, 2)).real
    return norm


def slopes(g: Complex, p: Complex, c: Complex, q: Complex) -> tuple[Array, Complex]:
    """Loss over the target's squared norm, (n,), and derivatives by conj g and conj p, (n, 2K): first order only."""
    _, _, R, M0 = _residual(g, p, c, q, 2)
    norm = _norm(c, q)
    loss: Array = 1 + (g.conj() * (R[0] - M0)).sum(1).real / norm
    return loss, np.concatenate([R[0], g.conj() * R[1]], 1)


def derivatives(g: Complex, p: Complex, c: Complex, q: Complex) -> Derivatives:
    """The objective of n networks g, p (n, K), each with its own target c, q (n, J); source: `theory.modes.objective`.

    Rigour: float64, without care for poles within 1e-8 of the circle (`DiscreteObjective` has that).
    """
    K, z = g.shape[1], p.conj()[:, :, None]
    r, s, R, M0 = _residual(g, p, c, q, 3)
    G, P, c_row = g[:, None, :], p[:, None, :], c[:, None, :]
    norm = _norm(c, q)
    loss = (g.conj() * (R[0] - M0)).sum(1).real + norm
    column = g.conj()[:, :, None]
    mixed = G * z * r**2
    A = np.concatenate(
        [
            np.concatenate([r, mixed], 2),
            np.concatenate([mixed.conj().swapaxes(1, 2), column * G * (1 + z * P) * r**3], 2),
        ],
        1,
    )
    C, k = np.zeros_like(A), np.arange(K)
    C[:, k, K + k] = C[:, K + k, k] = R[1].conj()
    C[:, K + k, K + k] = g * R[2].conj()
    size = abs(column * G * r).sum((1, 2)) + 2 * abs(column * c_row * s).sum((1, 2)) + norm
    return Derivatives(loss, np.concatenate([R[0], g.conj() * R[1]], 1), A, C, norm, size)


def curvatures(g: Complex, p: Complex, c: Complex, q: Complex) -> Complex:
    """``Q_k = R_2(conj p_k)``, the second moments of the residual, shape (n, K)."""
    z = p.conj()[:, :, None]

    def part(gains: Complex, poles: Complex) -> Complex:
        x = poles[:, None, :]
        total: Complex = (2 * gains[:, None, :] * x**2 / (1 - z * x) ** 3).sum(2)
        return total

    return part(g, p) - part(c, q)


@dataclass(frozen=True)
class Ends:
    """Where flows are when they are left: gains and poles (n, K), loss over the target's squared norm, time (n,)."""

    gains: Complex
    poles: Complex
    loss: Array
    time: Array


def follow(
    gains: Any,
    poles: Any,
    target_gains: Any,
    target_poles: Any,
    *,
    until: float = np.inf,
    solved: float = 1e-7,
    steps: int = 1000,
    share: float = 0.1,
) -> Ends:
    """Gradient flows of n networks, each until its relative loss is below `solved` or for that many steps.

    Parameters
    ----------
    gains, poles : array_like, shape (n, K)
        Starts; moduli of poles below 1. All real: the flow of real networks, at a quarter of the cost.
    target_gains, target_poles : array_like, shape (n, J)
    until : float
        Longest time.
    steps : int
        Steps tried at most.
    share : float
        Longest move of a step, relative to ``max(1, |g|)`` and ``1 - |p|``.

    Raises
    ------
    ValueError, TypeError
        For shapes that do not match, numbers that are not finite, poles outside the disc.
    """
    given = [
        finite_complex(name, values, 2)
        for name, values in (
            ("gains", gains),
            ("poles", poles),
            ("target_gains", target_gains),
            ("target_poles", target_poles),
        )
    ]
    g, p, c, q = given
    if g.shape != p.shape or c.shape != q.shape or len(g) != len(c) or not g.size:
        shapes = [x.shape for x in given]
        raise ValueError(
            f"`gains`, `poles` and the targets must match, one row a network; got shapes {shapes}"
        )
    for name, values in (("poles", p), ("target_poles", q)):
        if not (abs(values) < 1).all():
            raise ValueError(f"`{name}` must have moduli below 1; got {values[abs(values) >= 1][0]}")
    return _followed(np.concatenate([g, p], 1), c, q, until, solved, steps, share)


def _followed(
    x: Complex, c: Complex, q: Complex, until: float, solved: float, steps: int, share: float
) -> Ends:
    K, real = x.shape[1] // 2, not any(np.iscomplex(part).any() for part in (x, c, q))
    h, time = np.full(len(x), 1e-2), np.zeros(len(x))
    now = derivatives(x[:, :K], x[:, K:], c, q)
    loss, norm, rows = now.loss.copy(), now.norm, np.arange(len(x))
    for _ in range(steps):
        going = (loss[rows] >= solved * norm[rows]) & (time[rows] < until)
        if not going.all():
            rows, now = rows[going], _rows_of(now, going)
        if not rows.size:
            break
        length = np.minimum(h[rows], until - time[rows])
        move = _move(now, length, real)
        here, there = x[rows], x[rows] + move
        scale = np.concatenate([np.maximum(1, abs(here[:, :K])), 1 - abs(here[:, K:])], 1)
        good: Any = (abs(there[:, K:]) < 1).all(1) & (abs(move) < share * scale).all(1)
        there = np.where(good[:, None], there, here)
        next_ = derivatives(there[:, :K], there[:, K:], c[rows], q[rows])
        good &= next_.loss <= loss[rows] + _ROUNDING * next_.size
        taken = rows[good]
        x[taken], loss[taken] = there[good], next_.loss[good]
        time[taken] += length[good]
        h[rows] = np.where(good, np.minimum(_GROW * length, _LONGEST), _SHRINK * length)
        now = _chosen(now, next_, good)
    return Ends(x[:, :K], x[:, K:], np.maximum(loss, 0) / norm, time)


def _move(now: Derivatives, length: Array, real: bool) -> Complex:
    """The step of exponential Euler, as complex numbers, shape (n, 2K)."""
    if real:
        H, slope = 2 * (now.A.real + now.C.real), 2 * now.slopes.real
    else:
        top = np.concatenate([now.A.real + now.C.real, -now.A.imag - now.C.imag], 2)
        low = np.concatenate([now.A.imag - now.C.imag, now.A.real - now.C.real], 2)
        H, slope = (
            2 * np.concatenate([top, low], 1),
            2 * np.concatenate([now.slopes.real, now.slopes.imag], 1),
        )
    sizes, vectors = np.linalg.eigh(H)
    # Below -50 a step is far too long anyway, and refused for the move that it makes.
    z = np.maximum(length[:, None] * sizes, -50.0)
    small = abs(z) < 1e-8
    phi = np.where(small, 1 - z / 2, -np.expm1(-z) / np.where(small, 1, z))
    along = (vectors * slope[:, :, None]).sum(1)
    move = -(vectors * (length[:, None] * phi * along)[:, None, :]).sum(2)
    n = now.slopes.shape[1]
    result: Complex = move.astype(complex) if real else move[:, :n] + 1j * move[:, n:]
    return result


def _rows_of(parts: Derivatives, chosen: Any) -> Derivatives:
    return Derivatives(*(getattr(parts, part.name)[chosen] for part in fields(parts)))


def _chosen(old: Derivatives, new: Derivatives, good: Any) -> Derivatives:
    pairs = [(getattr(old, part.name), getattr(new, part.name)) for part in fields(old)]
    return Derivatives(*(np.where(good.reshape(-1, *(1,) * (x.ndim - 1)), y, x) for x, y in pairs))
