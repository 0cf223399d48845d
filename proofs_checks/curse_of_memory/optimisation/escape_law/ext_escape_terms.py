r"""Several short terms: the slowest rate sets the exponent, the others a factor, and the doubled one the power.

With m* short terms and one unit more, one group of units stands at a rate w of a term, single units at the other
rates :math:`w_j`. `theory.plateau.far_overlaps` derives what that does to the law of ext-escape-law; its steps are
decided here for any number of other terms:

1. off the span of :math:`e^{-wt}, t e^{-wt}, e^{-w_j t}, t e^{-w_j t}` the powers :math:`t^2 e^{-wt}, t^3 e^{-wt}`
   add orthogonal functions :math:`e_2, e_3` of the squared norm 1/(2w): their transforms have double zeros at every
   :math:`w_j`, and the other terms' factors have modulus one on the imaginary axis;
2. with :math:`\beta^2 = \prod_j ((w - w_j)/(w + w_j))^2` and :math:`D_n = \int e_n b` the split stops at :math:`\mu_2
   = 8 w^3 D_2/\beta^2`, and the drift takes :math:`\beta` times the time of one term with these :math:`D_n`;
3. the poles of the transforms give the :math:`D_n` for a far bump, and with them two laws:

   - **the slowest term is doubled**: :math:`\tau \sim \beta^6 \tau_1`, :math:`\tau_1 \propto \omega^6
     e^{5w/(2\omega)}` the law without the other terms;
   - **a faster term is doubled**, v the slowest rate: :math:`D_n \sim T e^{-vT}` for all n, so :math:`\tau \propto
     \omega^{5/2} e^{5v/(2\omega)}`.

So the exponent is 5/2 times the smallest rate of the short part in both cases; near rates shorten the plateau (they
make the split larger: :math:`\mu_2 \sim \beta^{-4}`), and a doubled fast term keeps the network there for the longer
time, :math:`\omega^{-7/2}` times as long.

**What follows.** A fast group that has parted does not find the bump at once when the loss must drop: its slow unit
comes to the slowest term and makes a second plateau there, of the first kind, which is shorter by
:math:`\omega^{7/2}`. The times of fast groups below are therefore those of a displacement.

**Measured.** (a) The reduction against flows, T = 20 to 24. (b) Its ladder to T = 360: exponents and powers. (c) The
reduction against the law at T = 120: two to four terms, two and three units, slow and fast groups.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import mpmath
import sympy as sp

from memcurse.numerics.flow.events import Displacement
from memcurse.numerics.plots import escapes as plots
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Every, Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau import slow_manifold as two_units
from memcurse.theory.plateau.far_overlaps import drift_time_off, pole_coefficients

from ._ladders import FAR, FARTHER, HEADS, Case, agreement, exponents, law, limit, reduced, rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ONE: Final = Case("one term", "0.7 0.3", "1 1")
SLOW: Final = Case("rates 1, 3; the slow one doubled", "0.7 0.3 1", "1 1 3", ("1 1", "1 3"))
THREE: Final = Case("rates 1, 3, 8; three units at 1", "0.5 0.3 0.2 1 -2", "1 1 1 3 8", ("1 1 -2", "1 3 8"))
_PARTED: Final = Displacement("0.1")
FAST: Final = Case("rates 1, 3; the fast one doubled", "1 0.7 0.3", "1 3 3", ("1 1", "1 3"), stop=_PARTED)
OTHER: Final = Case(
    "rates 3/4, 2, 5; that at 2 doubled", "1 0.7 0.3 1/2", "3/4 2 2 5", ("1 1 1/2", "3/4 2 5"), stop=_PARTED
)
CASES: Final = (SLOW, THREE, FAST, OTHER)


def _at(expression: sp.Expr, z: sp.Symbol, place: sp.Expr, order: int) -> sp.Expr:
    """The derivative there."""
    return sp.diff(expression, z, order).subs(z, place).doit()


def functions(third: int = 3) -> tuple[Finding, ...]:
    """Step 1: with an arbitrary factor h for all other terms; `third` is the 3 in what ``t^3 e^(-wt)`` adds."""
    z, w, v, y, beta = sp.symbols("z w v y beta", positive=True)
    h = sp.Function("h")
    other = (z - v) ** 2 * h(z)
    # <t^k e^{-vt}, e_n> = (-d/dz)^k of the transform at v.
    own = {n: (z - w) ** n * h(z) for n in (2, 3)}
    size = {n: beta**2 / (2 * w) ** (n + 1) for n in (2, 3)}
    components = [
        (_at(own[2], z, w, 2).subs(h(w), size[2]) * 2 * w, beta**2 / (2 * w**2)),
        (-_at(own[3], z, w, 3).subs(h(w), size[3]) * 2 * w, -third * beta**2 / (4 * w**3)),
    ]
    modulus = (sp.I * y - v) * (-sp.I * y - v) / ((sp.I * y + v) * (-sp.I * y + v))
    norm = sp.integrate(1 / (w**2 + y**2), (y, 0, sp.oo)) / sp.pi
    return (
        Identities("e_n is orthogonal to e^(-vt) and t e^(-vt)", [(_at(other, z, v, k), 0) for k in (0, 1)]),
        Identities(
            "and to the lower powers at w", [(_at(own[n], z, w, k), 0) for n in (2, 3) for k in range(n)]
        ),
        Identities("what t^2 e^(-wt), t^3 e^(-wt) add", components),
        Identities("squared norms: a term's factor has modulus 1", [(modulus, 1), (norm, 1 / (2 * w))]),
    )


def drift(power: int = 1) -> tuple[Finding, ...]:
    """Step 2: where the split stops, and the time of the drift; `power` is that of beta."""
    a, w, p, d2, mu, beta = sp.symbols("a w p d2 mu beta", positive=True)
    d3 = sp.Symbol("d3", negative=True)
    energy = mu**2 * beta**4 / (32 * w**5) - mu * beta**2 * d2 / (2 * w**2)
    stops = two_units.saturated_moment(w, d2) / beta**2
    mu3 = stops ** sp.Rational(3, 2) / sp.sqrt(a) * (2 * p - 1) / sp.sqrt(p * (1 - p))
    drive = sp.diff(-(beta**2) * d3 * mu3 / (4 * w**3), p) / (2 * a**2)
    time = sp.diff(drift_time_off(a, w, two_units.drift_integral(p), d2, d3, beta**power), p)
    return (
        Identity("the split stops at mu_2 = 8 w^3 D_2/beta^2", sp.diff(energy, mu).subs(mu, stops), 0),
        Identity("time of the drift", (sp.together(drive) * sp.together(time)) ** 2, 1),
    )


def poles(power: int = 6) -> tuple[Finding, ...]:
    """Step 3: leading coefficients of the D_n at the slowest pole, with one and two other terms; the time's factor."""
    w, v, u, d2 = sp.symbols("w v u d2", positive=True)
    d3 = sp.Symbol("d3", negative=True)
    slow, fast = [], []
    for others in ((v,), (v, u)):
        beta2 = sp.Mul(*(((w - x) / (w + x)) ** 2 for x in others))
        gamma2 = sp.Mul(*(((v + x) / (v - x)) ** 2 for x in others[1:]))
        slow += [
            (pole_coefficients(n, w, others, w)[n], (-2 * w) ** n / sp.factorial(n) / beta2) for n in (2, 3)
        ]
        first = 4 * v**2 * (w + v) ** 2 / (w - v) ** 3 * gamma2
        second, third = (pole_coefficients(n, w, others, v)[1] for n in (2, 3))
        fast += [(second, first), (third, -first * (w + v) / (w - v))]
    beta, a, integral = sp.symbols("beta a i", positive=True)
    beside = drift_time_off(a, w, integral, d2 / beta**2, d3 / beta**2, beta)
    return (
        Identities("the group at the slowest rate: D_n ~ L_n(2wT) e^(-wT)/beta^2", slow),
        Identities("the group at a faster rate: D_n ~ T e^(-vT)", fast),
        Identity("beta^6 of the time", beside, beta**power * two_units.drift_time(a, w, integral, d2, d3)),
    )


