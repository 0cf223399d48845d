r"""Theorem 5.1 (C.1): the escape from the plateau takes a time that is exponential in the memory.

Let :math:`\theta_0` represent the short part exactly, c be its smallest rate, :math:`T = 1/\omega \ge 1` and
:math:`|\rho_0(s)| \le c_0 e^{-c_1 s^2}`. The paper linearises the flow at the start; the bound below needs no
linearisation.

**Theorem.** With :math:`\delta' = \min(\delta, \omega) < c`, and the constants :math:`C_n` of
:math:`\Delta_n(w) \le C_n T^n e^{-wT}` (`theory.plateau.delayed_part`) at w = c, the time to move by :math:`\delta`
is at least

.. math:: \tau_\delta \ge \frac{\omega\,\delta'\, e^{c/\omega}}{2 e\,(\sqrt m\, C_0 + (|a| + \delta')\, C_1)}
          \ge C\, \omega^2 e^{c/\omega} \min(\delta, 1) .

*Proof.* 1. Split :math:`\hat\rho_\theta - \rho = (\hat\rho_\theta - \bar\rho) - \rho_0(\cdot - T)`; at the start the
first part is 0. So :math:`J(\theta_0) - J(\theta) = 2\langle \hat\rho_\theta - \hat\rho_{\theta_0},
\rho_0(\cdot - T)\rangle - |\hat\rho_\theta - \bar\rho|^2` (an identity, checked), at most the first term.

2. Within the distance :math:`\delta'` of the start all rates are at least :math:`c - \delta'` and the amplitudes have
norm at most :math:`|a| + \delta'`, so by the mean value theorem :math:`|\hat\rho_\theta - \hat\rho_{\theta_0}|(t) \le
\delta' (\sqrt m + (|a| + \delta') t) e^{-(c - \delta')t}`.

3. Hence the loss drops there by at most :math:`D = 2\delta'(\sqrt m\,\Delta_0(c - \delta') + (|a| + \delta')
\Delta_1(c - \delta'))`. As :math:`C_n` grows with the rate and :math:`e^{\delta' T} \le e`, this is at most
:math:`2 e\,\delta' (\sqrt m\, C_0 + (|a| + \delta') C_1)\, T e^{-cT}` (checked on a
region for the Gaussian template, rates over two decades and every T >= 10, and at points of the package's losses).

4. A path that follows the gradient is short when the loss drops by little: by Cauchy and Schwarz and eq. (21),
:math:`|\theta(\tau) - \theta_0|^2 \le \tau \int_0^\tau |\nabla J|^2 = \tau (J(\theta_0) - J(\theta(\tau)))`. At
:math:`\tau = \tau_{\delta'} \le \tau_\delta` this reads :math:`\delta'^2 \le \tau_\delta D`. The second inequality is
:math:`\min(\delta, \omega) \ge \omega \min(\delta, 1)`; up to :math:`\delta = e - 1` it implies the paper's factor
:math:`\min(\delta/\sqrt m, \ln(1 + \delta))`.

*The loss.* Once :math:`D < d` at :math:`\delta' = \omega`, which holds for small :math:`\omega`, the loss cannot have
dropped by d before the parameters have moved by :math:`\omega`. So :math:`\tau'_d \ge \tau_\omega`, with the bound at
:math:`\delta = \omega`, and both times tend to infinity.

**The paper's form.** For the flow linearised at the start, with :math:`g = \nabla J` and the smallest eigenvalue
:math:`\lambda < 0` of the Hessian, :math:`|\theta - \theta_0| \le |g| (e^{|\lambda|\tau} - 1)/|\lambda|`, so to move by
:math:`\delta` takes at least :math:`|\lambda|^{-1} \ln(1 + |\lambda|\delta/|g|)`. This decreases in :math:`|\lambda|`
and in :math:`|g|`, which propositions C.2 and C.3 bound by :math:`C T^2 e^{-cT}` with one constant C; what results is
:math:`C^{-1} \omega^2 e^{c/\omega} \ln(1 + \delta)`, at least the paper's. It is compared with the flow itself.

**Times** are proved: certified flows (`numerics.flow.certified`) enclose them in balls.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy as sp
from flint import arb

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.plots.style import BLUE, GREEN, VERMILION
from memcurse.proofs_checks.curse_of_memory.optimisation.plateau._memory import (
    SLACK,
    ball_text,
    generator,
)
from memcurse.proofs_checks.curse_of_memory.optimisation.plateau._regions import (
    moved_moments_below,
    moved_scales,
    scaled_forms,
)
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Came, InOrder
from memcurse.proofs_checks.evidence.intervals import interval
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau.delayed_part import FatTailTemplate, GaussianTemplate, Template

from ._escape import (
    ELSEWHERE,
    FAT,
    PAIR,
    Start,
    computed_times,
    downhill,
    escape_time,
    largest_drop,
    linearised_bound,
    loss_drop,
    nearby,
    proved_bound,
    proved_time,
    recalled_bound,
    split_identity,
    starts,
    time_interval,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DISTANCE, _DROP = Fraction(1, 10), Fraction(1, 100)
_GAUSSIAN = GaussianTemplate()
#: A loss drops long after the parameters have moved; its times are proved up to this delay,
#: and at all of them in a full run.
_PROVED = 16


@dataclass(frozen=True)
class Row:
    """An event of one flow: its proved time, and the bound that is claimed, as balls."""

    start: Start
    delay: int
    event: str
    time: arb
    bound: arb


def _event(event: str) -> Any:

    return LossDrop(_DROP) if event == "loss" else Displacement(_DISTANCE)


def _rows(
    starts: Sequence[Start], ladder: Sequence[int], event: str, bound: Callable[[Start, int], Any]
) -> list[Row]:
    """Escape times beside a bound; the instances where one was proved. `_all_came` says whether that is all."""
    rows = []
    for start in starts:
        for T in ladder:
            time = proved_time(start, T, _event(event))
            if time is not None:
                rows.append(Row(start, T, event, time, bound(start, T)))
    return rows


def _all_came(name: str, rows: Sequence[Row], starts: Sequence[Start], ladder: Sequence[int]) -> Finding:
    """No event is missing."""
    return Came(f"{name}: events", len(rows), len(starts) * len(ladder))


def _not_before(name: str, rows: Sequence[Row]) -> Finding:
    """No proved time is earlier than its bound."""
    return BallInequalities(name, tuple((row.bound, row.time) for row in rows))


def _computed_drops(starts: Sequence[Start], delays: Sequence[int], digits: int) -> tuple[Finding, ...]:
    """About the code: where no loss drop is proved, that the integrators find it, and not before the bound."""
    bound, pairs = _explicit(digits, distance=Fraction(1)), []
    for start, T in itertools.product(starts, delays):
        if (time := escape_time(start, T, _event("loss"))) is not None:
            pairs.append((interval("bound", bound(start, T)), time_interval(time)))
    asked = len(starts) * len(delays)
    if not asked:
        return ()
    came = Came("later loss drops that the integrators find", len(pairs), asked, about="code")
    return (came, about_code(InOrder("integrated time of the loss drop >= proved bound", tuple(pairs))))


def _grows(name: str, rows: Sequence[Row]) -> Finding:
    """The ratio of time and bound grows from each delay to the next."""
    ratios = [row.time / row.bound for row in rows]
    pairs = [(ratios[i], ratios[i + 1]) for i in range(len(rows) - 1) if rows[i].start == rows[i + 1].start]
    return BallInequalities(name, tuple(pairs))


def _explicit(
    digits: int, rate: int = 1, slack: int = 1, distance: Fraction = _DISTANCE
) -> Callable[..., Any]:
    """The proved bound as a ball; the controls take a `rate` times as large and a constant `slack` times smaller."""

    def bound(start: Start, T: int) -> Any:
        exact = proved_bound(start, T, distance, _GAUSSIAN.envelope)
        with precision(digits):
            return constant_ball(exact * sp.exp((rate - 1) * start.rate * T) / slack)

    return bound


def _linearised(digits: int, curvature: int = 1) -> Callable[[Start, int], Any]:
    return lambda start, T: linearised_bound(start, T, _DISTANCE, digits, curvature)


def _drops(
    starts: Sequence[Start],
    ladder: Sequence[int],
    setting: Setting,
    template: Template,
    points: int,
    slack: int = 1,
) -> Finding:
    """Step 3: within omega of the start the loss drops by at most D, at random points and down the gradient."""

    rng, digits, pairs = generator(setting, "thm-5.1"), setting.digits, []
    for start in starts:
        for T in ladder:
            with precision(digits + T):
                most = constant_ball(slack * largest_drop(start, T, template.envelope))
            points_here = [downhill(start, T, digits), *(nearby(start, T, rng) for _ in range(points))]
            pairs += [(loss_drop(start, *theta, T, digits), most) for theta in points_here]
    return BallInequalities(
        "J(theta_0) - J(theta) <= D where |theta - theta_0| <= omega", tuple(pairs), strict=False
    )


def _forms(starts: Sequence[Start], ladder: Sequence[int], digits: int) -> Finding:
    """The paper's form lies below the linearised bound that it comes from."""

    pairs = []
    for start in starts:
        for T in ladder:
            with precision(digits):
                recalled = constant_ball(recalled_bound(start, T, _DISTANCE, _GAUSSIAN.envelope))
            pairs.append((recalled, linearised_bound(start, T, _DISTANCE, digits)))
    return BallInequalities(
        "C omega^2 e^(c/omega) min(delta/sqrt(m), ln(1 + delta)) <= linearised bound", tuple(pairs)
    )


