r"""Inverse theorem (Li, Han, E, Li, JMLR 2022): what fast rates approximate forgets exponentially fast.

**Theorem**, for the networks of section 5 (W diagonal; more generally ``||e^{W_m t}|| <= K e^{-beta' t}`` with one K
for all m, as for normal W). If ``rho_m^{(k)} -> rho^{(k)}`` pointwise with ``sum_i |a_i| <= A`` and all rates in
``[beta', Omega]``, where ``beta' > beta``, then ``e^{beta t} rho^{(k)}(t) = o(1)``.

**Proof**, for every m and k (`theory.approximation.inverse_theorem`). ``|rho_m^{(k)}(t)| <= sum |a_i| w_i^k e^{-w_i
t} <= A Omega^k e^{-beta' t}`` for every m, hence for the limit, and ``e^{beta t} |rho^{(k)}| <= A Omega^k e^{-(beta' -
beta) t}``. (For matrices: ``|c^T W^k e^{W t} U| <= K |c| |W|^k |U| e^{-beta' t}``.) Without the one K it is false: see
`ext-jmlr-inverse-jordan`. With positive amplitudes and rates from beta on, the norm of a sum behind x is at most kappa
times that before h, and both differ from those of the kernel by the error at most.

**With numbers.** How well can sums with rates >= beta do? The floors of `theory.approximation.fast_rates` hold for
every such sum: with ``sum |a_i| <= A`` in L1, and with positive amplitudes of any size in L1 and L2. Best L2 fits of
completely monotone kernels have positive amplitudes (theorem D.4), so an error e below the floor at beta proves a
rate below beta. As the error tends to 0 (exponentials are dense in L2) so does the slowest rate, whenever the kernel
``int e^{-s t} dmu(s)`` has no exponential decay: then mu has a mass q > 0 on ``[0, beta/2]``, so ``rho >= q e^{-beta
t/2}``, and the floor at beta is positive for large x. No bound on parameters is needed. If on the other hand mu lives
on ``[sigma, oo)``, the rates of best fits are nodes of a Gauss quadrature of ``dmu/Pi`` (theorem D.4), hence above
sigma.

**The code at instances.** Best fits of power laws, with certified errors: their slowest rates fall, each below what
its error forces. Sums with rates >= beta, fitted as well as they can: never below the floor. A sum of eight
exponentials keeps its rates above its own slowest one, and ``e^{beta t} rho^{(k)}`` falls for beta below it.
"""

from __future__ import annotations

import functools
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sympy as sp
from flint import arb

from memcurse.numerics.approximation.l1.distance import l1_error
from memcurse.numerics.approximation.l2.best_fit import best_fit
from memcurse.numerics.arithmetic.balls import precision, rational_ball
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.plots.style import BLUE, GREEN, VERMILION
from memcurse.proofs_checks.evidence.finding import about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identities, Inequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.approximation import inverse_theorem as steps
from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.target import ExponentialSum

from ._fast_rates import bounded, floor, forced_rate, with_fast_rates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.approximation.l2.fit import Fit
    from memcurse.proofs_checks.evidence.finding import Finding

_FIT_DIGITS, _DIGITS = 20, 30
_EXPONENTS = (1, 2)


# --- proof ---------------------------------------------------------------------------------------------------------


def _bounded(sign: int = 1) -> list[Finding]:
    """Bounded amplitudes: derivatives, sizes of the terms and of their sum, and what is left of ``e^(beta t)``."""
    return [
        Identities("derivatives of a term, every order", steps.derivatives()),
        Inequalities("w^k <= Omega^k and e^(-wt) <= e^(-beta' t)", steps.factors(sign)),
        Inequalities("the sum of the terms is at most A Omega^k e^(-beta' t), every m", steps.sum_of_terms()),
        Identities("e^(beta t) times the bound decays", steps.decay()),
        Inequalities("matrices: a product of bounds on the norms", steps.product_of_norms()),
    ]


def _positive(sign: int = 1) -> list[Finding]:
    """Positive amplitudes: what a sum may have behind x, and the error that follows."""
    return [
        Inequalities("a term with w >= beta falls by e^(-beta u) or more", steps.falling(sign)),
        Identities("integrals of the bounds behind x", steps.ratios()),
        Inequalities("the error is at least (T - kappa M)/(1 + kappa)", steps.least_error()),
    ]


# --- floors --------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=8)
def _best_fits(n: int, widest: int) -> tuple[Fit, ...]:

    return tuple(best_fit(PowerLaw(n), m, digits=_FIT_DIGITS) for m in range(1, widest + 1))


