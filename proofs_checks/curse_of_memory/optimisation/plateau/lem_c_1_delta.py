r"""Lemma C.1: the moments of the delayed part decay exponentially in the memory.

The proof of the bound with its explicit constant stands in `theory.plateau.delayed_part`; its steps are checked here
as identities, and its consequence on a region: rates over two decades, widths 1/2 to 2, every delay from 1 to infinity
(`_regions`), for the Gaussian template and for the box. The package's own moments and constants are held against it at
instances in ball arithmetic. That the rate is right is shown by a bound from
below,

.. math:: \Delta_n(w) \ge \int_0^1 (T+s)^n e^{-w(T+s)} c_0 e^{-c_1 s^2} ds \ge c_0 e^{-w-c_1}\, T^n e^{-wT},

for the Gaussian template. Where only the assumptions (i)-(iv) hold, the integral is split at T/2: for the template
:math:`1/(1+s^2)`, :math:`\Delta_n(w) \le (1+T^2/4)^{-1} n!/w^{n+1} + \int_{T/2}^\infty t^n e^{-wt} dt \to 0`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.plots.style import BLACK, BLUE, GREEN, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau.delayed_part import (
    BoxTemplate,
    DoubleExponentialTemplate,
    FatTailTemplate,
    GaussianTemplate,
    Template,
    delta_floor,
    exponential_antiderivative,
    tail_moment,
)

from ._memory import SLACK, Claim, ball_text, bound_finding, bound_rows, delays
from ._regions import box_antiderivative, box_moments_below, moments_above, moments_below, scaled_forms

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RATES = (sp.Rational(1, 2), sp.S.One, sp.Integer(3))
_FULL_RATES = (sp.Rational(1, 10), *_RATES)


def _symbolic_steps() -> Iterator[Finding]:
    w, T, sigma, h = (sp.Symbol(x, positive=True) for x in ("w", "T", "sigma", "h"))
    kinds: tuple[Template, ...] = (GaussianTemplate(sigma), BoxTemplate(h), DoubleExponentialTemplate(h))
    pairs = [(sp.diff(kind.delta(n, w, T), w), -kind.delta(n + 1, w, T)) for kind in kinds for n in range(3)]
    yield Identities("dDelta_n/dw = -Delta_(n+1), for three templates and n <= 2", tuple(pairs))
    x, c1, b = (sp.Symbol(x, positive=True) for x in ("x", "c_1", "b"))
    s = sp.Symbol("s", real=True)
    square = (-w * s - c1 * s**2, w**2 / (4 * c1) - c1 * (s + w / (2 * c1)) ** 2)
    binomial = [
        (sp.Add(*(sp.binomial(n, k) * (1 + b) ** (n - k) * x**k for k in range(n + 1))), (1 + b + x) ** n)
        for n in range(5)
    ]
    moments = [(-sp.diff(tail_moment(k, c1), c1), tail_moment(k + 2, c1)) for k in range(4)]
    # The first two start the recursion: an antiderivative of 2 x e^(-c x^2), and the Gaussian integral squared.
    starts = [
        (sp.diff(-tail_moment(1, c1) * sp.exp(-c1 * x**2), x), 2 * x * sp.exp(-c1 * x**2)),
        (tail_moment(0, c1) ** 2, sp.pi * tail_moment(1, c1)),
    ]
    yield Identities("steps of the bound: square completed, binomial theorem, moments", (square, *binomial))
    yield Identities("absolute moments of the Gaussian", (*moments, *starts))


def _decreasing(setting: Setting, ladder: Sequence[int], rates: Sequence[sp.Rational]) -> Finding:

    kinds = (
        GaussianTemplate(),
        BoxTemplate(),
        DoubleExponentialTemplate(sp.Rational(2, 7)),
        FatTailTemplate(),
    )
    grid = (*rates, sp.Integer(4))
    with precision(setting.digits):
        pairs = []
        for kind in kinds:
            for n in range(3):
                for T in ladder[:: 2 if setting.quick else 1]:
                    values = [constant_ball(kind.delta(n, w, sp.Integer(T))) for w in grid]
                    pairs += list(zip(values[1:], values, strict=False))
    return BallInequalities("decreasing in w, four templates", tuple(pairs))


def _vanishing(setting: Setting, ladder: Sequence[int]) -> Finding:
    """A fat tail has no exponential rate, and still tends to 0 below an explicit bound."""

    with precision(setting.digits):
        pairs = []
        for n in range(3):
            for T in (*ladder, 1000):
                w, half = sp.S.One, sp.Rational(T, 2)
                bound = sp.factorial(n) / w ** (n + 1) / (1 + half**2) + exponential_antiderivative(
                    n, w, half
                )
                pairs.append(
                    (constant_ball(FatTailTemplate().delta(n, w, sp.Integer(T))), constant_ball(bound))
                )
    return BallInequalities("fat tail below its bound that tends to 0", tuple(pairs))


def check(setting: Setting) -> Evidence:
    """Monotone, vanishing, below the explicit bound, and not below any bound with a better rate."""
    ladder = delays(setting)
    rates = _RATES if setting.quick else _FULL_RATES
    claims = (
        Claim(GaussianTemplate()),
        Claim(GaussianTemplate(sp.Rational(1, 2), sp.Integer(-2))),
        Claim(BoxTemplate()),
    )
    rows = [bound_rows(claim, range(3), rates, ladder, setting.digits) for claim in claims]
    at_instances = [
        _decreasing(setting, ladder, rates),
        _vanishing(setting, ladder),
        *(
            bound_finding(f"Delta_n(w) <= C T^n e^(-wT), {claim.template.name} template", part)
            for claim, part in zip(claims, rows, strict=True)
        ),
        _floor(claims[0], rows[0], setting.digits),
    ]
    findings = [
        *_symbolic_steps(),
        scaled_forms(range(4)),
        moments_below(range(4)),
        box_antiderivative(),
        box_moments_below(range(3)),
        moments_above(),
        *map(about_code, at_instances),
    ]
    flat = [
        (claim.template.name, str(claim.template.envelope[0]), *map(str, row[:3]), *map(ball_text, row[3:]))
        for claim, part in zip(claims, rows, strict=True)
        for row in part
    ]
    table = Table(("template", "c0", "n", "w", "T", "Delta_n(w)", "bound"), tuple(flat))
    return Evidence(tuple(findings), len(flat), setting.digits, table, _curves(setting))


def _floor(claim: Claim, rows: Sequence[tuple[Any, ...]], digits: int) -> Finding:

    template = claim.template
    if not isinstance(template, GaussianTemplate):
        raise TypeError(f"`template` must be Gaussian; got {template.name}")
    with precision(digits):
        pairs = [
            (constant_ball(delta_floor(n, template, w) * sp.Integer(T) ** n * sp.exp(-w * T)), value)
            for n, w, T, value, _ in rows
        ]
    return BallInequalities("Delta_n(w) >= c T^n e^(-wT): the rate is right", tuple(pairs), strict=False)


def _control(
    claim: Claim,
    orders: Sequence[int] = range(3),
    rates: Sequence[sp.Rational] = _RATES,
    ladder: Sequence[int] = (4, 10, 25, 60),
) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        rows = bound_rows(replace(claim, slack=SLACK), orders, rates, ladder, setting.digits)
        finding = bound_finding(f"with a constant {SLACK} times larger than the derived one", rows)
        return Evidence((finding,), len(rows), setting.digits)

    return refute


def _on_region(finding: Callable[[], Finding]) -> Callable[[Setting], Evidence]:
    return lambda setting: Evidence((finding(),))


def _curves(setting: Setting) -> dict[str, Any]:
    """Delta_n(1) and its bound on a fine ladder, for the picture."""
    ladder = range(2, 61, 4 if setting.quick else 2)
    one = (sp.S.One,)
    gaussian = bound_rows(Claim(GaussianTemplate()), range(3), one, ladder, 30)
    fat = bound_rows(Claim(FatTailTemplate()), (0,), one, ladder, 30)
    return {
        "gaussian": [(n, T, float(value.mid()), float(bound.mid())) for n, _, T, value, bound in gaussian],
        "fat": [(T, float(value.mid())) for _, _, T, value, _ in fat],
    }


def draw(evidence: Evidence, ax: Axes) -> None:
    """Computed moments as points, claimed bounds as lines."""
    for n, (colour, marker) in enumerate(zip((BLUE, VERMILION, GREEN), "osD", strict=True)):
        points = [row for row in evidence.data["gaussian"] if row[0] == n]
        T = [row[1] for row in points]
        ax.plot(
            T,
            [row[2] for row in points],
            marker,
            color=colour,
            markersize=4,
            label=rf"$\Delta_{n}(1)$, Gaussian",
        )
        ax.plot(T, [row[3] for row in points], "-", color=colour, linewidth=1, label=rf"$C\,T^{n} e^{{-T}}$")
    delays_of_fat, fat = zip(*evidence.data["fat"], strict=True)
    ax.plot(delays_of_fat, fat, ":", color=BLACK, label=r"$\Delta_0(1)$, fat tail (control)")
    ax.set(
        yscale="log",
        xlabel=r"delay $T = 1/\omega$ (time)",
        ylabel=r"moment $\Delta_n(w)$ at $w = 1$ (time$^{n+1}$)",
    )
    ax.legend(fontsize=8, ncols=2)


STATEMENT = Statement(
    id="lem-c.1",
    title="Moments of the delayed part",
    paper="curse-of-memory",
    section="C.2",
    claim=(
        r"\Delta_n(w) = \int_0^\infty t^n e^{-wt} |\rho_0(t - 1/\omega)|\,dt \le C(n, c_0, c_1, w)\, "
        r"\omega^{-n} e^{-w/\omega}"
    ),
    hypotheses=(
        (
            "rho_0 is bounded, square-integrable and tends to 0 at minus infinity: Delta_n decreases "
            "in w and tends to 0 as omega -> 0"
        ),
        "for the rate: |rho_0(s)| <= c_0 exp(-c_1 s^2) for all s, w > 0 fixed, omega <= 1",
        "region: the Gaussian template of any height, n <= 3, and the box of half-width 1, n <= 2",
    ),
    provenance=Provenance.DERIVED,
    corrects="Lemma C.1 with a constant that does not depend on w. It grows like exp(w^2/(4 c_1)).",
    uses=("eq-20",),
    check=check,
    controls=(
        Control("rate exp(-2w/omega)", _control(Claim(GaussianTemplate(), rate=2))),
        Control(
            "no factor omega^(-n) for n >= 1",
            _control(Claim(GaussianTemplate(), power=lambda n: 0), (1, 2), ladder=(60, 10**4, 10**9)),
        ),
        Control(
            "a constant that does not depend on w",
            _control(
                Claim(GaussianTemplate(), constant_at=sp.S.One), rates=(sp.Integer(50), sp.Integer(200))
            ),
        ),
        Control("fat tail instead of a sub-Gaussian one", _control(Claim(FatTailTemplate()))),
        Control(
            "exp(-2|s|/7) instead of a sub-Gaussian tail",
            _control(Claim(DoubleExponentialTemplate(sp.Rational(2, 7)))),
        ),
        Control(
            "one power of 1/omega fewer, on the region",
            _on_region(lambda: moments_below((1, 2), power=lambda n: n - 1)),
        ),
        Control(
            "rate exp(-2w/omega), on the region", _on_region(lambda: moments_below((0, 1), rate_factor=2))
        ),
        Control(
            "the constant at w = 1 for every w, on the region",
            _on_region(lambda: moments_below((1,), frozen=True)),
        ),
        Control(
            "a third of the box's constant", _on_region(lambda: box_moments_below((0,), sp.Rational(1, 3)))
        ),
        Control("a floor four times as high", _on_region(lambda: moments_above(sp.Rational(1, 4)))),
    ),
    figure=draw,
)
