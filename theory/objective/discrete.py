r"""Discrete time: ``h_{n+1} = W h_n + U x_n``, ``y_n = c^T h_n`` and the squared distance from a target sequence.

A diagonal W turns the response ``c^T W^n U`` into the sum ``g_n = sum_k a_k p_k^n`` with gains `a` and poles `p` in
(-1, 1), and

.. math:: J(a, p) = \sum_{n \ge 0} (g_n - \rho_n)^2
          = \sum_{ij} \frac{a_i a_j}{1 - p_i p_j} - 2 \sum_i a_i M_0(p_i) + \|\rho\|^2,

where ``M_k`` is the k-th derivative of the generating function ``M_0(p) = sum_n rho_n p^n``: what the Laplace
transform is in continuous time. As there, the derivatives stand here twice: written out, and as SymPy takes them.

Fixed poles make J a convex quadratic in the gains, with the Gram matrix ``1/(1 - p_i p_j)`` (arXiv 2602.21454).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sympy as sp

from memcurse.theory.exact import exact_integer
from memcurse.theory.notation import amplitudes
from memcurse.theory.targets.sequences import TargetSequence

from . import gram_form, indexed_sums
from .gram_form import DISCRETE, IndexedForm, MomentFunction

#: The squared norm of a sequence that is not specified.
squared_norm: Final = sp.Symbol(r"\|\rho_n\|^2", positive=True)
#: Poles for a symbolic width.
P: Final = sp.IndexedBase("p", real=True)


def poles(m: int) -> tuple[sp.Symbol, ...]:
    """Symbols ``p_1 .. p_m``: real, and meant to lie in (-1, 1)."""
    return tuple(sp.Symbol(f"p_{i}", real=True) for i in range(1, m + 1))


class PoleMoment(sp.Function):
    r"""``M_k(p)`` of a sequence that is not specified, with the one rule ``dM_k/dp = M_{k+1}``."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The derivative in the pole; there is none in the order."""
        if argindex != 2:
            raise sp.ArgumentIndexError(self, argindex)
        k, p = self.args
        return PoleMoment(k + 1, p)

    def _latex(self, printer: Any) -> str:
        k, p = self.args
        return rf"M_{{{printer._print(k)}}}\left({printer._print(p)}\right)"


def _moment(k: int, p: sp.Expr) -> sp.Expr:
    return PoleMoment(sp.Integer(k), p)


def loss(
    a: Sequence[sp.Expr], p: Sequence[sp.Expr], moment: MomentFunction = _moment, norm: sp.Expr = squared_norm
) -> sp.Expr:
    """Squared distance of ``sum_k a_k p_k^n`` from the sequence with these moments."""
    return gram_form.loss(DISCRETE, a, p, moment, norm)


def residual_moment(
    n: int, k: int, a: Sequence[sp.Expr], p: Sequence[sp.Expr], moment: MomentFunction = _moment
) -> sp.Expr:
    """``M_n(p_k)`` of the residual ``g - rho``, out of which gradient and Hessian are made."""
    return gram_form.residual_moment(DISCRETE, n, k, a, p, moment)


def gradient(a: Sequence[sp.Expr], p: Sequence[sp.Expr], moment: MomentFunction = _moment) -> sp.Matrix:
    """Gradient as a column of length 2m, gains first."""
    return gram_form.gradient(DISCRETE, a, p, moment)


def hessian(a: Sequence[sp.Expr], p: Sequence[sp.Expr], moment: MomentFunction = _moment) -> sp.Matrix:
    """Hessian, a symmetric matrix of order 2m, gains first."""
    return gram_form.hessian(DISCRETE, a, p, moment)


@dataclass(frozen=True)
class SymbolicDiscreteObjective:
    """Closed forms for one width: symbols `a`, `p`, scalar `loss`, 2m-column `gradient`, 2m-square `hessian`."""

    a: tuple[sp.Symbol, ...]
    p: tuple[sp.Symbol, ...]
    loss: sp.Expr
    gradient: sp.Matrix
    hessian: sp.Matrix


def symbolic_discrete_objective(m: int, sequence: TargetSequence | None = None) -> SymbolicDiscreteObjective:
    """The objective of width `m` for `sequence`, or for an unspecified one with moments `PoleMoment(k, p)`.

    Raises
    ------
    TypeError, ValueError
        If `m` is no positive integer.
    """
    m = exact_integer("m", m, 1)
    a, p = amplitudes(m), poles(m)
    moment = _moment if sequence is None else sequence.moment
    norm = squared_norm if sequence is None else sequence.squared_norm()
    return SymbolicDiscreteObjective(
        a, p, loss(a, p, moment, norm), gradient(a, p, moment), hessian(a, p, moment)
    )


def derivative_identities(objective: SymbolicDiscreteObjective) -> list[tuple[sp.Expr, sp.Expr]]:
    """Pairs that must be equal: each closed form, and SymPy's derivative of the form one order lower."""
    return gram_form.derivative_pairs((*objective.a, *objective.p), objective)


#: The same for a symbolic width.
INDEXED: Final = IndexedForm(DISCRETE, P, lambda n, x: PoleMoment(n, x), squared_norm)


def indexed_identities() -> list[tuple[str, sp.Expr, sp.Expr]]:
    """``(entry, closed form, SymPy's derivative)`` for a symbolic width."""
    return indexed_sums.indexed_identities(INDEXED, "p")


# --- fixed poles ---------------------------------------------------------------------------------------------------


def gram(p: Sequence[sp.Expr]) -> sp.Matrix:
    """The Gram matrix ``1/(1 - p_i p_j)`` of the sequences ``p_i^n``; half the Hessian in the gains."""
    return sp.Matrix(len(p), len(p), lambda i, j: 1 / (1 - p[i] * p[j]))


def gram_determinant(p: Sequence[sp.Expr]) -> sp.Expr:
    """Its determinant, ``prod_{i<j} (p_i - p_j)^2 / prod_{ij} (1 - p_i p_j)`` (Cauchy): positive for distinct poles."""
    m = len(p)
    top = sp.Mul(*((p[i] - p[j]) ** 2 for i in range(m) for j in range(i + 1, m)))
    return top / sp.Mul(*(1 - p[i] * p[j] for i in range(m) for j in range(m)))


# --- small steps ---------------------------------------------------------------------------------------------------


def euler_pole(w: sp.Expr, step: sp.Expr) -> sp.Expr:
    """The pole of the residual network (2) with the rate `w`: one Euler step."""
    return 1 - w * step


def sampled_pole(w: sp.Expr, step: sp.Expr) -> sp.Expr:
    """The pole of ``e^{-w t}`` looked at after every `step`."""
    return sp.exp(-w * step)
