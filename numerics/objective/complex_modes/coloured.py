r"""The objective in discrete time under coloured input ``x_n = c x_{n-1} + e_n``, innovations of variance 1.

The covariance of two modes' states is ``(1 - |c|^2 z y)/[(1 - |c|^2)(1 - z y)(1 - c z)(1 - conj(c) y)]``, z the
conjugate of the first pole. As ``(1 - |c|^2 s)/[(1 - |c|^2)(1 - s)] = kappa + 1/(1 - s)`` with
``kappa = |c|^2/(1 - |c|^2)``, the objective is that of white input for the filtered sequences
``sum_k conj(c)^k h_{n+k}`` and one square more,

.. math:: J = \|\tilde h - \tilde\rho\|^2 + \kappa\,|\tilde h_0 - \tilde\rho_0|^2 ,

where a mode keeps its pole and has the gain ``A = a/(1 - conj(c) p)``. What is here is the chain rule through that map,
which is holomorphic. Source: the Gram matrix of coloured input in `theory.modes.objective`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
import sympy as sp
from flint import acb, arb
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.theory.targets.sequences import FiniteSequence, GeometricSum, TargetSequence, exact_disc_poles

from .arguments import complex_ball, rounded
from .assembly import ComplexParts
from .compiled_moments import circle_gap
from .objective import ComplexObjective
from .sequence_moments import SequenceMoments

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Matrix = list[list[Any]]


def filtered(sequence: TargetSequence, colour: sp.Expr) -> GeometricSum | FiniteSequence:
    """``sum_k conj(colour)^k rho_{n+k}``, exact.

    Raises
    ------
    TypeError
        For other kinds of sequences than `GeometricSum` and `FiniteSequence`.
    """
    c = sp.conjugate(colour)
    if isinstance(sequence, GeometricSum):
        return GeometricSum(
            [_quotient(a, 1 - c * p) for a, p in zip(sequence.a, sequence.p, strict=True)], sequence.p
        )
    if not isinstance(sequence, FiniteSequence):
        raise TypeError(
            f"`sequence` must be a GeometricSum or FiniteSequence with `colour`; got {sequence!r}"
        )
    values = [sequence.values[-1]]
    for value in reversed(sequence.values[:-1]):
        values.append(sp.expand(value + c * values[-1]))
    return FiniteSequence(values[::-1])


def _quotient(x: sp.Expr, y: sp.Expr) -> sp.Expr:
    re_part, im_part = sp.expand(y).as_real_imag()
    return sp.expand(x * (re_part - sp.I * im_part)) / (re_part**2 + im_part**2)


class ColouredObjective(ComplexObjective):
    """`ComplexObjective` in discrete time under AR(1) input with this coefficient."""

    def __init__(self, sequence: TargetSequence, colour: Any) -> None:
        (self.colour,) = exact_disc_poles("colour", [colour])
        self._white = ComplexObjective(SequenceMoments(filtered(sequence, self.colour)))
        super().__init__(_ColouredMoments(sequence, self.colour, self._white.moments))
        with ball_precision(128):
            self._rounded = rounded(self.colour)
            self._kappa = float(_kappa(complex_ball(self.colour)).mid())
            start = complex_ball(_start(self._white.moments))
            self._first = complex(float(start.real.mid()), float(start.imag.mid()))

    def prepare(self, m: Any) -> NoReturn:
        """Not offered."""
        raise ValueError(f"`colour` must be 0 for `prepare`; got {self.colour}")

    def ball_parts(self, amplitudes: list[Any], modes: list[Any]) -> ComplexParts:
        """Everything in balls at the current precision. Rigour: enclosure."""
        a, x = [complex_ball(v) for v in amplitudes], [complex_ball(v) for v in modes]
        m, colour = len(a), complex_ball(self.colour)
        c, kappa = colour.conjugate(), _kappa(colour)
        v = [1 / (1 - c * p) for p in x]
        white = self._white.ball_parts([p * q for p, q in zip(a, v, strict=True)], x)
        excess = sum((p * q for p, q in zip(a, v, strict=True)), -complex_ball(_start(self._white.moments)))
        loss = white.loss + kappa * (excess.real**2 + excess.imag**2)
        by_gain = [s + kappa * excess for s in white.slopes[:m]]
        for row in white.gram[:m]:
            row[:m] = [entry + kappa for entry in row[:m]]
        once = [p * c * q**2 for p, q in zip(a, v, strict=True)]
        slopes = [s * q.conjugate() for s, q in zip(by_gain, v, strict=True)]
        pairs = zip(white.slopes[m:], by_gain, once, strict=True)
        slopes += [by_pole + s * d.conjugate() for by_pole, s, d in pairs]
        gram = _transposed(_pulled(_transposed(_pulled(white.gram, v, once)), *_conjugates(v, once)))
        bend = _transposed(_pulled(_transposed(_pulled(white.bend, v, once)), v, once))
        for k in range(m):
            bend[k][m + k] += by_gain[k].conjugate() * c * v[k] ** 2
            bend[m + k][k] += by_gain[k].conjugate() * c * v[k] ** 2
            bend[m + k][m + k] += by_gain[k].conjugate() * 2 * a[k] * c**2 * v[k] ** 3
        return ComplexParts(loss, slopes, gram, bend)

    def _compiled(self, a: Complex, x: Complex, order: int) -> tuple[Array, Array, Array]:
        m, kappa, (colour, rest) = a.shape[1], self._kappa, self._rounded
        c = colour.conjugate()
        # 1 - conj(c) x as in `compiled_form`, for poles and colours near the circle.
        gap = np.reshape([circle_gap(complex(p)) for p in x.ravel()], x.shape)
        v = 1 / (gap + x * ((x - colour) - rest).conj())
        loss, gradient, hessian = self._white._compiled(np.ascontiguousarray(a * v), x, order)
        excess = (a * v).sum(-1) - self._first
        loss = loss + kappa * np.abs(excess) ** 2
        if order == 0:
            return loss, gradient, hessian
        gradient[:, :m] += 2 * kappa * excess.real[:, None]
        gradient[:, m : 2 * m] += 2 * kappa * excess.imag[:, None]
        jacobian = np.zeros((len(a), 4 * m, 4 * m))
        k = np.arange(m)
        for block, values in ((0, v), (2, a * c * v**2)):
            _place(jacobian, k, block * m + k, m, values)
        _place(jacobian, 2 * m + k, 2 * m + k, m, np.ones_like(a))
        slopes = np.einsum("nij,ni->nj", jacobian, gradient)
        if order == 1:
            return loss, slopes, hessian
        hessian[:, :m, :m] += 2 * kappa
        hessian[:, m : 2 * m, m : 2 * m] += 2 * kappa
        curved = np.einsum("nki,nkl,nlj->nij", jacobian, hessian, jacobian)
        conj_slope = (gradient[:, :m] - 1j * gradient[:, m : 2 * m]) / 2
        _add_bend(curved, k, 2 * m + k, m, conj_slope * c * v**2)
        _add_bend(curved, 2 * m + k, k, m, conj_slope * c * v**2)
        _add_bend(curved, 2 * m + k, 2 * m + k, m, conj_slope * 2 * a * c**2 * v**3)
        return loss, slopes, curved


class _ColouredMoments(SequenceMoments):
    """Only what the coloured objective asks itself: norms, and whether the modes are the target's."""

    def __init__(self, sequence: TargetSequence, colour: sp.Expr, white: Any) -> None:
        super().__init__(sequence)
        self._colour, self._filtered = colour, white

    def exact_norm(self) -> arb:
        """The variance of the target's output. Rigour: enclosure."""
        start = complex_ball(_start(self._filtered))
        size: arb = start.real**2 + start.imag**2
        return self._filtered.exact_norm() + _kappa(complex_ball(self._colour)) * size


