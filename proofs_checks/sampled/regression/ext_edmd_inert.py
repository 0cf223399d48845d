r"""When the Koopman step does nothing, and what it costs otherwise.

If the state lies in the span of the features, :math:`X = F_X S`, then :math:`C = S`, and
:math:`K C = F_X^+ F_Y S = F_X^+ Y`: the network is plain regression. This is associativity of matrices once
:math:`C = S`; checked with generic symbols (3 samples, 2 features) and in rationals. Otherwise the direct D,
being the minimiser,
has the smaller training error; balls enclose the ratio for tanh neurons.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import fmpq_mat

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Exact, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.proofs_checks.sampled._instances import (
    ball_solution,
    balls,
    exact_solution,
    generic,
    oscillator_features,
    rational_matrix,
    squared_norm,
)
from memcurse.theory.sampled.regression import pseudo_solution


def _generic() -> Finding:
    FX, FY, S = generic("f", 3, 2), generic("g", 3, 2), generic("s", 2, 1)
    K, C = pseudo_solution(FX, FY), pseudo_solution(FX, FX * S)
    return Identity("K C and the direct D, generic", K * C, pseudo_solution(FX, FY * S))


def _rational(rng: np.random.Generator, in_span: bool) -> Finding:
    FX, FY = rational_matrix(rng, 9, 4), rational_matrix(rng, 9, 4)
    S = rational_matrix(rng, 4, 2)
    X, Y = FX * S, FY * S
    if not in_span:
        # One entry of the state that no combination of features follows.
        bump = fmpq_mat([[int(i == j == 0) for j in range(2)] for i in range(9)])
        X = X + bump
    product = exact_solution(FX, FY) * exact_solution(FX, X)
    return Exact("K C and the direct D, in rationals", product.entries(), exact_solution(FX, Y).entries())


def _errors(width: int, seed: int) -> tuple[Any, Any]:
    """Squared training errors of the direct D and of K C, enclosed."""
    FX, FY, X, Y = (balls(m) for m in oscillator_features(width, 300, seed))
    K, C, D = ball_solution(FX, FY), ball_solution(FX, X), ball_solution(FX, Y)
    return squared_norm(FX * D - Y), squared_norm(FX * (K * C) - Y)


def _evidence(setting: Setting, in_span: bool) -> Evidence:
    seed = setting.seed_for("ext-edmd-inert")
    rng = np.random.default_rng(seed)
    findings = [_generic(), *(_rational(rng, in_span) for _ in range(setting.pick(5, 2)))]
    pairs, rows = [], []
    with ball_precision(256):
        for width in (20,) if setting.quick else (20, 40, 80):
            direct, product = _errors(width, seed)
            pairs.append((direct, product))
            rows.append((width, float((product / direct).sqrt().mid())))
    findings.append(BallInequalities("training error of the direct D < that of K C", pairs))
    table = Table(("width", "error of K C over error of D"), tuple(rows))
    return Evidence(findings, len(findings) + len(pairs) - 1, table=table)


def check(setting: Setting) -> Evidence:
    """The state in the span of the features, and outside of it."""
    return _evidence(setting, in_span=True)


def check_outside(setting: Setting) -> Evidence:
    """K C = D also for a state outside the span."""
    return _evidence(setting, in_span=False)


STATEMENT = Statement(
    id="ext-edmd-inert",
    paper="sampled",
    title="EDMD is inert when the state is a feature",
    section="B",
    claim=r"X = F_X S \Rightarrow K C = F_X^+ Y;\qquad |F_X F_X^+ Y - Y| \le |F_X K C - Y|",
    hypotheses=("F_X has independent columns", "Y = F_Y S where X = F_X S"),
    provenance=Provenance.NEW,
    uses=(),
    check=check,
    controls=(Control("K C = D always", check_outside),),
)
