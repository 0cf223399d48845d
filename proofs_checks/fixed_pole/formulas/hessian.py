r"""Second derivatives of the loss: A by a conjugate and a variable, C by two variables.

**Proof.** A second derivative knows two modes; the others may stand in the target with their signs turned
(`theory.modes.objective`, first finding): the identities for K = 1 and 2 with any target are those for all K. The real
Hessian is put together entry by entry, and its quadratic form is a sum over pairs of entries: the identity for symbolic
Hermitian A and symmetric C of order 2 holds an entry on the diagonal and one off it. A is the matrix of products of the
derivatives of the response (twice the curvature of :math:`\|h\|^2` by a conjugate and a variable), so it is positive
semidefinite.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.objective import (
    gauss_newton,
    loss,
    moved_mode,
    real_hessian,
    residual_part,
    symbolic_modes,
)


def _real_matrix() -> list[tuple[sp.Expr, sp.Expr]]:
    """``x^T H x`` of the real variables against ``2 x* A x + 2 Re(x^T C x)``."""
    r = sp.symbols("r0:12", real=True)
    A = sp.Matrix([[r[0], r[1] + sp.I * r[2]], [r[1] - sp.I * r[2], r[3]]])
    C = sp.Matrix([[r[4] + sp.I * r[5], r[6] + sp.I * r[7]], [r[6] + sp.I * r[7], r[4] - r[5] * sp.I]])
    real, imaginary = sp.Matrix(r[8:10]), sp.Matrix(r[10:12])
    x, y = real + sp.I * imaginary, real.col_join(imaginary)
    form = 2 * (x.H * A * x)[0] + (x.T * C * x)[0] + (x.H * C.conjugate() * x.conjugate())[0]
    return [((y.T * real_hessian(A, C) * y)[0], sp.expand(form))]


def _evidence(factor: int) -> Evidence:
    target = symbolic_modes(1, "c", "q")
    findings = [
        Identities("a mode moved into the target", moved_mode()),
        Identities("the real Hessian", _real_matrix()),
    ]
    for K in (1, 2):
        h = symbolic_modes(K)
        J, x, xc = loss(h, target), h.g + h.p, h.g_conj + h.p_conj
        A, C = gauss_newton(h), factor * residual_part(h, target)
        pairs = [(A[i, j], sp.diff(J, a, b)) for i, a in enumerate(xc) for j, b in enumerate(x)]
        pairs += [(C[i, j], sp.diff(J, a, b)) for i, a in enumerate(x) for j, b in enumerate(x)]
        findings.append(Identities(f"A and C, K = {K}", pairs))
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """Both parts."""
    return _evidence(1)


def check_gauss_newton(setting: Setting) -> Evidence:
    """Without the residual's part."""
    return _evidence(0)


STATEMENT = Statement(
    id="fp-hessian",
    title="Hessian in the conjugate variables",
    paper="fixed-pole",
    section="formulas",
    claim=(
        r"d^2 J = 2 x^* A x + 2\,\mathrm{Re}(x^T C x),\quad C_{g_k p_k} = \overline{R_1(\bar "
        r"p_k)},\;C_{p_k p_k} = g_k \overline{R_2(\bar p_k)}"
    ),
    hypotheses=("|p_k| < 1, complex gains and poles",),
    provenance=Provenance.DERIVED,
    uses=("fp-gradient",),
    check=check,
    controls=(Control("C = 0", check_gauss_newton),),
)
