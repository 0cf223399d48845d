r"""What the neurons of pairs do not see: the order of the pair (up to sign), and similarities of the data.

A similarity :math:`x \mapsto c Q x + v` with orthogonal Q multiplies both inner products in
:math:`\ln 3\,\langle x_2 - x_1, x - x_1\rangle/|x_2 - x_1|^2 - \ln(3)/2` by :math:`c^2`. Written out in the plane
for all rotations and reflections, :math:`Q` with cosine :math:`(1 - t^2)/(1 + t^2)`.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.proofs_checks.sampled._instances import generic
from memcurse.theory.sampled.neurons import pair_neuron, preactivation, tanh


def _evidence(maps: dict[str, sp.Matrix]) -> Evidence:
    x1, x2, x, v = (generic(name, 2, 1) for name in "xyzv")
    before = preactivation(pair_neuron(x1, x2), x)
    exchanged = preactivation(pair_neuron(x2, x1), x)
    u = sp.Symbol("u", real=True)
    findings = [
        Identity("exchanging the pair flips the sign", exchanged, -before),
        Identity("tanh is odd", tanh(-u), -tanh(u)),
    ]
    for name, A in maps.items():
        after = preactivation(pair_neuron(A * x1 + v, A * x2 + v), A * x + v)
        findings.append(Identity(f"invariance under {name}", sp.cancel(after - before), 0))
    return Evidence(findings, instances=len(maps))


def check(setting: Setting) -> Evidence:
    """Sign and similarities, for all pairs and points of the plane."""
    c, t = sp.Symbol("c", nonzero=True, real=True), sp.Symbol("t", real=True)
    cosine, sine = (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)
    rotation = c * sp.Matrix([[cosine, -sine], [sine, cosine]])
    return _evidence({"rotation and scale": rotation, "reflection": rotation * sp.diag(1, -1)})


def check_anisotropic(setting: Setting) -> Evidence:
    """The axes scaled differently."""
    return _evidence({"anisotropic scale": sp.diag(2, 1)})


STATEMENT = Statement(
    id="ext-swim-symmetry",
    paper="sampled",
    title="Neurons of pairs follow similarities",
    section="B",
    claim=r"z_{(x_2, x_1)}(x) = -z_{(x_1, x_2)}(x),\qquad z_{(Sx_1, Sx_2)}(Sx) = z_{(x_1, x_2)}(x)"
    r"\text{ for } Sx = cQx + v",
    hypotheses=("x1 and x2 are different", "Q is orthogonal, c is not 0"),
    provenance=Provenance.NEW,
    uses=("swim-pair",),
    check=check,
    controls=(Control("anisotropic scale", check_anisotropic),),
)
