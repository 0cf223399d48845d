r"""Proposition C.1: where the model equals the short part, the loss stays above a constant as the memory grows.

There the residual is :math:`-\rho_0(t - T)`, so the loss is :math:`N(T) = \|\rho_0(\cdot - T)\|^2` exactly, for every
width and template: the squared residual loses the short part. (The closed form of the loss is held against this for
symbolic amplitudes and rates on every space of small width.) For the Gaussian template

.. math:: N(T) = N_\infty \bigl(1 - \tfrac12 \mathrm{erfc}(T/\sigma)\bigr), \quad N_\infty = \sqrt\pi\,\sigma c_0^2,
          \qquad N'(T) = \rho_0(-T)^2 > 0,

and :math:`\mathrm{erfc}\,x \le e^{-x^2}` for :math:`x \ge 0` encloses it:
:math:`N_\infty (1 - e^{-T^2/\sigma^2}/2) \le N < N_\infty`, certified for delays 1 to 50 and widths over two
decades, of any height; the package's losses are held against it at random points of the set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import certainly_less, precision
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plots.style import BLACK, BLUE, GREEN, PURPLE, SKY, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Every, ForAll, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape.equivalent_parameters import labelled_partitions
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective import continuous as closed_forms
from memcurse.theory.plateau.delayed_part import GaussianTemplate

from ._memory import SLACK, Claim, OnSpace, ball_text, delays, memory_target, points_on_spaces

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = sp.Rational(3, 2), sp.Rational(-2, 3)
_TEMPLATE = GaussianTemplate(_WIDTH, _HEIGHT)

#: Lower and upper bound of the loss at a point, for a delay.
Bounds = Callable[[OnSpace, int], tuple[sp.Expr, sp.Expr]]


def _residual() -> Finding:
    """Where ``rho_hat = rho_bar`` the squared residual is that of the memory part."""
    model, memory = sp.symbols("rho_bar rho_0", real=True)
    return Identities(
        "(rho_hat - rho_bar - rho_0)^2 at rho_hat = rho_bar", (((model - (model + memory)) ** 2, memory**2),)
    )


def _on_region(share: sp.Expr = sp.S.One, decay: sp.Expr = sp.S.Zero) -> Finding:
    """``share e^(-decay T) N_oo`` times 1 - e^(-T^2/sigma^2)/2 and 1, below and above N: shares of ``N_oo``."""
    T, sigma = sp.symbols("T sigma", positive=True)
    box = {T: (1, 50), sigma: (sp.Rational(1, 10), 10)}
    limit, norm = share * sp.exp(-decay * T), 1 - sp.erfc(T / sigma) / 2
    parts = [ForAll("upper bound", norm, limit, box)]
    if not decay:
        parts.append(ForAll("lower bound", limit * (1 - sp.exp(-((T / sigma) ** 2)) / 2), norm, box))
    return Every("N between its bounds, on a region", parts)


def _symbolic(widths: Sequence[int]) -> tuple[Finding, ...]:
    """Loss = N on the spaces, for a memory part with any norm N and any moments M_j at the rates."""
    pairs = []
    N = sp.Symbol("N", positive=True)
    for m in widths:
        for l, d in ((l, d) for l in (1, 2) for d in (0, 1) if l + d <= m):
            a, v, b = amplitudes(m), rates(l + d), sp.symbols(f"b_1:{l + 1}", real=True)
            M = dict(zip(v, sp.symbols(f"M_1:{l + d + 1}", real=True), strict=True))
            square = sp.Add(*(b[i] * b[j] / (v[i] + v[j]) for i in range(l) for j in range(l)))
            norm = square + 2 * sp.Add(*(b[j] * M[v[j]] for j in range(l))) + N

            def moment(k: int, w: sp.Expr, b: Any = b, v: Any = v, M: Any = M) -> sp.Expr:
                return sp.Add(*(bj / (w + vj) for bj, vj in zip(b, v, strict=False))) + M[w]

            for partition in labelled_partitions(m, l + d):
                model, w = list(a), [v[0]] * m
                for j, group in enumerate(partition):
                    total = b[j] if j < l else sp.S.Zero
                    model[group[-1]] = total - sp.Add(*(a[i] for i in group[:-1]))
                    for i in group:
                        w[i] = v[j]
                pairs.append((closed_forms.loss(model, w, moment, norm), N))
    T, sigma, c = (sp.Symbol(x, positive=True) for x in ("T", "sigma", "c_0"))
    template = GaussianTemplate(sigma, c)
    limit = sp.sqrt(sp.pi) * sigma * c**2
    norms = (
        (template.squared_norm(T), limit * (1 - sp.erfc(T / sigma) / 2)),
        (sp.diff(template.squared_norm(T), T), template.expression(-T) ** 2),
    )
    return (
        Identities(
            f"J = ||rho_0(. - 1/omega)||^2 on every space, m <= {widths[-1]}",
            tuple(pairs),
            sizes=len(widths),
            about="code",
        ),
        Identities("norm of the Gaussian template, and its derivative rho_0(-T)^2 > 0", norms),
    )


def _limit_bounds(share: sp.Expr) -> Bounds:
    """Between ``share * N_oo * (1 - e^(-T^2/sigma^2)/2)`` and ``share * N_oo``."""
    limit = share * sp.sqrt(sp.pi) * _WIDTH * _HEIGHT**2

    def bounds(point: OnSpace, T: int) -> tuple[sp.Expr, sp.Expr]:
        return limit * (1 - sp.exp(-(sp.Integer(T) ** 2) / _WIDTH**2) / 2), limit

    return bounds


def _vanishing_bounds(point: OnSpace, T: int) -> tuple[sp.Expr, sp.Expr]:
    """What the gradient obeys: a bound that dies exponentially."""
    return sp.S.Zero, Claim(_TEMPLATE, slack=SLACK).bound(0, point.rate, T)


def _losses(
    bounds: Bounds, points: Sequence[OnSpace], ladder: Sequence[int], digits: int
) -> list[tuple[Any, ...]]:
    """``(point, T, lower bound, loss, upper bound)``; digits are doubled until the balls are separated."""

    rows = []
    for point in points:
        for T in ladder:
            objective = Objective(memory_target(point.short, T, _WIDTH, _HEIGHT))
            working = digits
            for _ in range(7):
                value = objective.enclose(point.a, point.w, working).loss
                with precision(working):
                    low, high = (constant_ball(bound) for bound in bounds(point, T))
                if None not in (certainly_less(low, value), certainly_less(value, high)):
                    break
                working *= 2
            rows.append((point, T, low, value, high))
    return rows


def _bounded(rows: Sequence[tuple[Any, ...]]) -> Finding:
    pairs = [pair for _, _, low, value, high in rows for pair in ((low, value), (value, high))]
    return BallInequalities("lower bound < J < upper bound at points of the set", tuple(pairs))


def check(setting: Setting) -> Evidence:
    """The loss is the norm of the memory part, exactly, and is enclosed at random points of the set."""
    points, ladder = points_on_spaces(setting, "prop-c.1"), delays(setting)
    rows = _losses(_limit_bounds(sp.S.One), points, ladder, setting.digits)
    growing = [(x[3], y[3]) for x, y in pairwise(rows) if x[0] is y[0] and x[1] < y[1] <= 30]
    findings = (
        _residual(),
        *_symbolic(range(1, setting.pick(4, 3))),
        _on_region(),
        about_code(_bounded(rows)),
        BallInequalities("J grows with the delay", tuple(growing), about="code"),
    )
    flat = tuple((row[0].text, row[1], *map(ball_text, row[2:])) for row in rows)
    table = Table(("point", "T", "lower bound", "J", "limit"), flat)
    return Evidence(findings, len(rows), setting.digits, table, _curves(points))


def _refute(bounds: Bounds) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        points = points_on_spaces(setting, "prop-c.1")[:2]
        rows = _losses(bounds, points, (4, 25, 60), setting.digits)
        return Evidence((_bounded(rows),), len(rows), setting.digits)

    return refute


def _curves(points: Sequence[OnSpace]) -> dict[str, Any]:
    """The norm of the memory part on a fine ladder that starts at 0, and losses at three points of the set."""

    fine = [sp.Rational(k, 8) for k in range(81)]
    with precision(30):
        norms = [float(constant_ball(_TEMPLATE.squared_norm(T)).mid()) for T in fine]
        limit = float(constant_ball(_limit_bounds(sp.S.One)(points[0], 1)[1]).mid())
    losses = [_losses(_vanishing_bounds, [point], (1, 2, 3, 4, 6, 8, 10), 30) for point in points[:3]]
    return {"T": [float(T) for T in fine], "norms": norms, "limit": limit, "losses": losses}


def draw(evidence: Evidence, ax: Axes) -> None:
    """Loss on the set against the delay: the norm of the memory part, which grows to its limit."""
    data = evidence.data
    for rows, marker, colour in zip(data["losses"], "os^", (BLUE, VERMILION, GREEN), strict=True):
        label = f"J at m = {len(rows[0][0].a)}, groups: {len(rows[0][0].space.partition)}"
        values = [float(row[3].mid()) for row in rows]
        ax.plot(
            [row[1] for row in rows],
            values,
            marker,
            color=colour,
            markersize=6,
            fillstyle="none",
            label=label,
        )
    ax.plot(data["T"], data["norms"], "-", color=BLACK, linewidth=1, label=r"$\|\rho_0(\cdot - T)\|^2$")
    ax.axhline(data["limit"], linestyle="--", color=SKY, label=r"limit $\sqrt{\pi}\,\sigma c_0^2$")
    ax.axhline(data["limit"] / 2, linestyle=":", color=PURPLE, label="half of it (control)")
    ax.set(xlabel=r"delay $T = 1/\omega$ (time)", ylabel=r"loss $J_\omega$ on the set (time)")
    ax.set_ylim(0.0, 1.15 * data["limit"])
    ax.legend(ncols=2, fontsize=9, loc="lower right")


STATEMENT = Statement(
    id="prop-c.1",
    title="The loss stays bounded below",
    paper="curse-of-memory",
    section="C.2",
    claim=(
        r"\hat\rho(\cdot\,;\theta) = \bar\rho \;\Rightarrow\; J_\omega(\theta) = \|\rho_0(\cdot - "
        r"1/\omega)\|^2 \to \|\rho_0\|^2_{L^2(\mathbb R)} > 0,\quad \text{Gaussian: } "
        r"J_\omega(\theta) \uparrow \sqrt\pi\,\sigma c_0^2"
    ),
    hypotheses=(
        "theta represents the short part exactly",
        "rho_0 is not 0 and square-integrable",
        "region: the Gaussian template of any height",
    ),
    provenance=Provenance.DERIVED,
    uses=("eq-18", "eq-20", "lem-c.3"),
    check=check,
    controls=(
        Control("limit sqrt(pi) sigma c_0^2/2", _refute(_limit_bounds(sp.Rational(1, 2)))),
        Control("the loss tends to 0 exponentially", _refute(_vanishing_bounds)),
        Control("half the limit, on the region", lambda setting: Evidence((_on_region(sp.Rational(1, 2)),))),
        Control(
            "a limit 1 % too large, on the region",
            lambda setting: Evidence((_on_region(sp.Rational(101, 100)),)),
        ),
        Control(
            "exponential decay, on the region",
            lambda setting: Evidence((_on_region(decay=sp.Rational(1, 50)),)),
        ),
    ),
    figure=draw,
)
