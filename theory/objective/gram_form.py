r"""The objective as a Gram form, once for continuous and for discrete time.

The squared distance of ``sum_k a_k phi(x_k)`` from a target is

.. math:: J(a, x) = \sum_{ij} a_i a_j\, g(x_i, x_j) - 2 \sum_i a_i M_0(x_i) + \|\rho\|^2,
          \qquad g(x, y) = \langle \phi(x), \phi(y) \rangle,\quad M_0(x) = \langle \phi(x), \rho \rangle .

A mode is ``e^{-x t}`` in continuous time, where ``g = 1/(x + y)``, and ``x^n`` in discrete time, where
``g = 1/(1 - x y)``. With the residual moments :math:`R_n(x) = \partial_x^n [\sum_j a_j g(x, x_j) - M_0(x)]`

.. math:: \partial_{a_k} J = 2 R_0(x_k), \qquad \partial_{x_k} J = 2 a_k R_1(x_k)
.. math:: \partial_{a_k} \partial_{a_j} J = 2 g, \quad
          \partial_{a_k} \partial_{x_j} J = 2 a_j \partial_y g + 2 \delta_{kj} R_1, \quad
          \partial_{x_k} \partial_{x_j} J = 2 a_k a_j \partial_x \partial_y g + 2 \delta_{kj} a_k R_2 .

A `Pairing` says what g and its derivatives are; the sums over the modes stand here only, written out for a given width
and as indexed sums for a symbolic one. `numerics.objective.assembly` is the same form in any arithmetic of fields, with
products shared between the entries, and `numerics.objective.kernels` the compiled one; both are tested against this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sympy as sp

MomentFunction = Callable[[int, sp.Expr], sp.Expr]

#: Width, and the indices at which derivatives are taken: integers with 1 <= k, n <= m.
width_symbol: Final = sp.Symbol("m", integer=True, positive=True)
row: Final = sp.Symbol("k", integer=True, positive=True)
column: Final = sp.Symbol("n", integer=True, positive=True)
first_index: Final = sp.Symbol("i", integer=True, positive=True)
second_index: Final = sp.Symbol("j", integer=True, positive=True)
#: Amplitudes for a symbolic width.
A: Final = sp.IndexedBase("a", real=True)


@dataclass(frozen=True)
class Pairing:
    """Inner products of modes, and their derivatives written out.

    Attributes
    ----------
    sign : int
        The n-th derivative of ``M_0`` is ``sign**n`` times the target's n-th moment: -1 for Laplace transforms.
    derivative : callable
        ``(n, x, y)`` to ``sign**n`` times the n-th derivative of g in its first argument.
    by_second : callable
        ``(x, y)`` to the derivative of g in its second argument.
    mixed : callable
        ``(x, y)`` to the derivative of g in both.
    """

    sign: int
    derivative: Callable[[int, Any, Any], Any]
    by_second: Callable[[Any, Any], Any]
    mixed: Callable[[Any, Any], Any]


CONTINUOUS: Final = Pairing(
    sign=-1,
    derivative=lambda n, x, y: sp.factorial(n) / (x + y) ** (n + 1),
    by_second=lambda x, y: -1 / (x + y) ** 2,
    mixed=lambda x, y: 2 / (x + y) ** 3,
)
DISCRETE: Final = Pairing(
    sign=1,
    derivative=lambda n, x, y: sp.factorial(n) * y**n / (1 - x * y) ** (n + 1),
    by_second=lambda x, y: x / (1 - x * y) ** 2,
    mixed=lambda x, y: (1 + x * y) / (1 - x * y) ** 3,
)


def loss(
    g: Pairing, a: Sequence[sp.Expr], x: Sequence[sp.Expr], moment: MomentFunction, norm: sp.Expr
) -> sp.Expr:
    """Squared distance of the sum of modes `x` with amplitudes `a` from the target with these moments."""
    pairs = [(i, j) for i in range(len(a)) for j in range(len(a))]
    quadratic = sp.Add(*(a[i] * a[j] * g.derivative(0, x[i], x[j]) for i, j in pairs))
    return quadratic - 2 * sp.Add(*(ai * moment(0, xi) for ai, xi in zip(a, x, strict=True))) + norm


def residual_moment(
    g: Pairing, n: int, k: int, a: Sequence[sp.Expr], x: Sequence[sp.Expr], moment: MomentFunction
) -> sp.Expr:
    """``sign**n R_n(x_k)``, out of which gradient and Hessian are made."""
    model = sp.Add(*(aj * g.derivative(n, x[k], xj) for aj, xj in zip(a, x, strict=True)))
    return model - moment(n, x[k])


def gradient(g: Pairing, a: Sequence[sp.Expr], x: Sequence[sp.Expr], moment: MomentFunction) -> sp.Matrix:
    """Gradient as a column of length 2m, amplitudes first."""
    m = len(a)
    by_amplitude = [2 * residual_moment(g, 0, k, a, x, moment) for k in range(m)]
    by_mode = [2 * g.sign * a[k] * residual_moment(g, 1, k, a, x, moment) for k in range(m)]
    return sp.Matrix(by_amplitude + by_mode)


def hessian(g: Pairing, a: Sequence[sp.Expr], x: Sequence[sp.Expr], moment: MomentFunction) -> sp.Matrix:
    """Hessian, a symmetric matrix of order 2m, amplitudes first."""
    m = len(a)
    H = sp.zeros(2 * m)
    for k in range(m):
        for j in range(m):
            H[k, j] = 2 * g.derivative(0, x[k], x[j])
            H[k, m + j] = 2 * a[j] * g.by_second(x[k], x[j])
            H[m + k, m + j] = 2 * a[k] * a[j] * g.mixed(x[k], x[j])
        H[k, m + k] += 2 * g.sign * residual_moment(g, 1, k, a, x, moment)
        H[m + k, m + k] += 2 * a[k] * residual_moment(g, 2, k, a, x, moment)
    for k in range(m):
        for j in range(m):
            H[m + j, k] = H[k, m + j]
    return H


def derivative_pairs(theta: Sequence[sp.Symbol], objective: Any) -> list[tuple[sp.Expr, sp.Expr]]:
    """Each entry of the gradient and Hessian with SymPy's derivative of the form one order lower."""
    pairs = [(objective.gradient[i], sp.diff(objective.loss, x)) for i, x in enumerate(theta)]
    for i in range(len(theta)):
        pairs += [(objective.hessian[i, j], sp.diff(objective.gradient[i], y)) for j, y in enumerate(theta)]
    return pairs


