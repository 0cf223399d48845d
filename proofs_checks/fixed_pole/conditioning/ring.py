r"""The Gram matrix of :math:`p_k = r \omega^k`, :math:`\omega = e^{2 \pi i/K}`, is circulant.

**Proof, all K.** Its eigenvalue for the vector :math:`\omega^{-mk}` is :math:`\sum_n r^{2n} \sum_d \omega^{(n - m) d}`.
For :math:`z = \omega^{n-m}` the inner sum times z - 1 telescopes to :math:`z^K - 1 = 0`: it is K where K divides n - m
and else 0, which leaves :math:`n = m + lK`, K times a geometric series. The quotient for m = 0 and K - 1 is the
condition. The K numbers :math:`r \omega^k` are zeros of :math:`q^K - r^K`, hence all of them, and
:math:`\prod (1 - \bar p_k q)`, which is 1 at q = 0, has the inverses of their conjugates as zeros, like
:math:`1 - r^K q^K`: that is B. Also written out for K = 2, 3, 4, 6.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement


def _root(K: int) -> sp.Expr:
    return sp.cos(2 * sp.pi / K) + sp.I * sp.sin(2 * sp.pi / K)


def _written_out(K: int) -> list[Finding]:
    r, q = sp.Symbol("r", positive=True), sp.Symbol("q")
    powers = [sp.expand(_root(K) ** d) for d in range(K)]
    product = sp.expand(sp.Mul(*(q - r * w for w in powers)))
    findings: list[Finding] = [Identity(f"zeros of B, K = {K}", product, q**K - r**K)]
    # prod_d (1 - r^2 w^d) = 1 - r^(2K): numerators over that common denominator.
    for m in (0, K - 1):
        terms = [
            powers[-m * d % K] * sp.Mul(*(1 - r**2 * powers[e] for e in range(K) if e != d)) for d in range(K)
        ]
        findings.append(Identity(f"eigenvalue {m}, K = {K}", sp.expand(sp.Add(*terms)), K * r ** (2 * m)))
    return findings


def _roots() -> list[tuple[sp.Expr, sp.Expr]]:
    """The telescoping sum over a root of unity, and what the poles and their mirrored conjugates are zeros of."""
    K, n = sp.Symbol("K", integer=True, positive=True), sp.Symbol("n", integer=True)
    z, j, r = sp.Symbol("z"), sp.Symbol("j", integer=True, positive=True), sp.Symbol("r", positive=True)
    root = sp.exp(2 * sp.pi * sp.I * n / K)
    partial = (z**j - 1) / (z - 1)
    return [
        (partial.subs(j, j + 1) - partial, z**j),
        (root**K, sp.S.One),
        ((r * root) ** K - r**K, sp.S.Zero),
        (1 - r**K * (1 / (r * root)) ** K, sp.S.Zero),
    ]


def _evidence(shift: int) -> Evidence:
    r = sp.Symbol("r", positive=True)
    K, L = sp.Symbol("K", integer=True, positive=True), sp.Symbol("L", integer=True, positive=True)
    m = sp.Symbol("m", integer=True, nonnegative=True)
    eigenvalue = K * r ** (2 * m) / (1 - r ** (2 * K))
    partial = eigenvalue * (1 - r ** (2 * K * L))
    kappa = sp.powsimp(eigenvalue.subs(m, 0) / eigenvalue.subs(m, K - 1))
    findings: list[Finding] = [
        Identities("roots of unity", _roots()),
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
