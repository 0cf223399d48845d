"""Overlaps beside other terms against projections, and their limits for far templates."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import t
from memcurse.theory.plateau import far_overlaps as far
from memcurse.theory.plateau.delayed_part import BoxTemplate, DoubleExponentialTemplate
from memcurse.theory.plateau.slow_manifold import overlap
from memcurse.theory.targets.kernels import GaussianBump

W, OTHERS = sp.Integer(1), (sp.Integer(3), sp.Rational(1, 2))


def function(n: int) -> sp.Expr:
    """``e_n`` in time."""
    return sp.Add(
        *(
            c * t**k * sp.exp(-pole * t)
            for pole in (W, *OTHERS)
            for k, c in enumerate(far.pole_coefficients(n, W, OTHERS, pole))
        )
    )


def inner(f: sp.Expr, g: sp.Expr) -> sp.Expr:
    terms = sp.expand(f * g).as_ordered_terms()
    return sp.Add(*(laplace(x) for x in terms))


def laplace(term: sp.Expr) -> sp.Expr:
    """``int c t^k e^(-v t) dt``."""
    rate = -sp.Add(*(x.exp.coeff(t) for x in term.atoms(sp.exp)))
    rest = sp.simplify(term * sp.exp(rate * t))
    k = sp.degree(rest, t)
    return rest.coeff(t, k) * sp.factorial(k) / rate ** (k + 1)


def test_functions_are_what_the_powers_add() -> None:
    e2, e3 = function(2), function(3)
    lower_ones = [t**k * sp.exp(-v * t) for v in (W, *OTHERS) for k in range(2)]
    assert all(inner(e2, f) == 0 for f in lower_ones)
    assert all(inner(e3, f) == 0 for f in [*lower_ones, e2])
    assert inner(e2, e2) == inner(e3, e3) == 1 / (2 * W)
    beta = far.share_off(W, OTHERS)
    assert inner(t**2 * sp.exp(-W * t), e2) * 2 * W == beta**2 / (2 * W**2)
    assert inner(t**3 * sp.exp(-W * t), e3) * 2 * W == -3 * beta**2 / (4 * W**3)


def test_overlap_without_others_is_the_laguerre_one() -> None:
    bump = GaussianBump("9", "2", "1/3")
    for n in range(4):
        direct, found = overlap(n, W, bump), far.overlap_off(n, W, (), bump)
        assert float(found) == pytest.approx(float(direct), rel=1e-12)


def test_transform_is_that_of_the_function() -> None:
    z = sp.Rational(7, 5)
    for n in (2, 3):
        assert sp.expand(inner(function(n), sp.exp(-z * t)) - far.transform(n, W, OTHERS, z)) == 0


@pytest.mark.parametrize(
    "template", [BoxTemplate(sp.Rational(1, 2)), DoubleExponentialTemplate(sp.Integer(2))]
)
def test_moved_templates(template: BoxTemplate | DoubleExponentialTemplate) -> None:
    target = far.DelayedTemplate(template, 5, "-3/2")
    rho = lower(target.expression, (t,), "float64")
    places = [0, 4.5, 5, 5.5, 40]
    for k in range(3):
        direct = mpmath.quad(lambda x, k=k: x**k * mpmath.exp(-x) * float(rho(float(x))), places)
        assert float(target.moment(k, sp.S.One)) == pytest.approx(float(direct), rel=1e-8)
    norm = mpmath.quad(lambda x: float(rho(float(x))) ** 2, places)
    assert float(target.squared_norm()) == pytest.approx(float(norm), rel=1e-8)
    assert target.scaled(2) == far.DelayedTemplate(template, 5, -3)
    with pytest.raises(ValueError, match="`delay` must be positive"):
        far.DelayedTemplate(template, 0)
