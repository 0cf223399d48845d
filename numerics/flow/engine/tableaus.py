r"""Integrators as data that check their own mathematics.

An explicit pair is a table of exact fractions: every order condition (one for each rooted tree) is evaluated exactly
when the table is made. A Radau IIA method is computed to any precision from its defining polynomial

.. math:: \frac{d^{s-1}}{dx^{s-1}}\bigl(x^{s-1}(x-1)^s\bigr) = 0

as enclosures of nodes and weights, and its order ``2s - 1`` follows from the simplifying assumptions B(2s-1), C(s)
and D(s-1) (Butcher, Math. Comp. 18, 1964; Hairer and Wanner, *Solving ODEs II*, section IV.5), which are checked in
ball arithmetic.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpq, fmpz_poly
from mpmath import mp
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import ball_precision, to_mpf
from memcurse.numerics.arithmetic.doubledouble import split_array


class TableauError(ValueError):
    """A tableau that does not meet the conditions of the order that it declares."""


# --- explicit pairs ----------------------------------------------------------------------------------------------

#: A rooted tree is the sorted tuple of its root's branches.
Tree = tuple[Any, ...]


@functools.cache
def rooted_trees(order: int) -> tuple[Tree, ...]:
    """All rooted trees with `order` vertices: 1, 1, 2, 4, 9, 20, 48, ... of them."""
    if order == 1:
        return ((),)
    found = {tuple(sorted(forest)) for forest in _forests(order - 1, order - 1)}
    return tuple(sorted(found))


def _forests(vertices: int, largest: int) -> list[tuple[Tree, ...]]:
    if vertices == 0:
        return [()]
    return [
        (tree, *rest)
        for size in range(1, min(vertices, largest) + 1)
        for tree in rooted_trees(size)
        for rest in _forests(vertices - size, size)
    ]


def _vertices(tree: Tree) -> int:
    return 1 + sum(_vertices(branch) for branch in tree)


def tree_density(tree: Tree) -> int:
    """Butcher's gamma of a tree, the product of the sizes of all its subtrees.

    The condition of order for a tree is ``sum_i b_i Phi_i = 1/gamma``, with ``Phi`` from `tree_weights`.
    """
    return _vertices(tree) * math.prod(tree_density(branch) for branch in tree)


def tree_weights(tree: Tree, A: NDArray[Any]) -> NDArray[Any]:
    """Butcher's elementary weights ``Phi`` (s,) of all stages, for a matrix (s, s) of floats or of Fractions."""
    weights = np.ones(len(A), dtype=A.dtype)
    for branch in tree:
        weights = weights * (A @ tree_weights(branch, A))
    return weights


def order_defects(A: Sequence[Sequence[Fraction]], b: Sequence[Fraction], order: int) -> dict[Tree, Fraction]:
    """The trees of at most `order` vertices whose condition ``sum_i b_i Phi_i = 1/gamma`` fails, with the defect."""
    defects = {}
    square = np.array([[*row, *[Fraction(0)] * (len(A) - len(row))] for row in A], dtype=object)
    for n in range(1, order + 1):
        for tree in rooted_trees(n):
            phi = tree_weights(tree, square)
            defect = sum((x * y for x, y in zip(b, phi, strict=True)), -Fraction(1, tree_density(tree)))
            if defect:
                defects[tree] = defect
    return defects


@dataclass(frozen=True)
class ExplicitPair:
    """An embedded explicit Runge-Kutta pair whose last stage is the first of the next step.

    Attributes
    ----------
    A : tuple of rows of Fraction
        Row i holds the i coefficients of stage i; the last row is the step itself.
    embedded : tuple of Fraction, length stages
        Weights of the second formula.
    order, embedded_order : int
        Declared, and checked exactly when the tableau is made.
    source : str
        The paper the coefficients come from.
    """

    name: str
    A: tuple[tuple[Fraction, ...], ...]
    embedded: tuple[Fraction, ...]
    order: int
    embedded_order: int
    source: str

    def __post_init__(self) -> None:
        for i, row in enumerate(self.A):
            if len(row) != i:
                raise TableauError(f"`A` must have i entries in row i; got {len(row)} in row {i}")
        for name, weights, order in (
            ("A", self.weights, self.order),
            ("embedded", self.embedded, self.embedded_order),
        ):
            defects = order_defects(self.A, weights, order)
            if defects:
                tree, defect = next(iter(defects.items()))
                raise TableauError(
                    f"`{name}` must have order {order}; got defect {defect} for the tree {tree}"
                )

    @property
    def weights(self) -> tuple[Fraction, ...]:
        """Weights of the step: the last row, and 0 for the stage at the end of the step."""
        return (*self.A[-1], Fraction(0))

    @property
    def nodes(self) -> tuple[Fraction, ...]:
        """Stage times, in units of the step."""
        return tuple(sum(row, Fraction(0)) for row in self.A)

    def arrays(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``A``, shape (stages, stages), and the error weights ``weights - embedded``, shape (stages,)."""
        stages = len(self.A)
        A = np.zeros((stages, stages))
        for i, row in enumerate(self.A):
            A[i, :i] = [float(x) for x in row]
        gap = [x - y for x, y in zip(self.weights, self.embedded, strict=True)]
        return A, np.array([float(x) for x in gap])


def _fractions(text: str) -> tuple[Fraction, ...]:
    return tuple(Fraction(x) for x in text.split())


DORMAND_PRINCE_5 = ExplicitPair(
    name="Dormand-Prince 5(4)",
    A=(
        (),
        _fractions("1/5"),
        _fractions("3/40 9/40"),
        _fractions("44/45 -56/15 32/9"),
        _fractions("19372/6561 -25360/2187 64448/6561 -212/729"),
        _fractions("9017/3168 -355/33 46732/5247 49/176 -5103/18656"),
        _fractions("35/384 0 500/1113 125/192 -2187/6784 11/84"),
    ),
    embedded=_fractions("5179/57600 0 7571/16695 393/640 -92097/339200 187/2100 1/40"),
    order=5,
    embedded_order=4,
    source="J. R. Dormand, P. J. Prince, J. Comput. Appl. Math. 6 (1980) 19-26",
)


# --- Radau IIA ---------------------------------------------------------------------------------------------------


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
    """The tableau as arrays of float64 or of double-doubles (complex128): what the compiled steppers take.

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
    with mp.workprec(240):
        values = np.array([to_mpf(x) for x in objects.ravel()], dtype=object).reshape(objects.shape)
        return split_array(values) if double_double else values.astype(float)
