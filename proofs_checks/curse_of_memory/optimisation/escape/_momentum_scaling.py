r"""Flows with momentum in a valley of any shape, and in that of `theory.plateau.slow_manifold`, as identities."""

from __future__ import annotations

from typing import Final

import sympy as sp

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Identities
from memcurse.theory.plateau import slow_manifold as slow

_POWER: Final = sp.Rational(3, 2)


def scaling() -> tuple[Finding, ...]:
    """A valley of any shape: which time makes its depth drop out."""
    eps, tau, gamma = sp.symbols("epsilon tau gamma", positive=True)
    z = sp.Symbol("z", positive=True)
    X, slope = sp.Function("X"), sp.Function("S")

    def left(scale: sp.Expr, inertia: int, friction: sp.Expr) -> sp.Expr:
        x = X(scale * tau)
        return (inertia * sp.diff(x, tau, 2) + friction * sp.diff(x, tau) + eps * slope(x)).doit()

    def right(scale: sp.Expr, inertia: sp.Expr, friction: sp.Expr) -> sp.Expr:
        inner = inertia * sp.diff(X(z), z, 2) + friction * sp.diff(X(z), z) + slope(X(z))
        return (eps * inner).subs(z, scale * tau).doit()

    root = sp.sqrt(eps)
    one, zero = sp.S.One, sp.S.Zero
    return (
        Identities("gradient flow: a function of eps tau", ((left(eps, 0, one), right(eps, zero, one)),)),
        Identities(
            "Nesterov's flow: a function of sqrt(eps) tau",
            ((left(root, 1, 3 / tau), right(root, one, 3 / z)),),
        ),
        Identities(
            "fixed friction: eps tau/gamma, up to eps/gamma^2",
            ((left(eps / gamma, 1, gamma), right(eps / gamma, eps / gamma**2, one)),),
        ),
    )


def one_valley(power: sp.Rational = _POWER) -> Finding:
    """``E_3'(p)/(2a^2) (p(1-p))^power`` does not depend on p, and is what the drift time has in its denominator."""
    w, a, p, d2 = sp.symbols("w a p d2", positive=True)
    d3 = sp.Symbol("d3", negative=True)
    speed = sp.diff(slow.drift_energy(p, a, w, d2, d3), p) / (2 * a**2)
    constant = 1 / slow.drift_time(a, w, sp.S.One, d2, d3)
    # Both sides are positive for 0 < p < 1: their squares are rational in p.
    return Identities(
        "the delay enters the valley through one constant",
        ((speed**2 * (p * (1 - p)) ** (2 * power), constant**2),),
    )


def constant_force(power: int = 1) -> Finding:
    """Steps in a constant force with a fixed beta: ``(1 - beta^k)/(1 - beta)`` times one without, by induction."""
    beta = sp.Symbol("beta", positive=True)
    k = sp.Symbol("k", integer=True, positive=True)

    def factor(n: sp.Expr) -> sp.Expr:
        return (1 - beta**n) / (1 - beta) ** power

    pairs = ((factor(sp.S.One), sp.S.One), (beta * factor(k) + 1, factor(k + 1)))
    return Identities("steps with a fixed beta in a constant force", pairs)
