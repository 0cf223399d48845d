"""Explicit Runge-Kutta pairs as tables of exact fractions that check their own mathematics.

Every order condition, one for each rooted tree, is evaluated exactly when a table is made (Butcher; Hairer, Nørsett and
Wanner, *Solving ODEs I*, section II.2). Any pair, `DORMAND_PRINCE_5` for one, runs by being handed to `gradient_flow`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray


class TableauError(ValueError):
    """A tableau that does not meet the conditions of the order that it declares."""


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
