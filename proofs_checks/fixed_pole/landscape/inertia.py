r"""The proof stands in `theory.modes.coincidence`: a congruence for every partition, whose blocks change their sign
under multiplication by i. Here: the congruence as an identity in gains, poles, directions and the residual's
moments (so for every target) for groups (2), (3), (1, 2), (2, 2), groups entering alike; the turned form and its
rank for groups of 2, 3, 4.
"""

from __future__ import annotations

from memcurse.proofs_checks.evidence.findings import Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.coincidence import congruence, discrete, restricted_determinant, turned

_PARTITIONS = ((2,), (3,), (1, 2), (2, 2))


def _evidence(setting: Setting, sign: int = -1, critical: bool = True) -> Evidence:
    findings = [
        Identities(f"congruence, groups of {sizes}", congruence(sizes, discrete, critical), sizes=1)
        for sizes in _PARTITIONS[: setting.pick(4, 2)]
    ]
    for size in (2, 3, 4):
        findings.append(Identity(f"form at i z, group of {size}", *turned(size, sign), sizes=1))
        findings.append(
            Identity(
                f"determinant on the hyperplane, group of {size}", *restricted_determinant(size), sizes=1
            )
        )
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """The congruence, and forms that change their sign."""
    return _evidence(setting)


def check_real(setting: Setting) -> Evidence:
    """The rule of real modes: a form keeps its sign in all directions."""
    return _evidence(setting, sign=1)


def check_not_critical(setting: Setting) -> Evidence:
    """A point where the residual's first moment is not 0."""
    return _evidence(setting, critical=False)


STATEMENT = Statement(
    id="fp-inertia",
    title="Inertia at coincided critical points of complex modes",
    paper="fixed-pole",
    section="landscape",
    claim=r"\mathrm{In}(H_m) = \mathrm{In}(H_l) + (m - l,\; 2(m - l) \text{ zeros},\; m - l)",
    hypotheses=(
        "(b, v) critical for J_l, all b_j nonzero, v distinct, all Q_j nonzero",
        "all gains of the coincided point nonzero",
    ),
    provenance=Provenance.NEW,
    uses=("fp-hessian",),
    check=check,
    controls=(
        Control("the formula of real modes", check_real),
        Control("R_1 other than 0", check_not_critical),
    ),
)
