"""The steps that send the gain of one exponential to 0 at both ends, and the bounds at kernels with a known gain."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities, Inequalities
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.landscape import one_exponential as steps


@pytest.mark.parametrize(
    "step", [steps.cauchy_schwarz, steps.integrals, steps.ends], ids=lambda f: f.__name__
)
def test_identities(step) -> None:
    assert Identities(step.__name__, step()).verdict is Verdict.PROVED


@pytest.mark.parametrize("step", [steps.pieces, steps.two_pieces], ids=lambda f: f.__name__)
def test_inequalities(step) -> None:
    assert Inequalities(step.__name__, step()).verdict is Verdict.PROVED


@pytest.mark.parametrize("rate", [sp.Rational(1, 1000), sp.Rational(1, 3), sp.Integer(1), sp.Integer(400)])
def test_the_bounds_hold_for_an_exponential(rate: sp.Rational) -> None:
    """``rho = e^(-t)``: ``G = w/(1 + w)^2``, at every T tried; the first is small with w, the second for large w."""
    for T in (sp.Rational(1, 10), sp.Integer(1), 1 / sp.sqrt(rate)):
        norms = {
            steps._NORM: sp.Rational(1, 2),
            steps._TAIL: sp.exp(-2 * T) / 2,
            steps._HEAD: (1 - sp.exp(-2 * T)) / 2,
        }
        for bound in steps.gain_bounds(T):
            assert float(rate / (1 + rate) ** 2) <= float(bound.subs({steps._W: rate, **norms}))
    root = 1 / sp.sqrt(rate)
    small, large = (
        float(bound.subs({steps._W: rate, steps._NORM: 1, steps._TAIL: 0, steps._HEAD: 0}))
        for bound in steps.gain_bounds(root)
    )
    assert small == pytest.approx(2 * float(sp.sqrt(rate)))
    assert large == pytest.approx(float(sp.exp(-2 * sp.sqrt(rate))))
