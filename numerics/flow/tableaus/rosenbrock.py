r"""Rosenbrock methods: one linear system a step, with the exact Jacobian, for several right-hand sides.

.. math:: \bigl(I - \gamma h J\bigr) u_i = \gamma h f\Bigl(y + \sum_{j<i} a_{ij} u_j\Bigr)
          + \gamma \sum_{j<i} c_{ij} u_j, \qquad y_1 = y + \sum_{j<s} a_{sj} u_j + u_s

In this stiffly accurate form the last stage is the difference to the embedded formula (Hairer and Wanner, *Solving ODEs
II*, IV.7). A table checks its own mathematics when it is made: with ``Gamma^-1 = diag(1/gamma) - c``, ``alpha = a
Gamma`` and ``beta = alpha + Gamma`` the condition of order of a rooted tree is that of a Runge-Kutta method in which a
vertex with one branch takes `beta` in place of `alpha`. In this form the stability function vanishes at infinity, so
that with its only pole at ``1/gamma`` it is L-stable if it is at most 1 on the imaginary axis, where it is sampled. Any
such table runs by being handed to `gradient_flow`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .explicit_pairs import TableauError, Tree, rooted_trees, tree_density

Array = NDArray[np.float64]

#: Defects of the conditions that tables of 16 digits may leave.
_SMALL = 1e-12


@dataclass(frozen=True)
class Rosenbrock:
    """A stiffly accurate Rosenbrock method with an embedded formula and a polynomial between the ends of a step.

    Attributes
    ----------
    gamma : float
        Weight of the Jacobian.
    a, c : tuple of rows of float
        Row i holds the i coefficients of stage i.
    dense : tuple of rows of length stages
        ``y(x) = y + x (y_1 - y + (1 - x) (k_1 + x (k_2 + ...)))`` with ``k_i = sum_j dense_ij u_j``.
    order, embedded_order, dense_order : int
        Declared, and checked when the table is made.
    source : str
        The paper the coefficients come from.
    """

    name: str
    gamma: float
    a: tuple[tuple[float, ...], ...]
    c: tuple[tuple[float, ...], ...]
    dense: tuple[tuple[float, ...], ...]
    order: int
    embedded_order: int
    dense_order: int
    source: str

    def __post_init__(self) -> None:
        for name, rows in (("a", self.a), ("c", self.c)):
            for i, row in enumerate(rows):
                if len(row) != i:
                    raise TableauError(f"`{name}` must have i entries in row i; got {len(row)} in row {i}")
        ends = (("a", self.last, self.order, 1.0), ("a", self.last - self.unit, self.embedded_order, 1.0))
        inside = tuple(("dense", self.weights_at(x), self.dense_order, x) for x in (0.25, 0.5, 0.75))
        for name, weights, order, x in (*ends, *inside):
            for tree, defect in self.defects(weights, order, x).items():
                if abs(defect) > _SMALL * np.abs(self.c_matrix).max():
                    raise TableauError(
                        f"`{name}` must have order {order}; got defect {defect:.1e} for the tree {tree}"
                    )
        largest = max(abs(self.stability(1j * y)) for y in np.geomspace(1e-1, 1e3, 100))
        if not largest <= 1.0 + _SMALL:
            raise TableauError(
                f"`gamma` must make the method L-stable; got {largest:.6g} on the imaginary axis"
            )

    @property
    def stages(self) -> int:
        """How many right-hand sides."""
        return len(self.a)

    @property
    def a_matrix(self) -> Array:
        """``a``, shape (stages, stages)."""
        return _square(self.a)

    @property
    def c_matrix(self) -> Array:
        """``c``, shape (stages, stages)."""
        return _square(self.c)

    @property
    def unit(self) -> Array:
        """The last stage alone."""
        return np.eye(self.stages)[-1]

    @property
    def last(self) -> Array:
        """What the stages contribute to the step."""
        return self.a_matrix[-1] + self.unit

    def weights_at(self, x: float) -> Array:
        """What the stages contribute to the solution at `x` in [0, 1]."""
        inner = np.zeros(self.stages)
        for row in reversed(self.dense):
            inner = x * inner + np.array(row)
        return np.asarray(x * (self.last + (1.0 - x) * inner))

    @property
    def _gamma_matrix(self) -> Array:
        return np.asarray(np.linalg.inv(np.eye(self.stages) / self.gamma - self.c_matrix))

    def times(self) -> tuple[list[float], list[float]]:
        """Stage times, and the weights of the velocity's derivative in time, in units of the step."""
        Gamma = self._gamma_matrix
        return (self.a_matrix @ Gamma).sum(axis=1).tolist(), Gamma.sum(axis=1).tolist()

    def defects(self, weights: Array, order: int, x: float = 1.0) -> dict[Tree, float]:
        """``sum_i b_i Phi_i - x^k/density`` for all trees of k <= `order` vertices.

        `weights` (stages,) are those of the ``u_i``, from which those of the classical stages follow.
        """
        Gamma = self._gamma_matrix
        alpha, b = self.a_matrix @ Gamma, weights @ Gamma
        return {
            tree: float(b @ _elementary(tree, alpha, alpha + Gamma)) - x**n / tree_density(tree)
            for n in range(1, order + 1)
            for tree in rooted_trees(n)
        }

    def stability(self, z: complex) -> complex:
        """What a step makes of 1 when ``h f(y) = z y``."""
        Gamma = self._gamma_matrix
        beta = self.a_matrix @ Gamma + Gamma
        stages = np.linalg.solve(np.eye(self.stages) - z * beta, np.ones(self.stages))
        return complex(1.0 + z * (self.last @ Gamma @ stages))


