r"""The proof for all K, repeated poles allowed, stands in `theory.modes.blaschke`; here its steps. Written out as well:
the loss at the closed gains for K = 1, 2, and the closed gains against the normal equations for K = 1, 2, 3.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.blaschke import (
    best_gains,
    kernel_step,
    other_part,
    pole_part,
    product,
    unimodular,
)
from memcurse.theory.modes.objective import Modes, symbolic_modes


def _evidence(setting: Setting, conjugate: bool) -> Evidence:
    q, qc = sp.symbols("q qc")
    findings = [
        Identity("kernel, one pole", *kernel_step()),
        Identity("modulus 1 on the circle", *unimodular()),
        Identity("gain: factor of the mode itself", *pole_part()),
        Identity("gain: factor of another mode", *other_part()),
    ]
    for K in (1, 2, 3)[: setting.pick(3, 2)]:
        h = symbolic_modes(K)
        used = h if conjugate else Modes(h.g, h.g_conj, h.p, h.p)
        g = best_gains(used, q)
        fit = [sp.Add(*(g[j] / (1 - h.p_conj[i] * h.p[j]) for j in range(K))) for i in range(K)]
        pairs = [(sp.cancel(fit[i] * (1 - h.p_conj[i] * q)), sp.S.One) for i in range(K)]
        findings.append(Identities(f"normal equations, K = {K}", pairs))
        if setting.pick(2, 1) >= K:
            # At the best gains the loss is |rho|^2 less the product of fit and target.
            explained = sp.Add(*(g[j] / (1 - qc * h.p[j]) for j in range(K)))
            off = product(q, h) * product(qc, h.conjugate) / (1 - q * qc)
            loss = 1 / (1 - q * qc) - explained
            findings.append(Identity(f"least loss, K = {K}", sp.cancel(loss / off), 1))
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """Blaschke factors."""
    return _evidence(setting, conjugate=True)


def check_unconjugated(setting: Setting) -> Evidence:
    """p for conj p."""
    return _evidence(replace(setting, quick=True), conjugate=False)


STATEMENT = Statement(
    id="fp-blaschke",
    title="The least error for fixed poles is a Blaschke product",
    paper="fixed-pole",
    section="formulas",
    claim=(
        r"\min_g J = \sum_{ij} \bar c_i c_j \overline{B(q_i)} B(q_j)/(1 - \bar q_i q_j),\quad "
        r"B(q) = \prod_k \frac{q - p_k}{1 - \bar p_k q}"
    ),
    hypotheses=("poles in the disc; for the gains: distinct",),
    provenance=Provenance.DERIVED,
    uses=("fp-gram",),
    check=check,
    controls=(Control("p for conj p", check_unconjugated),),
)