def shortened(claimed: float) -> Finding:
    """The reduction for two terms over the law without the second one."""
    return limit(SLOW, claimed, lambda T: law(ONE, T))


def check(setting: Setting) -> Evidence:
    """The derivation; the reduction against flows, its exponents, and the law."""
    cases = CASES[::2] if setting.quick else CASES
    delays = (24,) if setting.quick else (20, 22, 24)
    ladder = FARTHER if setting.full else FAR
    findings = (
        *functions(),
        *drift(),
        *poles(),
        Every("the reduction against flows", tuple(agreement(case, delays) for case in (SLOW, FAST))),
        *(limit(case) for case in cases),
        *exponents(SLOW, 2.5, 6.0, ladder),
        *exponents(FAST, 2.5, 2.5, ladder),
        *(() if setting.quick else exponents(OTHER, 1.875, 2.5)),
    )
    table = [row for case in cases for row in rows(case, setting, delays=(22, 24))]
    return Evidence(findings, len(table), None, Table(HEADS, tuple(table)), {"cases": cases})


def _refute(*findings: Callable[[], Any]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        found = [finding() for finding in findings]
        return Evidence(tuple(x for part in found for x in (part if isinstance(part, tuple) else (part,))))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """Local exponents of the reduction, and the two laws'."""
    curves = {
        SLOW: (2.5, 6.0, "slow term doubled"),
        FAST: (2.5, 2.5, "fast term doubled"),
        OTHER: (1.875, 2.5, r"fast term doubled, slowest rate $3/4$"),
    }
    ladders = {}
    for case, (exponent, power, name) in curves.items():
        if case in evidence.data["cases"]:
            logs = {float(T): float(mpmath.log(reduced(case, T).event_time)) for T in FAR}
            ladders[name] = (exponent, power, logs)
    plots.plot_local_exponents(ladders, ax=ax)


STATEMENT = Statement(
    id="ext-escape-terms",
    title="Of several short terms the slowest sets the exponent of the plateau",
    paper="curse-of-memory",
    section="5",
    claim=(
        r"\tau \sim \prod_j \Bigl|\frac{w - w_j}{w + w_j}\Bigr|^6\, \tau_1 \text{ if the slowest term is doubled;}\quad"
        r"\tau \propto \omega^{5/2} e^{5v/(2\omega)} \text{ if a faster one is, } v = \min_j w_j"
    ),
    hypotheses=(
        "m* short terms with rates w, w_j, no two alike, and a bump (125); start on the manifold, omega -> 0",
        "single units at all terms but one, whose group of m - m* + 1 units has positive shares, one the largest",
        "tau_1 is the law of ext-escape-units for the group's term alone; tau the time of a displacement",
        "measured with a bump of height and width 1, two and three terms, omega from 1/20 to 1/360",
    ),
    provenance=Provenance.NEW,
    uses=("eq-20", "thm-5.1", "lem-c.3", "ext-escape-law", "ext-escape-units"),
    check=check,
    controls=(
        Control("the other term changes nothing", _refute(lambda: shortened(1.0))),
        Control("beta^5", _refute(lambda: shortened(0.5**5))),
        Control("beta^5, derived", _refute(lambda: poles(5)[2])),
        Control("the time without beta", _refute(lambda: drift(0))),
        Control("power omega^6 for the fast group", _refute(lambda: exponents(FAST, 2.5, 6.0)[1])),
        Control("the group's own rate in the exponent", _refute(lambda: exponents(FAST, 7.5, 2.5)[0])),
        Control("power omega^(5/2) for the slow group", _refute(lambda: exponents(SLOW, 2.5, 2.5)[1])),
        Control("coefficient 2 for what t^3 e^(-wt) adds", _refute(lambda: functions(2))),
    ),
    figure=draw,
    quick=False,
)
