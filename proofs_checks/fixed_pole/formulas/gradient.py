r"""Derivatives of the loss by conj g and conj p.

**Proof.** A mode may stand in the target with its sign turned (`theory.modes.objective`, first finding), so the
derivatives by one mode are those of a loss of one mode with any target: the identity for K = 1. Written out for K = 2,
3 as well. The loss is real, so the real gradient is twice (Re, Im).
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.objective import gradient, loss, moved_mode, residual_moment, symbolic_modes


def _evidence(shift: int) -> Evidence:
    target = symbolic_modes(1, "c", "q")
    findings = [Identities("a mode moved into the target", moved_mode())]
    for K in (1, 2, 3):
        h = symbolic_modes(K)
        J, formula = loss(h, target), gradient(h, target)
        if shift:
            formula = formula[:K] + [h.g_conj[k] * residual_moment(1 + shift, k, h, target) for k in range(K)]
        direct = [sp.diff(J, x) for x in h.g_conj + h.p_conj]
        findings.append(Identity(f"gradient, K = {K}", formula, direct))
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """The residual's moments of order 0 and 1."""
    return _evidence(0)


def check_second(setting: Setting) -> Evidence:
    """Moments of order 2 for the poles."""
    return _evidence(1)


STATEMENT = Statement(
    id="fp-gradient",
    title="Gradient in the conjugate variables",
    paper="fixed-pole",
    section="formulas",
    claim=(
        r"\partial J/\partial \bar g_i = R_0(\bar p_i),\quad \partial J/\partial \bar p_i = "
        r"\bar g_i R_1(\bar p_i)"
    ),
    hypotheses=("|p_k| < 1, complex gains and poles",),
    provenance=Provenance.DERIVED,
    uses=("fp-objective",),
    check=check,
    controls=(Control("R_2 in place of R_1", check_second),),
)
