r"""Poles at 0 are identified as well when samples start at n = 0.

**Proof, all K.** The Jacobian of 2K samples has, for each mode, the columns :math:`p^n` and :math:`g\, n p^{n-1}`. Take
the Vandermonde matrix of 2K nodes in pairs :math:`p_k, p_k + \epsilon_k`, subtract and divide by :math:`\epsilon_k`,
and let the pairs meet: the second column becomes the derivative, the determinant (fp-prony: the product of all gaps)
over the :math:`\epsilon_k` becomes :math:`\prod (p_i - p_j)^4`, four gaps for each two pairs (`nodes that meet`). The
first row is 1, which needs n = 0 (`elimination`).

The pencil of the two Hankel matrices is :math:`V^T \operatorname{diag}(g (p - z)) V` (`pencil`), so its determinant is
that of fp-prony times :math:`\prod (p_k - z)`: its zeros are the poles, also where one is 0. Both written out for
K = 1, 2.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.cauchy import cleared
from memcurse.theory.modes.objective import symbolic_modes
from memcurse.theory.modes.vandermonde import elimination_steps, gaps, meeting_nodes, pencil_entry, samples


def _jacobian_pair(K: int, start: int, power: int) -> tuple[sp.Expr, sp.Expr]:
    h = symbolic_modes(K)
    # One derivative by a gain and one by a pole of the same mode side by side: then the sign is +.
    order = [x for pair in zip(h.g, h.p, strict=True) for x in pair]
    jacobian = sp.Matrix(samples(h, 2 * K, start)).jacobian(order)
    return cleared(jacobian, (sp.S.One,) * 2 * K, sp.Mul(*h.g) * gaps(h, power))


def _pencil_pair(K: int) -> tuple[sp.Expr, sp.Expr]:
    h, z = symbolic_modes(K), sp.Symbol("z")
    s = samples(h, 2 * K)
    pencil = sp.Matrix(K, K, lambda i, j: s[i + j + 1] - z * s[i + j])
    return sp.expand(pencil.det()), sp.expand(sp.Mul(*h.g, *(p - z for p in h.p)) * gaps(h, 2))


def _evidence(start: int = 0, power: int = 4) -> Evidence:
    findings = [
        Identities("elimination", elimination_steps(start)),
        Identities("nodes that meet", meeting_nodes(power)),
        Identity("pencil", *pencil_entry()),
    ]
    for K in (1, 2):
        findings.append(Identity(f"Jacobian of 2K samples, K = {K}", *_jacobian_pair(K, start, power)))
        findings.append(Identity(f"determinant of the pencil, K = {K}", *_pencil_pair(K)))
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """Samples from n = 0."""
    return _evidence()


def check_late(setting: Setting) -> Evidence:
    """Samples from n = 1."""
    return _evidence(start=1)


def check_square(setting: Setting) -> Evidence:
    """Gaps to the power 2."""
    return _evidence(power=2)


STATEMENT = Statement(
    id="fp-prony-sharp",
    title="Poles at zero are identified too",
    paper="fixed-pole",
    section="P1",
    claim=(
        r"\det \partial(h_0, \dots, h_{2K-1})/\partial(g, p) = \pm \prod_k g_k \prod_{i<j} (p_i - p_j)^4,"
        r"\quad \det [h_{i+j+1} - z h_{i+j}] = \prod_k g_k (p_k - z) \prod_{i<j} (p_i - p_j)^2"
    ),
    hypotheses=("distinct poles, also 0; gains other than 0",),
    provenance=Provenance.NEW,
    uses=("fp-prony",),
    check=check,
    controls=(
        Control("samples from n = 1", check_late),
        Control("gaps to the power 2", check_square),
    ),
)
