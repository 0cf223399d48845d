r"""The residual of every eigenpair of EDMD, from its eigenvalue and two norms.

:math:`G K = F_X^* F_Y` gives :math:`\langle F_X v, F_Y v\rangle = \lambda |F_X v|^2` for :math:`K v = \lambda v`;
expanding the square, :math:`|F_Y v - \lambda F_X v|^2 = |F_Y v|^2 - |\lambda|^2 |F_X v|^2`. On an invariant measure
the norms are equal and the squared residual is :math:`1 - |\lambda|^2`: no eigenvalue inside the circle is ever
confirmed. Norms and the inner product are letters, so this holds for every size. The code at instances in rationals: K
with chosen rational eigenpairs, :math:`F_Y = F_X K + W` with W orthogonal to :math:`F_X`.
"""

from __future__ import annotations

import numpy as np
import sympy as sp
from flint import fmpq, fmpq_mat

from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import Exact, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.proofs_checks.sampled._instances import exact_solution, rational_matrix


def _expansion() -> list[Finding]:
    s, t = sp.symbols("s t", positive=True)
    p, q = sp.symbols("p q", real=True)
    value = p + sp.I * q
    inner = value * s
    square = t - (sp.conjugate(value) * inner + value * sp.conjugate(inner)) + value * sp.conjugate(value) * s
    modulus = p**2 + q**2
    row, G, K, v = sp.symbols("v_star G K v", commutative=False)
    eigenvalue = sp.Symbol("lambda")
    product = row * G * K * v
    return [
        # <F_X v, F_Y v> = v* G K v, and what is left over lambda |F_X v|^2 has the factor K v - lambda v = 0.
        Identity(
            "inner product", sp.expand(row * G * (K * v - eigenvalue * v)), product - eigenvalue * row * G * v
        ),
        Identity("expanded square over |F_X v|^2", sp.expand(square / s), sp.expand(t / s - modulus)),
        Identity("invariant measure", sp.expand((square / s).subs(t, s)), 1 - modulus),
    ]


def _square(column: fmpq_mat) -> fmpq:
    return (column.transpose() * column)[0, 0]


def _instance(rng: np.random.Generator, mixed: bool) -> list[Finding]:
    n, rows = 3, 9
    P, FX, noise = rational_matrix(rng, n, n), rational_matrix(rng, rows, n), rational_matrix(rng, rows, n)
    values = [fmpq(int(k), 7) for k in rng.permutation(np.arange(1, 10))[:n]]
    K = P * fmpq_mat([[values[i] if i == j else 0 for j in range(n)] for i in range(n)]) * P.inv()
    FY = FX * K + noise - FX * exact_solution(FX, noise)
    findings: list[Finding] = [Exact("EDMD gives K", exact_solution(FX, FY).entries(), K.entries())]
    for j, value in enumerate(values):
        other = (j + 1) % n if mixed else j
        v = fmpq_mat([[P[i, j] + (P[i, other] if mixed else 0)] for i in range(n)])
        now, then = FX * v, FY * v
        residual = _square(then - value * now) / _square(now)
        findings.append(Exact("squared residual", residual, _square(then) / _square(now) - value * value))
    return findings


def _cycle(rng: np.random.Generator) -> Finding:
    """A closed orbit visited evenly is an invariant measure: the norms are equal for every v."""
    FX = rational_matrix(rng, 8, 3)
    FY = fmpq_mat([[FX[(i + 1) % 8, j] for j in range(3)] for i in range(8)])
    return Exact("norms on a closed orbit", (FY.transpose() * FY).entries(), (FX.transpose() * FX).entries())


def _evidence(setting: Setting, mixed: bool) -> Evidence:
    rng = np.random.default_rng(setting.seed_for("ext-resdmd-pythagoras"))
    count = setting.pick(8, 3)
    findings = [*_expansion(), about_code(_cycle(rng))]
    for _ in range(count):
        findings += map(about_code, _instance(rng, mixed))
    return Evidence(findings, instances=3 * count)


def check(setting: Setting) -> Evidence:
    """Eigenpairs."""
    return _evidence(setting, mixed=False)


def check_mixed(setting: Setting) -> Evidence:
    """The sum of two eigenvectors, with the eigenvalue of the first."""
    return _evidence(setting, mixed=True)


STATEMENT = Statement(
    id="ext-resdmd-pythagoras",
    paper="sampled",
    title="The residual of an EDMD eigenpair",
    section="C",
    claim=r"\frac{|F_Y v - \lambda F_X v|^2}{|F_X v|^2} = \frac{|F_Y v|^2}{|F_X v|^2} - |\lambda|^2"
    r"\;\bigl(= 1 - |\lambda|^2 \text{ on an invariant measure}\bigr)",
    hypotheses=("K v = lambda v, K = F_X^+ F_Y", "F_X has independent columns"),
    provenance=Provenance.NEW,
    uses=(),
    check=check,
    controls=(Control("a vector that is no eigenvector", check_mixed),),
)
