r"""Two modes share a pole and split a gain b equally at a critical point. The direction (0, 0, 1, -1) of the poles is
taken to 0 by A and to itself times :math:`\bar Q b/2` by C: on that complex line the second derivative is
:math:`\Re(\bar Q b\, \zeta^2)` for the unit vector :math:`\zeta (1, -1)/\sqrt 2`, and a real matrix with the
eigenvalues :math:`\pm |Q b|` exactly. The gradient flow leaves a start at distance delta like :math:`e^{|Q b|
t}`: it escapes after :math:`\ln(1/\delta)/|Q b| + O(1)`. That is linearisation at a saddle; no flow is followed here.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.objective import Modes, gauss_newton


def _evidence(factor: int) -> Evidence:
    b, bc, v, vc, Q = sp.symbols("b bc v vc Q")
    h = Modes((b / 2,) * 2, (bc / 2,) * 2, (v,) * 2, (vc,) * 2)
    apart = sp.Matrix([0, 0, 1, -1])
    C = sp.diag(0, 0, Q * b / 2, Q * b / 2)
    re, im, x, y, s = sp.symbols("re im x y s", real=True)
    w, zeta = re + sp.I * im, x + sp.I * y
    # 2 Re(zeta^2 (1, -1) C (1, -1)^T/2) = Re(Q b zeta^2), with Q b = w.
    quadratic = sp.expand(((apart.T * C * apart)[0] / 2).subs(Q, w / b) * zeta**2, complex=True)
    form = sp.expand(2 * sp.re(sp.expand(quadratic)))
    H = sp.hessian(form, (x, y)) / 2
    findings = [
        Identity("A on the direction", gauss_newton(h) * apart, sp.zeros(4, 1)),
        Identity("C on the direction", C * apart, Q * b / 2 * apart),
        Identity(
            "characteristic polynomial",
            sp.expand((s * sp.eye(2) - H).det()),
            s**2 - factor**2 * (re**2 + im**2),
        ),
    ]
    return Evidence(findings, instances=3)


def check(setting: Setting) -> Evidence:
    """The eigenvalues |Q b|."""
    return _evidence(1)


def check_twice(setting: Setting) -> Evidence:
    """Twice as large."""
    return _evidence(2)


STATEMENT = Statement(
    id="fp-escape",
    title="Curvature at an equal split, which sets the time of escape",
    paper="fixed-pole",
    section="landscape",
    claim=r"a_1 = a_2 = b/2:\quad \lambda = \pm |Q b|",
    hypotheses=("a coincided critical point of two modes, Q = R_2(conj v)",),
    provenance=Provenance.NEW,
    uses=("fp-inertia",),
    check=check,
    controls=(Control("eigenvalues 2 |Q b|", check_twice),),
)
