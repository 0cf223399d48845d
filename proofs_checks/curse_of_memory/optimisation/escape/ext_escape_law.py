r"""The escape law: two exponentials leave the critical manifold after about :math:`C \omega^6 e^{5 w^*/(2\omega)}`.

The paper's bound :math:`\omega^2 e^{c_0/\omega}` holds, but its exponent is not the true one.
`theory.plateau.slow_manifold` derives the law; its steps are checked here as identities:

1. what :math:`t^2 e^{-wt}, t^3 e^{-wt}` add to the lower powers are Laguerre functions with the coefficients
   :math:`1/(2w^2), -3/(4w^3)`, which are orthogonal to what they should be;
2. the energy :math:`\mu_2^2/(32 w^5) - \mu_2 D_2/(2w^2)` is least at :math:`\mu_2 = 8 w^3 D_2 \sim T^2 e^{-wT}`:
   the split of the rates stops at :math:`s \sim T e^{-wT/2}`, with a loss that is the same for all amplitudes;
3. :math:`\mu_3`, by :math:`\mu_1 = 0`, is :math:`\mu_2^{3/2} (2p-1)/\sqrt{a p(1-p)}`: the loss that drives the
   share p is of the order :math:`\mu_2^{3/2} D_3 \sim T^6 e^{-5wT/2}`;
4. :math:`2 a^2 \dot p = -E_3'(p)` takes the time with the stated constant.

**Measured.** (a) Integrated flows at several shares: :math:`\ln\tau` less the derived algebraic factor against T.
(b) The reduction, which expands nothing in the split, down to omega = 1/640: exponent and power of omega together.
Both are fits to computed times, in which nothing is random: the ranges are those over two lengths of the series that is
fitted, with any one point left out (`numerics.fit_ranges`).
(c) Both ways at the same delay, where certified flows prove the time.

**Regimes.** The local exponent :math:`d\ln\tau/d(1/\omega)` is about :math:`5w^*/2 - 6\omega`: 2.1 at omega = 1/18,
2.35 at 1/40. At short delays (:math:`T^2 e^{-w^*T/2}` of order one, T below about 14) the split does not saturate
before it counts: the flow leaves by the linear instability, whose exponent is :math:`w^*`, as in the bound.
**Start.** It enters through the larger share p alone, by the incomplete beta function
:math:`\mathrm B(p; 5/2, 5/2)`; equal amplitudes never split.
**Widened.** More units (ext-escape-units), starts off the manifold (ext-escape-starts), several short terms
(ext-escape-terms), other templates (ext-escape-templates), negative bumps and amplitudes of both signs
(ext-escape-signs): the exponent is 5/2 times the slowest rate in all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import mpmath
import numpy as np
import sympy as sp
from flint import arb

from memcurse.numerics.fit_ranges import covering, left_out
from memcurse.numerics.flow.events import LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plateau.slow_manifold import expanded_time, slow_escape
from memcurse.numerics.plots.style import BLACK, LIGHT_GREY
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Every, Identity, Measured
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.notation import t
from memcurse.theory.plateau import slow_manifold as slow
from memcurse.theory.plateau.delayed_part import example_target

from ._escape import PAIR, proved_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Exponent of the law in w*, as claimed, and the power of omega.
_EXPONENT, _POWER = 2.5, 6.0


def _identities() -> tuple[Finding, ...]:
    """The four steps of the derivation."""
    w, a, p, s, mu, d2 = sp.symbols("w a p s mu d2", positive=True)
    d3 = sp.Symbol("d3", negative=True)
    first, second = t**2, t**3
    parts = [
        (sp.laguerre(2, 2 * w * t) / (2 * w**2), first),
        (-sp.Rational(3, 4) * sp.laguerre(3, 2 * w * t) / w**3, second),
    ]
    overlaps = [sp.expand(sp.laguerre(n, 2 * w * t) * t**k) for n in (2, 3) for k in range(n)]
    inner = [_weighted(x, 2 * w) for x in overlaps]
    leading = [sp.Poly(x - y, t).coeff_monomial(t**n) for (x, y), n in zip(parts, (2, 3), strict=True)]
    energy = mu**2 * _weighted(sp.expand(parts[0][0] ** 2), 2 * w) / 4 - mu * d2 / (2 * w**2)
    saturated = slow.saturated_moment(w, d2)
    split = -a * (1 - p) * s / a, p * s
    third = a * p * split[0] ** 3 + a * (1 - p) * split[1] ** 3
    moment = a * p * (1 - p) * s**2
    drift = sp.diff(slow.drift_energy(p, a, w, d2, d3), p) / (2 * a**2)
    time = sp.diff(slow.drift_time(a, w, slow.drift_integral(p), d2, d3), p)
    return (
        Identity("Laguerre functions are what the powers add", [*inner, *leading], [0] * (len(inner) + 2)),
        Identity("the split saturates at mu_2 = 8 w^3 D_2", sp.diff(energy, mu).subs(mu, saturated), 0),
        Identity("mu_3 by mu_1 = 0", third**2 * a * p * (1 - p), moment**3 * (2 * p - 1) ** 2),
        Identity("time of the drift", (sp.together(drift) * sp.together(time)) ** 2, 1),
    )


def _weighted(polynomial: sp.Expr, rate: sp.Expr) -> sp.Expr:
    """``int polynomial(t) e^(-rate t) dt``."""
    terms = sp.Poly(polynomial, t).terms()
    return sp.Add(*(c * sp.factorial(k) / rate ** (k + 1) for (k,), c in terms))


def _objective(delay: int) -> Any:

    return Objective(example_target(delay))


def _start(share: str) -> tuple[list[Any], list[int]]:
    p = sp.Rational(share)
    return [p, 1 - p], [1, 1]


@lru_cache(maxsize=1)
def integrated() -> tuple[list[tuple[Any, ...]], list[list[float]], list[float]]:
    """``(share, T, tau)`` by integration, and the regression of ``ln(tau/leading order) + 5T/2`` on T.

    What the leading order leaves out is of the relative order ``T^2 e^(-T/2)``, which has a column of its own, as has
    its square.
    """

    shares = ("7/10", "3/5", "4/5")
    delays = range(18, 25)
    table, rows, values = [], [], []
    for i, share in enumerate(shares):
        for T in delays:
            J, start = _objective(T), _start(share)
            tau = gradient_flow(J, *start, stop=LossDrop(fraction="0.05"), rtol=1e-9).event_time
            if tau is None:
                raise ArithmeticError(f"the flow must escape at T = {T}")
            table.append((share, T, tau))
            x = T**2 * math.exp(-T / 2)
            rows.append([T, *(float(i == j) for j in range(len(shares))), x, x**2])
            values.append(math.log(tau / float(expanded_time(J, *start))) + _EXPONENT * T)
    return table, rows, values


@lru_cache(maxsize=1)
def reduced() -> tuple[list[tuple[Any, ...]], list[int], list[float]]:
    """``(share, T, tau)`` by the reduction, the delays, and ``ln tau``."""

    delays = range(40, 641, 40)
    table, values = [], []
    for T in delays:
        tau = slow_escape(_objective(T), *_start("7/10"), stop=LossDrop(fraction="0.05")).event_time
        table.append(("7/10", T, mpmath.nstr(tau, 12)))
        values.append(float(mpmath.log(tau)))
    return table, list(delays), values


#: What the ranges of times by the reduction are.
ESTIMATED: Final = "estimated error of the reduction"
#: What those of fitted coefficients are.
VARIED: Final = "range over series of two lengths with any one point left out"


def coefficient(
    name: str, claimed: float, models: Sequence[Any], values: Any, column: int, what: str
) -> Measured:
    """A claimed coefficient against the range of the fitted one, over all models with any one point left out."""
    bounds = covering([left_out(rows, values, column) for rows in models])
    return Measured(name, claimed, bounds, len(values), origin=VARIED, fitted=what)


def within(name: str, claimed: float, found: float, off: float, origin: str) -> Measured:
    """A claimed ratio or difference of two computed numbers, against what it may be off by."""
    return Measured(name, claimed, (found - off, found + off), 2, origin=origin)


def series(delays: Sequence[int], power: int) -> list[Any]:
    """Columns of T, -ln T and the powers of 1/T, cut off after `power` and one later."""
    return [
        [[T, -math.log(T), *(float(T) ** -j for j in range(k + 1))] for T in delays]
        for k in (power, power + 1)
    ]


def _experiments(exponent: float, power: float) -> tuple[list[Finding], list[tuple[Any, ...]], Any]:
    direct, rows, values = integrated()
    slow_rows, delays, logs = reduced()
    two, what = series(delays, 3), "ln tau in T, ln T and powers of 1/T"
    flows = [[row[:-1] for row in rows], rows], values
    findings: list[Finding] = [
        coefficient(
            "exponent, integrated flows",
            exponent,
            *flows,
            0,
            "ln tau in T, a constant a share and T^2 e^(-T/2)",
        ),
        coefficient("exponent, slow manifold", exponent, two, logs, 0, what),
        coefficient("power of omega, slow manifold", power, two, logs, 1, what),
    ]
    table = [(*row, "integrated") for row in direct] + [(*row, "slow manifold") for row in slow_rows]
    return findings, table, (direct, slow_rows)


#: Delays at which the time is proved; the proof's share of the work grows with the delay.
_PROVED = (18, 20)


def _both_ways(setting: Setting) -> tuple[Finding, ...]:
    """The reduction against integration and, where they are proved, against true times."""

    reduced_ones: list[Finding] = []
    integrated_ones: list[tuple[arb, arb]] = []
    for T in (18,) if setting.quick else (18, 20, 22):
        stop = LossDrop(fraction="0.05")
        tau = gradient_flow(_objective(T), *_start("7/10"), stop=stop, rtol=1e-9).event_time
        proof = proved_time(PAIR, T, stop) if T in _PROVED else None
        if T in _PROVED:
            # No proof, no agreement: a ball that holds everything decides nothing.
            integrated_ones.append((abs(arb(tau) / (proof or arb(0, 1)) - 1), arb(1e-6)))
        found = slow_escape(_objective(T), *_start("7/10"), stop=stop)
        true = tau if proof is None else float(proof)
        name = f"T = {T}: reduced/{'integrated' if proof is None else 'proved'}"
        ratio = float(found.event_time / true)
        reduced_ones.append(within(name, 1.0, ratio, found.error, ESTIMATED))
    return (
        Every("slow manifold against flows, within its estimated error", reduced_ones),
        about_code(BallInequalities("integrated times within 1e-6 of proved ones", integrated_ones)),
    )


def check(setting: Setting) -> Evidence:
    """The derivation, both measurements, and each against the other."""
    experiments, rows, data = _experiments(_EXPONENT, _POWER)
    findings = (*_identities(), *experiments, *_both_ways(setting))
    table = Table(("share", "T", "tau", "by"), tuple(rows))
    return Evidence(findings, len(rows), None, table, {"times": data})


def _refute(exponent: float, power: float = _POWER) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        findings, rows, _ = _experiments(exponent, power)
        return Evidence(findings, len(rows))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """Local exponents of the reduction and of the flows, the law's limit and its rivals."""

    direct, slow_rows = evidence.data["times"]
    for rows, style, label in (
        ([row for row in direct if row[0] == "7/10"], "o", "integrated"),
        (slow_rows, "x-", "slow manifold"),
    ):
        T = np.array([float(row[1]) for row in rows])
        logs = np.array([float(mpmath.log(mpmath.mpf(row[2]))) for row in rows])
        ax.plot((T[1:] + T[:-1]) / 2, np.diff(logs) / np.diff(T), style, markersize=6, label=label)
    x = np.geomspace(18, 640, 200)
    ax.plot(x, 2.5 - 6 / x, ":", label=r"$5w^*/2 - 6\omega$")
    for y, name in ((1, r"$w^*$ (bound)"), (2, r"$2w^*$"), (2.5, r"$5w^*/2$"), (3, r"$3w^*$")):
        colour, line = (BLACK, "-") if y == 2.5 else (LIGHT_GREY, "--")
        ax.axhline(y, color=colour, linewidth=1, linestyle=line)
        ax.annotate(name, (640, y), va="bottom", ha="right")
    ax.set(
        xscale="log", ylim=(0.8, 3.3), xlabel=r"delay $1/\omega$ (time)", ylabel=r"$d\,\ln\tau/d(1/\omega)$"
    )
    ticks = (20, 40, 80, 160, 320, 640)
    ax.set_xticks(ticks, [str(x) for x in ticks])
    ax.set_xticks([], minor=True)
    ax.legend(loc="lower left")


