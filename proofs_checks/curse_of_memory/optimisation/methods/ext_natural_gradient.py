r"""The natural gradient leaves the plateau in a time linear in the memory: the curse belongs to the Euclidean metric.

`theory.plateau.natural_gradient` derives it: in function space the flow relaxes at rate 1, at any delay; two units
come down to one and a small one of amplitude :math:`\epsilon \sim e^{-\tau}`; the bump's pull on the rate of the small
one is :math:`\sim T^4 e^{-wT}/\epsilon\delta^2`; when that is of order one the rate runs away. Its steps are identities
here, from the equation of the function space on; the integral I of the limit is enclosed.

**Measured.** (a) Times of the 1 % drop by two integrators, each at two tolerances and two precisions. (b) The full
flow against the reduced one, at other delays, splits and shares: from T = 40 on they differ by the integrator's own
error, 1e-5. (c) The reduced flow, two quadratures, at delays up to 2560: slope and power of T with ranges that cover
two lengths of the series in 1/T, each with any one delay left out.

(d) With `--full` two of the times are proved, by flows enclosed in the norm of the metric (`numerics.flow.certified`):
2.1328184157524442 at T = 24 and 5.2922960042591405 at T = 28.

**Damping undoes it.** With :math:`(G + \lambda)^{-1}` the split's directions, where G is smallest, move by
:math:`\nabla J/(2\lambda)`: along the valley of the gradient flow the time is :math:`2\lambda\tau_{\text{gradient}}`
and what the function needs (identity). Measured at :math:`\lambda = 10^{-4}`: the ratio is 4.4, 1.23, 1.002, 1.0001 at
T = 12, 14, 16, 18. So a damping that is fixed in advance is exponentially slow however small it is.

**Other widths.** For m > 2 the same derivation gives :math:`wT - 2m \ln T + O(1)` (`leading_time`); integrated at
m = 3: 2.72 against 2.11 at T = 40, 19.83 against 19.31 at T = 60. There a third unit runs to infinite rate in finite
time right after the second has run away.

**Prototype.** Its times for T = 28 to 60 were too large by up to 2 %, its law :math:`T + 2\ln s + c` lacked
:math:`-4\ln T`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import sympy as sp
from flint import arb

from memcurse.numerics.fit_ranges import covering, left_out, local_slopes
from memcurse.numerics.flow.certified.run import CertifiedRun
from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.tableaus.explicit_pairs import DORMAND_PRINCE_5
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plateau.natural_escape import SmallUnit, reduced_time, small_unit
from memcurse.numerics.plots.style import BLUE, GREY, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import Agreement, BallInequality, Every, Measured
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.kernels import GaussianBump

from ._natural_derivation import (
    enclosed_integral,
    function_space,
    large_delays,
    reduced_flow,
    same_velocity,
    valley_time,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Start = tuple[tuple[str, ...], tuple[str, ...]]
START: Final[Start] = (("0.475", "0.525"), ("1.05", "0.95"))
#: (start, delay, distance at which the rate has run away): other splits and another share.
OTHERS: Final = (
    (START, 40, "0.9"),
    ((("0.475", "0.525"), ("1.01", "0.99")), 40, "0.9"),
    ((("0.3", "0.7"), ("1.02", "0.99")), 40, "1.2"),
)
#: A unit of mass 1 at the short part's rate.
_CENTRED: Final = SmallUnit(1.0, 0.0, 0.0)
_LADDER: Final = (40, 60, 80, 120, 160, 240, 320, 480, 640, 960, 1280, 1920, 2560)
#: What the reduction may be off by, in units of the time: twice the integrator's error, measured.
_OFF: Final = 2e-4
_DAMPING: Final = "0.01"
#: What their ratio to the gradient flow's times may be off by.
_RATIO_OFF: Final = 1e-4


def _objective(delay: Any) -> Objective:
    return Objective(example_target(delay))


@lru_cache(maxsize=64)
def integrated(delay: Any, rtol: float, explicit: bool = False, start: Start = START) -> float:
    """Time of the 1 % drop; the explicit method in digits of its own."""
    more: dict[str, Any] = {"method": DORMAND_PRINCE_5, "digits": 24 + 2 * delay} if explicit else {}
    stop = LossDrop(fraction="0.01")
    run = gradient_flow(_objective(delay), *start, stop, rtol=rtol, metric="natural", **more)
    if run.event_time is None:
        raise ArithmeticError(f"the natural flow must escape at T = {delay}; got {run.status}")
    return float(run.event_time)


def two_routes(delay: int) -> Finding:
    """Two methods, two tolerances, two precisions."""
    routes = {
        "Radau IIA": (integrated(delay, 1e-5), integrated(delay, 1e-7)),
        "Dormand-Prince": (integrated(delay, 3e-5, True), integrated(delay, 1e-6, True)),
    }
    return Agreement(f"time of the 1 % drop, T = {delay}", routes, (4, 6))


def proved(delay: int) -> Finding:
    """About the code: the integrated time within 1e-6 of the one that a certified natural flow proves."""
    run = gradient_flow(
        _objective(delay), *START, LossDrop(fraction="0.01"), metric="natural", certify=True, digits=45
    )
    # No proof, no agreement: a ball that holds everything decides nothing.
    time = run.enclosure if isinstance(run, CertifiedRun) and run.enclosure is not None else arb(0, 1)
    off = abs(arb(integrated(delay, 1e-7)) / time - 1)
    name = f"T = {delay}: integrated time within 1e-6 of the proved one"
    return about_code(BallInequality(name, off, arb(1e-6)))


@lru_cache(maxsize=16)
def _unit(start: Start) -> SmallUnit:
    return small_unit(*start)


@lru_cache(maxsize=16)
def _runaway(start: Start, delay: int, distance: str) -> float:
    run = gradient_flow(_objective(delay), *start, Displacement(distance), rtol=1e-5, metric="natural")
    if run.event_time is None:
        raise ArithmeticError(f"the natural flow must run away at T = {delay}; got {run.status}")
    return float(run.event_time)


def against_reduced(start: Start, delay: int, distance: str, shift: float = 0.0) -> Finding:
    """Integrated runaway less that of the reduced flow; `shift` is added to the latter."""
    reduced = float(reduced_time(GaussianBump(delay), _unit(start)))
    found = _runaway(start, delay, distance) - reduced - shift
    name, bounds = (
        f"T = {delay}, w = {', '.join(start[1])}: full less reduced flow",
        (found - _OFF, found + _OFF),
    )
    return Measured(name, 0.0, bounds, 2, origin="twice the integrator's error")


@lru_cache(maxsize=1)
def ladder() -> tuple[tuple[int, float], ...]:
    """Times of the reduced flow."""
    return tuple((T, float(reduced_time(GaussianBump(T), _CENTRED))) for T in _LADDER)


def law(slope: float, power: float) -> tuple[Finding, ...]:
    """Slope in T and minus the power of T at ``delta_0 = 0``, where the integral is a constant."""
    times = [time for _, time in ladder()]
    fits = [[[T, -math.log(T), *(float(T) ** -j for j in range(k))] for T in _LADDER] for k in (4, 5)]
    return tuple(
        Measured(
            name,
            claimed,
            covering([left_out(rows, times, column) for rows in fits]),
            len(_LADDER),
            origin="range with one time left out",
            fitted="series in 1/T of two lengths",
        )
        for column, (name, claimed) in enumerate(
            (("slope in 1/omega", slope), ("minus the coefficient of ln(1/omega)", power))
        )
    )


@lru_cache(maxsize=1)
def damped() -> tuple[tuple[float, float, float, float], ...]:
    """``(T, gradient flow, damped natural flow, natural flow)``."""
    rows, stop = [], LossDrop(fraction="0.01")
    for T in (sp.Rational(half, 2) for half in range(32, 39)):
        J = _objective(T)
        plain = gradient_flow(J, *START, stop, rtol=1e-7).event_time
        slow = gradient_flow(J, *START, stop, rtol=1e-5, metric="natural", damping=_DAMPING).event_time
        if plain is None or slow is None:
            raise ArithmeticError(f"both flows must escape at T = {T}")
        rows.append((float(T), float(plain), float(slow), integrated(T, 1e-5)))
    return tuple(rows)


def damped_ratio(factor: float) -> Finding:
    """The damped time over ``factor * lambda`` times that of the gradient flow, within ten times their tolerances."""
    _, plain, slow, _ = damped()[-1]
    ratio = slow / (factor * float(_DAMPING) * plain)
    name, bounds = (
        f"damping {_DAMPING}: time over {factor:g} lambda tau_gradient",
        (ratio - _RATIO_OFF, ratio + _RATIO_OFF),
    )
    return Measured(name, 1.0, bounds, 2, origin="ten times the tolerance")


def _growth(name: str, claimed: float, times: list[float]) -> Finding:
    """Growth of ``ln tau`` with T, between delays that are one apart."""
    slopes = local_slopes([T for T, *_ in damped()], [math.log(time) for time in times], 2)
    return Measured(f"{name}: growth of ln tau", claimed, slopes, len(times), origin="local slopes")


def damped_growth(claimed: float) -> Finding:
    """Of the damped flow."""
    return _growth(f"damping {_DAMPING}", claimed, [slow for _, _, slow, _ in damped()])


def gradient_flow_slope(claimed: float) -> Finding:
    """Of the gradient flow, over T = 16 to 19, against that of a straight line."""
    return _growth("gradient flow", claimed, [plain for _, plain, *_ in damped()])


def check(setting: Setting) -> Evidence:
    """The derivation, the times by two routes, full against reduced flow, the law, and what damping does."""
    delays, others = ((24,), OTHERS[1:2]) if setting.quick else ((24, 32), OTHERS)
    findings = (
        *function_space(),
        *reduced_flow(),
        *large_delays(),
        enclosed_integral(),
        Every("times by two routes", tuple(two_routes(T) for T in delays)),
        Every("the reduced flow is the flow", tuple(against_reduced(*other) for other in others)),
        *law(1.0, 4.0),
        valley_time(),
        damped_ratio(2.0),
    )
    findings += tuple(proved(T) for T in (24, 28)[: setting.pick(0, 0, 2)])
    rows: list[tuple[Any, ...]] = [(T, "1 % drop, integrated", integrated(T, 1e-7)) for T in delays]
    rows += [(T, "runaway, reduced flow", time) for T, time in ladder()]
    rows += [(T, f"1 % drop, damping {_DAMPING}", slow) for T, _, slow, _ in damped()]
    rows += [(T, "1 % drop, gradient flow", plain) for T, plain, *_ in damped()]
    table = Table(("T", "what", "time"), tuple(rows))
    data = {"ladder": ladder(), "damped": damped()}
    return Evidence(findings, len(rows), None, table, data)


def _refute(*findings: Callable[[], Finding]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        return Evidence(tuple(finding() for finding in findings))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """Times against 1/omega: natural gradient, damped, and gradient flow."""
    T, plain, slow, natural = (np.array(x) for x in zip(*evidence.data["damped"], strict=True))
    far, times = (np.array(x) for x in zip(*evidence.data["ladder"], strict=True))
    ax.plot(T, plain, "o-", color=VERMILION, markersize=4, label="gradient flow")
    ax.plot(T, slow, "s--", color=GREY, markersize=4, label=rf"natural, damping $\lambda = {_DAMPING}$")
    near = far <= 320
    ax.plot(
        [*T, *far[near]],
        [*natural, *times[near]],
        "D-",
        color=BLUE,
        markersize=4,
        label="natural gradient flow",
    )
    ax.set(xscale="log", yscale="log", xlabel=r"delay $1/\omega$ (time)", ylabel="escape time")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="ext-natural-gradient",
    title="The natural gradient leaves the plateau in linear time",
    paper="curse-of-memory",
    section="5",
    claim=(
        r"\theta' = -\tfrac12 G^{-1}\nabla J:\quad e^{\tau} - 1 \sim \frac{M e^{w_*/\omega}\,\omega^4}{128\, w_*^7 C}"
        r"\int_{\delta_0/\omega}^\infty \frac{x^3\,dx}{(x-2) e^x + x + 2},\qquad"
        r"\tau = w_*/\omega - 4 \ln(1/\omega) + 2 \ln s + O(1)"
    ),
    hypotheses=(
        "m = 2, target (125) with c_0 > 0; start near the short part, both amplitudes positive, rates apart by s > 0",
        "exact metric: G the Gram matrix of the model's derivatives, no damping",
        "C = int b(1/omega + u) e^(-w* u) du; M and delta_0 constants of the start, M ~ sum_i a_i (w_i - w*)^2",
        "measured for a* = w* = c_0 = sigma = 1: integrated for 1/omega to 60, reduced to 2560",
    ),
    provenance=Provenance.NEW,
    uses=("eq-125", "ext-escape-law"),
    check=check,
    controls=(
        Control(
            "the time depends on the coordinates: the Euclidean metric's does",
            _refute(lambda: same_velocity("1")),
        ),
        Control("constant 127 in the pull", _refute(lambda: large_delays(127)[1])),
        Control("no logarithm: T + 2 ln s + c", _refute(lambda: law(1.0, 0.0)[1])),
        Control("slope 0.999", _refute(lambda: law(0.999, 4.0)[0])),
        Control("ln s instead of 2 ln s", _refute(lambda: against_reduced(*OTHERS[1], math.log(5)))),
        Control("a fixed damping leaves it linear", _refute(lambda: damped_growth(1 / 17.5))),
        Control("the damping alone, not twice", _refute(lambda: damped_ratio(1.0))),
        Control("the damping enters squared", _refute(lambda: valley_time(2))),
        Control(
            "the gradient flow is linear: ln tau grows as ln T",
            _refute(lambda: gradient_flow_slope(1 / 17.5)),
        ),
    ),
    figure=draw,
    quick=False,
)
