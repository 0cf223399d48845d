r"""The trace of the real Hessian is 4 tr A.

**Proof.** On the diagonal an entry of C enters once with each sign and cancels, whatever the other entries are; a
diagonal entry of A knows one mode. So symbolic A and C of order 1, and the entries of one mode, are the general case;
both are written out for two modes as well. The trace is positive, so no point is a local maximum.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.objective import gauss_newton, real_hessian, symbolic_modes


def _evidence(power: int) -> Evidence:
    r = sp.symbols("r0:8", real=True)
    one = real_hessian(sp.Matrix([[r[0]]]), sp.Matrix([[r[4] + sp.I * r[5]]]))
    A = sp.Matrix([[r[0], r[1] + sp.I * r[2]], [r[1] - sp.I * r[2], r[3]]])
    C = sp.Matrix([[r[4] + sp.I * r[5], r[6]], [r[6], r[7] - sp.I * r[5]]])
    h = symbolic_modes(2)
    t = [p * pc for p, pc in zip(h.p, h.p_conj, strict=True)]
    claimed = sp.Add(
        *(
            1 / (1 - x) + g * gc * (1 + x) / (1 - x) ** power
            for x, g, gc in zip(t, h.g, h.g_conj, strict=True)
        )
    )
    findings = [
        Identity("a diagonal entry", one.trace(), 4 * r[0]),
        Identity("trace of the real Hessian", real_hessian(A, C).trace(), 4 * A.trace()),
        Identity("trace of A", gauss_newton(h).trace(), claimed),
    ]
    return Evidence(findings, instances=3)


def check(setting: Setting) -> Evidence:
    """The closed form."""
    return _evidence(3)


def check_square(setting: Setting) -> Evidence:
    """(1 - t)^2 in place of (1 - t)^3."""
    return _evidence(2)


STATEMENT = Statement(
    id="fp-trace",
    title="The trace of the Hessian does not know the target",
    paper="fixed-pole",
    section="landscape",
    claim=(
        r"\mathrm{tr}\, H = 4 \sum_k \left[\frac{1}{1 - t_k} + |g_k|^2 \frac{1 + t_k}{(1 - "
        r"t_k)^3}\right] > 0"
    ),
    hypotheses=("all gains, all poles in the disc, every target",),
    provenance=Provenance.NEW,
    uses=("fp-hessian",),
    check=check,
    controls=(Control("(1 - t)^2 in place of (1 - t)^3", check_square),),
)
