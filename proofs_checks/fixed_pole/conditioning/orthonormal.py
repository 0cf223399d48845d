r"""The functions :math:`e_k = \sqrt{1 - t_k}/(1 - \bar p_k z) \prod_{j<k} b_j` are orthonormal for all K (proof in
`theory.modes.blaschke`). Here: modulus 1 of b on the circle, the zero that makes them orthogonal, and K = 2
written out as combinations of the modes. For another spectrum S the covariance is :math:`x^* P x = \int |\sum x_k
e_k|^2 S`, hence its eigenvalues lie between the least and largest value of S; that part is an argument, not checked.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.blaschke import unimodular
from memcurse.theory.modes.objective import symbolic_modes


def _states(orthonormal: bool) -> list[tuple[sp.Expr, sp.Expr]]:
    """Coefficients of two states (but for sqrt(1 - t_k)) on the modes, each with its conjugate."""
    h = symbolic_modes(2)
    (p1, _), (c1, c2) = h.p, h.p_conj
    p2 = h.p[1]
    if not orthonormal:
        return [(sp.S.Zero, sp.S.Zero), (sp.S.One, sp.S.One)]
    return [
        ((1 - p1 * c1) / (c1 - c2), (1 - p1 * c1) / (p1 - p2)),
        ((1 - p1 * c2) / (c2 - c1), (1 - c1 * p2) / (p2 - p1)),
    ]


def _evidence(orthonormal: bool) -> Evidence:
    h = symbolic_modes(2)
    # Product of the modes with kernels 1/(1 - conj(p_j) z), 1/(1 - conj(p_i) z): the first at p_i.
    kernel = sp.Matrix(2, 2, lambda i, j: 1 / (1 - h.p_conj[j] * h.p[i]))
    second = sp.Matrix([x for x, _ in _states(orthonormal)])
    conjugate = sp.Matrix([[x for _, x in _states(orthonormal)]])
    findings = [
        Identity("modulus 1 on the circle", *unimodular()),
        Identity("orthogonal to the first state", (kernel * second)[0], 0, sizes=1),
        Identity(
            "norm of the second", (conjugate * kernel * second)[0], 1 / (1 - h.p[1] * h.p_conj[1]), sizes=1
        ),
    ]
    return Evidence(findings, instances=3)


def check(setting: Setting) -> Evidence:
    """The orthonormal states."""
    return _evidence(orthonormal=True)


def check_raw(setting: Setting) -> Evidence:
    """The diagonal network's own states."""
    return _evidence(orthonormal=False)


STATEMENT = Statement(
    id="fp-tm",
    title="Takenaka-Malmquist states are orthonormal for white input",
    paper="fixed-pole",
    section="conditioning",
    claim=r"E\,x x^* = I \text{ for white input of variance 1}",
    hypotheses=("poles in the disc, repeated ones allowed",),
    provenance=Provenance.DERIVED,
    uses=("fp-blaschke",),
    check=check,
    controls=(Control("raw diagonal states", check_raw),),
)
