r"""Other templates than the Gaussian bump: what replaces :math:`\omega^6 e^{5w/(2\omega)}` and its constant.

The law of ext-escape-law knows the far part through two numbers, :math:`D_n = \int_0^\infty e^{-wt} L_n(2wt)\,
b(t)\,dt`, n = 2, 3: :math:`\tau \propto (-D_3)^{-1} D_2^{-3/2}`, so **the escape time is the power -5/2 of what the
far part weighs under** :math:`e^{-wt}`, whatever makes it small. For a template :math:`\rho_0(t - T)` with the
transform :math:`R(z) = \int \rho_0(s) e^{-zs} ds` (`theory.plateau.far_overlaps`):

- **light tails**: :math:`D_n = L_n(-2w\,\partial_z)[e^{-zT} R(z)]_{z=w} \approx L_n(2wT)\, e^{-wT} R(w)`: the law as
  it stands, with :math:`C = R(w)`. Gaussian :math:`c\sigma\sqrt{2\pi} e^{w^2\sigma^2/2}`, box of half-width h
  :math:`2\sinh(wh)/w`, double exponential :math:`2r/(r^2 - w^2)` for r > w, one-sided exponential :math:`1/(r + w)`;
- **the sign of R(w) decides**, neither that of the template nor that of its integral: R(w) < 0 parts no two units of
  one sign (ext-escape-signs). A bump and one of the other sign, twice as high, a unit of time later have the integral
  :math:`-\sqrt{2\pi}` and R(1) > 0: the network escapes; with
  the heights exchanged the integral is the same, R(1) < 0, and it stays for ever;
- **a slow early tail** :math:`e^{rs}`, s < 0, r < w: :math:`D_n \to (-1)^n \frac{(w + r)^n}{(w - r)^{n+1}} e^{-rT}`:
  :math:`\tau \propto e^{5r/(2\omega)}`, the rate of the tail in place of w, and no power of :math:`\omega`;
- **a tail of a power**, :math:`c|s|^{-k}`: :math:`D_n \to (-1)^n c/(w T^k)`, so :math:`\tau \propto \omega^{-5k/2}`:
  **no exponential**. This is the plateau without (81).

**Measured.** (a) The reduction against flows, T = 22, 24. (b) Ladders of the reduction, T = 40 to 360: exponent and
power; the constant by the ratio to the Gaussian's times, against :math:`-\frac52 \ln(R(w)/R_{\text{Gauss}}(w))`.

**Not measured**: the tail of a power. There the split falls as 1/T only, about 6/T for :math:`1/(1 + s^2)`, and the
law with the exact :math:`D_n` is met slowly: flows at T = 20 and 40 take .971 and 1.035 of it; its limit :math:`T^5`
is further still (:math:`D_n T^2` is off by (4n + 2)/T). The statement has the limit of the :math:`D_n` only."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import mpmath
import sympy as sp

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.flow.events import Displacement
from memcurse.numerics.plots import escapes as plots
from memcurse.proofs_checks.curse_of_memory.optimisation.escape.ext_escape_law import coefficient
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Every, Identities, Identity, Measured
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau.delayed_part import BoxTemplate, DoubleExponentialTemplate
from memcurse.theory.plateau.far_overlaps import DelayedTemplate, transform
from memcurse.theory.plateau.slow_manifold import bump_strength, drift_time
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum, Target

from ._ladders import FAR, FARTHER, HEADS, Case, agreement, exponents, gaussian, limit, reduced, rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PARTED: Final = Displacement("0.1")
#: From here on what the split adds, ``e^(-rT/2)``, is below the terms of the series kept, for r = 1/2.
_LATER: Final = tuple(range(80, 401, 40))


def _case(name: str, far: Callable[[Any], Target]) -> Case:
    return Case(name, "0.7 0.3", "1 1", far=far, stop=_PARTED)


def _box(delay: Any) -> Target:
    return DelayedTemplate(BoxTemplate(), delay)


def _double(delay: Any) -> Target:
    return DelayedTemplate(DoubleExponentialTemplate(sp.Integer(2)), delay)


def _one_sided(delay: Any) -> Target:
    return ExponentialSum([1], [2]).delayed(delay)


def _opposite(delay: Any) -> Target:
    return GaussianBump(delay) - 2 * GaussianBump(delay + 1)


def _slow_tail(delay: Any) -> Target:
    return DelayedTemplate(DoubleExponentialTemplate(sp.Rational(1, 2)), delay)


GAUSS: Final = _case("Gaussian", gaussian)
_GAUSSIAN: Final = sp.sqrt(2 * sp.pi) * sp.exp(sp.Rational(1, 2))
#: Light tails, and R(1) of each.
LIGHT: Final = {
    _case("box", _box): 2 * sp.sinh(1),
    _case("double exponential, r = 2", _double): sp.Rational(4, 3),
    _case("one-sided exponential, r = 2", _one_sided): sp.Rational(1, 3),
    _case("bump less twice a later one", _opposite): _GAUSSIAN * (1 - 2 * sp.exp(-1)),
}
SLOW_TAIL: Final = _case("double exponential, r = 1/2", _slow_tail)


def light_tails(wrong: int = 0) -> tuple[Finding, ...]:
    """D_n of an arbitrary transform, its leading term, and the transforms; `wrong` is added to the power of T."""
    z, w, T, s, r, h, width, height = sp.symbols("z w T s r h sigma c", positive=True)
    R = sp.Function("R")
    leading = []
    for n in (2, 3):
        x = sp.Symbol("x")
        terms = sp.Poly(sp.laguerre(n, x), x).all_coeffs()[::-1]
        # t^k e^{-zt} is (-d/dz)^k.
        parts = [
            c * (2 * w) ** k * (-1) ** k * sp.diff(sp.exp(-z * T) * R(z), z, k) for k, c in enumerate(terms)
        ]
        scaled = sp.expand(sp.expand(sp.Add(*parts) * sp.exp(z * T)) / T ** (n + wrong))
        found = sp.limit(scaled, T, sp.oo).subs(z, w).doit() / R(w)
        leading.append((found, (-2 * w) ** n / sp.factorial(n)))
    square = -(s**2) / (2 * width**2) - w * s
    gap = sp.Symbol("g", positive=True)
    sides = [1 / (r - w), 1 / (r + w)]
    return (
        Identities("D_n e^(wT)/T^n tends to (-2w)^n/n! R(w)", leading),
        Identities(
            "R(w) of the Gaussian, the box, the double exponential",
            [
                (square, -((s + w * width**2) ** 2) / (2 * width**2) + w**2 * width**2 / 2),
                (
                    bump_strength(w, width, height),
                    height * sp.sqrt(2 * sp.pi) * width * sp.exp(w**2 * width**2 / 2),
                ),
                (
                    sp.integrate(sp.exp(-w * s), (s, -h, h)).rewrite(sp.exp),
                    (2 * sp.sinh(w * h) / w).rewrite(sp.exp),
                ),
                (sp.Add(*sides).subs(r, w + gap), (2 * r / (r**2 - w**2)).subs(r, w + gap)),
            ],
        ),
    )


def slow_tails(power: int = 0) -> tuple[Finding, ...]:
    """D_n e^(rT) of a tail e^(rs), and D_n T^k of a tail of a power; `power` more of (w - r)."""
    w, v, rest = sp.symbols("w v rest", positive=True)
    rate = v - rest
    tail = [
        (transform(n, v, (), -rate), (-1) ** n * (v + rate) ** n / rest ** (n + 1 + power)) for n in (2, 3)
    ]
    flat = [(transform(n, w, (), sp.S.Zero), (-1) ** n / w) for n in (2, 3)]
    scale, a, integral, d2 = sp.symbols("x a i d2", positive=True)
    d3 = sp.Symbol("d3", negative=True)
    scaled = drift_time(a, w, integral, scale * d2, scale * d3)
    return (
        Identities("a tail e^(rs), r = w - rest", tail),
        Identities("a tail of a power", flat),
        Identity(
            "the time is the power -5/2 of the far part's weight",
            scaled,
            scale ** sp.Rational(-5, 2) * drift_time(a, w, integral, d2, d3),
        ),
    )


def constant(case: Case, claimed: sp.Expr) -> Measured:
    """The limit of ``ln(tau/tau_Gauss)``, for this R(1) of the template."""
    values = [float(mpmath.log(reduced(case, T).event_time / reduced(GAUSS, T).event_time)) for T in FAR]
    models = [[[float(T) ** -k for k in range(n)] for T in FAR] for n in (5, 6)]
    value = -2.5 * math.log(float(claimed / _GAUSSIAN))
    return coefficient(
        f"{case.name}: ln of the constant over the Gaussian's", value, models, values, 0, "powers of 1/T"
    )


def signs() -> Finding:
    """R(1) > 0 with a negative integral: the bump less twice a later one."""
    integral = sp.sqrt(2 * sp.pi) * (1 - 2)
    whole = _GAUSSIAN * (1 - 2 * sp.exp(-1))
    balls = [constant_ball(x) for x in (integral, sp.S.Zero, whole)]
    return BallInequalities("integral < 0 < R(1)", [(balls[0], balls[1]), (balls[1], balls[2])])


def check(setting: Setting) -> Evidence:
    """The transforms; the reduction against flows; exponents, powers and constants of ladders."""
    light = dict(list(LIGHT.items())[::3]) if setting.quick else LIGHT
    delays = (24,) if setting.quick else (22, 24)
    findings = (
        *light_tails(),
        *slow_tails(),
        signs(),
        Every("the reduction against flows", tuple(agreement(case, delays) for case in (*light, SLOW_TAIL))),
        *(limit(case) for case in (*light, SLOW_TAIL)),
        *(constant(case, value) for case, value in light.items()),
        *(x for case in light for x in exponents(case, 2.5, 6.0, FARTHER if setting.full else FAR)),
        *exponents(SLOW_TAIL, 1.25, 0.0, _LATER),
    )
    table = [row for case in (*light, SLOW_TAIL) for row in rows(case, setting, delays=delays)]
    return Evidence(findings, len(table), None, Table(HEADS, tuple(table)), {"cases": tuple(light)})


def _refute(*findings: Callable[[], Any]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        found = [finding() for finding in findings]
        return Evidence(tuple(x for part in found for x in (part if isinstance(part, tuple) else (part,))))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """Local exponents of the templates, and the laws'."""
    curves = dict.fromkeys(evidence.data["cases"], (2.5, 6.0, FAR)) | {SLOW_TAIL: (1.25, 0.0, _LATER)}
    ladders = {
        case.name: (
            exponent,
            power,
            {float(T): float(mpmath.log(reduced(case, T).event_time)) for T in delays},
        )
        for case, (exponent, power, delays) in curves.items()
    }
    plots.plot_local_exponents(ladders, ax=ax)


