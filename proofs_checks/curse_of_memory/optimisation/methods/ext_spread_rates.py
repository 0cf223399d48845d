r"""The smallest rate at the start decides how long the plateau lasts, and a rate like 1/T removes it.

Start: the short part in one unit, and a second one of rate :math:`w_s < w_*`, silent (amplitude 0).
`theory.plateau.spread_rates`: the fast variables relax at rates of order one; what is left is a fall in :math:`w_s`
alone, whose time is a quadrature, to leading order

.. math:: \tau \sim \Bigl(\frac{w_* - w_s}{w_* + w_s}\Bigr)^4 \frac{\omega^2 e^{2 w_s/\omega}}{8\, w_s C^2},
          \qquad C = \int b(T + s) e^{-w_s s}\,ds.

So the exponent is :math:`2 w_s`, in place of the :math:`5w_*/2` of equal rates. With :math:`w_s = c\,\omega` there is
no plateau at all: the time of a drop by :math:`\omega` *falls* like :math:`\omega`, and what the amplitude gains at
once is at least :math:`2.3\,\omega` at c = 1/2. More than about that no single slow unit gains (`ext-delay-width`):
without a plateau the width is what limits.

**Measured and proved.** (a) Times of the drop by omega at w_s = omega/2 and 2 omega, certified flows. (b) Integrated
flows of the 1 % drop against the quadrature: the ratio at the longest delays is 1.00014 (w_s = 1/2, T = 32), 1.0003
(1/3, 40), 1.0013 (2/3, 24). (c) The quadrature to T = 640: exponent and power of omega.

**Prototype.** It had :math:`e^{w_{\min} T}` times a power of T; the exponent is twice that (a control).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import mpmath
import numpy as np
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import precision, rational_ball
from memcurse.numerics.fit_ranges import covering, left_out
from memcurse.numerics.flow.certified.run import CertifiedRun
from memcurse.numerics.flow.events import LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plateau.spread_escape import silent_unit_time
from memcurse.numerics.plots.style import BLUE, GREY, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import (
    BallInequalities,
    Came,
    Every,
    ForAll,
    Identities,
    Identity,
    Measured,
)
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau import spread_rates as theory
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.kernels import GaussianBump, gaussian_moment

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Rates of the silent unit, and delays of the quadrature.
_RATES: Final = (sp.Rational(1, 3), sp.Rational(1, 2), sp.Rational(3, 4))
_LADDER: Final = (40, 60, 80, 120, 160, 240, 320, 480, 640)
#: (rate, delay) of integrated flows, and what their ratio to the quadrature may be off by: e^{-T w_s} and powers.
_FLOWS: Final = ((sp.Rational(1, 2), 32), (sp.Rational(1, 3), 40), (sp.Rational(2, 3), 24))
_OFF: Final = 2e-3
#: ``w_s/omega`` of units without a plateau, and what their time over omega is below.
_SLOW: Final = ((sp.Rational(1, 2), sp.Rational(131, 1000)), (sp.Integer(2), sp.Rational(7, 4)))
_DELAYS: Final = (10, 20, 40, 80)


def derivation(constant: int = 8) -> tuple[Finding, ...]:
    """What a slow unit gains, and the leading orders of its pull and of the time."""
    x, v, w, T, C, g, K = sp.symbols("x v w T C g K", positive=True)
    best = K / g
    energy = theory.gain(v, w, C * sp.exp(-v * T))
    time = theory.leading_time(T, v, w, C) * sp.Rational(8, constant)
    # Per unit of T the logarithms of E and of the time change at the rate 2, and dt = dv/|E'|.
    return (
        Identities(
            "what the best amplitude gains",
            (
                (best**2 * g - 2 * best * K, -(K**2) / g),
                (sp.diff(x**2 * g - 2 * x * K, x).subs(x, best), sp.S.Zero),
            ),
        ),
        Identity("pull on the rate", sp.limit(-sp.diff(energy, v) / (2 * T * energy), T, sp.oo), sp.S.One),
        Identity(
            "time to leading order",
            sp.limit(sp.cancel(sp.simplify(sp.diff(time, v) * -sp.diff(energy, v))), T, sp.oo),
            sp.S.One,
        ),
    )


def gains_at_once(tenths: int = 23) -> Finding:
    """``2 w_s <b, e^{-w_s t}>^2`` is more than so many tenths of omega, ``w_s = omega/2``, for all delays from 4 on."""
    T = sp.Symbol("T", positive=True)
    moment, least = gaussian_moment(0, 1 / (2 * T), T, sp.S.One, sp.S.One), sp.Rational(tenths, 10)
    return ForAll(
        "gain of the slow unit's amplitude, over omega", least, sp.expand(moment**2), {T: (4, sp.oo)}
    )


def _objective(delay: int) -> Objective:
    return Objective(example_target(delay))


@lru_cache(maxsize=16)
def proved(share: sp.Rational, delay: int) -> arb | None:
    """A ball around the time of a drop by omega from a silent unit of rate ``share * omega``."""
    stop = LossDrop(sp.Rational(1, delay))
    run = gradient_flow(
        _objective(delay), [1, 0], [1, share / delay], stop, rtol=1e-3, max_steps=500, certify=True
    )
    return run.enclosure if isinstance(run, CertifiedRun) else None


def no_plateau(share: sp.Rational, most: sp.Rational) -> tuple[Finding, ...]:
    """The time of a drop by omega is below ``most * omega``."""
    times = {T: proved(share, T) for T in _DELAYS}
    with precision(30):
        pairs = [(time * T, rational_ball(most)) for T, time in times.items() if time is not None]
    came = Came(f"proved times, rate {share} omega", len(pairs), len(times))
    name = f"rate {share} omega: time of a drop by omega, over omega"
    return (came, BallInequalities(name, pairs)) if pairs else (came,)


@lru_cache(maxsize=16)
def both(rate: sp.Rational, delay: int) -> tuple[float, float]:
    """Time of the 1 % drop: integrated, and by the quadrature."""
    J = _objective(delay)
    drop = 0.01 * float(J.loss([1.0, 0.0], [1.0, float(rate)]))
    found = gradient_flow(J, [1, 0], [1, rate], LossDrop(fraction="0.01"), rtol=1e-6).event_time
    if found is None:
        raise ArithmeticError(f"the flow must escape at T = {delay}, rate {rate}")
    return float(found), float(silent_unit_time(GaussianBump(delay), float(rate), drop))


def against_quadrature(rate: sp.Rational, delay: int, factor: float = 1.0) -> Finding:
    """Integrated time over that of the quadrature times a factor."""
    flow, quadrature = both(rate, delay)
    found = flow / (factor * quadrature)
    name = f"w_s = {rate}, T = {delay}: integrated time over the quadrature"
    return Measured(name, 1.0, (found - _OFF, found + _OFF), 2, origin="error of the reduction at this delay")


@lru_cache(maxsize=8)
def ladder(rate: sp.Rational) -> tuple[mpmath.mpf, ...]:
    """Times of a drop by a fifth of omega, by the quadrature."""
    return tuple(silent_unit_time(GaussianBump(T), float(rate), 1 / (5 * T)) for T in _LADDER)


def law(rate: sp.Rational, exponent: float, power: float) -> tuple[Finding, ...]:
    """Slope of ``ln tau`` in the delay, and the power of omega, by series in 1/T of two lengths."""
    logs = [float(mpmath.log(x)) for x in ladder(rate)]
    fits = [[[T, -math.log(T), *(float(T) ** -j for j in range(k))] for T in _LADDER] for k in (3, 4)]
    claims = ((f"w_s = {rate}: slope in 1/omega", exponent), (f"w_s = {rate}: power of omega", power))
    return tuple(
        Measured(
            name,
            claimed,
            covering([left_out(rows, logs, column) for rows in fits]),
            len(logs),
            origin="range with one time left out",
            fitted="series in 1/T of two lengths",
        )
        for column, (name, claimed) in enumerate(claims)
    )


def check(setting: Setting) -> Evidence:
    """The derivation, slow units without a plateau, the reduction against flows, and the law."""
    findings = (
        *derivation(),
        gains_at_once(),
        *(finding for row in _SLOW for finding in no_plateau(*row)),
        Every("the quadrature is the flow", tuple(against_quadrature(*row) for row in _FLOWS)),
        *(finding for rate in _RATES for finding in law(rate, 2 * float(rate), 2.0)),
    )
    rows: list[tuple[object, ...]] = [
        (str(rate), T, mpmath.nstr(time, 10), "quadrature, drop omega/5")
        for rate in _RATES
        for T, time in zip(_LADDER, ladder(rate), strict=True)
    ]
    rows += [(str(rate), T, f"{both(rate, T)[0]:.8g}", "integrated, 1 % drop") for rate, T in _FLOWS]
    rows += [
        (f"{share} omega", T, "" if time is None else time.str(10), "proved, drop omega")
        for share, _ in _SLOW
        for T in _DELAYS
        for time in (proved(share, T),)
    ]
    table = Table(("w_s", "T", "time", "by"), tuple(rows))
    return Evidence(findings, len(rows), setting.digits, table, {"rates": _RATES, "slow": _SLOW})


def _refute(findings: Callable[[], Sequence[Finding]]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        return Evidence(tuple(findings()))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """Times against the delay: slow units of fixed rate, and of a rate like omega."""
    near = [i for i, T in enumerate(_LADDER) if T <= 120]
    T = np.array([_LADDER[i] for i in near], dtype=float)
    for rate, style in zip(evidence.data["rates"], ("o-", "s-", "D-"), strict=True):
        times = [float(ladder(rate)[i]) for i in near]
        ax.plot(T, times, style, color=VERMILION, markersize=4, label=rf"$w_s = {float(rate):.2g}$")
    for (share, _), style in zip(evidence.data["slow"], ("o--", "s--"), strict=True):
        found = {delay: proved(share, delay) for delay in _DELAYS}
        times = [float(time.mid()) for time in found.values() if time is not None]
        delays = [delay for delay, time in found.items() if time is not None]
        ax.plot(delays, times, style, color=BLUE, markersize=4, label=rf"$w_s = {float(share):g}\,\omega$")
    ax.axhline(1, color=GREY, linewidth=1)
    ax.set(xscale="log", yscale="log", xlabel=r"delay $1/\omega$ (time)", ylabel="escape time")
    ticks = (10, 20, 40, 80, 120)
    ax.set_xticks(ticks, [str(x) for x in ticks])
    ax.set_xticks([], minor=True)
    ax.legend(fontsize=9)


_HALF: Final = sp.Rational(1, 2)

STATEMENT = Statement(
    id="ext-spread-rates",
    title="The slowest rate at the start decides; one like omega removes the plateau",
    paper="curse-of-memory",
    section="5",
    claim=(
        r"\tau \sim \left(\frac{w_* - w_s}{w_* + w_s}\right)^4 \frac{\omega^2 e^{2 w_s/\omega}}{8\, w_s C^2},"
        r"\qquad w_s = c\,\omega:\ \tau = O(\omega) \text{ for a drop by } \omega"
    ),
    hypotheses=(
        "m = 2, target (125); start: the short part, and a unit of rate w_s < w* with amplitude 0",
        "the law: a drop of a fixed share of omega that a slow unit can gain, omega -> 0, w_s fixed",
        "w_s = omega/2 and 2 omega: a drop by omega at 1/omega = 10 to 80, proved",
        "measured for a* = w* = c_0 = sigma = 1: integrated to 1/omega = 40, by the quadrature to 640",
    ),
    provenance=Provenance.NEW,
    uses=("eq-125", "ext-escape-law", "ext-delay-width"),
    check=check,
    controls=(
        Control("w_s = 1/2 is polynomial: slope 0", _refute(lambda: law(_HALF, 0.0, 2.0)[:1])),
        Control("slope w_s, not twice", _refute(lambda: law(_HALF, 0.5, 2.0)[:1])),
        Control("the largest rate decides: slope 2 w*", _refute(lambda: law(_HALF, 2.0, 2.0)[:1])),
        Control("slope 1.001 at w_s = 1/2", _refute(lambda: law(_HALF, 1.001, 2.0)[:1])),
        Control("power omega in place of omega^2", _refute(lambda: law(_HALF, 1.0, 1.0)[1:])),
        Control("9 in place of 8", _refute(lambda: derivation(9)[2:])),
        Control("the quadrature is 1 % off", _refute(lambda: (against_quadrature(*_FLOWS[0], factor=1.01),))),
        Control(
            "w_s = 2 omega: below 1.7 omega",
            _refute(lambda: no_plateau(sp.Integer(2), sp.Rational(17, 10))[1:]),
        ),
        Control("the amplitude gains 12/5 omega", _refute(lambda: (gains_at_once(24),))),
    ),
    figure=draw,
    quick=False,
)
