"""Trapezoid rules: a priori bounds against enclosed distances and against direct sums."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

from memcurse.numerics.approximation.l1.distance import l1_error
from memcurse.numerics.approximation.widths.trapezoid import TrapezoidRule, alias_ball, proof_rule, short_rule
from memcurse.numerics.arithmetic.balls import precision
from memcurse.theory.approximation.trapezoid import alias_bound, trapezoid_term, width_bound
from memcurse.theory.targets.kernels import PowerLaw

CASES = [("1", "1/10"), ("1/2", "1/1000"), ("1/7", "1")]


@pytest.mark.parametrize(("omega", "error"), CASES)
def test_rule_of_the_proof_keeps_its_promises(omega, error):
    omega, error = sp.Rational(omega), sp.Rational(error)
    with precision(30):
        rule = proof_rule(omega, error)
        a, w = rule.terms()
        distance, bound = l1_error(PowerLaw(omega), a, w, digits=12), rule.error_bound()
        assert distance <= bound
        assert float(bound) < float(error)
    assert rule.m <= float(width_bound(omega, error))


@pytest.mark.parametrize(("omega", "error"), CASES)
def test_short_rule_is_shorter_and_still_good(omega, error):
    omega, error = sp.Rational(omega), sp.Rational(error)
    with precision(30):
        rule = short_rule(omega, error)
        assert rule is not None
        assert rule.m <= proof_rule(omega, error).m
        assert l1_error(PowerLaw(omega), *rule.terms(), digits=12) < float(error)
    assert short_rule(omega, error, terms=2) is None


def test_alias_ball_against_the_series_and_the_closed_bound():
    omega, h = sp.Rational(1, 3), sp.Rational(7, 4)
    with precision(20):
        found = alias_ball(omega, h)
    p, step = mpmath.mpf(1) / 3, mpmath.mpf(7) / 4
    series = 2 / p * mpmath.nsum(lambda n: abs(mpmath.gamma(1 + p + 2j * mpmath.pi * n / step)), [1, 40])
    assert float(found.mid()) == pytest.approx(float(series / mpmath.gamma(1 + p)), rel=1e-8)
    assert float(found.upper()) < float(alias_bound(omega, h, sp.Rational(5, 4)))


def test_terms_are_the_exact_ones_and_a_rule_that_ends_early_has_no_bound():
    rule = TrapezoidRule(sp.Rational(1, 2), sp.Rational(1), -2, 1)
    with precision(20):
        a, w = rule.terms()
        for j, x, v in zip(range(-2, 2), a, w, strict=True):
            exact = trapezoid_term(sp.Rational(1, 2), sp.Rational(1), sp.Integer(j))
            assert [float(x.mid()), float(v.mid())] == pytest.approx([float(y) for y in exact])
        assert not TrapezoidRule(sp.Integer(3), sp.Rational(1), -9, 0).error_bound().is_finite()
