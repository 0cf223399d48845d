r"""Stabilised explicit Runge-Kutta methods of order 4: long steps on the negative real axis without linear systems.

A gradient flow's Jacobian is minus the Hessian, so its stiff directions decay without swinging, and what limits an
explicit step is how far the stability region reaches along the negative axis. With `s` stages that is at most a
multiple of ``s^2``. The construction is that of Abdulle's ROCK4 (SIAM J. Sci. Comput. 23, 2002, 2041-2054; Hairer and
Wanner, *Solving ODEs II*, section IV.2); the numbers are computed here. The stability polynomial is

.. math:: R(z) = w(x) P_{s-4}(x) / (w(b) P_{s-4}(b)), \qquad x = b + z/d,

with a quartic ``w`` without real roots and the polynomial ``P_{s-4}`` that is orthogonal on [-1, 1] to all lower ones
in the weight ``w^2 / sqrt(1 - x^2)``. Then ``w P_{s-4}`` swings between nearly equal extremes on [-1, 1], and
``R = e^z + O(z^5)`` is three equations for the shape ``(b, roots of w)``: the power sums 2, 3 and 4 of ``1/(b - root)``
over all roots vanish (the first one is ``d``). The recurrence of the orthogonal polynomials makes the first ``s - 4``
stages. Four more give the composite method order 4: their weights on the eight rooted trees follow from those of the
first part, and determine them up to two nodes.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from memcurse.numerics.arithmetic.compilation.blocks import Block

from .explicit_pairs import TableauError, Tree, rooted_trees, tree_density, tree_weights

Array = NDArray[np.float64]

ORDER, EMBEDDED_ORDER = 4, 3
#: On the stability interval ``|R|`` is at most this, but near 0.
DAMPING = 0.95
#: Nodes of the second and third finishing stage, in units of what the first part leaves of the step. They nearly
#: minimise the norm of the defects of order 5.
_NODES = (0.2, 0.6)
#: Size of the embedded formula's defects of order 4 (see `defects`).
_EMBEDDED_SIZE = 0.01

#: For each number of stages the roots ``p1 +- i q1``, ``p2 +- i q2`` of ``w`` and ``b``. Found by Newton's method from
#: the optimal stability polynomials of linear programming, with the damping as the fourth equation. Where a flow's step
#: would take more stages than these, the implicit method's longer steps are the cheaper ones (`explicit`).
_SHAPES = {
    5: (0.3401031734047678, 0.36592126294849314, 0.9425498668570563, 0.9616105939390227, 1.017268978991899),
    6: (0.5693973313640334, 0.23853632893945742, 0.9656112228950849, 0.6252191238003117, 1.010472631770318),
    7: (0.6935187001321576, 0.16896145119636471, 0.9753047444745616, 0.4451316588059853, 1.00715031180934),
    8: (0.7697401598862323, 0.12638191563206963, 0.9808529914513124, 0.3347664876537329, 1.0052334212013727),
    9: (0.8202850572167476, 0.09829168148925939, 0.9845577830236608, 0.26154433113449543, 1.0040133873484074),
    10: (
        0.8556566980620132,
        0.07872827159382001,
        0.9872358008264298,
        0.21024651090157256,
        1.0031836204206457,
    ),
    12: (0.9008222613964009, 0.05388491775941137, 0.99083948879335, 0.14464102974351006, 1.0021526472688784),
}


@dataclass(frozen=True)
class Stabilised:
    """One method of the family; made by `stabilised`, which checks its order.

    Attributes
    ----------
    stages : int
        Evaluations of the field in a step; that at its end serves the error estimate and starts the next step.
    reach : float
        The stability interval is [-reach, 0].
    recurrence : ndarray, shape (stages - 4, 3)
        ``d_j = mu h f(theta + d_{j-1}) + nu d_{j-1} + kappa d_{j-2}`` for the increments of the first part.
    finish : ndarray, shape (4, 4)
        Coefficients of stages 2 to 4 of the second part, and its weights.
    error : ndarray, shape (5,)
        Embedded formula less the step: weights of the last stage of the first part and of the four others.
    """

    stages: int
    reach: float
    recurrence: Array
    finish: Array
    error: Array

    def table(self) -> tuple[Array, Array, Array]:
        """Butcher's ``A`` (stages + 1, stages + 1), whose last row is the step, that row, and the difference's."""
        Y, b = _first_part(self.recurrence)
        k, n = len(Y), self.stages + 1
        A = np.zeros((n, n))
        A[:k, :k], A[k:, :k] = Y, b
        A[k + 1 :, k : k + 4] = self.finish
        return A, A[-1].copy(), np.concatenate([np.zeros(k - 1), self.error, [0.0]])


def _orthogonal(shape: tuple[float, ...], degree: int) -> tuple[Array, Array]:
    """Recurrence ``P_{j+1} = (x - A_j) P_j - B_j P_{j-1}``; Stieltjes' procedure with an exact quadrature."""
    p1, q1, p2, q2, _ = shape
    n = degree + 8
    x = np.cos((2 * np.arange(n) + 1) * np.pi / (2 * n))
    weight = (((x - p1) ** 2 + q1 * q1) * ((x - p2) ** 2 + q2 * q2)) ** 2
    A, B, before, p, last = np.zeros(degree), np.zeros(degree), np.zeros(n), np.ones(n), 1.0
    for j in range(degree):
        square = float(weight @ (p * p))
        A[j] = weight @ (x * p * p) / square
        B[j] = square / last if j else 0.0
        before, p, last = p, (x - A[j]) * p - B[j] * before, square
    return A, B


