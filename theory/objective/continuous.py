r"""Loss, gradient and Hessian of the objective (eqs. 18, 19, 97-101) in closed form.

.. math:: J(a, w) = \sum_{ij} \frac{a_i a_j}{w_i + w_j} - 2 \sum_i a_i L_0(w_i) + \|\rho\|^2

The formulas stand here twice on purpose: written out (`loss`, `gradient`, `hessian` for a given width, the indexed
sums for a symbolic one), and as derivatives that SymPy takes (`derivative_identities`, `indexed_identities`). Nothing
of the numerical side differentiates anything; its kernels are tested against this module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sympy as sp
from sympy.concrete.delta import deltasummation

from memcurse.theory.exact import exact_integer
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.targets.target import Target

MomentFunction = Callable[[int, sp.Expr], sp.Expr]

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
    pairs = [(i, j) for i in range(len(a)) for j in range(len(a))]
    quadratic = sp.Add(*(a[i] * a[j] / (w[i] + w[j]) for i, j in pairs))
    linear = sp.Add(*(ai * moment(0, wi) for ai, wi in zip(a, w, strict=True)))
    return quadratic - 2 * linear + norm


def residual_moment(
    n: int, k: int, a: Sequence[sp.Expr], w: Sequence[sp.Expr], moment: MomentFunction = _moment
) -> sp.Expr:
    r"""``int t^n e^{-w_k t} (rho_hat - rho) dt``, out of which gradient and Hessian are made."""
    model = sp.Add(*(sp.factorial(n) * aj / (w[k] + wj) ** (n + 1) for aj, wj in zip(a, w, strict=True)))
    return model - moment(n, w[k])


def gradient(a: Sequence[sp.Expr], w: Sequence[sp.Expr], moment: MomentFunction = _moment) -> sp.Matrix:
    """Gradient (eq. 19) as a column of length 2m, amplitudes first."""
    m = len(a)
    by_amplitude = [2 * residual_moment(0, k, a, w, moment) for k in range(m)]
    by_rate = [-2 * a[k] * residual_moment(1, k, a, w, moment) for k in range(m)]
    return sp.Matrix(by_amplitude + by_rate)


def hessian(a: Sequence[sp.Expr], w: Sequence[sp.Expr], moment: MomentFunction = _moment) -> sp.Matrix:
    """Hessian (eqs. 97-101), a symmetric matrix of order 2m, amplitudes first."""
    m = len(a)
    H = sp.zeros(2 * m)
    for k in range(m):
        for j in range(m):
            s = w[k] + w[j]
            H[k, j] = 2 / s
            H[k, m + j] = -2 * a[j] / s**2
            H[m + k, m + j] = 4 * a[k] * a[j] / s**3
        H[k, m + k] -= 2 * residual_moment(1, k, a, w, moment)
        H[m + k, m + k] += 2 * a[k] * residual_moment(2, k, a, w, moment)
    for k in range(m):
        for j in range(m):
            H[m + j, k] = H[k, m + j]
    return H


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
    theta = (*objective.a, *objective.w)
    pairs = [(objective.gradient[i], sp.diff(objective.loss, x)) for i, x in enumerate(theta)]
    for i in range(len(theta)):
        pairs += [(objective.hessian[i, j], sp.diff(objective.gradient[i], y)) for j, y in enumerate(theta)]
    return pairs


# --- symbolic width: sums over an index that runs to a symbol m ---------------------------------------------------

#: Width, and the indices at which derivatives are taken: integers with 1 <= k, n <= m.
width_symbol: Final = sp.Symbol("m", integer=True, positive=True)
row: Final = sp.Symbol("k", integer=True, positive=True)
column: Final = sp.Symbol("n", integer=True, positive=True)
_i: Final = sp.Symbol("i", integer=True, positive=True)
_j: Final = sp.Symbol("j", integer=True, positive=True)
A: Final = sp.IndexedBase("a", real=True)
W: Final = sp.IndexedBase("w", positive=True)


def indexed_loss() -> sp.Expr:
    """The loss for a symbolic width, as sums over indexed symbols."""
    quadratic = sp.Sum(A[_i] * A[_j] / (W[_i] + W[_j]), (_i, 1, width_symbol), (_j, 1, width_symbol))
    return quadratic - 2 * sp.Sum(A[_i] * Moment(0, W[_i]), (_i, 1, width_symbol)) + squared_norm


def _indexed_residual_moment(n: int, k: sp.Symbol) -> sp.Expr:
    model = sp.Sum(sp.factorial(n) * A[_j] / (W[k] + W[_j]) ** (n + 1), (_j, 1, width_symbol))
    return model - Moment(n, W[k])


def indexed_gradient(k: sp.Symbol = row) -> tuple[sp.Expr, sp.Expr]:
    """Eq. (19) for a symbolic width: the derivatives in ``a_k`` and in ``w_k``."""
    return 2 * _indexed_residual_moment(0, k), -2 * A[k] * _indexed_residual_moment(1, k)


def indexed_hessian(k: sp.Symbol = row, n: sp.Symbol = column) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Eqs. (97)-(101) for a symbolic width: the entries ``(a_k, a_n)``, ``(a_k, w_n)``, ``(w_k, w_n)``."""
    s, same = W[k] + W[n], sp.KroneckerDelta(k, n)
    return (
        2 / s,
        -2 * A[n] / s**2 - 2 * same * _indexed_residual_moment(1, k),
        4 * A[k] * A[n] / s**3 + 2 * same * A[k] * _indexed_residual_moment(2, k),
    )


