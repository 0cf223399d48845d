r"""How near solvers in float64 come to the least squares' minimum, which balls enclose.

Features of 20, 40 and 80 tanh neurons on Van der Pol data are taken as exact dyadic numbers; the minimum of
:math:`|F_X D - Y|^2` is enclosed, and so is the value at the solution that a solver returned. The package's streaming
solver stays within 1e-12 of the minimum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.sampled.least_squares import least_squares
from memcurse.proofs_checks.evidence.findings import BallInequalities
from memcurse.proofs_checks.evidence.statement import (
    Control,
    Evidence,
    Provenance,
    Setting,
    Statement,
    Table,
)
from memcurse.proofs_checks.sampled._instances import balls, best_squares, oscillator_features, squared_norm

_BITS = 256
#: Relative excess that counts as none.
_NONE = arb("1e-12")
Solver = Callable[[Any, Any], Any]


def _streaming(A: Any, B: Any) -> Any:
    return least_squares((A[i : i + 64], B[i : i + 64]) for i in range(0, len(A), 64)).solution


def _ridge(A: Any, B: Any) -> Any:
    return np.linalg.solve(A.T @ A + 1e-10 * len(A) * np.eye(A.shape[1]), A.T @ B)


def _evidence(setting: Setting, solver: Solver) -> Evidence:
    pairs, rows = [], []
    for width in (20, 40) if setting.quick else (20, 40, 80):
        A, _, _, B = oscillator_features(width, 400, setting.seed_for("edmd-optimal"))
        with ball_precision(_BITS):
            a, b = balls(A), balls(B)
            least = best_squares(a, b)
            value = squared_norm(a * balls(solver(A, B)) - b)
            pairs.append((value, least * (1 + _NONE)))
            rows.append((width, float(least.mid()), float((value / least - 1).mid())))
    finding = BallInequalities("value at the solution <= (1 + 1e-12) minimum", pairs, strict=False)
    return Evidence([finding], len(pairs), table=Table(("width", "minimum", "relative excess"), tuple(rows)))


def check(setting: Setting) -> Evidence:
    """The streaming solver."""
    return _evidence(setting, _streaming)


def check_ridge(setting: Setting) -> Evidence:
    """Normal equations with a ridge of 1e-10."""
    return _evidence(setting, _ridge)


STATEMENT = Statement(
    id="edmd-optimal",
    paper="sampled",
    title="The streaming solver reaches the minimum",
    section="B",
    claim=r"|F_X \hat D - Y|^2 \le (1 + 10^{-12}) \min_D |F_X D - Y|^2",
    hypotheses=("20, 40 and 80 tanh neurons of pairs, 400 samples of Van der Pol's oscillator",),
    provenance=Provenance.OURS,
    uses=("swim-pair",),
    check=check,
    controls=(Control("ridge 1e-10 is optimal", check_ridge),),
)
