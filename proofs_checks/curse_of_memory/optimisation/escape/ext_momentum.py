r"""What momentum does to the plateau of the real loss: Nesterov's flow leaves in the square root of the time.

Appendix E has a saddle with the curvature :math:`-\varepsilon`: :math:`\varepsilon^{-1}` against
:math:`\varepsilon^{-1/2}`. Neither the exponential nor the saddle matters:

1. **Any valley.** On the loss :math:`\varepsilon U(x)` with any U let X solve the equation with
   :math:`\varepsilon = 1`. Then :math:`X(\varepsilon\tau)` is the gradient flow, and :math:`X(\sqrt\varepsilon\,\tau)`
   Nesterov's flow, :math:`\ddot x + (3/\tau)\dot x + \varepsilon U'(x) = 0`: the friction :math:`3/\tau` has no scale.
   So :math:`\tau_N = \kappa \sqrt{\tau_g}`, where :math:`\kappa` depends on U and the start alone. With a fixed
   friction :math:`X(\varepsilon\tau/\gamma)`, a slower gradient flow, misses by the relative order
   :math:`\varepsilon/\gamma^2`: momentum gains nothing (identities; that a small miss stays small is not proved here).
2. **This valley.** `theory.plateau.slow_manifold`: the plateau is one, :math:`2 a^2 \dot p = -E_3'(p)` with
   :math:`E_3'(p)/(2a^2) = C (p(1-p))^{-3/2}`, all dependence on the delay in C (identity). Hence
   :math:`\tau_N/\sqrt{\tau_g} \to \kappa(p)`, the time of :math:`P'' + 3P'/s = -(P(1-P))^{-3/2}` to 0 over the root of
   :math:`\mathrm B(p; 5/2, 5/2)`: 3.0838 at p = 7/10, and :math:`\tau_N \sim \omega^3 e^{5w^*/(4\omega)}`.

**Heuristic.** That the flow with momentum follows the valley. The split s overshoots and oscillates about it, with a
frequency :math:`\Omega \sim T e^{-w^*T/2}` that depends on p. Per action I this pushes p by :math:`I\,\Omega'(p)`, at
first of the order :math:`D_2^2 \gg E_3`. Friction :math:`3/\tau` lets the action fall as :math:`(\Omega\tau)^{-3}`, so
that :math:`(\tau^3 \dot p)^{\textstyle\cdot} \sim D_2^2\,\Omega^{-3}` moves p by :math:`D_2^2\,\Omega^{-2} \sim D_2`
in all: nothing. **Without friction the action stays**, the valley is never followed, and this law fails (a control:
at T = 14, p = 4/5 the heavy ball takes 6.5 times as long as the valley would).

3. **A fixed beta in steps** is a fixed friction: in a constant force its step grows to :math:`1/(1 - \beta)` times the
   plain one (identity), and the plateau's force is the more constant the longer the plateau. At beta = .9 the gain is
   .9005, .9827, .9991 of :math:`1/(1 - \beta)` at T = 10, 12, 14; at beta = .99 it is .248 and .940 at T = 10 and 14,
   and at T = 12 nothing came in 4,000,000 steps. A factor, and never the exponent.

**Measured.** (a) Along the valley, which is computed without expansion, down to omega = 1/640: the exponent, and
:math:`\kappa` by a second route. (b) Integrated flows from random shares, 1/omega from 13 to 16: the exponent. The
series in :math:`T^2 e^{-T/2}` is slow there. Cut after one term it gives 0.470 (0.467 to 0.473 where one time is left
out), after two 0.540 (0.535 to 0.546), at seed 0: neither range holds 1/2 alone. The range taken covers both, as an
estimate of what is cut off, so (b) says 1/2 to about a tenth of it, no more. The times have no chance in them, but for
the starts, so that these are ranges and not intervals of confidence. (c) Integrated flow against valley at the same
delay, within the valley's estimated error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import mpmath
import numpy as np
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.fit_ranges import covering, left_out
from memcurse.numerics.flow.events import LossDrop
from memcurse.numerics.plateau.slow_manifold import slow_escape
from memcurse.numerics.plots.style import BLUE, GREY, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Agreement, BallInequalities, Every, Measured
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table

from ._momentum_scaling import constant_force, one_valley, scaling
from ._momentum_times import NESTEROV, Friction, momentum, second_route, steps, times
from ._valley import limiting_constant, objective, valley_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ID: Final = "ext-momentum"
_HALF: Final = 0.5
#: Delays of integrated flows in half units of time: with Nesterov's friction, and with fixed ones, which end later.
#: What the exponents come from.
_LEFT_OUT, _FITTED = (
    "range with one time left out, starts at random",
    "a slope, with and without the next term of a series",
)
_HALVES, _FIXED_HALVES = range(26, 33), range(20, 27)
_LADDER = (40, 80, 160, 320, 640)
#: Share of the comparisons at one start; the larger one leaves a shorter end of the valley to extrapolate.
_SHARE, _LARGER = sp.Rational(7, 10), sp.Rational(4, 5)
_FRICTION: Final = 0.1
#: Delays at which the heavy ball is counted in steps, its betas, and what their gain may miss at the longer delay.
_STEPPED: Final = (12, 14)
_BETAS, _MISSING = (0.5, 0.9), 1.5e-3


def shares(setting: Setting) -> tuple[sp.Rational, ...]:
    """Three random shares, one from each third of 0.55 to 0.84."""

    rng = np.random.default_rng(setting.seed_for(_ID))
    return tuple(sp.Rational(int(rng.integers(low, low + 10)), 100) for low in (55, 65, 75))


def _covering(rows: Sequence[Sequence[Sequence[float]]], values: Sequence[float]) -> tuple[float, float]:
    """Range of the first coefficient over every list of columns, with any one of the times left out."""
    return covering([left_out(row, values) for row in rows])


def integrated_exponent(setting: Setting, claimed: float, friction: Friction = NESTEROV) -> Finding:
    """``ln tau_momentum = claimed * ln tau_gradient + c_p + d_p x (+ e x^2)`` with ``x = T^2 e^(-T/2)``."""
    drawn = shares(setting)
    halves = _HALVES if friction == NESTEROV else _FIXED_HALVES
    short, values = [], []
    for i, share in enumerate(drawn):
        for half in halves:
            T = half / 2
            slowly, quickly = times(share, sp.Rational(half, 2), friction)
            own = [float(i == j) for j in range(len(drawn))]
            x = T**2 * math.exp(-T / 2)
            short.append([math.log(slowly), *own, *(x * y for y in own), x**2])
            values.append(math.log(quickly))
    bounds = _covering([[row[:-1] for row in short], short], values)
    name = f"exponent, integrated flows, friction {friction}"
    return Measured(name, claimed, bounds, len(values), origin=_LEFT_OUT, fitted=_FITTED)


@lru_cache(maxsize=8)
def ladder(drawn: tuple[sp.Rational, ...]) -> tuple[tuple[sp.Rational, int, Any, Any], ...]:
    """``(share, T, gradient, Nesterov)`` along the valley, the first by the quadrature of `numerics`."""

    return tuple((p, T, _slowly(T, p), valley_time(T, p).time) for p in drawn for T in _LADDER)


def _slowly(delay: int, share: sp.Rational) -> Any:

    stop = LossDrop(fraction="0.05")
    return slow_escape(objective(delay), [share, 1 - share], [1, 1], stop=stop).event_time


def valley_exponent(setting: Setting, claimed: float) -> Finding:
    """The same regression along the valley; the second list of columns has 1/T."""

    drawn = shares(setting)
    rows, values = [], []
    for p, T, slowly, quickly in ladder(drawn):
        rows.append([float(mpmath.log(slowly)), *(float(p == q) for q in drawn), 1 / T])
        values.append(float(mpmath.log(quickly)))
    bounds = _covering([[row[:-1] for row in rows], rows], values)
    name = "exponent, along the valley"
    return Measured(name, claimed, bounds, len(values), origin=_LEFT_OUT, fitted=_FITTED)


def constant(share: sp.Rational, friction: float = 3.0) -> Finding:
    """``tau_N/sqrt(tau_g)`` along the valley at T = 160 against the limiting equation with this friction over time."""

    # What the delay adds is of the order e^(-T/2).
    delay = 160
    root = mpmath.sqrt(_slowly(delay, share))
    coarse, fine = (float(valley_time(delay, share, step=step).time / root) for step in (0.04, 0.01))
    limit = tuple(limiting_constant(share, rtol, friction) for rtol in (1e-6, 1e-9))
    return Agreement(
        f"kappa({share})", {"valley": (coarse, fine), "limiting equation": (limit[0], limit[1])}, (4, 6)
    )


def followed(delay: int, share: sp.Rational, friction: Friction = NESTEROV) -> Finding:
    """Integrated time over that of the valley, as a logarithm, within the valley's estimated error.

    A number as friction can only be 0, where that of a heavy ball and that over time are the same.
    """

    along = valley_time(delay, share) if isinstance(friction, str) else valley_time(delay, share, friction)
    _, quickly = times(share, sp.Rational(delay), friction)
    found = math.log(quickly / float(along.time))
    name = f"T = {delay}: ln(integrated/valley), friction {friction}"
    bounds = found - along.error, found + along.error
    return Measured(name, 0.0, bounds, 2, origin="estimated error of the valley")


def fixed_beta(beta: float, claimed: float = 1.0) -> Finding:
    """Exponent of the count with a fixed beta in that without, from one delay to a longer one.

    The gain is short of 1/(1 - beta) by what falls with the force: at the shorter delay, twice that is the range.
    """
    logs = [(math.log(steps(T, 0.0)), math.log(steps(T, beta))) for T in _STEPPED]
    (plain, slow), (longer, slower) = logs
    missing = abs(slow - plain - math.log(1 - beta)) / (longer - plain)
    found, name = (slower - slow) / (longer - plain), f"beta = {beta}: exponent of the count"
    return Measured(
        name,
        claimed,
        (found - 2 * missing, found + 2 * missing),
        4,
        origin="twice what is missing at the shorter delay",
    )


def gain(beta: float, power: float = 1.0) -> Finding:
    """The gain of a fixed beta over one of 0 at the longer delay, times ``(1 - beta)^power``."""
    found = steps(_STEPPED[-1], 0.0) / steps(_STEPPED[-1], beta) * (1 - beta) ** power
    bounds = found - _MISSING, found + _MISSING
    name = f"beta = {beta}, T = {_STEPPED[-1]}: gain times (1 - beta)^{power:g}"
    return Measured(name, 1.0, bounds, 2, origin="what is missing at this delay")


def accuracy(delay: int) -> Finding:
    """The escape time by a second method in other variables, each at two tolerances."""
    low, high = (float(momentum(sp.Rational(delay), _SHARE, NESTEROV, r).event_time) for r in (1e-6, 1e-10))
    other = tuple(second_route(delay, _SHARE, rtol) for rtol in (1e-8, 1e-11))
    routes = {"Dormand-Prince in the velocity": (low, high), "LSODA in the momentum": (other[0], other[1])}
    return Agreement(f"time of Nesterov's flow, T = {delay}", routes, (5, 7))


def dissipated(digits: int, kinetic: bool = True) -> Finding:
    """Balls around the energy (or the loss alone) at points of a computed flow, taken as exact, in order."""

    J, run = objective(12), momentum(sp.Integer(12), _SHARE, NESTEROV, 1e-9)
    stride = max(1, len(run.t) // 40)
    values = []
    with precision(digits):
        for a, w, v in zip(run.a[::stride], run.w[::stride], run.velocity[::stride], strict=True):
            motion = sum((arb(float(y)) ** 2 for y in v), arb(0)) / 2 if kinetic else arb(0)
            values.append(J.enclose(a, w, digits).loss + motion)
        words = "J + |velocity|^2/2" if kinetic else "J alone"
        pairs = tuple((after, before) for before, after in pairwise(values))
        return BallInequalities(f"{words} falls along Nesterov's flow", pairs)


def check(setting: Setting) -> Evidence:
    """The derivation, the valley, the integrated flows, and each against the other."""
    drawn = shares(setting)
    findings = (
        *scaling(),
        one_valley(),
        integrated_exponent(setting, _HALF),
        valley_exponent(setting, _HALF),
        Every("kappa by two routes", tuple(constant(p) for p in drawn)),
        Every("the integrated flow follows the valley", tuple(followed(T, drawn[-1]) for T in (14, 15, 16))),
        constant_force(),
        Every("a fixed beta gains 1/(1 - beta)", tuple(gain(beta) for beta in _BETAS)),
        Every("and leaves the exponent", tuple(fixed_beta(beta) for beta in _BETAS)),
        accuracy(10),
        dissipated(setting.digits),
    )
    rows = [(str(p), half / 2, *times(p, sp.Rational(half, 2), NESTEROV)) for p in drawn for half in _HALVES]
    table = Table(("share", "T", "gradient flow", "Nesterov's flow"), tuple(rows))
    fixed = [
        (str(p), half / 2, *times(p, sp.Rational(half, 2), _FRICTION))
        for p in drawn
        for half in _FIXED_HALVES
    ]
    data = {"shares": drawn, "nesterov": rows, "fixed": fixed}
    return Evidence(findings, len(rows) + len(drawn) * len(_LADDER), setting.digits, table, data)


def _refute(finding: Callable[[Setting], Finding]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        return Evidence((finding(setting),))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """Both kinds of momentum against the gradient flow, with slopes 1/2 and 1."""

    drawn = evidence.data["shares"]
    for share, marker in zip(drawn, "osD", strict=True):
        for key, colour, words in (
            ("nesterov", BLUE, "Nesterov, three shares p"),
            ("fixed", VERMILION, f"heavy ball, friction {_FRICTION} (control)"),
        ):
            rows = [row[2:] for row in evidence.data[key] if row[0] == str(share)]
            face = colour if key == "nesterov" else "none"
            label = words if share == drawn[0] else None
            ax.plot(*zip(*rows, strict=True), marker, color=colour, mfc=face, markersize=5, label=label)
    x = np.geomspace(300, 3e7, 50)
    kappa = limiting_constant(drawn[1], 1e-6)
    ax.plot(
        x,
        kappa * np.sqrt(x),
        "-",
        color=BLUE,
        linewidth=1,
        label=rf"limit $\kappa\sqrt{{\tau_g}}$, p = {float(drawn[1]):g}",
    )
    ax.plot(x[:30], _FRICTION * x[:30], "--", color=GREY, linewidth=1, label=r"$\gamma\tau_g$")
    ax.set(
        xscale="log",
        yscale="log",
        xlabel=r"escape time of the gradient flow $\tau_g$",
        ylabel="escape time with momentum",
    )
    ax.legend(fontsize=9, loc="upper left")


STATEMENT = Statement(
    id="ext-momentum",
    title="Momentum takes the square root of the plateau",
    paper="curse-of-memory",
    section="E",
    claim=(
        r"\tau_N \sim \kappa(p) \sqrt{\tau_{\mathrm{gradient}}} \propto \omega^{3}\, e^{5 w_*/(4\omega)},\qquad "
        r"\ddot\theta + \tfrac{3}{\tau}\, \dot\theta + \nabla J(\theta) = 0"
    ),
    hypotheses=(
        "m = 2, target (125); start at rest, a_1 + a_2 = a*, both positive and unequal, w_1 = w_2 = w*",
        "p is the larger share of the amplitude, the times are those of a fixed drop of the loss, omega -> 0",
        "measured for a* = w* = c_0 = sigma = 1: along the slow valley to omega = 1/640, integrated to 1/16",
        "friction 3/tau; neither for a fixed friction nor for none",
        "a fixed beta, 1/2 and 9/10, in steps at the rate 1/10: 1/omega = 12 and 14",
    ),
    provenance=Provenance.NEW,
    uses=("app-e", "eq-125", "ext-escape-law"),
    check=check,
    controls=(
        Control("exponent 1: momentum gains a factor only", _refute(lambda s: integrated_exponent(s, 1.0))),
        Control("exponent 1/3", _refute(lambda s: integrated_exponent(s, 1 / 3))),
        Control("exponent 0.49 along the valley", _refute(lambda s: valley_exponent(s, 0.49))),
        Control(
            "heavy ball with the fixed friction 1/10",
            _refute(lambda s: integrated_exponent(s, _HALF, _FRICTION)),
        ),
        Control(
            "heavy ball without friction follows the valley", _refute(lambda s: followed(14, _LARGER, 0.0))
        ),
        Control("a fixed beta halves the exponent", _refute(lambda s: fixed_beta(0.9, 0.5))),
        Control("a fixed beta gains 1/(1 - beta)^2", _refute(lambda s: gain(0.9, 2.0))),
        Control("steps of the squared gain in a constant force", _refute(lambda s: constant_force(2))),
        Control("friction 2.9/tau in kappa", _refute(lambda s: constant(_SHARE, 2.9))),
        Control("slope (p(1-p))^(-1) of the valley", _refute(lambda s: one_valley(sp.S.One))),
        Control("the loss itself falls", _refute(lambda s: dissipated(s.digits, kinetic=False))),
    ),
    figure=draw,
    quick=False,
)
