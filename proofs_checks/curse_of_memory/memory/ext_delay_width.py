r"""A late kernel needs many units in L2 too: the reproducing kernel of m modes is at most m/t.

**Claim.** For every stable (A, b) with m states, controllable, let :math:`A S + S A^* = -b b^*` and
:math:`K(t) = b^* e^{A^* t} S^{-1} e^{At} b`. Then :math:`K' = -|b^* S^{-1} e^{At} b|^2 \le 0`,
:math:`\int_0^\infty K = m`, :math:`K(t) \le m/t`, and for every f in L2 and every sum of m
exponentials, real or complex,

.. math:: \|f - \hat f\|^2 \ge \|f\|^2 - m \Bigl(\int_0^\infty |f(t)|\,t^{-1/2} dt\Bigr)^2 .

**Proof.** With :math:`x = e^{At} b`: :math:`K' = x^*(A^* S^{-1} + S^{-1} A) x`, and the Lyapunov equation between two
:math:`S^{-1}` is :math:`S^{-1} A + A^* S^{-1} = -S^{-1} b b^* S^{-1}`. :math:`S = \int x x^* dt`, so
:math:`\int K = \mathrm{tr}\,S^{-1} S = m`. K does not rise, so :math:`t K(t) \le \int_0^t K \le m`. The entries of x
span the functions :math:`\hat f = c^* x`, with Gram matrix S: K(t) is the reproducing kernel of the span at (t, t), and
:math:`|g(t)| \le \|g\| K(t)^{1/2}` for g in it. The best approximation is the projection, of squared length
:math:`\sup |\langle f, g\rangle|^2 \le (\int |f| K^{1/2})^2` over g of length 1. Fewer states than m, if (A, b) is not
controllable, only help. A bump of fixed shape at T needs :math:`m \ge (1-\epsilon)\|f\|^2 T/\|f\|_1^2 (1+o(1))` units.

**Checked.** The Lyapunov equation between two :math:`S^{-1}`, in letters that do not commute: every number of modes
(PROVED); that K <= m/t follows is an argument in words, so it is certified besides, for one mode of rate 1 and for two
of rates 1 and r on a region of times and ratios, by their closed forms (the unit of time is free). The code: K' and the
integral of K for one real and one complex mode and for two real modes, K <= m/t at rates and times, and the bound for
the bump against best fits.
"""

from __future__ import annotations

import sympy as sp
from flint import arb

from memcurse.numerics.approximation.l2.distance import l2_error
from memcurse.numerics.approximation.lower_bounds.delay_bound import delay_bounds
from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Every, ForAll, Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.approximation.memory_operators import diagonal_kernel, modes_gram
from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import GaussianBump

_RATES = ([sp.S.One], [sp.S.One, sp.Rational(6, 5)], [sp.Rational(1, 2), sp.S.One, sp.Integer(3)])
_TIMES = (sp.Rational(1, 3), sp.S.One, sp.Rational(3, 2), sp.Integer(3))


def _every_width() -> list[Finding]:
    """``S^-1 (A S + S A*) S^-1 = S^-1 A + A* S^-1``, and K' = x* (..) x with ``A S + S A* = -b b*``."""
    S, A, adjoint, b, b_star, x, x_star = sp.symbols("S A A_star b b_star x x_star", commutative=False)
    between = S**-1 * (A * S + S * adjoint) * S**-1
    slope = x_star * (-(S**-1) * (b * b_star) * S**-1) * x
    inner = -(x_star * S**-1 * b) * (b_star * S**-1 * x)
    return [
        Identity("Lyapunov's equation between two S^-1", between, S**-1 * A + adjoint * S**-1),
        Identity("K' = -|b* S^-1 x|^2", slope, inner),
    ]


def _two_modes(r: sp.Expr) -> sp.Expr:
    """K of the rates 1 and r, with the inverse of their Gram matrix put in."""
    terms = 2 * sp.exp(-2 * t) + 2 * r * sp.exp(-2 * r * t) - 8 * r / (r + 1) * sp.exp(-(1 + r) * t)
    return ((r + 1) / (r - 1)) ** 2 * terms