def _recurrence(shape: tuple[float, ...], degree: int) -> tuple[Array, float]:
    """Coefficients of the first part, and ``d``."""
    p1, q1, p2, q2, b = shape
    A, B = _orthogonal(shape, degree)
    ratio, slope, rows = 0.0, 0.0, np.zeros((degree, 3))
    # ratio = P_j(b) / P_{j-1}(b) and slope = P_j'(b) / P_j(b).
    earlier = 0.0
    values = []
    for j in range(degree):
        back = B[j] / ratio if j else 0.0
        new = (b - A[j]) - back
        derivative = (1.0 + (b - A[j]) * slope - back * earlier) / new
        rows[j] = 1.0 / new, (b - A[j]) / new, -back / new
        values.append(new)
        earlier, slope, ratio = slope, derivative, new
    d = slope + 2 * (b - p1) / ((b - p1) ** 2 + q1 * q1) + 2 * (b - p2) / ((b - p2) ** 2 + q2 * q2)
    rows[:, 0] /= d
    return rows, d


def _first_part(recurrence: Array) -> tuple[Array, Array]:
    """Butcher's ``A`` and ``b`` of the first part."""
    k = len(recurrence)
    Y = np.zeros((k + 1, k))
    for j, (mu, nu, kappa) in enumerate(recurrence):
        Y[j + 1] = nu * Y[j] + kappa * Y[j - 1] if j else 0.0
        Y[j + 1, j] += mu
    return Y[:k], Y[k]


def _finish(first: tuple[Array, Array], last_node: float) -> tuple[Array, float]:
    """Coefficients of the second part that meet seven of the eight conditions, and the defect of the eighth.

    The conditions of the composite method, solved for the second part as in Kutta's classical derivation: nodes, then
    weights from the quadrature conditions, then the coefficients.
    """
    Y, b = first
    c = Y.sum(axis=1)
    p1, pc, pcc, pac = b.sum(), b @ c, b @ c**2, b @ Y @ c
    left = 1.0 - p1
    c2, c3, c4 = (x * left for x in (*_NODES, last_node))
    nodes = np.array([0.0, c2, c3, c4])
    C = p1 + nodes
    v = np.linalg.solve(
        np.vander(C, 4, increasing=True).T, [1 - p1, 1 / 2 - pc, 1 / 3 - pcc, 1 / 4 - b @ c**3]
    )
    total, first_moment = v.sum(), v @ nodes
    # What the second part's own sums v a c, v a c^2, v (c, a c) and v a a c must be.
    ac = 1 / 6 - pac - total * pc - p1 * first_moment
    acc = 1 / 12 - b @ Y @ c**2 - total * pcc - p1 * p1 * first_moment - 2 * p1 * ac
    cac = 1 / 8 - b @ (c * (Y @ c)) - (v @ C) * pc - p1 * (v @ (C * nodes)) - p1 * ac
    aac = 1 / 24 - b @ Y @ Y @ c - total * pac - first_moment * pc - p1 * ac
    d2, d3 = np.linalg.solve([[c2, c3], [c2 * c2, c3 * c3]], [ac, acc])
    a43 = d3 / v[3]
    a32, a42 = np.linalg.solve(
        [[v[2], v[3]], [v[2] * c3 * c2, v[3] * c4 * c2]], [d2, cac - v[3] * c4 * a43 * c3]
    )
    rows = np.zeros((4, 4))
    rows[0, 0] = c2
    rows[1, :2] = c3 - a32, a32
    rows[2, :3] = c4 - a42 - a43, a42, a43
    rows[3] = v
    return rows, float(d3 * a32 * c2 - aac)