def indexed_derivative(expression: sp.Expr, by: sp.Indexed) -> sp.Expr:
    """SymPy's derivative of an indexed sum, with its Kronecker deltas summed for an index in 1..m."""
    return _sum_deltas(sp.diff(expression, by))


def _sum_deltas(expression: sp.Expr) -> sp.Expr:
    def collapse(total: sp.Sum) -> sp.Expr:
        # One term at a time and the innermost limit first: each term holds the delta of one index only.
        terms = sp.Add.make_args(sp.expand(total.function))
        return sp.Add(*(_collapse_term(term, total.limits) for term in terms))

    return sp.piecewise_fold(expression.replace(lambda e: isinstance(e, sp.Sum), collapse))


def _collapse_term(term: sp.Expr, limits: Sequence[sp.Tuple]) -> sp.Expr:
    remaining = []
    for limit in limits:
        index, first, last = limit
        deltas = [d for d in term.atoms(sp.KroneckerDelta) if index in d.free_symbols]
        if deltas:
            summed = deltasummation(term, (index, first, last))
            # The branch with the delta's index inside 1..m: the derivative is taken at one of the m parameters.
            term = summed.args[0].expr if isinstance(summed, sp.Piecewise) else summed
        else:
            remaining.append(limit)
    return sp.Sum(term, *remaining) if remaining else term


def indexed_identities() -> list[tuple[str, sp.Expr, sp.Expr]]:
    """``(entry, closed form, SymPy's derivative)`` for a symbolic width; both sides have the same canonical sums."""
    by_a, by_w = indexed_gradient()
    aa, aw, ww = indexed_hessian()
    k, n = row, column
    rows = [
        ("dJ/da_k", by_a, indexed_derivative(indexed_loss(), A[k])),
        ("dJ/dw_k", by_w, indexed_derivative(indexed_loss(), W[k])),
        ("d2J/da_k da_n", aa, indexed_derivative(by_a, A[n])),
        ("d2J/da_k dw_n", aw, indexed_derivative(by_a, W[n])),
        ("d2J/dw_k dw_n", ww, indexed_derivative(by_w, W[n])),
    ]
    return [(name, canonical_sums(left), canonical_sums(right)) for name, left, right in rows]


def canonical_sums(expression: sp.Expr) -> sp.Expr:
    """The expression with one summation index, constants outside the sums and deltas acting on their neighbours."""

    def one_index(total: sp.Sum) -> sp.Expr:
        function = total.function
        for (index, *_), fresh in zip(total.limits, (_j, _i), strict=False):
            function = function.xreplace({index: fresh})
        limits = [(fresh, *rest) for (_, *rest), fresh in zip(total.limits, (_j, _i), strict=False)]
        out = []
        for term in sp.Add.make_args(sp.expand(function)):
            constant, dependent = term.as_independent(*(limit[0] for limit in limits), as_Add=False)
            out.append(constant * sp.Sum(dependent, *limits))
        return sp.Add(*out)

    unified = expression.replace(lambda e: isinstance(e, sp.Sum), one_index)
    return sp.expand(_apply_deltas(sp.expand(unified)))


def _apply_deltas(expression: sp.Expr) -> sp.Expr:
    """``f(n) delta_kn -> f(k) delta_kn``, term by term."""
    same = sp.KroneckerDelta(row, column)
    terms = []
    for term in sp.Add.make_args(expression):
        terms.append(same * (term / same).xreplace({column: row}) if term.has(same) else term)
    return sp.Add(*terms)
