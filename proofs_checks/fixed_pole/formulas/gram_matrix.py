r"""Cauchy's determinant, for all K by the elimination step proved in `theory.modes.cauchy`, and written out for K =
1, 2, 3. A minor without the mode k is the same formula for the others, so the quotient gives the diagonal of the
inverse.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.cauchy import (
    cleared,
    determinant,
    elimination_step,
    fixed_variance,
    gram,
    row_factors,
    separation,
)
from memcurse.theory.modes.objective import Modes, symbolic_modes


def _evidence(power: int) -> Evidence:
    findings = [Identity("elimination step", *elimination_step())]
    for K in (1, 2, 3):
        h = symbolic_modes(K)
        findings.append(Identity(f"determinant, K = {K}", *cleared(gram(h), row_factors(h), determinant(h))))
        others = Modes((), (), h.p[1:], h.p_conj[1:])
        ratio = sp.factor(determinant(others) / determinant(h))
        # The diagonal of the inverse holds squared distances: `separation` to the power 1.
        findings.append(Identity(f"inverse, K = {K}", ratio, fixed_variance(h, 0, power)))
    h = symbolic_modes(2)
    overlap = gram(h)[0, 1] * gram(h)[1, 0] / (gram(h)[0, 0] * gram(h)[1, 1])
    findings.append(Identity("normalised", 1 - overlap, separation(h, 0, 1)))
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """Squared distances."""
    return _evidence(1)


def check_fourth(setting: Setting) -> Evidence:
    """Fourth powers of the distances in the inverse."""
    return _evidence(2)


STATEMENT = Statement(
    id="fp-gram",
    title="Determinant and inverse of the Gram matrix",
    paper="fixed-pole",
    section="formulas",
    claim=(
        r"\det G = \prod_{i<j} |p_i - p_j|^2/\prod_{ij} (1 - \bar p_i p_j),\quad (G^{-1})_{kk}"
        r" = (1 - t_k) \prod_{j \ne k} \rho_{kj}^{-2}"
    ),
    hypotheses=("distinct poles in the disc",),
    provenance=Provenance.DERIVED,
    uses=("fp-objective",),
    check=check,
    controls=(Control("rho^4 in place of rho^2", check_fourth),),
)
