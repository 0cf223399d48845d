r"""Linear networks ``h' = W h + U x``, ``y = c^T h`` with any state matrix, and their assembly in blocks (eqs. 42-46).

Scalar fits, one for each component of the input, become one network: the state matrices on the diagonal of one
matrix, the readouts below each other, and in column i of `U` the entries of the i-th network in its own rows only.

**Proof that its kernel is the row of their kernels.** With ``D(X, Y)`` for the matrix of the blocks X and Y,
``D(W_1, W_2) D(X, Y) = D(W_1 X, W_2 Y)``, so by induction ``W^k = D(W_1^k, W_2^k)`` for every k (`powers_of_blocks`),
and the power series gives ``e^{W s} = D(e^{W_1 s}, e^{W_2 s})``. Then ``c^T e^{W s} U = (c_1^T e^{W_1 s} U_1, c_2^T
e^{W_2 s} U_2)``, term by term (`kernels_of_blocks`); more than two are assembled one after the other
(`one_after_the_other`). The blocks are letters that do not commute, for matrices of any size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from .recurrences import LinearRNN, Recurrence


@dataclass(frozen=True)
class GeneralRNN:
    """A linear network by its matrices alone: `c` (m x 1), `W` (m x m), `U` (m x d), exact or symbolic."""

    c: sp.ImmutableMatrix
    W: sp.ImmutableMatrix
    U: sp.ImmutableMatrix

    def markov(self, k: int) -> sp.ImmutableMatrix:
        """``c^T W^k U``: the k-th derivative of the kernel at the age 0, a row of length d."""
        return self.c.T * self.W**k * self.U

    def transfer(self, z: Any) -> sp.ImmutableMatrix:
        """``c^T (z - W)^{-1} U``, the Laplace transform of the kernel at z."""
        return self.c.T * self._resolvent(z) * self.U

    def moment(self, k: int, w: Any) -> sp.ImmutableMatrix:
        """``int_0^oo t^k e^{-w t} kernel(t) dt = k! c^T (w - W)^{-(k+1)} U``."""
        return sp.factorial(k) * self.c.T * self._resolvent(w) ** (k + 1) * self.U

    def _resolvent(self, z: Any) -> sp.ImmutableMatrix:
        """``(z - W)^{-1}`` by the adjugate, in the ring of the entries: there is nothing to divide before the end."""
        A = DomainMatrix.from_Matrix(sp.Matrix(z * sp.eye(self.W.rows) - self.W))
        adjugate, determinant = A.adj_det()
        return sp.ImmutableMatrix(adjugate.to_Matrix() / A.domain.to_sympy(determinant))


def blocks(matrices: Sequence[Any], coupling: Any = None) -> sp.ImmutableMatrix:
    """The matrices along a diagonal, zero elsewhere; `coupling` stands right of the first of them."""
    joined = sp.diag(*matrices)
    if coupling is not None:
        rows, columns = matrices[0].shape
        joined[:rows, columns : columns + coupling.cols] = coupling
    return sp.ImmutableMatrix(joined)


def block_network(networks: Sequence[GeneralRNN], coupling: Any = None) -> GeneralRNN:
    """One network with the inputs of all, one after the other, and the sum of their outputs (eqs. 42-46).

    With a `coupling` the first state hears of the second: no assembly of the kernels any more.
    """
    return GeneralRNN(
        sp.ImmutableMatrix(sp.Matrix.vstack(*(sp.Matrix(n.c) for n in networks))),
        blocks([n.W for n in networks], coupling),
        blocks([n.U for n in networks]),
    )


def block_recurrence(recurrences: Sequence[Recurrence]) -> Recurrence:
    """The state matrices along a diagonal with their propagators along a diagonal, in one symbol."""
    s = recurrences[0].s
    return Recurrence(blocks([r.W for r in recurrences]), blocks([r.after(s) for r in recurrences]), s)


def block_linear_network(networks: Sequence[LinearRNN]) -> LinearRNN:
    """`block_network` for networks whose propagator is known in closed form."""
    return LinearRNN(
        sp.ImmutableMatrix(sp.Matrix.vstack(*(sp.Matrix(n.c) for n in networks))),
        block_recurrence([n.recurrence for n in networks]),
        blocks([n.U for n in networks]),
    )


Pair = tuple[sp.Expr, sp.Expr]
#: Networks to the one that is assembled of them.
Assembly = Callable[[Sequence[GeneralRNN]], GeneralRNN]


def _of_letters(name: str) -> GeneralRNN:
    """A network whose readout, state matrix and input matrix are single letters that do not commute."""
    c, W, U = (sp.ImmutableMatrix([[sp.Symbol(f"{x}_{name}", commutative=False)]]) for x in "cWU")
    return GeneralRNN(c, W, U)


def _entries(left: Any, right: Any) -> list[Pair]:
    return list(zip(sp.flatten(left), sp.flatten(right), strict=True))


def powers_of_blocks(assembly: Assembly = block_network) -> list[Pair]:
    """``D(W_1, W_2)^k = D(W_1^k, W_2^k)`` for k = 0, and from k to k + 1; blocks of any size."""
    parts = [_of_letters("1"), _of_letters("2")]
    k = sp.Symbol("k", integer=True, nonnegative=True)

    def power(n: sp.Expr) -> sp.Matrix:
        return blocks([sp.Matrix([[part.W[0, 0] ** n]]) for part in parts])

    return [*_entries(power(sp.S.Zero), sp.eye(2)), *_entries(assembly(parts).W * power(k), power(k + 1))]


def kernels_of_blocks(assembly: Assembly = block_network) -> list[Pair]:
    """``c^T W^k U`` of the assembled network is the row of those of its parts, for every k."""
    parts = [_of_letters("1"), _of_letters("2")]
    k = sp.Symbol("k", integer=True, nonnegative=True)
    whole, power = assembly(parts), blocks([sp.Matrix([[part.W[0, 0] ** k]]) for part in parts])
    row = [part.c[0, 0] * part.W[0, 0] ** k * part.U[0, 0] for part in parts]
    return _entries(whole.c.T * power * whole.U, row)


def one_after_the_other(assembly: Assembly = block_network) -> list[Pair]:
    """Three networks together are the first two, assembled, with the third."""
    parts = [_of_letters(name) for name in "123"]
    together, stepwise = assembly(parts), assembly([assembly(parts[:2]), parts[2]])
    return [
        pair
        for left, right in ((together.c, stepwise.c), (together.W, stepwise.W), (together.U, stepwise.U))
        for pair in _entries(left, right)
    ]


def residual_output(network: GeneralRNN, inputs: Sequence[Sequence[Any]], step: Any) -> sp.Expr:
    """The output of the residual network ``h + step (W h + U x)`` after these inputs (rows of length d), from rest."""
    h = sp.zeros(network.W.rows, 1)
    for x in inputs:
        h = h + step * (network.W * h + network.U * sp.Matrix(list(x)))
    return (network.c.T * h)[0, 0]
