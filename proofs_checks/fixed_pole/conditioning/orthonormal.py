r"""Takenaka-Malmquist states have the covariance I.

**Proof, all K, repeated poles allowed.** With :math:`x_k = \sqrt{1 - t_k}\, s_k` each section of the filter takes its
state and its input to its new state and what it passes on by a unitary matrix of order 2 (`theory.modes.blaschke`; the
first finding). A step of the network is one section after the other, hence unitary on (x_1, ..., x_K, u). If the states
have the covariance I and u is white of variance 1, new and thus uncorrelated to them, the new states have the
covariance I too; the poles lie in the disc, so there is one stationary covariance only.

The states are the functions of `theory.modes.blaschke`: each passes its input on through the all-pass
:math:`(z - \bar p)/(1 - p z)` (second finding).
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.blaschke import factor, section


def _passed_on(orthonormal: bool) -> tuple[sp.Expr, sp.Expr]:
    """Generating functions (z a delay): what a section passes on, and the all-pass."""
    z, p, pc = sp.symbols("z p pc")
    state = 1 / (1 - p * z)
    return (z * state - pc * state if orthonormal else sp.S.One), factor(z, pc, p)


def _evidence(orthonormal: bool) -> Evidence:
    findings = [
        Identities("a section is unitary", section(orthonormal)),
        Identity("what it passes on", *_passed_on(orthonormal)),
    ]
    return Evidence(findings, instances=2)


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