_BOX, _DOUBLE, _, _TWICE = LIGHT

STATEMENT = Statement(
    id="ext-escape-templates",
    title="The template enters the escape time by its transform at the short rate",
    paper="curse-of-memory",
    section="5",
    claim=(
        r"C = R(w_*) = \int \rho_0(s) e^{-w_* s} ds;\quad \rho_0 \approx e^{rs},\ r < w_*:\ "
        r"\tau \propto e^{5r/(2\omega)};\quad \rho_0 \approx |s|^{-k}:\ D_n \to (-1)^n \omega^k/w_*"
    ),
    hypotheses=(
        "one short term; m = 2 on the manifold, as in ext-escape-law; omega -> 0",
        "R(w*) finite and positive for the first; the tails are those at s -> -infinity",
        "measured: box, double and one-sided exponential, two bumps of both signs; 1/omega from 22 to 400",
        "of a tail of a power only the limit of D_n is shown: tau follows it where the split, of order 1/T, is small",
    ),
    provenance=Provenance.NEW,
    uses=("eq-20", "lem-c.1", "ext-escape-law"),
    check=check,
    controls=(
        Control("the Gaussian's constant for the box", _refute(lambda: constant(_BOX, _GAUSSIAN))),
        Control("the integral for R(w), box", _refute(lambda: constant(_BOX, sp.Integer(2)))),
        Control("the transform at 0, double exponential", _refute(lambda: constant(_DOUBLE, sp.S.One))),
        Control(
            "the two bumps' integral, without its sign", _refute(lambda: constant(_TWICE, sp.sqrt(2 * sp.pi)))
        ),
        Control("the short rate for a slow tail", _refute(lambda: exponents(SLOW_TAIL, 2.5, 0.0, _LATER)[0])),
        Control("power omega^6 for a slow tail", _refute(lambda: exponents(SLOW_TAIL, 1.25, 6.0, _LATER)[1])),
        Control("D_n grows as T^(n+1)", _refute(lambda: light_tails(1)[0])),
        Control("(w - r)^(n+2) for a slow tail", _refute(lambda: slow_tails(1)[0])),
    ),
    figure=draw,
    quick=False,
)
