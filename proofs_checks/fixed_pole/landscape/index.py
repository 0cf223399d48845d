r"""Everywhere: the Hessian is positive definite on the 2K real directions of the gains (the Gram matrix), so at most
2K eigenvalues are negative. At a critical point with nonzero gains and distinct poles :math:`R_1 = 0`, and C acts
on the poles alone: the Schur complement over the gains is :math:`S(s) = 2 s^* a s + 2 \Re s^T c s` with a >= 0
the complement of A. Then :math:`S(s) + S(is) = 4 s^* a s \ge 0` (checked for symbolic a, c of order 2, and that a
Schur complement leaves c alone). If S were negative on more than K of the 2K real dimensions, N, then N and iN
would meet: some s has both s and is in N, which contradicts the sum. At a zero gain the bound fails: c = (1, -.9
+ .05i), q = (.5 + .2i, -.4 + .6i), K = 1.
"""

from __future__ import annotations

import sympy as sp

from memcurse.numerics.arithmetic.matrices.inertia import exact_inertia
from memcurse.proofs_checks.evidence.findings import Count, Identity
from memcurse.proofs_checks.evidence.intervals import exact_fraction
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.objective import Modes, gauss_newton, real_hessian, residual_part


def _form(s: sp.Matrix, s_conj: sp.Matrix) -> sp.Expr:
    """``2 s* a s + 2 Re(s^T c s)`` for symbols that are independent of their conjugates."""
    a = sp.Matrix(2, 2, sp.symbols("a11 a12 a21 a22"))
    c = sp.Matrix(2, 2, [*sp.symbols("c11 c12"), *sp.symbols("c12 c22")])
    cc = sp.Matrix(2, 2, [*sp.symbols("cc11 cc12"), *sp.symbols("cc12 cc22")])
    return (2 * s_conj.T * a * s + s.T * c * s + s_conj.T * cc * s_conj)[0]


def _complement() -> tuple[sp.Expr, sp.Expr]:
    """Minimum over one complex gain u of ``2 x* A x + 2 Re(c s^2)``: c is left alone."""
    u, uc, s, sc, g, b, bc, d, c, cc = sp.symbols("u uc s sc g b bc d c cc")
    form = 2 * (uc * g * u + uc * b * s + sc * bc * u + sc * d * s) + c * s**2 + cc * sc**2
    least = form.subs({u: -b * s / g, uc: -bc * sc / g}, simultaneous=True)
    return least, 2 * sc * (d - b * bc / g) * s + c * s**2 + cc * sc**2


def _evidence(factor: int) -> Evidence:
    s, sc = sp.Matrix(sp.symbols("s1 s2")), sp.Matrix(sp.symbols("sc1 sc2"))
    a = sp.Matrix(2, 2, sp.symbols("a11 a12 a21 a22"))
    total = _form(s, sc) + _form(sp.I * s, -sp.I * sc)
    findings = [
        Identity("S(s) + S(is)", sp.expand(total), sp.expand((factor * sc.T * a * s)[0]), sizes=1),
        Identity("complement over a gain", *_complement(), sizes=1),
    ]
    return Evidence(findings, instances=2)


def check(setting: Setting) -> Evidence:
    """The sum that is not negative."""
    return _evidence(4)


def check_half(setting: Setting) -> Evidence:
    """Half the sum."""
    return _evidence(2)


def check_zero_gain(setting: Setting) -> Evidence:
    """At most K negative eigenvalues also at a critical point of gain zero, in exact arithmetic."""
    i, R = sp.I, sp.Rational
    c, q = (sp.S.One, R(-9, 10) + i / 20), (R(1, 2) + i / 5, R(-2, 5) + 3 * i / 5)
    z = sp.Symbol("z")
    (root,) = sp.solve(sp.numer(sp.together(c[0] / (1 - q[0] * z) + c[1] / (1 - q[1] * z))), z)
    root = sp.nsimplify(sp.expand(root, complex=True))
    zero = (sp.S.Zero,)
    modes = Modes(zero, zero, (sp.conjugate(root),), (root,))
    target = Modes(c, tuple(map(sp.conjugate, c)), q, tuple(map(sp.conjugate, q)))
    H = real_hessian(gauss_newton(modes), residual_part(modes, target)).applyfunc(
        lambda x: sp.nsimplify(sp.expand(x, complex=True))
    )
    found = exact_inertia([[exact_fraction("H", x) for x in row] for row in H.tolist()])
    return Evidence([Count("negative eigenvalues, K = 1, zero gain", found.negative, 1, "<=")])


STATEMENT = Statement(
    id="fp-index",
    title="At most K negative eigenvalues at regular critical points",
    paper="fixed-pole",
    section="landscape",
    claim=(
        r"n_- \le 2K;\quad n_- \le K \text{ at critical points with nonzero gains and distinct" r" poles}"
    ),
    hypotheses=("discrete time, complex gains and poles",),
    provenance=Provenance.NEW,
    uses=("fp-hessian", "fp-gradient"),
    check=check,
    controls=(
        Control("half the sum", check_half),
        Control("at most K at a zero gain too", check_zero_gain),
    ),
)