def _square(rows: tuple[tuple[float, ...], ...]) -> Array:
    out = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        out[i, :i] = row
    return out


def _elementary(tree: Tree, alpha: Any, beta: Any) -> Array:
    """Elementary weights (stages,) of a tree."""
    weights, matrix = np.ones(len(alpha)), beta if len(tree) == 1 else alpha
    for branch in tree:
        weights = weights * (matrix @ _elementary(branch, alpha, beta))
    return weights


_SIXTH = (
    -7.502846399306121,
    2.561846144803919,
    -11.627539656261098,
    -0.18268767659942256,
    0.030198172008377946,
)

RODAS5P = Rosenbrock(
    name="Rodas5P",
    gamma=0.21193756319429014,
    a=(
        (),
        (3.0,),
        (2.849394379747939, 0.45842242204463923),
        (-6.954028509809101, 2.489845061869568, -10.358996098473584),
        (2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641),
        _SIXTH,
        (*_SIXTH, 1.0),
        (*_SIXTH, 1.0, 1.0),
    ),
    c=(
        (),
        (-14.155112264123755,),
        (-17.97296035885952, -2.859693295451294),
        (147.12150275711716, -1.41221402718213, 71.68940251302358),
        (165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306),
        (24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471),
        (
            30.91273214028599,
            -3.1208243349937974,
            77.79954646070892,
            34.28646028294783,
            -19.097331116725623,
            -28.087943162872662,
        ),
        (
            37.80277123390563,
            -3.2571969029072276,
            112.26918849496327,
            66.9347231244047,
            -40.06618937091002,
            -54.66780262877968,
            -9.48861652309627,
        ),
    ),
    dense=(
        (
            25.948786856663858,
            -2.5579724845846235,
            10.433815404888879,
            -2.3679251022685204,
            0.524948541321073,
            1.1241088310450404,
            0.4272876194431874,
            -0.17202221070155493,
        ),
        (
            -9.91568850695171,
            -0.9689944594115154,
            3.0438037242978453,
            -24.495224566215796,
            20.176138334709044,
            15.98066361424651,
            -6.789040303419874,
            -6.710236069923372,
        ),
        (
            11.419903575922262,
            2.8879645146136994,
            72.92137995996029,
            80.12511834622643,
            -52.072871366152654,
            -59.78993625266729,
            -0.15582684782751913,
            4.883087185713722,
        ),
    ),
    order=5,
    embedded_order=4,
    dense_order=4,
    source="G. Steinebach, BIT Numer. Math. 63 (2023) 27",
)
