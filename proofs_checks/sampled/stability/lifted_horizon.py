r"""How the errors of the linear model add up: exactly, as one-step residuals moved on by powers of K.

:math:`r_s = f(x_{s+1}) - f(x_s) K`; the sum telescopes: :math:`r_s K^n = f_{s+1} K^n - f_s K^{n+1}`, an identity in
letters that do not commute, hence for every number of features, every K and every n. In rationals, and written out with
generic symbols, the sum itself is compared. The linear model is not the network, which lifts its state anew.
"""

from __future__ import annotations

import numpy as np
import sympy as sp
from flint import fmpq_mat

from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import Exact, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.proofs_checks.sampled._instances import generic, rational_matrix


def _telescopes(shift: int) -> list[Finding]:
    """One term of the sum, with `shift` powers too many, and one step of the induction over T."""
    first, f, after, K = sp.symbols("f_0 f_s f_t K", commutative=False)
    n = sp.Symbol("n", integer=True, positive=True)
    one = sp.Symbol("T", integer=True, positive=True)
    term = (after - f * K) * K ** (n + shift)
    step = (after - f * K) * K**shift + (f - first * K**one) * K
    return [
        Identity("r_s K^n = f_(s+1) K^n - f_s K^(n+1)", sp.expand(term), after * K**n - f * K ** (n + 1)),
        Identity("from T to T + 1", sp.expand(step), after - first * K ** (one + 1)),
    ]


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
    code = [*_symbolic(shift), *(_rational(rng, steps, shift) for steps in (5, 10, 20))]
    return Evidence([*_telescopes(shift), *map(about_code, code)], len(code))


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
