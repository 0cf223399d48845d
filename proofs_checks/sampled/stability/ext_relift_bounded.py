r"""A tanh network is bounded, whatever the spectral radius of K.

:math:`|F(h)| \le \sqrt M` because :math:`1 - \tanh^2 = 1/\cosh^2 > 0`, and :math:`|F D| \le |F|\,|D|` by Lagrange's
identity (for one column D: summand by summand for every M, written out for M = 3; the sum of squares is not
negative). Instance: the one neuron of
`ext-relift-instability` with r = 6/5, where K > 1; iterates in balls.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import sympy as sp
from flint import arb, fmpq

from memcurse.numerics.arithmetic.balls import precision
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.proofs_checks.sampled._instances import generic
from memcurse.theory.sampled.neurons import tanh

_R = fmpq(6, 5)
Law = Callable[[int, arb, arb], tuple[arb, arb]]


def _proof() -> list[Finding]:
    z = sp.Symbol("z", real=True)
    x, y, u, v = sp.symbols("F_i F_j D_i D_j", real=True)
    F, D = generic("F", 3, 1), generic("D", 3, 1)
    squares = sum((F[i] * D[j] - F[j] * D[i]) ** 2 for i, j in combinations(range(3), 2))
    return [
        Identity("1 - tanh^2 = 1/cosh^2", 1 - tanh(z) ** 2, 4 / (sp.exp(z) + sp.exp(-z)) ** 2),
        # Over all i, j the first two add up to |F|^2 |D|^2 each, the last to 2 (F D)^2.
        Identity(
            "Lagrange, summand by summand",
            (x * v - y * u) ** 2,
            x**2 * v**2 + y**2 * u**2 - 2 * (x * u) * (y * v),
        ),
        Identity("Lagrange, M = 3", F.dot(F) * D.dot(D) - F.dot(D) ** 2, squares, sizes=1, about="code"),
    ]


def _evidence(setting: Setting, law: Law) -> Evidence:
    with precision(setting.digits):
        power = arb(3) ** arb(_R)
        K = 2 * (power - 1) / (power + 1)
        half, h, pairs = arb(3).log() / 2, arb(fmpq(1, 10)), []
        for t in range(1, 101):
            h = 2 * K * (half * h).tanh()
            pairs.append(law(t, h, K))
        findings = [
            *_proof(),
            about_code(BallInequalities("K > 1", [(arb(1), K)])),
            about_code(BallInequalities("iterates of the network", pairs)),
        ]
    return Evidence(findings, len(pairs), setting.digits)


def check(setting: Setting) -> Evidence:
    """Iterates below |D| sqrt(M)."""
    return _evidence(setting, lambda t, h, K: (abs(h), 2 * K))


def check_divergence(setting: Setting) -> Evidence:
    """rho(K) > 1 makes the network grow like K^t."""
    return _evidence(setting, lambda t, h, K: (K**t / 20, abs(h)))


STATEMENT = Statement(
    id="ext-relift-bounded",
    paper="sampled",
    title="An unstable K does not make the network diverge",
    section="C",
    claim=r"|F(h) D| \le \|D\| \sqrt M \text{ for all } h, \text{ whatever } \rho(K)",
    hypotheses=("tanh features", "instance: one neuron, r = 6/5, K > 1"),
    provenance=Provenance.NEW,
    uses=("ext-relift-instability",),
    check=check,
    controls=(Control("rho(K) > 1 implies divergence", check_divergence),),
)