def _on_region(share: sp.Expr, both: bool = True) -> list[Finding]:
    """``t K(t)`` below `share` times the number of modes, for one mode and for two, or for two alone."""
    r = sp.Symbol("r", positive=True)
    time, ratio = (sp.Integer(0), sp.Integer(50)), (sp.Rational(3, 2), sp.Integer(100))
    parts = [ForAll("two modes", t * _two_modes(r), 2 * share, {t: time, r: ratio}, strict=False)]
    if both:
        parts.append(ForAll("one mode", t * diagonal_kernel([sp.S.One]), share, {t: time}, strict=False))
    forms = (sp.simplify(diagonal_kernel([sp.S.One, r]) - _two_modes(r)), sp.S.Zero)
    return [Identities("K of two modes", (forms,)), Every("K <= m/t, on a region", parts)]


def _lyapunov(factor: int) -> list[Finding]:
    """The derivative and the integral of K, `factor` times the number of modes, for all rates."""
    x, y = sp.symbols("x y", positive=True)
    z = sp.Symbol("z", real=True)
    derivatives, integrals = [], []
    for rates in ([x], [x + sp.I * z], [x, x + y]):
        gram = modes_gram(rates)
        inverse = gram.inv()
        v = sp.Matrix([sp.exp(-w * t) for w in rates])
        ones = sp.ones(len(rates), 1)
        inner = (ones.T * inverse * v)[0]
        slope = sp.diff((v.H * inverse * v)[0], t)
        derivatives.append((sp.expand(slope), sp.expand(-inner * sp.conjugate(inner))))
        integrals.append((sp.simplify((inverse * gram).trace()), sp.Integer(factor * len(rates))))
        weights = [
            (inverse[i, j], 1 / (sp.conjugate(rates[i]) + rates[j]))
            for i in range(len(rates))
            for j in range(len(rates))
        ]
        total = sp.Add(*(a * b for a, b in weights))
        integrals.append((sp.simplify(total), sp.Integer(factor * len(rates))))
    return [Identities("derivative of K", derivatives), Identities("integral of K", integrals)]


def _below(constant: sp.Expr) -> Finding:
    pairs = [
        (
            lower(diagonal_kernel(rates).subs(t, x), (), "ball")(),
            lower(len(rates) * constant / x, (), "ball")(),
        )
        for rates in _RATES
        for x in _TIMES
    ]
    return BallInequalities("K against m/t", pairs)


def _bump(delay: int, rate: sp.Expr, share: arb) -> tuple[arb, arb]:
    """The bound with `share` of it taken off, and the distance of the best term of this rate."""
    target = GaussianBump(delay)
    amplitude = 2 * rate * lower(target.moment(0, rate), (), "ball")()
    return delay_bounds(target, 2)[1] * share, l2_error(target, [amplitude], [rate])


def check(setting: Setting) -> Evidence:
    """K', its integral, K <= m/t, and the bump against its best terms."""
    with precision(setting.digits):
        pairs = [_bump(T, sp.Rational(k, 2 * T), arb(1)) for T in (10, 40) for k in (1, 2)]
        code = [*_lyapunov(1), _below(sp.S.One), BallInequalities("bound and one term", pairs)]
        findings = [*_every_width(), *_on_region(sp.S.One), *map(about_code, code)]
    return Evidence(findings, len(_RATES) * len(_TIMES) + len(pairs), setting.digits)


def _smaller(setting: Setting) -> Evidence:
    """``K <= m/(e t)``: true for one mode, false for two."""
    with precision(setting.digits):
        return Evidence((_below(sp.exp(-1)),), len(_RATES) * len(_TIMES))


STATEMENT = Statement(
    id="ext-delay-width",
    title="The width grows like 1/omega in L2: m modes have a kernel of at most m/t",
    paper="curse-of-memory",
    section="4",
    claim=r"\|f - \hat\rho_m\|^2 \ge \|f\|^2 - m \Bigl(\int_0^\infty |f(t)|\,t^{-1/2}\,dt\Bigr)^2",
    hypotheses=(
        "f in L2, m modes, real or complex",
        "region: one mode of rate 1, two real ones of rates 1 and r",
        "code: bump of width 1 at T = 10 and 40, m = 1",
    ),
    provenance=Provenance.NEW,
    uses=("eq-125",),
    check=check,
    controls=(
        Control("K <= m/(e t)", _smaller),
        Control(
            "K <= m/(e t) for two modes, on the region",
            lambda setting: Evidence(_on_region(sp.exp(-1), both=False)),
        ),
        Control("K integrates to 2 m", lambda setting: Evidence(_lyapunov(2), 3)),
    ),
)
