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

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sympy as sp

from memcurse.theory.exact import exact_integer
from memcurse.theory.notation import amplitudes
from memcurse.theory.targets.sequences import TargetSequence

from .continuous import A, canonical_sums, column, indexed_derivative, row, width_symbol

PoleMomentFunction = Callable[[int, sp.Expr], sp.Expr]

#: The squared norm of a sequence that is not specified.
squared_norm: Final = sp.Symbol(r"\|\rho_n\|^2", positive=True)
#: Poles for a symbolic width.
P: Final = sp.IndexedBase("p", real=True)
_i: Final = sp.Symbol("i", integer=True, positive=True)
_j: Final = sp.Symbol("j", integer=True, positive=True)


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
    a: Sequence[sp.Expr],
    p: Sequence[sp.Expr],
    moment: PoleMomentFunction = _moment,
    norm: sp.Expr = squared_norm,
) -> sp.Expr:
    """Squared distance of ``sum_k a_k p_k^n`` from the sequence with these moments."""
    pairs = [(i, j) for i in range(len(a)) for j in range(len(a))]
    quadratic = sp.Add(*(a[i] * a[j] / (1 - p[i] * p[j]) for i, j in pairs))
    return quadratic - 2 * sp.Add(*(x * moment(0, y) for x, y in zip(a, p, strict=True))) + norm


def residual_moment(
    n: int, k: int, a: Sequence[sp.Expr], p: Sequence[sp.Expr], moment: PoleMomentFunction = _moment
) -> sp.Expr:
    """``M_n(p_k)`` of the residual ``g - rho``, out of which gradient and Hessian are made."""
    terms = (sp.factorial(n) * x * q**n / (1 - p[k] * q) ** (n + 1) for x, q in zip(a, p, strict=True))
    return sp.Add(*terms) - moment(n, p[k])


def gradient(a: Sequence[sp.Expr], p: Sequence[sp.Expr], moment: PoleMomentFunction = _moment) -> sp.Matrix:
    """Gradient as a column of length 2m, gains first."""
    m = len(a)
    by_gain = [2 * residual_moment(0, k, a, p, moment) for k in range(m)]
    return sp.Matrix(by_gain + [2 * a[k] * residual_moment(1, k, a, p, moment) for k in range(m)])


def hessian(a: Sequence[sp.Expr], p: Sequence[sp.Expr], moment: PoleMomentFunction = _moment) -> sp.Matrix:
    """Hessian, a symmetric matrix of order 2m, gains first."""
    m = len(a)
    H = sp.zeros(2 * m)
    for k in range(m):
        for j in range(m):
            s = 1 - p[k] * p[j]
            H[k, j] = 2 / s
            H[k, m + j] = 2 * a[j] * p[k] / s**2
            H[m + k, m + j] = 2 * a[k] * a[j] * (1 + p[k] * p[j]) / s**3
        H[k, m + k] += 2 * residual_moment(1, k, a, p, moment)
        H[m + k, m + k] += 2 * a[k] * residual_moment(2, k, a, p, moment)
    for k in range(m):
        for j in range(m):
            H[m + j, k] = H[k, m + j]
    return H


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
    theta = (*objective.a, *objective.p)
    pairs = [(objective.gradient[i], sp.diff(objective.loss, x)) for i, x in enumerate(theta)]
    for i in range(len(theta)):
        pairs += [(objective.hessian[i, j], sp.diff(objective.gradient[i], y)) for j, y in enumerate(theta)]
    return pairs


# --- symbolic width ------------------------------------------------------------------------------------------------


def indexed_loss() -> sp.Expr:
    """The loss for a symbolic width, as sums over indexed symbols."""
    quadratic = sp.Sum(A[_i] * A[_j] / (1 - P[_i] * P[_j]), (_i, 1, width_symbol), (_j, 1, width_symbol))
    return quadratic - 2 * sp.Sum(A[_i] * PoleMoment(0, P[_i]), (_i, 1, width_symbol)) + squared_norm


def _indexed_residual_moment(n: int, k: sp.Symbol) -> sp.Expr:
    term = sp.factorial(n) * A[_j] * P[_j] ** n / (1 - P[k] * P[_j]) ** (n + 1)
    return sp.Sum(term, (_j, 1, width_symbol)) - PoleMoment(n, P[k])


def indexed_gradient(k: sp.Symbol = row) -> tuple[sp.Expr, sp.Expr]:
    """The derivatives in ``a_k`` and in ``p_k`` for a symbolic width."""
    return 2 * _indexed_residual_moment(0, k), 2 * A[k] * _indexed_residual_moment(1, k)


def indexed_hessian(k: sp.Symbol = row, n: sp.Symbol = column) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """The entries ``(a_k, a_n)``, ``(a_k, p_n)``, ``(p_k, p_n)`` for a symbolic width."""
    s, same = 1 - P[k] * P[n], sp.KroneckerDelta(k, n)
    return (
        2 / s,
        2 * A[n] * P[k] / s**2 + 2 * same * _indexed_residual_moment(1, k),
        2 * A[k] * A[n] * (1 + P[k] * P[n]) / s**3 + 2 * same * A[k] * _indexed_residual_moment(2, k),
    )


def indexed_identities() -> list[tuple[str, sp.Expr, sp.Expr]]:
    """``(entry, closed form, SymPy's derivative)`` for a symbolic width; both sides have the same canonical sums."""
    by_a, by_p = indexed_gradient()
    aa, ap, pp = indexed_hessian()
    k, n = row, column
    rows = [
        ("dJ/da_k", by_a, indexed_derivative(indexed_loss(), A[k])),
        ("dJ/dp_k", by_p, indexed_derivative(indexed_loss(), P[k])),
        ("d2J/da_k da_n", aa, indexed_derivative(by_a, A[n])),
        ("d2J/da_k dp_n", ap, indexed_derivative(by_a, P[n])),
        ("d2J/dp_k dp_n", pp, indexed_derivative(by_p, P[n])),
    ]
    return [(name, canonical_sums(left), canonical_sums(right)) for name, left, right in rows]


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