def _kappa(colour: acb) -> arb:
    size = colour.real**2 + colour.imag**2
    return size / (1 - size)


def _start(moments: Any) -> sp.Expr:
    """The first number of the filtered sequence."""
    return moments.sequence.term(0)


def _pulled(matrix: Matrix, v: Sequence[Any], once: Sequence[Any]) -> Matrix:
    """``matrix D`` with ``D = [[v, once], [0, 1]]`` for each mode."""
    m = len(v)
    return [
        [row[j] * v[j] for j in range(m)] + [row[m + j] + row[j] * once[j] for j in range(m)]
        for row in matrix
    ]


def _transposed(matrix: Matrix) -> Matrix:
    return [list(column) for column in zip(*matrix, strict=True)]


def _conjugates(*rows: Sequence[Any]) -> list[list[Any]]:
    return [[value.conjugate() for value in row] for row in rows]


def _place(jacobian: Array, row: Any, column: Any, m: int, values: Complex) -> None:
    """Multiplication by complex numbers, as a matrix on (Re, Im)."""
    jacobian[:, row, column] = values.real
    jacobian[:, row, m + column] = -values.imag
    jacobian[:, m + row, column] = values.imag
    jacobian[:, m + row, m + column] = values.real


def _add_bend(hessian: Array, row: Any, column: Any, m: int, values: Complex) -> None:
    """Add derivatives by two plain variables to the real Hessian."""
    hessian[:, row, column] += 2 * values.real
    hessian[:, row, m + column] -= 2 * values.imag
    hessian[:, m + row, column] -= 2 * values.imag
    hessian[:, m + row, m + column] -= 2 * values.real
