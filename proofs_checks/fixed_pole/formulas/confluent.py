r"""The confluent Cauchy matrix A of gains and poles. The proof for all K stands in `theory.modes.cauchy`; here its
steps. The determinant and both diagonals of the inverse of the package's own matrix A are also written out for K = 1, 2
with unit gains (the gains scale rows and columns).
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.cauchy import (
    blaschke_slope,
    cleared,
    confluent_entries,
    determinant,
    elimination_step,
    gain_variance,
    least_norm,
    meeting_pairs,
    minor_quotient,
    pole_variance,
    row_factors,
)
from memcurse.theory.modes.objective import Modes, gauss_newton, symbolic_modes


def _minor(h: Modes, dropped: int, closed: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Determinant of A without one row and column, and its closed form, cleared of denominators."""
    keep = [i for i in range(2 * len(h.p)) if i != dropped]
    rows = row_factors(h, 2) + row_factors(h, 3)
    return cleared(gauss_newton(h).extract(keep, keep), [rows[i] for i in keep], closed)


def _unit(h: Modes) -> Modes:
    one = (sp.S.One,) * len(h.p)
    return Modes(one, one, h.p, h.p_conj)


def _evidence(setting: Setting, power: int) -> Evidence:
    findings: list[Finding] = [
        Identity("elimination step", *elimination_step()),
        Identities("confluent entries", confluent_entries()),
        Identities("factors as pairs of nodes meet", meeting_pairs(power)),
        Identities("minor over determinant", minor_quotient()),
        Identity("slope of a Blaschke factor", *blaschke_slope()),
        Identity("least norm for value and slope", *least_norm()),
    ]
    for K in (1, 2)[: setting.pick(2, 1)]:
        h = _unit(symbolic_modes(K))
        full = determinant(h, power, 4)
        for name, dropped, closed in (
            ("determinant", -1, full),
            ("inverse at a pole", K, full * pole_variance(h, 0)),
            ("inverse at a gain", 0, full * gain_variance(h, 0)),
        ):
            findings.append(Identity(f"{name}, K = {K}", *_minor(h, dropped, closed), about="code"))
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """Distances to the power 8: 4 for each pair of squares."""
    return _evidence(setting, 4)


def check_fourth(setting: Setting) -> Evidence:
    """Distances to the power 4."""
    return _evidence(replace(setting, quick=True), 2)


STATEMENT = Statement(
    id="fp-confluent",
    title="Determinant and inverse where poles are learned",
    paper="fixed-pole",
    section="formulas",
    claim=(
        r"\det A = \prod_k |g_k|^2 \prod_{i<j} |p_i - p_j|^8/\prod_{ij} (1 - \bar p_i "
        r"p_j)^4,\;(A^{-1})_{p_k p_k} = (1 - t_k)^3/(|g_k|^2 \prod "
        r"\rho_{kj}^4),\;(A^{-1})_{g_k g_k} = (1 - t_k)(1 + |p_k + (1 - t_k) \beta_k|^2)/\prod"
        r" \rho_{kj}^4"
    ),
    hypotheses=(
        "distinct poles in the disc, gains other than 0",
        "beta_k = 2 sum_{j != k} (1 - t_j)/((conj p_k - conj p_j)(1 - p_j conj p_k))",
    ),
    provenance=Provenance.NEW,
    uses=("fp-gram", "fp-hessian"),
    check=check,
    controls=(Control("exponent 4 in place of 8", check_fourth),),
)
