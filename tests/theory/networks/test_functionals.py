"""Steps on functionals with an integrable kernel, and on kernels of stable networks; broken ones fail."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities, Inequalities
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.networks import functionals, stability


@pytest.mark.parametrize(
    "step",
    [
        functionals.size_of_approaching,
        stability.partial_sums,
        stability.variation_of_constants,
        stability.powers,
        stability.integrals,
    ],
    ids=lambda f: f.__name__,
)
def test_identities(step) -> None:
    assert Identities(step.__name__, step()).verdict is Verdict.PROVED


@pytest.mark.parametrize(
    "step",
    [
        functionals.norm_from_above,
        functionals.norm_approached,
        functionals.costs,
        functionals.domination,
        functionals.sums_of_suprema,
        stability.modulus,
    ],
    ids=lambda f: f.__name__,
)
def test_inequalities(step) -> None:
    assert Inequalities(step.__name__, step()).verdict is Verdict.PROVED


def test_the_approaching_input_misses_eta_and_not_half_of_it() -> None:
    assert Inequalities("half", functionals.norm_approached(sp.Rational(1, 2))).verdict is Verdict.REFUTED


def test_an_eigenvalue_right_of_the_bound_is_refuted() -> None:
    assert Inequalities("right", stability.modulus(-1)).verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("name", "integrand"),
    [
        ("causal", lambda kernel, x, t, s: kernel(s) * x(t + 1 - s)),
        ("linear", lambda kernel, x, t, s: kernel(s) * x(t - s) + 1),
        ("linear", lambda kernel, x, t, s: kernel(s) * x(t - s) ** 2),
        ("time-homogeneous", lambda kernel, x, t, s: (1 + t) * kernel(s) * x(t - s)),
    ],
)
def test_another_integrand_lacks_the_property(name: str, integrand) -> None:
    pairs = dict(functionals.causal_linear_homogeneous(integrand))
    assert Identities(name, [pairs[name]]).verdict <= Verdict.UNDECIDED
    right = dict(functionals.causal_linear_homogeneous())
    assert Identities(name, [right[name]]).verdict is Verdict.PROVED


def test_putzer_s_form_is_the_exponential() -> None:
    """By the closed forms of r_k for distinct eigenvalues, against a matrix exponential of SymPy's."""
    s = sp.Symbol("s", positive=True)
    W, eigenvalues = sp.Matrix([[-1, 5], [0, -3]]), [-1, -3]
    first = sp.exp(-s)
    second = (sp.exp(-s) - sp.exp(-3 * s)) / 2
    P = sp.eye(2)
    found = first * P + second * stability.next_matrix(W, eigenvalues[0], P)
    assert sp.simplify(found - (W * s).exp()) == sp.zeros(2)
    # The bound that every step of the induction keeps, and the norm that it gives: |c P_1 U| + |c P_2 U|/1.
    assert stability.norm_bound([1, 0], W, [0, 1], eigenvalues, 1) == 5
    assert stability.norm_bound(
        [1, 1], sp.Matrix([[-1, 2], [-2, -1]]), [1, 0], [-1 + 2 * sp.I, -1 - 2 * sp.I], 1
    ) == (1 + 2 * sp.sqrt(2))
