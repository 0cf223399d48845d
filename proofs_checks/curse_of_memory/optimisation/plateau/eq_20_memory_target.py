r"""Equation (20): a target whose memory is one parameter, ``rho_omega(t) = rho_bar(t) + rho_0(t - 1/omega)``.

Why it is a good model of long memory: the delayed part vanishes exponentially from everything that the gradient sees
(the moments), while its share of the loss (the norm) stays. With :math:`N(T) = \int_0^\infty \rho_0(t - T)^2 dt` and
:math:`N'(T) = \rho_0(-T)^2 \ge 0`, the norm grows with the delay to that on the whole line. The moments' bound is
certified on a region for the Gaussian and the box (`_regions`), the package's targets are held against it at instances.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.plots.style import BLACK, BLUE, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import Agreement, BallInequalities, Every, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.notation import t
from memcurse.theory.notation import w as rate
from memcurse.theory.plateau.delayed_part import BoxTemplate, FatTailTemplate, GaussianTemplate, Template
from memcurse.theory.targets.kernels import laplace_integral
from memcurse.theory.targets.target import ExponentialSum

from ._memory import (
    SLACK,
    TWO_TERMS,
    Claim,
    ball_text,
    bound_finding,
    bound_rows,
    delays,
    memory_target,
    separated,
)
from ._regions import box_moments_below, moments_below, scaled_forms

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = sp.Rational(3, 2), sp.Rational(-2, 3)
_RATES = (sp.Rational(1, 2), sp.S.One, sp.Rational(5, 2))


def _decomposition(setting: Setting, sign: int = 1) -> Finding:
    """The target at delay T is the short part plus the template, later by T (earlier for the control)."""

    short = ExponentialSum(*TWO_TERMS)
    template = GaussianTemplate(_WIDTH, _HEIGHT)
    pairs = []
    for T in delays(setting):
        whole = memory_target(short, T, _WIDTH, _HEIGHT).expression
        pairs.append((whole, short.expression + template.expression(t - sign * T)))
    return Identities("rho_omega(t) = rho_bar(t) + rho_0(t - 1/omega)", tuple(pairs))


def _symbolic() -> tuple[Finding, ...]:
    T, sigma, c = (sp.Symbol(x, positive=True) for x in ("T", "sigma", "c_0"))
    s = sp.Symbol("s", real=True)
    template = GaussianTemplate(sigma, c)
    c0, c1 = template.envelope
    norm = (sp.diff(template.squared_norm(T), T), template.expression(-T) ** 2)
    start = (2 * template.squared_norm(sp.S.Zero), sp.sqrt(sp.pi) * sigma * c**2)
    return (
        Identities(
            "(81) with equality for the Gaussian", ((template.expression(s), c0 * sp.exp(-c1 * s**2)),)
        ),
        Identities("the norm grows: dN/dT = rho_0(-T)^2, from half of its limit", (norm, start)),
    )


def _moments(setting: Setting) -> Finding:
    """Moments of the whole target: sum of the two parts' closed forms, against certified quadrature of the sum."""

    short = ExponentialSum(*TWO_TERMS)
    parts = []
    levels = (18, setting.digits + 10)
    for T in delays(setting)[:: 1 if setting.quick else 2]:
        target = memory_target(short, T, _WIDTH, _HEIGHT)
        forms = [target.moment(k, rate) for k in range(3)]
        integrals = [laplace_integral(target.expression, k, rate) for k in range(3)]
        values = {"sum of closed forms": [], "quadrature": []}  # type: dict[str, list[Any]]
        for digits in levels:
            with precision(digits):
                values["sum of closed forms"].append(lower(forms, (rate,), "ball")(constant_ball(_RATES[0])))
                values["quadrature"].append(lower(integrals, (rate,), "ball")(constant_ball(_RATES[0])))
        for k in range(3):
            routes = {name: (low[k], high[k]) for name, (low, high) in values.items()}
            parts.append(
                Agreement(
                    f"L_{k}({_RATES[0]}) at T = {T}", routes, (levels[0] - 3, levels[1] - 3), about="code"
                )
            )
    return Every("moments of the whole target by two routes", tuple(parts))


def _norm_stays(template: Template, ladder: tuple[int, ...], digits: int) -> Finding:
    norms = [template.squared_norm(sp.Integer(T)) for T in (0, *ladder)]
    pairs = [separated(low, high, digits) for low, high in pairwise(norms)]
    return BallInequalities(f"the norm of the memory part grows, {template.name} template", tuple(pairs))


