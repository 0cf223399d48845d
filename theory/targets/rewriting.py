r"""Other forms of an expression, equal to it for all :math:`t > 0`, in which terms that cancel are gone.

What a kernel decays like is proved from its form (`theory.growth`), term by term. Where constants or powers cancel, as
in :math:`\sqrt{t^2+1} - t`, the form hides it; these identities bring it out:

* :math:`c \mp c\,\mathrm{erf}(x) = c\,\mathrm{erfc}(\pm x)`,
* a rational function as one reduced fraction,
* :math:`r\sqrt P + Q = (r^2 P - Q^2)/(r\sqrt P - Q)` with polynomials P, Q, where the second has no zero.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from memcurse.theory.notation import t

#: Largest degree of a polynomial that is divided.
_LARGEST_DEGREE = 16
#: Largest power that is multiplied out where coefficients are no rationals.
_LARGEST_POWER = 8


def equal_forms(expression: sp.Expr) -> Iterator[sp.Expr]:
    """Forms that differ from the expression, simplest first."""
    for rewrite in (_complements, _fraction, _conjugate):
        form = rewrite(expression)
        if form is not None and form != expression:
            yield form


def _complements(expression: sp.Expr) -> sp.Expr | None:
    """With erfc for one minus erf, anywhere."""
    if not expression.has(sp.erf):
        return None
    return expression.replace(lambda part: part.is_Add and part.has(sp.erf), _complement)


def _complement(total: sp.Expr) -> sp.Expr:
    constant = sp.Add(*(term for term in total.args if not term.has(t)))
    for term in total.args:
        factor, function = term.as_independent(t, as_Add=False)
        if isinstance(function, sp.erf) and constant != 0 and factor in (constant, -constant):
            x = function.args[0] if factor == -constant else -function.args[0]
            return sp.Add(
                *(other for other in total.args if other.has(t) and other != term)
            ) + constant * sp.erfc(x)
    return total


def _fraction(expression: sp.Expr) -> sp.Expr | None:
    if not _is_rational(expression):
        return None
    above, below = sp.fraction(sp.together(expression))
    degrees = [sp.degree(part, t) for part in (above, below) if part.has(t)]
    if max(degrees, default=0) > _LARGEST_DEGREE:
        return None
    return sp.cancel(above / below)


def _conjugate(expression: sp.Expr) -> sp.Expr | None:
    roots = [term for term in sp.Add.make_args(expression) if _root(term) is not None]
    rest = expression - sp.Add(*roots)
    root = _root(roots[0]) if len(roots) == 1 else None
    if (
        root is None
        or rest == 0
        or not (_is_rational(rest) and _is_rational(root[1]) and rest.is_polynomial(t))
    ):
        return None
    if max(sp.degree(root[1], t), sp.degree(rest, t)) > _LARGEST_DEGREE:
        return None
    r, P = root
    return sp.expand(r**2 * P - rest**2) / (r * sp.sqrt(P) - rest)


def _root(term: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """Factor and radicand of a rational multiple of the root of a polynomial."""
    factor, power = term.as_independent(t, as_Add=False)
    if power.is_Pow and power.exp == sp.S.Half and power.base.is_polynomial(t) and factor.is_Rational:
        return factor, power.base
    return None


def _is_rational(expression: sp.Expr) -> bool:
    """Whether it is a rational function with rational numbers.

    Of other numbers SymPy would ask the signs; and in exp(7e-9) + exp(-7e-9), which are numbers too, it takes
    exp(1e-9) as a variable, and reduces polynomials of degree 7 in it, or of degree 7000000000.
    """
    return all(
        part == t or part.is_Rational or part.is_Add or part.is_Mul or (part.is_Pow and part.exp.is_Integer)
        for part in sp.preorder_traversal(expression)
    )


def coefficients(polynomial: sp.Expr) -> list[sp.Expr] | None:
    """Exact coefficients of a polynomial in t, constant first; None for anything else, and for high powers.

    Constants that are no rationals are symbols meanwhile: SymPy would look for relations between them, and divide
    polynomials in exp(1e-50) of degree 1e50.
    """
    names: dict[sp.Expr, sp.Dummy] = {}
    form = _named(polynomial, names) if polynomial.is_polynomial(t) else None
    if form is None:
        return None
    values = {symbol: constant for constant, symbol in names.items()}
    found = [x.xreplace(values) for x in sp.Poly(form, t).all_coeffs()[::-1]]
    while len(found) > 1 and found[-1] == 0:
        found.pop()
    return found


def _named(part: sp.Expr, names: dict[sp.Expr, sp.Dummy]) -> sp.Expr | None:
    """The polynomial with a symbol for every constant, up to rational factors."""
    if part == t:
        return part
    if not part.has(t):
        factor, constant = part.as_coeff_Mul()
        return factor if constant == 1 else factor * names.setdefault(constant, sp.Dummy())
    if part.is_Pow:
        base = _named(part.base, names)
        high = part.exp > _LARGEST_POWER and bool(base is None or base.free_symbols - {t})
        return None if base is None or high else base**part.exp
    constant, rest = part.as_independent(t, as_Add=part.is_Add)
    named = [_named(constant, names), *(_named(x, names) for x in part.func.make_args(rest))]
    return None if None in named else part.func(*named)
