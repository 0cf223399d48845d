r"""Figure 3: the logarithm of the escape time against :math:`1/\omega`, with the bound and the local exponent.

The time is that of a displacement by 1/10. Up to omega = 1/24 it is proved by certified flows, which the integrator's
ladder is compared with, and then computed by the reduction to the slow manifold, down to omega = 1/40, which agrees
with the proved times within its own error estimate where both run. The linearised bound
(`numerics.plateau.escape_ladder`) lies below every point. The local exponent :math:`d\ln\tau/d(1/\omega)` shows two
regimes:

- *short delays*: the split of the rates itself reaches the displacement (:math:`T e^{-w^* T/2}` is not yet small), by
  the linear instability, and the exponent is near the bound's, :math:`w^*`;
- *long delays* (:math:`T \ge 18`): the split saturates, the flow drifts, and the exponent climbs to
  :math:`5w^*/2` from below, as :math:`5w^*/2 - 6\omega` does.

The exponents are fitted to computed times, so the statement can be OBSERVED at most. Nothing is random in them: the
range of the limit is that over two lengths of the series that is fitted, with any one point left out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flint import arb

from memcurse.numerics.arithmetic.balls import from_mpf
from memcurse.numerics.flow.events import Displacement
from memcurse.numerics.plateau.escape_ladder import escape_ladder
from memcurse.numerics.plots import flow as plots
from memcurse.numerics.plots.style import BLUE, GREEN, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Every
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table

from ._escape import PAIR, proved_time
from .ext_escape_law import ESTIMATED, coefficient, within

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.plateau.escape_ladder import EscapeLadder

_DISTANCE = "1/10"
#: First delay of the regime of the drift, and the last one integrated.
_DRIFT, _DIRECT = 18, 24
#: From here on what the saturating split adds to the exponent, ``T^2 e^(-T/2)``, is below the terms of the series kept.
_FAR = 26


@lru_cache(maxsize=1)
def ladder() -> EscapeLadder:
    """Escape times along the ladder."""

    objectives = {T: PAIR.objective(T) for T in (*range(8, 24, 2), *range(24, 41))}
    return escape_ladder(objectives, PAIR.a, PAIR.w, Displacement(_DISTANCE), direct_to=_DIRECT, rtol=1e-9)


def proved(delay: float) -> arb:
    """The time at this delay, by a certified flow."""
    time = proved_time(PAIR, int(delay), Displacement(_DISTANCE))
    if time is None:
        raise ArithmeticError(f"the time of the displacement must be proved at T = {delay:g}")
    return time


def bounded(found: EscapeLadder, power: int = 1, direct: bool = True) -> Finding:
    """Every time above the bound to this power: proved times, or those of the reduction with its error as radius."""

    pairs = []
    for rung in found.rungs:
        if rung.time is None:
            raise ArithmeticError(f"the flow must escape at T = {rung.delay:g}")
        if (rung.direct is not None) is not direct:
            continue
        time = proved(rung.delay) if direct else from_mpf(rung.time) * arb(1, rung.error or 0.0)
        pairs.append((from_mpf(rung.bound) ** power, time))
    which = "proved times" if direct else "times of the reduction"
    above = f", to the power {power}" if power > 1 else ""
    return BallInequalities(f"the linearised bound{above} lies below {which}", pairs)


def integrated(found: EscapeLadder) -> Finding:
    """About the code: the ladder's integrated times, within what they claim of the proved ones."""
    off = [(abs(arb(r.direct) / proved(r.delay) - 1), arb(1e-6)) for r in found.rungs if r.direct is not None]
    return about_code(BallInequalities("integrated times within 1e-6 of the proved ones", off))


def agreement(found: EscapeLadder) -> Finding:
    """The reduction where flows are proved in the regime of the drift, within its estimate."""
    parts = []
    for r in found.rungs:
        if r.direct is None or r.reduced is None or r.error is None or r.delay < _DRIFT:
            continue
        ratio = float(r.reduced) / float(proved(r.delay))
        name = f"T = {r.delay:g}: reduced/proved"
        parts.append(within(name, 1.0, ratio, r.error, ESTIMATED))
    return Every("slow manifold against certified flows", parts)


def limit(found: EscapeLadder, claimed: float) -> Finding:
    """The limit of the local exponent, extrapolated in omega, against `claimed`."""

    middles, slopes = found.local_exponents()
    kept = [(float(x), float(y)) for x, y in zip(middles, slopes, strict=True) if x > _FAR]
    # d ln tau/dT = c - 6/T + c_2/T^2 + ...: the range covers the series cut after T^-3 and after T^-4.
    models = [[[1.0, *(x**-k for k in range(2, last))] for x, _ in kept] for last in (4, 5)]
    values = [y + 6 / x for x, y in kept]
    return coefficient("limit of the local exponent", claimed, models, values, 0, "a series in omega")


def check(setting: Setting) -> Evidence:
    """Bound, agreement of the two routes, and the limit of the local exponent."""
    found = ladder()
    rows = [(r.delay, float(r.time or 0), float(r.bound), r.error) for r in found.rungs]
    table = Table(("T", "escape time", "linearised bound", "error of the reduction"), tuple(rows))
    # A bound on computed times is worth no more than what says that the times are right.
    findings = (
        bounded(found),
        Every("later times lie above the bound", (agreement(found), bounded(found, direct=False))),
        limit(found, 2.5),
        integrated(found),
    )
    return Evidence(findings, len(found.rungs), None, table, {"ladder": found})


def _refute(finding: Callable[[EscapeLadder], Finding]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        found = ladder()
        return Evidence((finding(found),), len(found.rungs))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """Times, bound and law; the local exponent in an inset."""

    found: Any = evidence.data["ladder"]
    plots.plot_escape_ladder(found, ax=ax)
    inset = ax.inset_axes((0.62, 0.07, 0.36, 0.2))
    middles, slopes = found.local_exponents()
    inset.plot(middles, slopes, "o-", color=VERMILION, markersize=3, linewidth=1)
    inset.axhline(2.5, color=BLUE, linewidth=1, linestyle="-")
    inset.axhline(1.0, color=GREEN, linewidth=1, linestyle="--")
    inset.set_title(r"$d\,\ln\tau/d(1/\omega)$", fontsize=9)
    inset.tick_params(labelsize=8)
    ax.set_ylim(top=80)


STATEMENT = Statement(
    id="fig-3",
    title="Escape times against memory",
    paper="curse-of-memory",
    section="5",
    claim=r"\frac{d\ln\tau}{d(1/\omega)} \to \tfrac52 w^* \quad\text{from below, above the bound's } w^*",
    hypotheses=(
        "target (125) with a* = w* = c_0 = sigma = 1; start a = (0.7, 0.3), w = (1, 1)",
        "tau is the time of a displacement by 1/10; 1/omega from 8 to 40, the limit from 26 on",
        "the bound is that of the flow linearised at its start",
    ),
    provenance=Provenance.OURS,
    uses=("eq-125", "thm-5.1", "ext-escape-law"),
    check=check,
    controls=(
        Control("the bound's exponent w* as the limit", _refute(lambda found: limit(found, 1.0))),
        Control("limit 3 w*", _refute(lambda found: limit(found, 3.0))),
        Control("the bound squared", _refute(lambda found: bounded(found, 2))),
    ),
    figure=draw,
    quick=False,
)
