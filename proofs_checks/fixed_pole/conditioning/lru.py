r"""One normalised mode :math:`h_n = c \sqrt{1 - t}\, p^n`, :math:`p = \exp(-e^\nu + i \theta)`. At the optimum the
Hessian is twice the squared norm of the derivatives :math:`h (n L - L t/(1 - t))` (by nu, :math:`L = \ln |p|`)
and :math:`i n h` (by theta), sums of :math:`n^k t^n`. The derivative by nu is checked, then the sums (through
their generating functions), then the limit t to 1.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement


def _sums(t: sp.Expr) -> list[sp.Expr]:
    """``sum n^k t^n`` for k = 0, 1, 2: apply t d/dt to the geometric series."""
    sums = [1 / (1 - t)]
    for _ in range(2):
        sums.append(t * sp.diff(sums[-1], t))
    return sums


def _evidence(bounded: bool) -> Evidence:
    t, nu = sp.Symbol("t", positive=True), sp.Symbol("nu", real=True)
    n, L = sp.Symbol("n", positive=True), sp.Symbol("L", negative=True)
    s0, s1, s2 = _sums(t)
    size = sp.sqrt(1 - sp.exp(-2 * sp.exp(nu))) * sp.exp(-n * sp.exp(nu))
    share = sp.exp(-2 * sp.exp(nu))
    slope = -n * sp.exp(nu) + sp.exp(nu) * share / (1 - share)
    radial = 2 * (1 - t) * L**2 * (s2 - 2 * s1 * t / (1 - t) + s0 * t**2 / (1 - t) ** 2)
    angle = 2 * (1 - t) * s2
    closed = 2 * t * (1 + t) / (1 - t) ** 2
    limit = sp.limit((1 - t) ** 2 * angle, t, 1, "-")
    findings = [
        Identity("logarithmic slope in nu", sp.diff(sp.log(size), nu), slope),
        Identity("radial curvature over |c|^2", radial, 2 * t * L**2 / (1 - t) ** 2),
        Identity(
            "its limit", sp.limit(2 * t * (sp.log(t) / 2) ** 2 / (1 - t) ** 2, t, 1, "-"), sp.Rational(1, 2)
        ),
        Identity("angular curvature over |c|^2", angle, closed),
        # It grows like 4/(1 - t)^2; bounded, it would vanish after multiplication with (1 - t)^2.
        Identity("growth of the angular curvature", limit, 0 if bounded else 4),
    ]
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """The angular curvature grows."""
    return _evidence(bounded=False)


def check_bounded(setting: Setting) -> Evidence:
    """The angular curvature stays bounded."""
    return _evidence(bounded=True)


STATEMENT = Statement(
    id="fp-lru",
    title="The LRU parametrisation cures the radius, not the angle",
    paper="fixed-pole",
    section="conditioning",
    claim=(
        r"H_{\nu\nu} = 2 |c|^2 t \ln^2|p|/(1 - t)^2 \to |c|^2/2,\quad H_{\theta\theta} = 2 "
        r"|c|^2 t (1 + t)/(1 - t)^2"
    ),
    hypotheses=("K = 1, at the optimum, t = |p|^2 < 1",),
    provenance=Provenance.NEW,
    uses=("fp-hessian",),
    check=check,
    controls=(Control("H_thetatheta bounded", check_bounded),),
)
