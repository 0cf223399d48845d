r"""The Hankel matrix of the samples is :math:`V^T \operatorname{diag}(g) V` with the Vandermonde matrix of the poles
(an identity of entries, which all enter alike: any K), hence its determinant. Where it is not 0, the recurrence
of order K is unique, so poles and then gains are; its coefficients need 2K samples. One fewer is not enough: (2,
1, 5/8) has two networks.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.objective import Modes, symbolic_modes


def _samples(h: Modes, count: int) -> list[sp.Expr]:
    return [sp.Add(*(g * p**n for g, p in zip(h.g, h.p, strict=True))) for n in range(count)]


def _determinant(power: int) -> list[Finding]:
    findings: list[Finding] = []
    for K in (1, 2, 3):
        h = symbolic_modes(K)
        samples = _samples(h, 2 * K)
        H = sp.Matrix(K, K, lambda i, j, s=samples: s[i + j])
        V = sp.Matrix(K, K, lambda k, n, h=h: h.p[k] ** n)
        findings.append(Identity(f"factors, K = {K}", H, V.T * sp.diag(*h.g) * V, sizes=1))
        gaps = sp.Mul(*((h.p[i] - h.p[j]) ** power for i in range(K) for j in range(i)))
        findings.append(
            Identity(f"determinant, K = {K}", sp.expand(H.det()), sp.expand(sp.Mul(*h.g) * gaps), sizes=1)
        )
    return findings


def check(setting: Setting) -> Evidence:
    """The determinant that decides."""
    findings = _determinant(2)
    return Evidence(findings, instances=len(findings))


def check_first_power(setting: Setting) -> Evidence:
    """Distances to the first power."""
    findings = _determinant(1)
    return Evidence(findings, instances=len(findings))


def check_one_fewer(setting: Setting) -> Evidence:
    """Two networks with three samples in common have the fourth in common."""
    R = sp.Rational
    one = Modes((R(1), R(1)), (), (R(1, 4), R(3, 4)), ())
    other = Modes((R(2, 17), R(32, 17)), (), (R(-1, 2), R(9, 16)), ())
    first, second = _samples(one, 4), _samples(other, 4)
    findings = [Identity(f"h_{n}", first[n], second[n]) for n in range(4)]
    return Evidence(findings, instances=4)


STATEMENT = Statement(
    id="fp-prony",
    title="2K noiseless samples identify a network of K poles",
    paper="fixed-pole",
    section="P1",
    claim=r"\det [h_{i+j}]_{i,j<K} = \prod_k g_k \prod_{i<j} (p_i - p_j)^2",
    hypotheses=("distinct poles, gains other than 0",),
    provenance=Provenance.RECOVERED,
    uses=(),
    check=check,
    controls=(
        Control("distances to the first power", check_first_power),
        Control("2K - 1 samples are enough", check_one_fewer),
    ),
)
