r"""From samples that start at n = 0 the Hankel determinant holds no factor of the poles, and the pencil of the two
Hankel matrices has the poles as its eigenvalues: its determinant, for K = 1, 2, 3. The Jacobian of 2K samples is
a confluent Vandermonde matrix with columns scaled by the gains; its determinant, written out for K = 1, 2, 3, is
that of 2K nodes in pairs over their distances, for any K.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.cauchy import cleared
from memcurse.theory.modes.objective import symbolic_modes


def _jacobian_pairs(K: int, start: int) -> tuple[sp.Expr, sp.Expr]:
    h = symbolic_modes(K)
    samples = [
        sp.Add(*(g * p**n for g, p in zip(h.g, h.p, strict=True))) for n in range(start, start + 2 * K)
    ]
    # One derivative by a gain and one by a pole of the same mode side by side: then the sign is +.
    order = [x for pair in zip(h.g, h.p, strict=True) for x in pair]
    gaps = sp.Mul(*((h.p[i] - h.p[j]) ** 4 for i in range(K) for j in range(i)))
    return cleared(sp.Matrix(samples).jacobian(order), (sp.S.One,) * 2 * K, sp.Mul(*h.g) * gaps)


def _pencil_pair(K: int) -> tuple[sp.Expr, sp.Expr]:
    h, z = symbolic_modes(K), sp.Symbol("z")
    s = [sp.Add(*(g * p**n for g, p in zip(h.g, h.p, strict=True))) for n in range(2 * K)]
    pencil = sp.Matrix(K, K, lambda i, j: s[i + j + 1] - z * s[i + j])
    gaps = sp.Mul(*((h.p[i] - h.p[j]) ** 2 for i in range(K) for j in range(i)))
    return sp.expand(pencil.det()), sp.expand(sp.Mul(*h.g, *(p - z for p in h.p)) * gaps)


def _evidence(start: int) -> Evidence:
    findings = [
        Identity(f"Jacobian of 2K samples, K = {K}", *_jacobian_pairs(K, start), sizes=1) for K in (1, 2, 3)
    ]
    findings += [Identity(f"pencil, K = {K}", *_pencil_pair(K), sizes=1) for K in (1, 2, 3)]
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """Samples from n = 0."""
    return _evidence(0)


def check_late(setting: Setting) -> Evidence:
    """Samples from n = 1."""
    return _evidence(1)


STATEMENT = Statement(
    id="fp-prony-sharp",
    title="Poles at zero are identified too",
    paper="fixed-pole",
    section="P1",
    claim=(
        r"\det \partial(h_0, \dots, h_{2K-1})/\partial(g, p) = \pm \prod_k g_k \prod_{i<j} " r"(p_i - p_j)^4"
    ),
    hypotheses=("distinct poles, also 0; gains other than 0",),
    provenance=Provenance.NEW,
    uses=("fp-prony",),
    check=check,
    controls=(Control("samples from n = 1", check_late),),
)