def _forced(n: int, widest: int) -> tuple[list[Finding], list[tuple[Any, ...]]]:
    """Slowest rates of best fits: below what the error forces, and falling."""

    fits = _best_fits(n, widest)
    floors, rates, rows = [], [], []
    for fit in fits:
        error = fit.error_enclosure
        beta, x, h = forced_rate(n, float(error.mid()))
        floors.append((error, floor(n, beta, x, h)))
        rates.append((fit.enclosure.w[0], rational_ball(beta)))
        rows.append((f"(1+t)^-{1 + n}", fit.m, float(error.mid()), float(fit.w[0]), float(beta)))
    name = f"(1+t)^-{1 + n}"
    return [
        BallInequalities(
            f"{name}: best fits have positive amplitudes", [(arb(0), a) for f in fits for a in f.enclosure.a]
        ),
        BallInequalities(f"{name}: their error is below the floor at beta_m", floors),
        BallInequalities(f"{name}: their slowest rate is below beta_m", rates),
        BallInequalities(
            f"{name}: the slowest rate falls",
            [(q.enclosure.w[0], p.enclosure.w[0] * 2 / 3) for p, q in pairwise(fits)],
        ),
    ], rows


def _tried(positive: bool) -> list[tuple[Any, Any]]:
    """Floors for ``(1+t)^-2`` and the certified L1 errors of sums that should not get below them."""

    pairs = []
    for beta in (sp.Rational(1, 2), sp.Rational(1, 4), sp.Rational(1, 10)):
        a, w = with_fast_rates(beta, 12 if positive else 10, positive)
        total = int(sp.ceiling(sum(a))) if positive else 1
        pairs.append((bounded(beta, total)[0], l1_error(PowerLaw(1), a, w, digits=15)))
    return pairs


# --- exponential decay ---------------------------------------------------------------------------------------------


def _eight(setting: Setting) -> Any:

    return ExponentialSum([sp.Rational(1, k**2) for k in range(1, 9)], range(1, 9))


def _decaying(setting: Setting) -> tuple[list[Finding], list[tuple[Any, ...]]]:
    """Rates of best fits of the sum of eight stay above 1; ``e^{t/2} rho^{(k)}`` falls to 0."""

    target = _eight(setting)
    fits = [best_fit(target, m, digits=_FIT_DIGITS) for m in range(1, setting.pick(6, 4))]
    falling = []
    for k in range(3):
        derivative = sp.exp(t / 2) * sp.diff(target.expression, t, k)
        sizes = [abs(lower(derivative, (t,), "ball")(arb(2) ** j)) for j in range(8)]
        falling += [(later, former * 2 / 3) for former, later in pairwise(sizes)]
    rows = [("eight exponentials", f.m, float(f.error_enclosure.mid()), float(f.w[0]), 1.0) for f in fits]
    above = [(arb(1), f.enclosure.w[0]) for f in fits]
    return [
        BallInequalities("eight exponentials: the slowest rate stays above that of the target", above),
        BallInequalities("eight exponentials: e^(t/2) times the kernel and its derivatives falls", falling),
    ], rows


def check(setting: Setting) -> Evidence:
    """Both parts for all parameters; power laws with omega = 1, 2; sums with fast rates; a kernel that decays."""

    findings: list[Finding] = []
    rows: list[tuple[Any, ...]] = []
    with precision(_DIGITS):
        for n in _EXPONENTS[: setting.pick(2, 1)]:
            found, numbers = _forced(n, setting.pick(8, 5))
            findings, rows = findings + found, rows + numbers
        findings.append(
            BallInequalities("(1+t)^-2: positive sums with rates >= beta stay above the floor", _tried(True))
        )
        found, numbers = _decaying(setting)
    table = Table(("kernel", "m", "error", "slowest_rate", "bound_on_it"), tuple(rows + numbers))
    code = map(about_code, findings + found)
    return Evidence([*_bounded(), *_positive(), *code], len(rows + numbers), _DIGITS, table)


def _tenth(setting: Setting) -> Evidence:
    """The slowest rate of best fits of a power law is said to stay above 1/10."""

    with precision(_DIGITS):
        tenth = rational_ball(sp.Rational(1, 10))
        pairs = [(tenth, fit.enclosure.w[0]) for fit in _best_fits(1, 5)]
        return Evidence([BallInequalities("(1+t)^-2: the slowest rate stays above 1/10", pairs)])


