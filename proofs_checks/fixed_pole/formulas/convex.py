r"""In the gains the loss is a quadratic form with the Gram matrix of the modes, a sum of squares. Jointly it is not
convex: two optima that differ by a permutation have loss 0, and the sequence at their midpoint misses the target
in sample 1 by :math:`(c_1 - c_2)(q_1 - q_2)/2` up to sign, or, if the gains are equal, in sample 2 by :math:`c
(q_1 - q_2)^2/2`. A loss is at least the square of one missed sample, so J > 0 at every such midpoint.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.cauchy import gram
from memcurse.theory.modes.objective import loss, midpoint_of_permuted, symbolic_modes


def _evidence(convex: bool) -> Evidence:
    h, target = symbolic_modes(2), symbolic_modes(1, "c", "q")
    curvature = sp.Matrix(2, 2, lambda i, j: sp.diff(loss(h, target), h.g_conj[i], h.g[j]))
    c, q = symbolic_modes(2, "c", "q").g, symbolic_modes(2, "c", "q").p
    miss = (c[1] - c[0]) * (q[0] - q[1]) / 2
    equal = -c[0] * (q[0] - q[1]) ** 2 / 2
    if convex:
        miss = equal = sp.S.Zero
    findings = [
        Identity("Hessian in the gains", curvature, gram(h)),
        Identity("sample 1 at the midpoint", midpoint_of_permuted(c, q, 1), miss),
        Identity("sample 2, equal gains", midpoint_of_permuted((c[0], c[0]), q, 2), equal),
    ]
    return Evidence(findings, instances=3)


def check(setting: Setting) -> Evidence:
    """What the midpoint misses."""
    return _evidence(convex=False)


def check_convex(setting: Setting) -> Evidence:
    """Joint convexity: the midpoint of two optima is an optimum."""
    return _evidence(convex=True)


STATEMENT = Statement(
    id="fp-convex",
    title="Convex in the gains, not jointly",
    paper="fixed-pole",
    section="P2",
    claim=r"J(\cdot, p) \text{ is convex; at the midpoint of two permuted optima } J > 0",
    hypotheses=("K = 2; distinct poles, gains other than 0",),
    provenance=Provenance.RECOVERED,
    uses=("fp-objective",),
    check=check,
    controls=(Control("jointly convex", check_convex),),
)