def check(setting: Setting) -> Evidence:
    """The decomposition, the template's hypotheses, moments that die and a norm that stays."""
    ladder = delays(setting)
    claims = (Claim(GaussianTemplate(_WIDTH, _HEIGHT)), Claim(BoxTemplate(_WIDTH, _HEIGHT)))
    rows = [bound_rows(claim, range(3), _RATES, ladder, setting.digits) for claim in claims]
    at_instances = (
        _decomposition(setting),
        *(
            bound_finding(f"memory's share of L_k(w) <= C T^k e^(-wT), {claim.template.name} template", part)
            for claim, part in zip(claims, rows, strict=True)
        ),
        _norm_stays(claims[0].template, ladder, setting.digits),
    )
    findings = (
        *_symbolic(),
        scaled_forms(range(3)),
        moments_below(range(3)),
        box_moments_below(range(3)),
        _moments(setting),
        *map(about_code, at_instances),
    )
    flat = [
        (claim.template.name, *map(str, row[:3]), *map(ball_text, row[3:]))
        for claim, part in zip(claims, rows, strict=True)
        for row in part
    ]
    table = Table(("template", "k", "w", "T", "share of L_k(w)", "bound"), tuple(flat))
    return Evidence(findings, len(flat), setting.digits, table, _curves(ladder))


def _earlier(setting: Setting) -> Evidence:
    return Evidence((_decomposition(setting, sign=-1),), len(delays(setting)))


def _fat(setting: Setting) -> Evidence:
    rows = bound_rows(
        Claim(FatTailTemplate(), slack=SLACK), range(3), _RATES[1:], (4, 10, 25, 60), setting.digits
    )
    finding = bound_finding(f"with a constant {SLACK} times larger than the derived one", rows)
    return Evidence((finding,), len(rows), setting.digits)


def _fewer_powers(setting: Setting) -> Evidence:
    """Moments of order k below ``C omega^(1-k) e^(-w/omega)``."""
    return Evidence((moments_below((1, 2), power=lambda k: k - 1),))


def _norm_dies(setting: Setting) -> Evidence:
    """The norm held against the bound that the moments obey."""
    claim = Claim(GaussianTemplate(), slack=SLACK)
    pairs = [
        separated(claim.template.squared_norm(sp.Integer(T)), claim.bound(0, sp.S.One, T), setting.digits)
        for T in (4, 10, 25, 60)
    ]
    finding = BallInequalities("norm of the memory part <= C e^(-T)", tuple(pairs), strict=False)
    return Evidence((finding,), len(pairs), setting.digits)


def _curves(ladder: tuple[int, ...]) -> dict[str, Any]:

    def values(of: Callable[[sp.Integer], sp.Expr]) -> list[float]:
        return [float(constant_ball(of(sp.Integer(T))).mid()) for T in ladder]

    one, fat = GaussianTemplate(), FatTailTemplate()
    with precision(30):
        return {
            "T": ladder,
            "moment": values(lambda T: one.delta(0, sp.S.One, T)),
            "bound": values(lambda T: Claim(one).bound(0, sp.S.One, int(T))),
            "fat": values(lambda T: fat.delta(0, sp.S.One, T)),
            "norm": values(one.squared_norm),
        }


def draw(evidence: Evidence, ax: Axes) -> None:
    """What the gradient sees of the memory part, next to what the loss sees of it."""
    data = evidence.data
    ax.plot(
        data["T"], data["norm"], "s-", color=VERMILION, label=r"$\|\rho_0(\cdot - T)\|^2$: seen by the loss"
    )
    ax.plot(data["T"], data["fat"], "^:", color=BLACK, label=r"share of $L_0(1)$, fat tail (control)")
    ax.plot(data["T"], data["moment"], "o", color=BLUE, label=r"share of $L_0(1)$: seen by the gradient")
    ax.plot(data["T"], data["bound"], "-", color=BLUE, linewidth=1, label=r"bound $C\,e^{-T}$")
    ax.set(yscale="log", xlabel=r"delay $T = 1/\omega$ (time)", ylabel="share of the memory part (time)")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="eq-20",
    title="Target with a memory parameter",
    paper="curse-of-memory",
    section="5",
    claim=(
        r"\rho_\omega(t) = \bar\rho(t) + \rho_0(t - 1/\omega),\quad |L_k[\rho_0(\cdot - "
        r"1/\omega)](w)| \le C\,\omega^{-k} e^{-w/\omega},\quad \|\rho_0(\cdot - 1/\omega)\|^2 "
        r"\uparrow \|\rho_0\|_{L^2(\mathbb R)}^2"
    ),
    hypotheses=(
        "rho_bar is an exponential sum with amplitudes other than 0 and distinct positive rates",
        "rho_0 is not 0, bounded, square-integrable, and tends to 0 at minus infinity",
        "eq. (81), sub-Gaussian tail: |rho_0(s)| <= c_0 exp(-c_1 s^2)",
        "region: k <= 2, the Gaussian template of any height, the box of half-width 1",
    ),
    provenance=Provenance.DERIVED,
    uses=(),
    check=check,
    controls=(
        Control("fat tail 1/(1 + s^2) instead of a sub-Gaussian one", _fat),
        Control("the norm of the memory part dies like its moments", _norm_dies),
        Control("template moved to earlier times", _earlier),
        Control("one power of 1/omega fewer, on the region", _fewer_powers),
    ),
    figure=draw,
)
