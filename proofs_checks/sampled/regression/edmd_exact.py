r"""Where EDMD is exact: the dictionary :math:`(x_1, x_2, x_1^2)` of a triangular map is mapped into its own span.

The least squares from rational points give K in rationals; :math:`F(Tx) = F(x) K` for all x; eigenvalues 9/10, 1/2,
81/100; products of eigenfunctions are eigenfunctions of the map with the product of the eigenvalues.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import sympy as sp

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.sampled.regression import koopman_matrix

_X = sp.symbols("x1 x2", real=True)
_STEP = (sp.Rational(9, 10) * _X[0], _X[1] / 2 + sp.Rational(3, 7) * _X[0] ** 2)
_EIGENVALUES = (sp.Rational(9, 10), sp.Rational(1, 2), sp.Rational(81, 100))


def _points(setting: Setting) -> list[tuple[sp.Rational, ...]]:
    rng = np.random.default_rng(setting.seed_for("edmd-exact"))
    return [tuple(sp.Rational(int(n), 7) for n in rng.integers(-20, 21, 2)) for _ in range(9)]


def _evidence(setting: Setting, dictionary: tuple[sp.Expr, ...]) -> Evidence:
    K = koopman_matrix(dictionary, _X, _STEP, _points(setting))
    F = sp.Matrix([dictionary])
    moved = F.subs(dict(zip(_X, _STEP, strict=True)), simultaneous=True)
    s = sp.Symbol("s")
    polynomial = sp.prod([s - value for value in _EIGENVALUES[: len(dictionary)]])
    findings: list[Finding] = [
        Identity("F(Tx) = F(x) K for all x", moved, (F * K).applyfunc(sp.expand)),
        Identity("characteristic polynomial", sp.expand(K.charpoly(s).as_expr()), sp.expand(polynomial)),
    ]
    pairs = [(value, (F * vectors[0])[0]) for value, _, vectors in K.eigenvects()]
    for (one, f), (other, g) in combinations_with_replacement(pairs, 2):
        image = (f * g).subs(dict(zip(_X, _STEP, strict=True)), simultaneous=True)
        findings.append(Identity(f"product with eigenvalue {one * other}", image, one * other * f * g))
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """The dictionary that is closed under the map."""
    return _evidence(setting, (_X[0], _X[1], _X[0] ** 2))


def check_without_square(setting: Setting) -> Evidence:
    """The dictionary without the square."""
    return _evidence(setting, (_X[0], _X[1]))


STATEMENT = Statement(
    id="edmd-exact",
    paper="sampled",
    title="EDMD is exact on an invariant dictionary",
    section="B",
    claim=r"F(Tx) = F(x) K,\quad \sigma(K) = \{9/10, 1/2, 81/100\},\quad (fg)(Tx) = \lambda\mu\, (fg)(x)",
    hypotheses=("x1' = 9/10 x1, x2' = x2/2 + 3/7 x1^2", "F = (x1, x2, x1^2)"),
    provenance=Provenance.DERIVED,
    uses=(),
    check=check,
    controls=(Control("dictionary without x1^2", check_without_square),),
)
