r"""How the errors of the linear model add up: exactly, as one-step residuals moved on by powers of K.

:math:`r_s = f(x_{s+1}) - f(x_s) K`; the sum telescopes. An identity for every sequence of features and every K: written
out with generic symbols, and in rationals. The linear model is not the network, which lifts its state anew.
"""

from __future__ import annotations

import numpy as np
import sympy as sp
from flint import fmpq_mat

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Exact, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.proofs_checks.sampled._instances import generic, rational_matrix


def _symbolic(shift: int) -> list[Finding]:
    findings: list[Finding] = []
    for steps in (1, 2, 3):
        rows, K = generic("f", steps + 1, 2), generic("k", 2, 2)
        error = rows[steps, :] - rows[0, :] * K**steps
        moved = sp.zeros(1, 2)
        for s in range(steps):
            moved += (rows[s + 1, :] - rows[s, :] * K) * K ** (steps - 1 - s + shift)
        findings.append(Identity(f"T = {steps}", error, moved))
    return findings


def _rational(rng: np.random.Generator, steps: int, shift: int) -> Finding:
    K = rational_matrix(rng, 3, 3)
    rows = [rational_matrix(rng, 1, 3) for _ in range(steps + 1)]
    moved = fmpq_mat(1, 3)
    for s in range(steps):
        moved = moved + (rows[s + 1] - rows[s] * K) * K ** (steps - 1 - s + shift)
    return Exact(f"T = {steps}", (rows[-1] - rows[0] * K**steps).entries(), moved.entries())


def _evidence(setting: Setting, shift: int) -> Evidence:
    rng = np.random.default_rng(setting.seed_for("lifted-horizon"))
    findings = [*_symbolic(shift), *(_rational(rng, steps, shift) for steps in (5, 10, 20))]
    return Evidence(findings, len(findings))


def check(setting: Setting) -> Evidence:
    """The sum with the power T - 1 - s."""
    return _evidence(setting, 0)


def check_shifted(setting: Setting) -> Evidence:
    """The sum with the power T - s."""
    return _evidence(setting, 1)


STATEMENT = Statement(
    id="lifted-horizon",
    paper="sampled",
    title="The error of the linear model, exactly",
    section="C",
    claim=r"f(x_T) - f(x_0) K^T = \sum_{s=0}^{T-1} r_s K^{T-1-s},\quad r_s = f(x_{s+1}) - f(x_s) K",
    hypotheses=("any features, any matrix K",),
    provenance=Provenance.RECALLED,
    uses=(),
    check=check,
    controls=(Control("shifted index", check_shifted),),
)
