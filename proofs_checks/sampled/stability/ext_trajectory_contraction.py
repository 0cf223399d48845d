r"""On one trajectory the eigenvalues of K lie in a disc that knows nothing of the dynamics.

With :math:`G = F_X^* F_X` and rows :math:`f_0, \dots, f_N`: :math:`F_Y^* F_Y = G - f_0^* f_0 + f_N^* f_N`, because
both hold the same rows but one. K is an orthogonal projection after :math:`F_Y`, so in the norm of G :math:`|K
v|_G^2 \le |F_Y v|^2 \le |v|_G^2 + |f_N v|^2 \le (1 + d) |v|_G^2`, :math:`d = f_N G^{-1} f_N^*` (Cauchy-Schwarz in
that norm). Hence :math:`\rho(K)^2 \le 1 + d`, for any sequence of features. Checked on random sequences (no
dynamics at all) in rationals, the eigenvalues enclosed by balls.
"""

from __future__ import annotations

import numpy as np
from flint import acb_mat, arb, arb_mat, fmpq, fmpq_mat

from memcurse.numerics.arithmetic.balls import precision
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Exact
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.proofs_checks.sampled._instances import exact_solution, rational_matrix

_ROWS, _WIDTH = 20, 4


def _part(rows: fmpq_mat, first: int, last: int) -> fmpq_mat:
    return fmpq_mat([[rows[i, j] for j in range(rows.ncols())] for i in range(first, last)])


def _instance(FX: fmpq_mat, FY: fmpq_mat, first: fmpq_mat, last: fmpq_mat) -> tuple[Finding, arb, arb]:
    G = FX.transpose() * FX
    shifted = G - first.transpose() * first + last.transpose() * last
    d = (last * G.inv() * last.transpose())[0, 0]
    shift = Exact("F_Y'F_Y = G - f_0'f_0 + f_N'f_N", (FY.transpose() * FY).entries(), shifted.entries())
    values = acb_mat(arb_mat(exact_solution(FX, FY))).eig()
    radius = max((abs(value) for value in values), key=lambda size: float(size.mid()))
    return shift, radius**2, 1 + arb(d)


def _evidence(setting: Setting, one_trajectory: bool) -> Evidence:
    rng = np.random.default_rng(setting.seed_for("ext-trajectory-contraction"))
    findings: list[Finding] = []
    pairs = []
    with precision(setting.digits):
        for _ in range(setting.pick(20, 6)):
            rows = rational_matrix(rng, _ROWS + 1, _WIDTH)
            FX, FY = _part(rows, 0, _ROWS), _part(rows, 1, _ROWS + 1)
            first, last = _part(rows, 0, 1), _part(rows, _ROWS, _ROWS + 1)
            if not one_trajectory:
                # Independent samples of a linear map with eigenvalues 2, 3/2, 4/3, 5/4.
                values = [fmpq(i + 2, i + 1) for i in range(_WIDTH)]
                FY = FX * fmpq_mat(
                    [[x if i == j else 0 for j in range(_WIDTH)] for i, x in enumerate(values)]
                )
                first, last = _part(FX, 0, 1), _part(FY, _ROWS - 1, _ROWS)
            shift, square, bound = _instance(FX, FY, first, last)
            findings.append(shift)
            pairs.append((square, bound))
    findings.append(BallInequalities("rho(K)^2 <= 1 + d", pairs, strict=False))
    table = Table(("rho(K)^2", "1 + d"), tuple((float(x.mid()), float(y.mid())) for x, y in pairs))
    return Evidence(findings, len(pairs), setting.digits, table)


def check(setting: Setting) -> Evidence:
    """Any sequence, as one trajectory."""
    return _evidence(setting, one_trajectory=True)


def check_independent(setting: Setting) -> Evidence:
    """The same for independent samples."""
    return _evidence(setting, one_trajectory=False)


STATEMENT = Statement(
    id="ext-trajectory-contraction",
    paper="sampled",
    title="One trajectory makes K nearly a contraction",
    section="C",
    claim=r"\rho(K)^2 \le 1 + f_N (F_X^* F_X)^{-1} f_N^*",
    hypotheses=(
        "the rows of F_X and F_Y are those of one sequence, shifted by one",
        "F_X has independent columns",
    ),
    provenance=Provenance.NEW,
    uses=(),
    check=check,
    controls=(Control("independent samples", check_independent),),
)