def _loss_waits(rows: Sequence[Row], digits: int) -> Finding:
    """The hypothesis for the loss: D < d at the distance omega."""

    with precision(digits):
        d = constant_ball(sp.Rational(_DROP.numerator, _DROP.denominator))
        pairs = [(constant_ball(largest_drop(row.start, row.delay, _GAUSSIAN.envelope)), d) for row in rows]
    return BallInequalities("D < d: the loss cannot have dropped within omega of the start", tuple(pairs))


def _ladder(setting: Setting) -> tuple[int, ...]:
    return (4, 8, 10, 14) if setting.quick else (4, 6, 8, 10, 12, 14, 16, 18, 21, 24)


def check(setting: Setting) -> Evidence:
    """The steps of the proof, and proved times of both events against the proved and the linearised bound."""
    chosen, ladder, digits = starts(setting), _ladder(setting), setting.digits
    proved = setting.pick(_PROVED, _PROVED, ladder[-1])
    late, latest = [T for T in ladder if 12 <= T <= proved], [T for T in ladder if proved < T]
    # The drop comes later: the flow that proves its time has the time of the distance too.
    dropped = _rows(chosen, late, "loss", _explicit(digits, distance=Fraction(1)))
    moved = _rows(chosen, ladder, "distance", _explicit(digits))
    linear = _rows(chosen, ladder, "distance", _linearised(digits))
    findings = (
        split_identity(),
        scaled_forms(range(2)),
        moved_scales(),
        moved_moments_below(),
        _all_came("moved by delta", moved, chosen, ladder),
        _all_came("loss dropped", dropped, chosen, late),
        _all_came("moved by delta, linearised bound", linear, chosen, ladder),
        _drops(chosen, ladder, setting, _GAUSSIAN, setting.pick(3, 1)),
        _not_before("time to move by delta >= proved bound", moved),
        _grows("time to move by delta / bound grows", moved),
        _loss_waits(dropped, digits),
        _not_before("time of the loss drop >= proved bound", dropped),
        _forms(chosen, ladder, digits),
        _not_before("time to move by delta >= linearised bound", linear),
        *computed_times([(row.start, row.delay, _event(row.event)) for row in (*moved, *dropped)]),
        *_computed_drops(chosen, latest, digits),
    )
    rows = [
        (row.start.text, row.delay, row.event, ball_text(row.time), ball_text(row.bound))
        for row in (*moved, *dropped, *linear)
    ]
    table = Table(("start", "T", "event", "time", "bound"), tuple(rows))
    return Evidence(
        findings, len(rows), digits, table, {"moved": moved, "dropped": dropped, "linear": linear}
    )


