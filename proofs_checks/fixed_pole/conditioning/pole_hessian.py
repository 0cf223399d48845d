r"""Two modes, normalised: the Gram matrix has the eigenvalues :math:`1 \pm \sqrt{1 - \rho^2}`, and kappa is about
:math:`4/\rho^2`. The block of the poles has the entries :math:`\bar g_i g_j F(\bar p_i, p_j)`; its determinant
starts with :math:`|g_1 g_2|^2 |\delta|^2 (F F_{xy} - F_x F_y)`, its trace with :math:`(|g_1|^2 + |g_2|^2) F`, and
kappa is the square of the trace over the determinant as the latter tends to 0.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.cauchy import gram, separation
from memcurse.theory.modes.objective import symbolic_modes


def _block() -> list[tuple[sp.Expr, sp.Expr]]:
    """The determinant vanishes with either shift; its first term over F^2 is chi."""
    x, y, d, e = sp.symbols("x y d e")
    F = (1 + x * y) / (1 - x * y) ** 3
    moved = {x: x + e, y: y + d}
    shifted = F.subs(moved, simultaneous=True)
    D = F * shifted - F.subs(y, y + d) * F.subs(x, x + e)
    first = F * sp.diff(F, x, y) - sp.diff(F, x) * sp.diff(F, y)
    t = x * y
    chi = 1 / (1 + t) ** 2 + 3 / (1 - t) ** 2
    return [
        (D.subs(d, 0), sp.S.Zero),
        (D.subs(e, 0), sp.S.Zero),
        (sp.diff(D, d, e).subs({d: 0, e: 0}), first),
        (first / F**2, chi),
        (chi * (1 - t) ** 2, 3 + ((1 - t) / (1 + t)) ** 2),
    ]


def _evidence(rate: int) -> Evidence:
    h, rho = symbolic_modes(2), sp.Symbol("rho", positive=True)
    G = gram(h)
    root = sp.sqrt(1 - rho**2)
    kappa = (1 + root) / (1 - root)
    findings = [
        Identity("overlap squared", G[0, 1] * G[1, 0] / (G[0, 0] * G[1, 1]), 1 - separation(h, 0, 1)),
        Identity(
            f"1/(kappa rho^{rate}) tends to 1/4", sp.limit(1 / (kappa * rho**rate), rho, 0), sp.Rational(1, 4)
        ),
        Identities("block of the poles", _block()),
    ]
    return Evidence(findings, instances=3)


def check(setting: Setting) -> Evidence:
    """The rate rho^-2."""
    return _evidence(2)


def check_linear(setting: Setting) -> Evidence:
    """The rate 1/rho."""
    return _evidence(1)


STATEMENT = Statement(
    id="fp-pole-hessian",
    title="Condition of two merging poles",
    paper="fixed-pole",
    section="P3",
    claim=(
        r"\kappa = \frac{1 + \sqrt{1 - \rho^2}}{1 - \sqrt{1 - \rho^2}} \sim 4/\rho^2;\quad "
        r"\kappa_{pp} |\delta|^2 \to \frac{(|g_1|^2 + |g_2|^2)^2}{|g_1 g_2|^2 \chi},\quad \chi"
        r" = \frac{1}{(1 + t)^2} + \frac{3}{(1 - t)^2}"
    ),
    hypotheses=("K = 2, poles p and p + delta, delta to 0",),
    provenance=Provenance.RECOVERED,
    uses=("fp-gram", "fp-hessian"),
    check=check,
    controls=(Control("rate 1/rho", check_linear),),
)