def _embedded(A: Array) -> Array:
    """Weights on the last five stages that the conditions of order 3 do not see, scaled to `_EMBEDDED_SIZE`."""
    c = A.sum(axis=1)
    conditions = np.array([np.ones(5), c[-6:-1], c[-6:-1] ** 2, (A @ c)[-6:-1]])
    weights = np.linalg.svd(conditions)[2][-1]
    whole = np.concatenate([np.zeros(len(A) - 6), weights, [0.0]])
    size = math.hypot(*(whole @ tree_weights(tree, A) / symmetry(tree) for tree in rooted_trees(4)))
    return np.asarray(weights * math.copysign(_EMBEDDED_SIZE / size, weights[-1]))


def symmetry(tree: Tree) -> int:
    """Number of the tree's symmetries (Butcher's sigma)."""
    return math.prod(symmetry(branch) ** n * math.factorial(n) for branch, n in Counter(tree).items())


def defects(A: Array, b: Array, order: int) -> Array:
    """Defects ``(b Phi(tree) - 1/gamma) / sigma`` of the conditions of one order: the local error's coefficients."""
    return np.array(
        [(b @ tree_weights(t, A) - 1.0 / tree_density(t)) / symmetry(t) for t in rooted_trees(order)]
    )


def validate_stabilised(tableau: Stabilised) -> Stabilised:
    """The method, if all conditions of order 4, and of order 3 for its embedded formula, hold; else a `TableauError`.

    Notes
    -----
    Rigour: float64; a defect counts as 0 below 1e-13.
    """
    A, b, difference = tableau.table()
    for name, weights, order in (("finish", b, ORDER), ("error", b + difference, EMBEDDED_ORDER)):
        for n in range(1, order + 1):
            worst = float(np.abs(defects(A, weights, n)).max())
            if not worst < 1e-13:
                raise TableauError(
                    f"`{name}` must have order {order}; got a defect of {worst:.1e} in order {n}"
                )
    return tableau


@functools.cache
def stabilised(stages: int) -> Stabilised:
    """The method with a number of stages of `STAGES`.

    Raises
    ------
    ValueError
        For another number of stages.
    TableauError
        If an order condition fails.
    """
    if stages not in _SHAPES:
        raise ValueError(f"`stages` must be one of {STAGES}; got {stages!r}")
    shape = _SHAPES[stages]
    recurrence, d = _recurrence(shape, stages - 4)
    first = _first_part(recurrence)
    last = float(brentq(lambda x: _finish(first, x)[1], 0.95, 1.15, xtol=1e-15))
    method = Stabilised(stages, d * (1.0 + shape[-1]), recurrence, _finish(first, last)[0], np.zeros(5))
    return validate_stabilised(
        Stabilised(stages, method.reach, recurrence, method.finish, _embedded(method.table()[0]))
    )


#: Numbers of stages for which there is a method.
STAGES = tuple(_SHAPES)


class Family(Block):
    """All methods as arrays, fewest stages first, or one explicit pair: what compiled code takes."""

    stages: NDArray[np.int64]  # (methods,)
    reach: Array  # (methods,)
    starts: NDArray[np.int64]  # (methods,) first row in `recurrence`
    recurrence: Array  # (rows, 3)
    finish: Array  # (methods, 4, 4)
    error: Array  # (methods, 5); of a pair (1, stages)
    pair: Array  # (stages, stages) of an explicit pair; (0, 0) for stabilised methods
    power: float  # 1/(order + 1) of the embedded formula
    exclusive: bool  # whether the implicit method never takes over


@functools.cache
def family(exclusive: bool = False) -> Family:
    """The methods of all `STAGES`, checked."""
    methods = [stabilised(s) for s in STAGES]
    lengths = np.array([s - 4 for s in STAGES])
    return Family(
        np.array(STAGES),
        np.array([x.reach for x in methods]),
        np.concatenate([[0], np.cumsum(lengths)[:-1]]),
        np.concatenate([x.recurrence for x in methods]),
        np.array([x.finish for x in methods]),
        np.array([x.error for x in methods]),
        np.zeros((0, 0)),
        1.0 / (EMBEDDED_ORDER + 1),
        exclusive,
    )
