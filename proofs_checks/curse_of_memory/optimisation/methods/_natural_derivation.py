"""The derivation of `theory.plateau.natural_gradient`, each step as an identity."""

from __future__ import annotations

import sympy as sp

from memcurse.numerics.plateau.natural_escape import runaway_integral
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Enclosed, Identities, Identity
from memcurse.theory.notation import t
from memcurse.theory.plateau import natural_gradient as natural


def function_space() -> tuple[Finding, ...]:
    """The flow projects; the model lies in its tangent space; coordinates do not matter: for any number of units."""
    # D is an injective linear map, S its adjoint, N the inverse of S D: symbols, so for any size.
    D, S, N, g = sp.symbols("D D_star N g", commutative=False)
    P = D * N * S
    return (
        Identities(
            "P = D (D^*D)^-1 D^* is a projection that leaves D x where it is",
            [(_cancelled(P * P, S, D, N), P), (_cancelled(P * D * g, S, D, N), D * g)],
        ),
        same_velocity("G"),
    )


def same_velocity(metric: str) -> Finding:
    """The velocity of theta = phi(eta), A = phi', that the flow of eta has, against that of the flow of theta.

    The natural metric moves along, ``A^* G A``; that of the gradient flow, "1", does not.
    """
    A, A_star, G, g = sp.symbols("A A_star G g", commutative=False)
    moved = A**-1 * G**-1 * A_star**-1 if metric == "G" else sp.S.One
    here = G**-1 if metric == "G" else sp.S.One
    return Identity("the velocity does not depend on the coordinates", A * moved * A_star * g, here * g)


def _cancelled(expr: sp.Expr, S: sp.Expr, D: sp.Expr, N: sp.Expr) -> sp.Expr:
    """``S D N = N S D = 1``: what N is the inverse of."""
    return sp.expand(expr).subs(S * D * N, sp.S.One).subs(N * S * D, sp.S.One)


def reduced_flow() -> tuple[Finding, ...]:
    """The Gram matrix off the short part, the velocities, and the solution by quadratures."""
    v, u, w, s = sp.symbols("v u w s", positive=True)
    k = sp.Function("k")
    off = natural.gram_off(v, u, w)
    short = [sp.exp(-w * t), t * sp.exp(-w * t)]
    basis = sp.Matrix(2, 2, lambda i, j: _product(short[i] * short[j]))
    rows = [sp.Matrix([_product(x * sp.exp(-r * t)) for x in short]) for r in (v, u)]
    direct = 1 / (v + u) - (rows[0].T * basis.inv() * rows[1])[0]
    tangent = natural.velocities(v, w, k(v), sp.diff(k(v), v))
    moment = k(v) * natural.share_off(v, w)
    # Coefficients of Q e^{-vt} and Q t e^{-vt} = -d/dv: the normal equations of the projection.
    gram = [[off, -sp.diff(off, u)], [-sp.diff(off, v), sp.diff(off, v, u)]]
    gram = [[x.subs(u, v) for x in row] for row in gram]
    left = [row[0] * tangent.amplitude + row[1] * tangent.split for row in gram]
    b, c, zeroth = sp.symbols("b_0 b_1 b_v")
    at_w = _interpolation(w, b, c)
    slope = sp.diff(k(v), v)
    logs = tangent.amplitude / tangent.split - sp.diff(sp.log(natural.share_off(v, w)), v)
    return (
        Identity("inner products off the short part", off, direct),
        Identity(
            "moments off the short part", natural.moment_off(v, w, zeroth, (b, c)), zeroth - at_w.subs(s, v)
        ),
        Identities("velocities of the small unit", [(left[0], moment), (left[1], -sp.diff(moment, v))]),
        Identity(
            "amplitude times f, along the split", -logs, (k(v) + v * slope) / (v * (k(v) + 2 * v * slope))
        ),
    )


def _interpolation(w: sp.Expr, zeroth: sp.Expr, first: sp.Expr) -> sp.Expr:
    """The transform in the span of ``1/(s + w), 1/(s + w)^2`` with these values at w: of b, and of t b."""
    s = sp.Symbol("s", positive=True)
    x, y = sp.symbols("x y")
    transform = x / (s + w) + y / (s + w) ** 2
    found = sp.solve([transform.subs(s, w) - zeroth, sp.diff(transform, s).subs(s, w) + first], [x, y])
    return transform.subs(found)


def _product(integrand: sp.Expr) -> sp.Expr:
    """``int_0^oo integrand dt``."""
    return sp.integrate(integrand, (t, 0, sp.oo), conds="none")


def large_delays(constant: int = 128) -> tuple[Finding, ...]:
    """The limit of the reduced flow for a bump: constants, E as a divided difference, and the separated solution."""
    x, w, T, C = sp.symbols("x w T C", positive=True)
    # C e^{-vT} is the bump's transform to leading order: what is off the short part begins with the square of x.
    k = C * sp.exp(-w * T) * (sp.exp(x) - 1 - x) * T**2 / x**2 * 4 * w**2
    # With v = w - x/T: d/dv = -T d/dx; of k + 2 v k' the second term leads.
    force = 2 * w * T * sp.diff(k, x)
    E = natural.divided_exponential(x)
    s = sp.Symbol("s", positive=True)
    mean = sp.integrate(s * (1 - s) * sp.exp(s * x), (s, 0, 1))
    mass = sp.Symbol("M", positive=True)
    # e^tau dtau = N_0 dv/(-4 v^2 (k + 2 v k')), N_0 = M/(4 w^2): the pace of x.
    pace = T * 4 * w**2 * force / (mass / (4 * w**2))
    exact = natural.pull(T, w, C, mass) * sp.Rational(constant, 128) * E
    return (
        Identity("E is a mean of the exponential: positive", E, mean),
        Identity("x' e^-tau = kappa E(x) for large delays", pace, exact),
        Identity("value of E at 0", sp.limit(E, x, 0), sp.Rational(1, 6)),
    )


def valley_time(power: int = 1) -> Finding:
    """Along a valley with the tangent u and slope S the metric ``2 (G + lambda)`` takes ``2 lambda + 2 u.Gu/u.u`` times
    as long as the Euclidean one: ``dtau/dq = u.M u/S``."""
    lam, soft, length, slope = sp.symbols("lambda g_u l S", positive=True)
    gradient = length / slope
    damped = 2 * (soft + lam * length) / slope
    return Identity(
        "time of the damped flow along a valley",
        damped,
        2 * lam**power * gradient + 2 * soft / length * gradient,
    )


def enclosed_integral(low: str = "10.45", high: str = "10.46") -> Finding:
    """``I(0)``, enclosed."""
    return Enclosed("I(0)", runaway_integral(0), (sp.Rational(low), sp.Rational(high)))