@dataclass(frozen=True)
class IndexedForm:
    """The same for a symbolic width: sums over an index that runs to the symbol m.

    Attributes
    ----------
    pairing : Pairing
    modes : sympy.IndexedBase
        Rates or poles.
    moment : callable
        ``(n, x)`` to the moment of a target that is not specified.
    norm : sympy.Expr
        Its squared norm.
    """

    pairing: Pairing
    modes: sp.IndexedBase
    moment: MomentFunction
    norm: sp.Expr

    def loss(self) -> sp.Expr:
        """The loss, as sums over indexed symbols."""
        i, j, x = first_index, second_index, self.modes
        term = A[i] * A[j] * self.pairing.derivative(0, x[i], x[j])
        quadratic = sp.Sum(term, (i, 1, width_symbol), (j, 1, width_symbol))
        return quadratic - 2 * sp.Sum(A[i] * self.moment(0, x[i]), (i, 1, width_symbol)) + self.norm

    def residual_moment(self, n: int, k: sp.Symbol) -> sp.Expr:
        """``sign**n R_n(x_k)``."""
        j, x = second_index, self.modes
        model = sp.Sum(A[j] * self.pairing.derivative(n, x[k], x[j]), (j, 1, width_symbol))
        return model - self.moment(n, x[k])

    def gradient(self, k: sp.Symbol = row) -> tuple[sp.Expr, sp.Expr]:
        """The derivatives in ``a_k`` and in ``x_k``."""
        return 2 * self.residual_moment(0, k), 2 * self.pairing.sign * A[k] * self.residual_moment(1, k)

    def hessian(self, k: sp.Symbol = row, n: sp.Symbol = column) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
        """The entries ``(a_k, a_n)``, ``(a_k, x_n)``, ``(x_k, x_n)``."""
        g, x, same = self.pairing, self.modes, sp.KroneckerDelta(k, n)
        return (
            2 * g.derivative(0, x[k], x[n]),
            2 * A[n] * g.by_second(x[k], x[n]) + 2 * g.sign * same * self.residual_moment(1, k),
            2 * A[k] * A[n] * g.mixed(x[k], x[n]) + 2 * same * A[k] * self.residual_moment(2, k),
        )
