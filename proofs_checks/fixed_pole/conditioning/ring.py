r"""The Gram matrix of :math:`p_k = r \omega^k`, :math:`\omega = e^{2 \pi i/K}`, is circulant: its eigenvalue for the
vector :math:`\omega^{-mk}` is :math:`\sum_n r^{2n} \sum_d \omega^{(n - m) d}`, where roots of unity leave
:math:`n = m + lK`: K times a geometric series, summed here for symbolic K, m. Their quotient for m = 0 and K - 1
is the condition number. The eigenvalues and the Blaschke product are also written out for K = 2, 3, 4, 6.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement


def _root(K: int) -> sp.Expr:
    return sp.cos(2 * sp.pi / K) + sp.I * sp.sin(2 * sp.pi / K)


def _written_out(K: int) -> list[Finding]:
    r, q = sp.Symbol("r", positive=True), sp.Symbol("q")
    powers = [sp.expand(_root(K) ** d) for d in range(K)]
    product = sp.expand(sp.Mul(*(q - r * w for w in powers)))
    findings: list[Finding] = [Identity(f"zeros of B, K = {K}", product, q**K - r**K, sizes=1)]
    # prod_d (1 - r^2 w^d) = 1 - r^(2K): numerators over that common denominator.
    for m in (0, K - 1):
        terms = [
            powers[-m * d % K] * sp.Mul(*(1 - r**2 * powers[e] for e in range(K) if e != d)) for d in range(K)
        ]
        findings.append(
            Identity(f"eigenvalue {m}, K = {K}", sp.expand(sp.Add(*terms)), K * r ** (2 * m), sizes=1)
        )
    return findings


def _evidence(shift: int) -> Evidence:
    r = sp.Symbol("r", positive=True)
    K, L = sp.Symbol("K", integer=True, positive=True), sp.Symbol("L", integer=True, positive=True)
    m = sp.Symbol("m", integer=True, nonnegative=True)
    eigenvalue = K * r ** (2 * m) / (1 - r ** (2 * K))
    partial = eigenvalue * (1 - r ** (2 * K * L))
    kappa = sp.powsimp(eigenvalue.subs(m, 0) / eigenvalue.subs(m, K - 1))
    findings: list[Finding] = [
        Identity(
            "partial sums",
            sp.simplify((partial.subs(L, L + 1) - partial) / (K * r ** (2 * m + 2 * K * L))),
            1,
        ),
        Identity("condition", sp.powsimp(sp.expand(kappa * r ** (2 * (K - 1) + shift))), 1),
    ]
    for order in (2, 3, 4, 6):
        findings += _written_out(order)
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """The condition r^(-2(K - 1))."""
    return _evidence(0)


def check_power(setting: Setting) -> Evidence:
    """The condition r^(-2K)."""
    return _evidence(2)


STATEMENT = Statement(
    id="fp-ring",
    title="Poles on a ring",
    paper="fixed-pole",
    section="conditioning",
    claim=(
        r"\lambda_m = K r^{2m}/(1 - r^{2K}),\quad \kappa = r^{-2(K-1)},\quad B(q) = (q^K - "
        r"r^K)/(1 - r^K q^K)"
    ),
    hypotheses=("p_k = r e^{2 pi i k/K}, 0 < r < 1",),
    provenance=Provenance.DERIVED,
    uses=("fp-gram",),
    check=check,
    controls=(Control("condition r^(-2K)", check_power),),
)
