r"""The Hankel determinant of the samples :math:`h_n = \sum_k g_k p_k^n`.

**Proof, all K.** Entry (i, j) is :math:`\sum_k p_k^i g_k p_k^j`: the matrix is :math:`V^T \operatorname{diag}(g) V`
with the Vandermonde matrix of the poles (`factor of an entry`). In V, subtract :math:`p_K` times each column from the
next, the last first: the entry becomes :math:`p_k^{n-1} (p_k - p_K)` (`elimination`), the row K becomes (1, 0, ..., 0),
since :math:`p^0 = 1`. So :math:`\det V_K = \pm \prod_{k<K} (p_k - p_K) \det V_{K-1}`, by induction the product of all
gaps, and the determinant holds its square. Written out for K = 1, 2, 3.

Where it is not 0 the recurrence of order K is unique, so poles and then gains are; its coefficients need 2K samples.
One fewer is not enough: (2, 1, 5/8) comes from two networks.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.objective import Modes, symbolic_modes
from memcurse.theory.modes.vandermonde import elimination_steps, gaps, hankel_entry, samples


def _determinant(power: int) -> list[Finding]:
    findings: list[Finding] = [
        Identity("factor of an entry", *hankel_entry()),
        Identities("elimination", elimination_steps()),
    ]
    for K in (1, 2, 3):
        h = symbolic_modes(K)
        values = samples(h, 2 * K)
        H = sp.Matrix(K, K, lambda i, j, s=values: s[i + j])
        closed = sp.expand(sp.Mul(*h.g) * gaps(h, power))
        findings.append(Identity(f"determinant, K = {K}", sp.expand(H.det()), closed))
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
    first, second = samples(one, 4), samples(other, 4)
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
