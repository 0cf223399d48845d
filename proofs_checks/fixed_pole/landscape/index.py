r"""How many negative eigenvalues the Hessian can have.

**Proof, everywhere at most 2K.** On the 2K real directions of the gains the Hessian is twice the Gram matrix, which is
positive definite for distinct poles (fp-gram) and semidefinite always, so no subspace of more than 2K dimensions is
negative.

**Proof, at critical points with nonzero gains and distinct poles at most K.** There :math:`R_1 = 0`, so C acts on the
poles alone. With A in blocks G, B, D and w the solution of G w = B s, the Gram form is
:math:`(u + w)^* G (u + w) + s^* a s` with :math:`s^* a s = s^* D s - w^* G w \ge 0` (its minimum over u): each entry
splits as in `square of an entry`. So the complement over the gains is :math:`S(s) = 2 s^* a s + 2 \Re s^T c s`, and
:math:`S(s) + S(is) = 4 s^* a s \ge 0`, again entry by entry (`an entry of S(s) + S(is)`). If S were negative on more
than K of the 2K real dimensions, N, then N and iN would meet: some s has both s and is in N, which contradicts the sum.

Both bounds are reached (exact arithmetic): 2K at a critical point of gain zero, where the second bound fails, c = (1,
-.9 + .05i), q = (.5 + .2i, -.4 + .6i), K = 1; K at random critical points. The package's Hessian keeps the bound there.
"""

from __future__ import annotations

import random

import sympy as sp
from sympy.polys.domains import QQ_I

from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import Count, Every, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement

from ._points import Point, conjugate, critical_points, number


def _square_of_entry() -> tuple[sp.Expr, sp.Expr]:
    """One entry g of G in ``u* G u + u* G w + w* G u + w* G w``, and in the square of u + w."""
    g, u, w, uc, wc = sp.symbols("g u w uc wc")
    return uc * g * u + uc * g * w + wc * g * u + wc * g * w, (uc + wc) * g * (u + w)


def _sum_of_entry(factor: int) -> tuple[sp.Expr, sp.Expr]:
    """One entry of ``S(s) + S(i s)``: of a between conj s and s, of c and its conjugate between s and s."""
    a, c, cc, s, t, sc, tc = sp.symbols("a c cc s t sc tc")

    def at(s: sp.Expr, t: sp.Expr, sc: sp.Expr, tc: sp.Expr) -> sp.Expr:
        return 2 * sc * a * t + c * s * t + cc * sc * tc

    i = sp.I
    return sp.expand(at(s, t, sc, tc) + at(i * s, i * t, -i * sc, -i * tc)), factor * sc * a * t


def zero_gain_point() -> Point:
    """A critical point of gain zero: the pole is a zero of the target's generating function, conjugated."""
    c = (QQ_I(1), number(-18, 1, 20))
    q = (number(5, 2, 10), number(-4, 6, 10))
    # c_1 (1 - q_2 z) + c_2 (1 - q_1 z) = 0.
    z = (c[0] + c[1]) / (c[0] * q[1] + c[1] * q[0])
    return Point((QQ_I(0),), (conjugate(z),), c, q)


def _bounded(points: list[Point], most: int) -> Finding:
    """At most `most` K negative eigenvalues at critical points."""
    parts = [
        Count(f"negative eigenvalues, K = {len(p.poles)}", p.inertia().negative, most * len(p.poles), "<=")
        for p in points
    ]
    return Every("negative eigenvalues at critical points", parts)


def _points(setting: Setting) -> list[Point]:
    return critical_points(random.Random(setting.seed_for("fp-index")), setting.pick(40, 8), (1, 2))


def _evidence(
    setting: Setting, factor: int = 4, points: list[Point] | None = None, bound: int = 1
) -> Evidence:
    regular = _points(setting) if points is None else points
    zero = zero_gain_point()
    most = max(p.inertia().negative - len(p.poles) for p in regular)
    findings = [
        Identity("square of an entry", *_square_of_entry()),
        Identity("an entry of S(s) + S(is)", *_sum_of_entry(factor)),
        about_code(Count("gradients other than 0", sum(any(p.gradient) for p in (*regular, zero)), 0)),
        about_code(_bounded(regular, bound)),
        about_code(Count("K is reached", most, 0)),
        about_code(Count("2K is reached at a zero gain", zero.inertia().negative, 2)),
    ]
    return Evidence(findings, instances=len(regular))


def check(setting: Setting) -> Evidence:
    """The sum that is not negative, and the package's Hessian at critical points."""
    return _evidence(setting)


def check_half(setting: Setting) -> Evidence:
    """Half the sum."""
    return _evidence(setting, factor=2)


def check_zero_gain(setting: Setting) -> Evidence:
    """At most K negative eigenvalues also at a critical point of gain zero."""
    return _evidence(setting, points=[zero_gain_point()])


def check_none(setting: Setting) -> Evidence:
    """No negative eigenvalue at a critical point: the Hessian is positive semidefinite."""
    return _evidence(setting, bound=0)


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
    uses=("fp-hessian", "fp-gradient", "fp-gram"),
    check=check,
    controls=(
        Control("half the sum", check_half),
        Control("at most K at a zero gain too", check_zero_gain),
        Control("positive semidefinite at critical points", check_none),
    ),
)