def _unbounded_amplitudes(setting: Setting) -> Evidence:
    """The floor for ``sum |a_i| <= 1`` is claimed for amplitudes of any size and sign."""

    with precision(_DIGITS):
        return Evidence(
            [BallInequalities("(1+t)^-2: sums with rates >= beta stay above the floor", _tried(False)[:1])]
        )


def _power_law_decays(setting: Setting) -> Evidence:
    """``e^{t/2} rho`` is said to fall for the power law."""

    with precision(_DIGITS):
        sizes = [(arb(2) ** k / 2).exp() / (1 + arb(2) ** k) ** 2 for k in range(8)]
        return Evidence(
            [BallInequalities("e^(t/2) (1+t)^-2 falls", [(q, p * 2 / 3) for p, q in pairwise(sizes)])]
        )


def _tenth_of_the_bound(setting: Setting) -> Evidence:
    """The tenth part of the rate that the error forces is claimed as a bound."""

    with precision(_DIGITS):
        pairs = []
        for fit in _best_fits(1, 5):
            beta = forced_rate(1, float(fit.error_enclosure.mid()))[0]
            pairs.append((fit.enclosure.w[0], rational_ball(beta / 10)))
        return Evidence([BallInequalities("(1+t)^-2: the slowest rate is below beta_m / 10", pairs)])


def _rates_beyond(setting: Setting) -> Evidence:
    """Rates above Omega and below beta' under the same bound."""
    return Evidence(_bounded(sign=-1))


def _rates_below(setting: Setting) -> Evidence:
    """The floor at beta for positive sums with rates below beta."""
    return Evidence(_positive(sign=-1))


def draw(evidence: Evidence, ax: Axes) -> None:
    """Slowest rates of best fits against m, with what their errors force, and with the target's own slowest rate."""
    if evidence.table is None:
        return
    styles = (("o", BLUE), ("s", VERMILION), ("^", GREEN))
    names = list(dict.fromkeys(row[0] for row in evidence.table.rows))
    for (marker, colour), name in zip(styles, names, strict=False):
        rows = [row for row in evidence.table.rows if row[0] == name]
        bound = "floor: stays above" if name == "eight exponentials" else "proved upper bound from the error"
        m = [row[1] for row in rows]
        ax.semilogy(
            m, [row[3] for row in rows], marker + "-", color=colour, lw=0.9, label=f"{name}: slowest rate"
        )
        ax.semilogy(m, [row[4] for row in rows], "--", color=colour, lw=0.9, label=f"{name}: {bound}")
    ax.set_xlabel("terms m of the best L2 fit")
    ax.set_ylabel("slowest rate (1/time)")
    ax.legend(fontsize="x-small")


STATEMENT = Statement(
    id="thm-jmlr-inverse",
    title="Inverse theorem: no exponential decay, no rates bounded away from 0",
    paper="curse-of-memory",
    section="4",
    claim=r"\hat\rho_m^{(k)} \to \rho^{(k)},\ \sum_i |a_i| \le A,\ \beta < \beta' \le w_i \le \Omega \implies"
    r" e^{\beta t} \rho^{(k)}(t) = o(1); \quad w_i \ge \beta,\ a_i > 0 \implies"
    r" \|\rho - \hat\rho\| \ge \frac{\|\rho\|_{[x, \infty)} - \kappa \|\rho\|_{[0, h]}}{1 + \kappa},\ "
    r" \kappa = \frac{e^{-\beta (x - h)}}{\sqrt{2 \beta h}}\ (L^2)",
    hypotheses=(
        "W_m diagonal, or ||exp(W_m t)|| <= K exp(-beta' t) with one K",
        "amplitudes bounded, or positive",
        "completely monotone targets where best fits are meant",
    ),
    provenance=Provenance.RECOVERED,
    corrects=(
        "The inverse theorem for full networks with bounded parameters. It needs one K with |exp(W_m t)| "
        "<= K exp(-beta t) for all m, as for diagonal W."
    ),
    uses=("thm-4.1", "thm-d.4"),
    check=check,
    controls=(
        Control("slowest rate of a power law's fits bounded below by 1/10", _tenth),
        Control("amplitudes of any size and sign", _unbounded_amplitudes),
        Control("a power law, said to be o(e^{-t/2})", _power_law_decays),
        Control("rates outside [beta', Omega] under the same bound", _rates_beyond),
        Control("positive sums with rates below beta", _rates_below),
        Control("a tenth of the proved bound on the slowest rate", _tenth_of_the_bound),
    ),
    figure=draw,
)
