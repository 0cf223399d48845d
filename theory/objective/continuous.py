r"""Loss, gradient and Hessian of the objective (eqs. 18, 19, 97-101) in closed form.

.. math:: J(a, w) = \sum_{ij} \frac{a_i a_j}{w_i + w_j} - 2 \sum_i a_i L_0(w_i) + \|\rho\|^2

The formulas stand twice on purpose: written out (`gram_form`, for a given width and for a symbolic one), and as
derivatives that SymPy takes (`derivative_identities`, `indexed_identities`). Nothing
of the numerical side differentiates anything; its kernels are tested against this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sympy as sp

from memcurse.theory.exact import exact_integer
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.targets.target import Target

from . import gram_form, indexed_sums
from .gram_form import CONTINUOUS, IndexedForm, MomentFunction

#: The squared norm of a target that is not specified.
squared_norm: Final = sp.Symbol(r"\|\rho\|^2", positive=True)


class Moment(sp.Function):
    r"""``L_k(w)`` of a target that is not specified, with the one rule ``dL_k/dw = -L_{k+1}``."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The derivative in the rate; there is none in the order."""
        if argindex != 2:
            raise sp.ArgumentIndexError(self, argindex)
        k, w = self.args
        return -Moment(k + 1, w)

    def _latex(self, printer: Any) -> str:
        k, w = self.args
        return rf"L_{{{printer._print(k)}}}\left({printer._print(w)}\right)"


def _moment(k: int, w: sp.Expr) -> sp.Expr:
    return Moment(sp.Integer(k), w)


def loss(
    a: Sequence[sp.Expr], w: Sequence[sp.Expr], moment: MomentFunction = _moment, norm: sp.Expr = squared_norm
) -> sp.Expr:
    """Squared distance of the exponential sum ``(a, w)`` from the kernel with these moments (eq. 18)."""
    return gram_form.loss(CONTINUOUS, a, w, moment, norm)


def residual_moment(
    n: int, k: int, a: Sequence[sp.Expr], w: Sequence[sp.Expr], moment: MomentFunction = _moment
) -> sp.Expr:
    r"""``int t^n e^{-w_k t} (rho_hat - rho) dt``, out of which gradient and Hessian are made."""
    return gram_form.residual_moment(CONTINUOUS, n, k, a, w, moment)


def gradient(a: Sequence[sp.Expr], w: Sequence[sp.Expr], moment: MomentFunction = _moment) -> sp.Matrix:
    """Gradient (eq. 19) as a column of length 2m, amplitudes first."""
    return gram_form.gradient(CONTINUOUS, a, w, moment)


def hessian(a: Sequence[sp.Expr], w: Sequence[sp.Expr], moment: MomentFunction = _moment) -> sp.Matrix:
    """Hessian (eqs. 97-101), a symmetric matrix of order 2m, amplitudes first."""
    return gram_form.hessian(CONTINUOUS, a, w, moment)


@dataclass(frozen=True)
class SymbolicObjective:
    """Closed forms for one width: symbols `a`, `w`, scalar `loss`, 2m-column `gradient`, 2m-square `hessian`."""

    a: tuple[sp.Symbol, ...]
    w: tuple[sp.Symbol, ...]
    loss: sp.Expr
    gradient: sp.Matrix
    hessian: sp.Matrix


def symbolic_objective(m: int, target: Target | None = None) -> SymbolicObjective:
    """The objective of width `m` for `target`, or for an unspecified kernel with moments `Moment(k, w)`.

    Raises
    ------
    TypeError, ValueError
        If `m` is no positive integer.
    """
    m = exact_integer("m", m, 1)
    a, w = amplitudes(m), rates(m)
    moment = _moment if target is None else target.moment
    norm = squared_norm if target is None else target.squared_norm()
    return SymbolicObjective(a, w, loss(a, w, moment, norm), gradient(a, w, moment), hessian(a, w, moment))


def derivative_identities(objective: SymbolicObjective) -> list[tuple[sp.Expr, sp.Expr]]:
    """Pairs that must be equal: each closed form, and SymPy's derivative of the form one order lower."""
    return gram_form.derivative_pairs((*objective.a, *objective.w), objective)


#: Rates for a symbolic width.
W: Final = sp.IndexedBase("w", positive=True)
#: Eqs. (18), (19), (97)-(101) for a symbolic width.
INDEXED: Final = IndexedForm(CONTINUOUS, W, lambda n, x: Moment(n, x), squared_norm)


def indexed_identities() -> list[tuple[str, sp.Expr, sp.Expr]]:
    """``(entry, closed form, SymPy's derivative)`` for a symbolic width."""
    return indexed_sums.indexed_identities(INDEXED, "w")