def _refute_bound(
    bound: Callable[[int], Callable[[Start, int], Any]], start: Start = PAIR, ladder: Sequence[int] = (4, 14)
) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        rows = _rows((start,), ladder, "distance", bound(setting.digits))
        return Evidence((_not_before("time to move by delta >= bound", rows),), len(rows), setting.digits)

    return refute


def _upper(setting: Setting) -> Evidence:
    """The bound, a million times as large, from above."""
    rows = _rows((PAIR,), (14, 24), "distance", _explicit(setting.digits))
    pairs = tuple((row.time, row.bound * SLACK) for row in rows)
    finding = BallInequalities("time to move by delta <= 10^6 bound", pairs)
    return Evidence((finding,), len(rows), setting.digits)


def _fat_tail(setting: Setting) -> Evidence:
    finding = _drops((FAT,), (60,), Setting(20, setting.quick, setting.seed), FatTailTemplate(), 0, SLACK)
    return Evidence((finding,), 1, 20)


def _without_e(setting: Setting) -> Evidence:
    """D without the factor e that moving by omega costs."""
    return Evidence((moved_moments_below(sp.S.One),))


def draw(evidence: Evidence, ax: Axes) -> None:
    """Times of both events and the two bounds, for m = 2."""
    for name, marker, colour, words in (
        ("dropped", "s", GREEN, f"loss dropped by {float(_DROP)}"),
        ("moved", "o", BLUE, f"moved by {float(_DISTANCE)}"),
    ):
        mine = [row for row in evidence.data[name] if row.start == PAIR]
        times = [float(row.time) for row in mine]
        ax.plot([row.delay for row in mine], times, marker, color=colour, markersize=5, label=words)
    for name, style, words in (("linear", "--", "linearised bound"), ("moved", "-", "proved bound")):
        mine = [row for row in evidence.data[name] if row.start == PAIR]
        values = [float(row.bound.mid()) for row in mine]
        ax.plot([row.delay for row in mine], values, style, color=VERMILION, linewidth=1, label=words)
    ax.set(yscale="log", xlabel=r"delay $T = 1/\omega$ (time)", ylabel=r"escape time $\tau$")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="thm-5.1",
    title="The escape time is exponential in the memory",
    paper="curse-of-memory",
    section="5",
    claim=(
        r"\tau_\delta \ge \frac{\omega \min(\delta, \omega)\, e^{c/\omega}}{2e(\sqrt m\, C_0 + (|a| + "
        r"\omega)\, C_1)} \gtrsim \omega^2 e^{c/\omega} \min(\delta, 1), \qquad \tau'_\delta \to \infty"
    ),
    hypotheses=(
        "theta_0 represents the short part exactly, c its smallest rate, omega <= 1, min(delta, omega) < c",
        "the explicit constant, and the proof of it without linearisation, are new",
        "|rho_0(s)| <= c_0 exp(-c_1 s^2) for all s; C_n(c_0, c_1, c) as in lemma C.1",
        "the linearised form of the paper: for the flow linearised at theta_0, compared with the flow itself",
    ),
    provenance=Provenance.RECALLED,
    uses=("eq-21", "lem-c.1", "prop-c.2", "prop-c.3"),
    check=check,
    controls=(
        Control("rate exp(3c/omega)", _refute_bound(lambda digits: _explicit(digits, 3, SLACK))),
        Control("the bound as an estimate from above", _upper),
        Control(
            "linearised bound without the curvature", _refute_bound(lambda digits: _linearised(digits, 0))
        ),
        Control(
            "linearised bound with the wrong sign",
            _refute_bound(lambda digits: _linearised(digits, -1), PAIR, (4,)),
        ),
        Control("start that does not represent the short part", _refute_bound(_explicit, ELSEWHERE)),
        Control("fat tail instead of a sub-Gaussian one", _fat_tail),
        Control("D without the factor e, on the region", _without_e),
    ),
    figure=draw,
    quick=False,
)
