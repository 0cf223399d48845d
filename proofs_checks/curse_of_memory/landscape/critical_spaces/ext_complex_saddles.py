r"""With complex amplitudes and rates (Re w > 0) every point of a coincided critical space that has two nonzero
amplitudes in a group with :math:`Q_j \ne 0` is a strict saddle. The stable parts that ext-basins shows are stable
against real changes only: the same form :math:`Q \sum a_k z_k^2` that is positive for real z is negative for
imaginary z. The proof for all partitions stands in `theory.modes.coincidence`; here its steps in continuous time, which
know two modes or one term of a group, whatever their number; and the congruence written out for groups (2), (3), (1,
2), (2, 2).
"""

from __future__ import annotations

from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.coincidence import (
    congruence,
    continuous,
    curvature_term,
    null_vector,
    pair_term,
    restricted_determinant,
    turned,
    turned_term,
)

_PARTITIONS = ((2,), (3,), (1, 2), (2, 2))


def _every_partition(sign: int) -> list[Finding]:
    """The steps of the proof."""
    return [
        Identity("pair of modes: a form in (u, a s) of each", *pair_term(continuous)),
        Identity("term of the residual's part", *curvature_term()),
        Identity("term of the form at i z", *turned_term(sign)),
        Identity("entry of a null vector", *null_vector()),
    ]


def _evidence(setting: Setting, sign: int = -1, critical: bool = True) -> Evidence:
    code: list[Finding] = [
        Identities(f"congruence, groups of {sizes}", congruence(sizes, continuous, critical), sizes=1)
        for sizes in _PARTITIONS[: setting.pick(4, 2)]
    ]
    for size in (2, 3, 4):
        code.append(Identity(f"form at i z, group of {size}", *turned(size, sign), sizes=1))
        code.append(
            Identity(
                f"determinant on the hyperplane, group of {size}", *restricted_determinant(size), sizes=1
            )
        )
    findings = [*_every_partition(sign), *map(about_code, code)]
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
    id="ext-complex-saddles",
    title="Stable parts of critical spaces exist for real modes only",
    paper="curse-of-memory",
    section="D.1",
    claim=(
        r"\text{each group of two nonzero amplitudes has a direction down, and } "
        r"\mathrm{In}(H_m) = \mathrm{In}(H_l) + (m - l,\; 2(m - l),\; m - l)"
    ),
    hypotheses=(
        "at a coincided critical point of m complex modes, Re w > 0",
        "all b_j, Q_j and amplitudes nonzero",
    ),
    provenance=Provenance.NEW,
    uses=("ext-inertia", "ext-basins"),
    check=check,
    controls=(
        Control("the formula of real modes", check_real),
        Control("R_1 other than 0", check_not_critical),
    ),
)