STATEMENT = Statement(
    id="ext-escape-law",
    title="The escape takes far longer than the bound says",
    paper="curse-of-memory",
    section="5",
    claim=(
        r"\tau \sim \frac{3}{16} \frac{a^{5/2}\, \mathrm B(p; 5/2, 5/2)}{C^{5/2}\, w_*^{15/2}}\; "
        r"\omega^{6}\, e^{5 w_*/(2\omega)},\quad C = c_0 \sigma \sqrt{2\pi}\, e^{w_*^2 \sigma^2/2}"
    ),
    hypotheses=(
        "m = 2, target (125); start a_1 + a_2 = a*, both positive and unequal, w_1 = w_2 = w*",
        "p is the larger share of the amplitude, tau the time of a fixed drop of the loss, omega -> 0",
        "measured for a* = w* = c_0 = sigma = 1, p = 0.6, 0.7, 0.8: omega from 1/18 to 1/640",
    ),
    provenance=Provenance.NEW,
    corrects=(
        "The bound omega^2 exp(c_0/omega) of theorem 5.1 as the time scale of the escape. The time is "
        "about omega^6 exp(5 w*/(2 omega))."
    ),
    uses=("eq-125", "thm-5.1", "lem-c.3"),
    check=check,
    controls=(
        Control("exponent w*: the paper's bound taken as sharp", _refute(1.0)),
        Control("exponent 2 w*", _refute(2.0)),
        Control("exponent 3 w*", _refute(3.0)),
        Control("power omega^2, the bound's", _refute(_EXPONENT, 2.0)),
    ),
    figure=draw,
    quick=False,
)
