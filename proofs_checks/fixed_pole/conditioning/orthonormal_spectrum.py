r"""Takenaka-Malmquist states under coloured input stay as well conditioned as the input.

For input of spectrum S the covariance P has :math:`x^* P x = \int |\sum_k \bar x_k e_k|^2 S` with the orthonormal
responses e_k (fp-tm), so its eigenvalues lie in [min S, max S], for any poles. That is the argument; certified in balls
is AR(1) input, :math:`S = 1/|1 - c e^{-i\omega}|^2` in :math:`[(1 + |c|)^{-2}, (1 - |c|)^{-2}]`: the covariance of the
raw states by the closed form of fp-colour, orthonormal states by elimination in the Gram matrix of white input (its
Cholesky factor), eigenvalues enclosed. The raw states, normalised to variance 1 for white input, leave the interval.
"""

from __future__ import annotations

import random
from fractions import Fraction

from flint import acb, acb_mat, arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.proofs_checks.evidence.findings import BallInequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table


def _ball(x: Fraction) -> arb:
    return arb(x.numerator) / x.denominator


def _drawn(rng: random.Random, most: int) -> acb:
    """A number of modulus below `most`/100."""
    while True:
        x, y = rng.randint(-most, most), rng.randint(-most, most)
        if x * x + y * y < most * most:
            return acb(_ball(Fraction(x, 100)), _ball(Fraction(y, 100)))


def _covariance(poles: list[acb], c: acb) -> acb_mat:
    """``E s_i conj(s_j)`` of the raw states, fp-colour with its indices exchanged; c = 0: the Gram matrix."""
    size = 1 - abs(c) ** 2

    def entry(x: acb, y: acb) -> acb:
        x, y = y.conjugate(), x
        top = 1 - abs(c) ** 2 * x * y
        return top / (size * (1 - x * y) * (1 - c * x) * (1 - c.conjugate() * y))

    return acb_mat([[entry(x, y) for y in poles] for x in poles])


def _cholesky(G: acb_mat) -> acb_mat:
    n = G.nrows()
    L = acb_mat(n, n)
    for j in range(n):
        for i in range(j, n):
            rest = G[i, j] - sum((L[i, k] * L[j, k].conjugate() for k in range(j)), acb(0))
            L[i, j] = acb(rest.real.sqrt()) if i == j else rest / L[j, j]
    return L


def _eigenvalues(poles: list[acb], c: acb, orthonormal: bool) -> list[arb]:
    white, n = _covariance(poles, acb(0)), len(poles)
    if orthonormal:
        T = _cholesky(white).inv()
    else:
        T = acb_mat(n, n)
        for k in range(n):
            T[k, k] = 1 / acb(white[k, k].real.sqrt())
    P = T * _covariance(poles, c) * T.transpose().conjugate()
    return [value.real for value in P.eig()]


def _evidence(setting: Setting, orthonormal: bool) -> Evidence:
    rng = random.Random(setting.seed_for("fp-tm-spectrum"))
    low, high, rows = [], [], []
    with ball_precision(1000):
        for index in range(setting.pick(40, 8)):
            poles = [_drawn(rng, 95) for _ in range(2 + index % 5)]
            c = _drawn(rng, 80)
            least, most = (1 + abs(c)) ** -2, (1 - abs(c)) ** -2
            sizes = _eigenvalues(poles, c, orthonormal)
            low += [(least, x) for x in sizes]
            high += [(x, most) for x in sizes]
            values = sorted(float(x.mid()) for x in sizes)
            rows.append((len(poles), float(least.mid()), values[0], values[-1], float(most.mid())))
    findings = [
        BallInequalities("least of the spectrum below the eigenvalues", low),
        BallInequalities("eigenvalues below the largest of the spectrum", high),
    ]
    columns = ("K", "min S", "least eigenvalue", "largest eigenvalue", "max S")
    return Evidence(findings, len(rows), table=Table(columns, tuple(rows)))


def check(setting: Setting) -> Evidence:
    """The orthonormal states."""
    return _evidence(setting, orthonormal=True)


def check_raw(setting: Setting) -> Evidence:
    """The raw states, normalised."""
    return _evidence(setting, orthonormal=False)


STATEMENT = Statement(
    id="fp-tm-spectrum",
    title="Orthonormal states are as well conditioned as the input",
    paper="fixed-pole",
    section="conditioning",
    claim=r"\min S \le \lambda(E\,x x^*) \le \max S",
    hypotheses=(
        "Takenaka-Malmquist states, input of spectrum S",
        "checked for AR(1) input, |c| < 0.8, K = 2, ..., 6, poles of modulus below 0.95",
    ),
    provenance=Provenance.DERIVED,
    uses=("fp-tm", "fp-colour"),
    check=check,
    controls=(Control("raw states of variance 1", check_raw),),
)
