r"""Radau IIA methods, computed to any precision from their defining polynomial.

.. math:: \frac{d^{s-1}}{dx^{s-1}}\bigl(x^{s-1}(x-1)^s\bigr) = 0

gives the nodes, as enclosures; the order ``2s - 1`` follows from the simplifying assumptions B(2s-1), C(s) and D(s-1)
(Butcher, Math. Comp. 18, 1964; Hairer and Wanner, *Solving ODEs II*, section IV.5), which are checked in ball
arithmetic.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpq, fmpz_poly
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import ball_precision, mp_precision, to_mpf
from memcurse.numerics.arithmetic.doubledouble import split_array

from .explicit_pairs import TableauError


@dataclass(frozen=True)
class Radau:
    """A Radau IIA method as enclosures; made by `radau`, which checks the conditions of order ``2s - 1``.

    Attributes
    ----------
    nodes : tuple of arb, length s
        Increasing; the last is 1.
    A, inverse : arb_mat, shape (s, s)
        Collocation matrix, whose last row holds the weights, and its inverse.
    gamma : arb
        The real eigenvalue of `A` (s odd), the weight of the extra stage at 0 in the embedded formula of order s.
    error : tuple of arb, length s
        ``gamma h f_0 + sum_i error_i Z_i`` is the embedded formula's difference, with stage increments ``Z_i``.
    """

    stages: int
    nodes: tuple[arb, ...]
    A: arb_mat
    inverse: arb_mat
    gamma: arb
    error: tuple[arb, ...]

    @property
    def order(self) -> int:
        """Classical order of the step."""
        return 2 * self.stages - 1


def _defining_polynomial(s: int) -> fmpz_poly:
    x = fmpz_poly([0, 1])
    polynomial = x ** (s - 1) * (x - 1) ** s
    for _ in range(s - 1):
        polynomial = polynomial.derivative()
    return polynomial


def _nodes(s: int) -> tuple[arb, ...]:
    roots = [root.real for root, _ in _defining_polynomial(s).complex_roots()]
    return tuple(sorted(roots, key=lambda r: float(r.mid())))


def _collocation_matrix(nodes: Sequence[arb]) -> arb_mat:
    s = len(nodes)
    # sum_j a_ij c_j^k = c_i^(k+1)/(k+1) for k < s: A V = W.
    V = arb_mat(s, s, [c**k if k else arb(1) for c in nodes for k in range(s)])
    W = arb_mat(s, s, [c ** (k + 1) / (k + 1) for c in nodes for k in range(s)])
    return W * V.inv()


def _real_eigenvalue(A: arb_mat) -> arb:
    real = [x.real for x in A.eig(multiple=True) if x.imag.contains(0)]
    if len(real) != 1:
        raise TableauError(f"`stages` must be odd for one real eigenvalue; got {len(real)} of them")
    return real[0]


def _embedded_differences(nodes: Sequence[arb], A: arb_mat, inverse: arb_mat, gamma: arb) -> tuple[arb, ...]:
    s = len(nodes)
    moments = arb_mat(s, s, [c**k if k else arb(1) for k in range(s) for c in nodes])
    # The quadrature with weight gamma at 0 integrates degree s - 1; less the method's own weights, only 1 is left.
    gaps = moments.inv() * arb_mat(s, 1, [-gamma] + [arb(0)] * (s - 1))
    row = arb_mat(1, s, [gaps[i, 0] for i in range(s)]) * inverse
    return tuple(row[0, i] for i in range(s))


@functools.cache
def radau(stages: int, bits: int = 256) -> Radau:
    """Radau IIA with an odd number of stages, to about `bits` bits, with its order checked.

    Raises
    ------
    TypeError, ValueError
        If `stages` is no odd integer from 1 to 15.
    TableauError
        If an order condition fails.
    """
    if isinstance(stages, bool) or not isinstance(stages, int):
        raise TypeError(f"`stages` must be an integer; got {stages!r}")
    if stages % 2 == 0 or not 1 <= stages <= 15:
        raise ValueError(f"`stages` must be odd and from 1 to 15; got {stages}")
    with ball_precision(2 * bits + 40 * stages):
        nodes = _nodes(stages)
        A = _collocation_matrix(nodes)
        inverse, gamma = A.inv(), _real_eigenvalue(A)
        tableau = Radau(stages, nodes, A, inverse, gamma, _embedded_differences(nodes, A, inverse, gamma))
        validate_radau(tableau, bits)
    return tableau


def radau_defects(tableau: Radau) -> list[arb]:
    """Defects of B(2s-1), C(s), D(s-1): enclosures that must all contain 0."""
    s, c, A = tableau.stages, tableau.nodes, tableau.A
    b = [A[s - 1, j] for j in range(s)]
    powers = [[x**k if k else arb(1) for x in c] for k in range(2 * s)]
    quadrature = [
        sum(x * y for x, y in zip(b, powers[k], strict=True)) - arb(1) / (k + 1) for k in range(2 * s - 1)
    ]
    stage = [
        sum(A[i, j] * powers[k][j] for j in range(s)) - powers[k + 1][i] / (k + 1)
        for k in range(s)
        for i in range(s)
    ]
    dual = [
        sum(b[i] * powers[k][i] * A[i, j] for i in range(s)) - b[j] * (1 - powers[k + 1][j]) / (k + 1)
        for k in range(s - 1)
        for j in range(s)
    ]
    return [*quadrature, *stage, *dual]


def validate_radau(tableau: Radau, bits: int) -> Radau:
    """The tableau, if every order condition holds to within `bits` bits; a `TableauError` otherwise."""
    small = arb(fmpq(1, 2**bits))
    for i, defect in enumerate(radau_defects(tableau)):
        if not defect.contains(0) or not abs(defect) < small:
            raise TableauError(
                f"`A` must meet the order conditions of Radau IIA; got defect {defect} in condition {i}"
            )
    return tableau


@dataclass(frozen=True)
class RadauArrays:
    """The tableau as arrays of float64 or of `DOUBLE_DOUBLE`: what the compiled steppers take.

    `powers` turns stage increments into coefficients of the collocation polynomial
    ``Z(x) = sum_k x^(k+1) (powers Z)_k``.
    """

    nodes: NDArray[Any]
    A: NDArray[Any]
    inverse: NDArray[Any]
    powers: NDArray[Any]
    error: NDArray[Any]
    gamma: float


@functools.cache
def radau_arrays(stages: int, double_double: bool = False) -> RadauArrays:
    """`radau` lowered to float64, or to double-doubles."""
    tableau = radau(stages)
    s = tableau.stages
    with ball_precision(512):
        vandermonde = arb_mat(s, s, [c ** (k + 1) for c in tableau.nodes for k in range(s)])
        matrices = (tableau.A, tableau.inverse, vandermonde.inv())
        A, inverse, powers = (_lowered(M.tolist(), double_double) for M in matrices)
        nodes, error = (_lowered(list(x), double_double) for x in (tableau.nodes, tableau.error))
    return RadauArrays(nodes, A, inverse, powers, error, float(tableau.gamma.mid()))


def _lowered(balls: Any, double_double: bool) -> NDArray[Any]:
    objects = np.array(balls, dtype=object)
    with mp_precision(240):
        values = np.array([to_mpf(x) for x in objects.ravel()], dtype=object).reshape(objects.shape)
        return split_array(values) if double_double else values.astype(float)
