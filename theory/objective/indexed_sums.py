"""Derivatives of indexed sums of a symbolic width, and a canonical form in which two of them can be compared."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp
from sympy.concrete.delta import deltasummation

from .gram_form import A, IndexedForm, column, first_index, row, second_index


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


def canonical_sums(expression: sp.Expr) -> sp.Expr:
    """The expression with one summation index, constants outside the sums and deltas acting on their neighbours."""

    def one_index(total: sp.Sum) -> sp.Expr:
        function = total.function
        for (index, *_), fresh in zip(total.limits, (second_index, first_index), strict=False):
            function = function.xreplace({index: fresh})
        limits = [
            (fresh, *rest)
            for (_, *rest), fresh in zip(total.limits, (second_index, first_index), strict=False)
        ]
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


def indexed_identities(form: IndexedForm, letter: str) -> list[tuple[str, sp.Expr, sp.Expr]]:
    """``(entry, closed form, SymPy's derivative)`` for a symbolic width; both sides have the same canonical sums.

    `letter` names the modes in the entries: w for rates, p for poles.
    """
    by_a, by_x = form.gradient()
    aa, ax, xx = form.hessian()
    k, n, x = row, column, form.modes
    rows = [
        ("dJ/da_k", by_a, indexed_derivative(form.loss(), A[k])),
        (f"dJ/d{letter}_k", by_x, indexed_derivative(form.loss(), x[k])),
        ("d2J/da_k da_n", aa, indexed_derivative(by_a, A[n])),
        (f"d2J/da_k d{letter}_n", ax, indexed_derivative(by_a, x[n])),
        (f"d2J/d{letter}_k d{letter}_n", xx, indexed_derivative(by_x, x[n])),
    ]
    return [(name, canonical_sums(left), canonical_sums(right)) for name, left, right in rows]
