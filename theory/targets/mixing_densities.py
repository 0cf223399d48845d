r"""Densities on the rates that are known from the form of a kernel: :math:`\rho(t) = \int_0^\infty \mu(x) e^{-xt} dx`.

======================================  ===================================================
kernel, c, b, p > 0                     density
======================================  ===================================================
:math:`e^{-c\sqrt{t+b}}`, also b = 0    :math:`\frac{c}{2\sqrt\pi} x^{-3/2} e^{-c^2/(4x) - bx}`
:math:`(t+b)^{-p}`                      :math:`x^{p-1} e^{-bx} / \Gamma(p)`
======================================  ===================================================

The first is the density of Levy's stable law of index 1/2; a shift by b multiplies a density by :math:`e^{-bx}`.
"""

from __future__ import annotations

import sympy as sp

from memcurse.theory.notation import t
from memcurse.theory.notation import w as rate

from .rewriting import coefficients


def mixing_density(expression: sp.Expr) -> sp.Expr | None:
    """The density of a kernel in `notation.w`, of any sign; None if its form is none of the known ones."""
    densities = [_density(term) for term in sp.Add.make_args(expression)]
    known = [density for density in densities if density is not None]
    return sp.Add(*known) if len(known) == len(densities) else None


def _density(term: sp.Expr) -> sp.Expr | None:
    factor, kernel = term.as_independent(t, as_Add=False)
    if isinstance(kernel, sp.exp):
        return _stretched(factor, kernel.args[0])
    if kernel.is_Pow and kernel.exp.is_Rational and kernel.exp < 0:
        line = _line(kernel.base)
        if line is not None and line[1] > 0:
            slope, b = line
            p = -kernel.exp
            return factor * slope**-p * rate ** (p - 1) * sp.exp(-b * rate) / sp.gamma(p)
    return None


def _stretched(factor: sp.Expr, exponent: sp.Expr) -> sp.Expr | None:
    c, root = exponent.as_independent(t, as_Add=False)
    line = _line(root.base) if root.is_Pow and root.exp == sp.S.Half else None
    if line is None or not c.is_Rational or not c < 0:
        return None
    slope, b = line
    c = -c * sp.sqrt(slope)
    return (
        factor
        * c
        / (2 * sp.sqrt(sp.pi))
        * rate ** sp.Rational(-3, 2)
        * sp.exp(-(c**2) / (4 * rate) - b * rate)
    )


def _line(base: sp.Expr) -> tuple[sp.Rational, sp.Rational] | None:
    """s and b of ``s (t + b)`` with rational s > 0 and b >= 0."""
    found = coefficients(base)
    if found is None or len(found) != 2:
        return None
    constant, slope = found
    if not (slope.is_Rational and constant.is_Rational and slope > 0 and constant >= 0):
        return None
    return slope, constant / slope
