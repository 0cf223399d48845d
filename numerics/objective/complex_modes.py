r"""The objective in discrete time with complex gains and poles, in float64 and in balls.

With the residual's moments ``R_k(conj p_i)`` the derivatives by ``conj a_i, conj p_i`` are
``R_0`` and ``conj(a_i) R_1``; the second derivatives are a Gram matrix A and a matrix C out of ``R_1, R_2``
(`theory.modes.objective`). Results are those of the real variables (Re a, Im a, Re p, Im p).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from flint import acb, acb_mat, arb, arb_mat
from mpmath import mp
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError, constant_ball
from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for, to_mpf, validate_digits
from memcurse.theory.exact import exact_complex_vector
from memcurse.theory.targets.sequences import FiniteSequence, GeometricSum, TargetSequence, exact_disc_poles

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

_ROUNDS = 6
_SPLIT = 134217729.0


class ComplexModes:
    """`DiscreteObjective(..., field="complex")`: see there. Sequences: `GeometricSum`, `FiniteSequence`."""

    def __init__(self, sequence: TargetSequence) -> None:
        if not isinstance(sequence, GeometricSum | FiniteSequence):
            raise TypeError(
                f"`sequence` must be a GeometricSum or FiniteSequence with field='complex'; got {sequence!r}"
            )
        self.sequence: GeometricSum | FiniteSequence = sequence

    def loss(self, a: Any, p: Any, digits: int | None = None) -> Any:
        """The loss, shape (...)."""
        if digits is not None:
            return self._mpmath(a, p, digits, 0)
        value = self._floats(a, p)[0]
        return float(value) if value.ndim == 0 else value

    def gradient(self, a: Any, p: Any, digits: int | None = None) -> Any:
        """The real gradient, shape (..., 4m)."""
        return self._floats(a, p)[1] if digits is None else self._mpmath(a, p, digits, 1)

    def hessian(self, a: Any, p: Any, digits: int | None = None) -> Any:
        """The real Hessian, shape (..., 4m, 4m)."""
        return self._floats(a, p)[2] if digits is None else self._mpmath(a, p, digits, 2)

    # --- float64 -----------------------------------------------------------------------------------------------

    @functools.cached_property
    def _float_norm(self) -> float:
        with ball_precision(128):
            return float(_norm(self.sequence).mid())

    @functools.cached_property
    def _float_target(self) -> tuple[Complex, Complex, Complex]:
        """Gains, poles, and what rounding took from the poles; for a finite sequence its values alone."""
        if isinstance(self.sequence, FiniteSequence):
            values = np.array([_rounded(x)[0] for x in self.sequence.values])
            return values, values, values
        poles = [_rounded(x) for x in self.sequence.p]
        gains = [_rounded(x)[0] for x in self.sequence.a]
        return np.array(gains), np.array([x for x, _ in poles]), np.array([x for _, x in poles])

    def _float_moments(self, z: Complex) -> list[Complex]:
        """``M_0, M_1, M_2`` at `z`, each of the shape of `z`."""
        b, q, rest = self._float_target
        if isinstance(self.sequence, FiniteSequence):
            n = np.arange(b.size)
            factors = (np.ones(b.size), n, n * (n - 1.0))
            powers = [np.maximum(n - k, 0) for k in range(3)]
            return [(b * f * z[..., None] ** e).sum(-1) for f, e in zip(factors, powers, strict=True)]
        gap = _one_minus_product(z[..., None], q) - z[..., None] * rest
        return [(b / gap).sum(-1), (b * q / gap**2).sum(-1), (2 * b * q**2 / gap**3).sum(-1)]

    def _floats(self, a: Any, p: Any) -> tuple[Array, Array, Array]:
        g, x = _validated(a, p)
        with np.errstate(all="ignore"):
            parts = self._float_parts(g, x)
        if not all(np.isfinite(part).all() for part in parts):
            raise FloatRangeError(
                "`a` and `p` must keep the results within what float64 can hold; use `digits`"
            )
        return parts

    def _float_parts(self, g: Complex, x: Complex) -> tuple[Array, Array, Array]:
        m, z = g.shape[-1], x.conj()
        M = self._float_moments(z)
        r = 1 / _one_minus_product(z[..., :, None], x[..., None, :])
        row, y = g[..., None, :], x[..., None, :]
        R = [(row * r).sum(-1), (row * y * r**2).sum(-1), (2 * row * y**2 * r**3).sum(-1)]
        R = [total - moment for total, moment in zip(R, M, strict=True)]
        loss = (g.conj() * (R[0] - M[0])).sum(-1).real + self._float_norm
        slopes = np.concatenate([R[0], g.conj() * R[1]], -1)
        column, zc = g.conj()[..., :, None], z[..., :, None]
        mixed = row * zc * r**2
        late = column * row * (1 + zc * y) * r**3
        A = np.concatenate(
            [np.concatenate([r, mixed], -1), np.concatenate([mixed.conj().swapaxes(-1, -2), late], -1)], -2
        )
        C = np.zeros_like(A)
        k = np.arange(m)
        C[..., k, m + k] = C[..., m + k, k] = R[1].conj()
        C[..., m + k, m + k] = g * R[2].conj()
        top = np.concatenate([A.real + C.real, -A.imag - C.imag], -1)
        low = np.concatenate([A.imag - C.imag, A.real - C.real], -1)
        order = _real_order(m)
        gradient = 2 * np.concatenate([slopes.real, slopes.imag], -1)[..., order]
        hessian = 2 * np.concatenate([top, low], -2)[..., order, :][..., order]
        return loss, gradient, hessian

    # --- balls -------------------------------------------------------------------------------------------------

    def enclose(self, a: Any, p: Any, digits: int = 50) -> tuple[arb, arb_mat, arb_mat]:
        """Balls at exact parameters; the loss aims at `digits`, derivatives carry the radius of that precision."""
        bits = bits_for(validate_digits(digits)) + GUARD_BITS
        gains, poles = _exact(a, p)
        for _ in range(_ROUNDS):
            with ball_precision(bits):
                parts = self._ball_parts(gains, poles)
                if parts[0].rel_accuracy_bits() >= bits_for(digits):
                    break
            bits *= 2
        return parts

    def _ball_parts(self, gains: Sequence[sp.Expr], poles: Sequence[sp.Expr]) -> tuple[arb, arb_mat, arb_mat]:
        g, x = [_complex_ball(v) for v in gains], [_complex_ball(v) for v in poles]
        m, one = len(g), acb(1)
        z = [v.conjugate() for v in x]
        M = [_moments(self.sequence, v) for v in z]
        r = [[one / (1 - z[i] * x[j]) for j in range(m)] for i in range(m)]
        J = range(m)
        R = [
            (
                sum((g[j] * r[i][j] for j in J), -M[i][0]),
                sum((g[j] * x[j] * r[i][j] ** 2 for j in J), -M[i][1]),
                sum((2 * g[j] * x[j] ** 2 * r[i][j] ** 3 for j in J), -M[i][2]),
            )
            for i in J
        ]
        loss = sum((g[i].conjugate() * (R[i][0] - M[i][0]) for i in J), acb(0)).real + _norm(self.sequence)
        slopes = [R[i][0] for i in J] + [g[i].conjugate() * R[i][1] for i in J]
        A, C = acb_mat(2 * m, 2 * m), acb_mat(2 * m, 2 * m)
        for i in J:
            for j in J:
                A[i, j] = r[i][j]
                A[i, m + j] = g[j] * z[i] * r[i][j] ** 2
                A[m + i, j] = g[i].conjugate() * x[j] * r[i][j] ** 2
                A[m + i, m + j] = g[i].conjugate() * g[j] * (1 + z[i] * x[j]) * r[i][j] ** 3
            C[i, m + i] = C[m + i, i] = R[i][1].conjugate()
            C[m + i, m + i] = g[i] * R[i][2].conjugate()
        return _real_parts(loss, slopes, A, C)

    def _mpmath(self, a: Any, p: Any, digits: int, order: int) -> Any:
        goal = bits_for(validate_digits(digits))
        gains, poles = _exact(a, p)
        bits = goal + GUARD_BITS
        for _ in range(_ROUNDS):
            with ball_precision(bits):
                parts = self._ball_parts(gains, poles)
            chosen = [parts[0]] if order == 0 else parts[order].entries()
            if all(v.is_zero() or v.rel_accuracy_bits() >= goal for v in chosen):
                break
            bits *= 2
        else:
            raise ArithmeticError(
                "`a` and `p` must not make a result vanish against the terms it is made of; "
                "got one that cannot be told from 0; `enclose` bounds it"
            )
        with mp.workprec(goal + 4):
            values = [+to_mpf(v) for v in chosen]
            if order == 0:
                return values[0]
            columns = 1 if order == 1 else 4 * len(gains)
            return mpmath.matrix([values[i : i + columns] for i in range(0, len(values), columns)])


def _real_order(m: int) -> list[int]:
    """Positions of (Re a, Im a, Re p, Im p) in (Re a, Re p, Im a, Im p)."""
    return [*range(m), *range(2 * m, 3 * m), *range(m, 2 * m), *range(3 * m, 4 * m)]


def _real_parts(loss: arb, slopes: list[acb], A: acb_mat, C: acb_mat) -> tuple[arb, arb_mat, arb_mat]:
    n = len(slopes)
    order = _real_order(n // 2)
    gradient = [2 * v.real for v in slopes] + [2 * v.imag for v in slopes]

    def entry(i: int, j: int) -> arb:
        u, v = A[i % n, j % n], C[i % n, j % n]
        if i < n:
            return 2 * (u.real + v.real if j < n else -u.imag - v.imag)
        return 2 * (u.imag - v.imag if j < n else u.real - v.real)

    hessian = arb_mat(2 * n, 2 * n, [entry(i, j) for i in order for j in order])
    return loss, arb_mat(2 * n, 1, [gradient[i] for i in order]), hessian


def _complex_ball(x: sp.Expr) -> acb:
    re_part, im_part = x.as_real_imag()
    return acb(constant_ball(re_part), constant_ball(im_part))


def _rounded(x: sp.Expr) -> tuple[complex, complex]:
    """An exact number in float64, and the rest that rounding took from it."""
    with ball_precision(160):
        ball = _complex_ball(x)
        near = complex(float(ball.real.mid()), float(ball.imag.mid()))
        rest = ball - acb(near.real, near.imag)
        return near, complex(float(rest.real.mid()), float(rest.imag.mid()))


def _moments(sequence: GeometricSum | FiniteSequence, z: acb) -> list[acb]:
    if isinstance(sequence, FiniteSequence):
        values = [_complex_ball(v) for v in sequence.values]
        factors = [(1, n, n * (n - 1)) for n in range(len(values))]
        return [
            sum(
                (
                    f[k] * v * z ** (n - k)
                    for n, (v, f) in enumerate(zip(values, factors, strict=True))
                    if n >= k
                ),
                acb(0),
            )
            for k in range(3)
        ]
    terms = [(_complex_ball(c), _complex_ball(q)) for c, q in zip(sequence.a, sequence.p, strict=True)]
    factorial = (1, 1, 2)
    return [
        sum((factorial[k] * c * q**k / (1 - q * z) ** (k + 1) for c, q in terms), acb(0)) for k in range(3)
    ]


def _norm(sequence: GeometricSum | FiniteSequence) -> arb:
    if isinstance(sequence, FiniteSequence):
        values = [_complex_ball(v) for v in sequence.values]
        return sum((v.real**2 + v.imag**2 for v in values), arb(0))
    total = acb(0)
    for c, q in zip(sequence.a, sequence.p, strict=True):
        total += _complex_ball(c).conjugate() * _moments(sequence, _complex_ball(q).conjugate())[0]
    return total.real


def _exact(a: Any, p: Any) -> tuple[tuple[sp.Expr, ...], tuple[sp.Expr, ...]]:
    gains, poles = exact_complex_vector("a", a), exact_disc_poles("p", p)
    if len(gains) != len(poles):
        raise ValueError(f"`a` and `p` must have the same length; got {len(gains)} and {len(poles)}")
    return gains, poles


def _validated(a: Any, p: Any) -> tuple[Complex, Complex]:
    arrays = []
    for name, values in (("a", a), ("p", p)):
        array = np.asarray(values)
        if array.ndim == 0 or array.size == 0 or array.dtype.kind not in "iufc":
            raise TypeError(f"`{name}` must be a nonempty array of complex numbers; got {values!r}")
        array = array.astype(complex)
        if not np.isfinite(array).all():
            raise ValueError(f"`{name}` must be finite; got {array[~np.isfinite(array)][0]}")
        arrays.append(array)
    g, x = arrays
    if not (_one_minus_product(x.conj(), x).real > 0).all():
        raise ValueError(
            f"`p` must have moduli below 1; got {x[np.unravel_index(np.abs(x).argmax(), x.shape)]}"
        )
    if g.shape[-1] != x.shape[-1]:
        raise ValueError(
            f"`a` and `p` must have the same width on the last axis; got {g.shape} and {x.shape}"
        )
    try:
        shape = np.broadcast_shapes(g.shape, x.shape)
    except ValueError:
        raise ValueError(
            f"`a` and `p` must have batch axes that broadcast; got {g.shape} and {x.shape}"
        ) from None
    return np.broadcast_to(g, shape), np.broadcast_to(x, shape)


def _two_product(x: Array, y: Array) -> tuple[Array, Array]:
    """``x y`` as a rounded product and its exact error (Dekker)."""
    u, v = _SPLIT * x, _SPLIT * y
    xh, yh = u - (u - x), v - (v - y)
    xl, yl = x - xh, y - yh
    product = x * y
    return product, ((xh * yh - product) + xh * yl + xl * yh) + xl * yl


def _two_sum(x: Array, y: Array) -> tuple[Array, Array]:
    total = x + y
    part = total - x
    return total, (x - (total - part)) + (y - part)


def _one_minus_product(z: Complex, y: Complex) -> Complex:
    """``1 - z y`` without cancellation, for moduli up to 1: both parts from exact products."""
    (s, es), (t, et) = _two_product(z.real, y.real), _two_product(z.imag, y.imag)
    first, e1 = _two_sum(np.ones_like(s), -s)
    real, e2 = _two_sum(first, t)
    (u, eu), (v, ev) = _two_product(z.real, y.imag), _two_product(z.imag, y.real)
    cross, e3 = _two_sum(u, v)
    result: Complex = (real + (e1 + e2 - es + et)) - 1j * (cross + (e3 + eu + ev))
    return result
