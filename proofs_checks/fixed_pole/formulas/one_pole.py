r"""The real Hessian in (g, p) at g = 0 has a negative determinant, so K = 1 is not convex either. With the best gain
the loss is :math:`|c|^2 \rho(p, q)^2/(1 - |q|^2)`, where rho is the modulus of :math:`b(p) = (p - q)/(1 - \bar q
p)`. Its derivative by p is :math:`\bar b\, b'` times a constant and b' has no zero: the only critical point is p
= q.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.blaschke import factor
from memcurse.theory.modes.objective import Modes, loss, symbolic_modes


def _evidence(sign: int) -> Evidence:
    g, p, c, q, _pc, qc = sp.symbols("g p c q pc qc")
    real = Modes((g,), (g,), (p,), (p,))
    J = loss(real, Modes((c,), (c,), (q,), (q,)))
    H = sp.hessian(J, (g, p)).subs(g, 0)
    h, target = symbolic_modes(1), symbolic_modes(1, "c", "q")
    best = {h.g[0]: target.g[0] * (1 - h.p[0] * h.p_conj[0]) / (1 - h.p_conj[0] * target.p[0])}
    best[h.g_conj[0]] = target.g_conj[0] * (1 - h.p[0] * h.p_conj[0]) / (1 - h.p[0] * target.p_conj[0])
    distance = factor(h.p[0], target.p[0], target.p_conj[0]) * factor(
        h.p_conj[0], target.p_conj[0], target.p[0]
    )
    least = target.g[0] * target.g_conj[0] * distance / (1 - target.p[0] * target.p_conj[0])
    findings = [
        Identity("determinant at g = 0", H.det(), sign * 4 * c**2 * q**2 / (1 - p * q) ** 4),
        Identity("loss at the best gain", loss(h, target).subs(best), least),
        Identity("slope of b", sp.diff(factor(p, q, qc), p), (1 - q * qc) / (1 - qc * p) ** 2),
    ]
    return Evidence(findings, instances=3)


def check(setting: Setting) -> Evidence:
    """A negative determinant."""
    return _evidence(-1)


def check_convex(setting: Setting) -> Evidence:
    """A positive determinant: K = 1 would be convex there."""
    return _evidence(1)


STATEMENT = Statement(
    id="fp-k1",
    title="One pole: not convex, but one critical point",
    paper="fixed-pole",
    section="P2",
    claim=(
        r"\det \nabla^2 J|_{g=0} = -4 c^2 q^2/(1 - pq)^4 < 0,\quad \min_g J = |c|^2 \rho(p, "
        r"q)^2/(1 - |q|^2)"
    ),
    hypotheses=("K = 1; first part: real g, p, c, q",),
    provenance=Provenance.NEW,
    uses=("fp-objective",),
    check=check,
    controls=(Control("K >= 2 is needed for non-convexity", check_convex),),
)
