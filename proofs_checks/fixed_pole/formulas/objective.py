r"""The loss as a Gram form, from geometric series.

Each product of two modes is :math:`\sum_n x^n` with :math:`x = \bar p_i p_j`, whose partial sums telescope to
:math:`(1 - x^N)/(1 - x)`, for every N. The loss is the squared norm of one sequence with the modes of h and, with
the sign turned, of the target. Products of sequences are sesquilinear, so the loss is a sum over pairs of modes, which
all enter alike; with one mode moved from one side to the other it is the same (`theory.modes.objective`). Written out
for K = 1, 2, 3.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.objective import (
    Modes,
    joined,
    loss,
    moved_mode,
    squared_norm,
    symbolic_modes,
)


def _evidence(dropped: bool) -> Evidence:
    x, N = sp.Symbol("x"), sp.Symbol("N", integer=True, positive=True)
    partial = (1 - x**N) / (1 - x)
    findings = [
        Identity("partial sums telescope", partial.subs(N, N + 1) - partial, x**N),
        Identities("a mode moved into the target", moved_mode()),
    ]
    target = symbolic_modes(2, "c", "q")
    for K in (1, 2, 3):
        h = symbolic_modes(K)
        used = Modes(h.g, h.g_conj, h.p, h.p) if dropped else h
        findings.append(
            Identity(f"loss = |h - rho|^2, K = {K}", loss(used, target), squared_norm(joined(h, target, -1)))
        )
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """The closed form."""
    return _evidence(dropped=False)


def check_dropped(setting: Setting) -> Evidence:
    """Poles where their conjugates belong."""
    return _evidence(dropped=True)


STATEMENT = Statement(
    id="fp-objective",
    title="Loss of complex modes in closed form",
    paper="fixed-pole",
    section="formulas",
    claim=(
        r"J = \sum_{ij} \bar g_i g_j/(1 - \bar p_i p_j) - 2\,\mathrm{Re} \sum_i \bar g_i "
        r"M_0(\bar p_i) + \|\rho\|^2"
    ),
    hypotheses=("|p_k| < 1, complex gains and poles",),
    provenance=Provenance.DERIVED,
    uses=(),
    check=check,
    controls=(Control("conjugate dropped", check_dropped),),
)
