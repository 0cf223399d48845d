r"""Figure 2: the plateau of the loss, for longer and longer memory.

From one start on the critical manifold the loss stays at about :math:`\|\rho_0\|^2` and then falls at once. Drawn is
the loss along integrated flows; checked are three things one sees:

- the time at which a twentieth of the loss is gone is proved, by certified flows, to lie in a short interval;
- it grows with the delay faster than the bound's factor: from T to T + 2 by more than :math:`e^{2 w^*}`;
- the fall is sudden: half of the drop takes the last hundredth of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from flint import arb

from memcurse.numerics.flow.events import LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.proofs_checks.curse_of_memory.optimisation.plateau._memory import ball_text
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table

from ._escape import PAIR, computed_times, proved_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHARE = "1/20"


def _delays(setting: Setting) -> tuple[int, ...]:
    return (14, 16, 18) if setting.quick else (12, 14, 16, 18, 20)


@lru_cache(maxsize=32)
def flow(delay: int, share: str = _SHARE) -> Any:
    """The flow until this share of the loss is gone."""

    run = gradient_flow(PAIR.objective(delay), PAIR.a, PAIR.w, LossDrop(fraction=share), rtol=1e-9)
    if run.event_time is None:
        raise ArithmeticError(
            f"the loss must drop by {share}; the flow ended as {run.status!r} at T = {delay}"
        )
    return run


def time_ball(delay: int, share: str = _SHARE) -> Any:
    """A ball that holds the time, by a certified flow."""
    time = proved_time(PAIR, delay, LossDrop(fraction=share))
    if time is None:
        raise ArithmeticError(f"the time of the drop by {share} must be proved at T = {delay}")
    return time


def growth(delays: tuple[int, ...], rate: int) -> BallInequalities:
    """Times grow from one delay to the next by more than ``e^(rate * difference)``."""

    times = {T: time_ball(T) for T in delays}
    pairs = tuple((times[x] * arb(rate * (y - x)).exp(), times[y]) for x, y in pairwise(delays))
    return BallInequalities(f"tau(T) grows faster than e^({rate if rate > 1 else ''}w* T)", pairs)


def sudden(delays: tuple[int, ...], gradual: bool = False) -> BallInequalities:
    """Half of the drop comes in the last hundredth of the time; or, for the control, before it."""

    pairs = [(arb(99) / 100 * time_ball(T), time_ball(T, "1/40")) for T in delays]
    word = "before" if gradual else "in"
    return BallInequalities(
        f"half of the drop comes {word} the last hundredth of the time",
        tuple((y, x) if gradual else (x, y) for x, y in pairs),
    )


def check(setting: Setting) -> Evidence:
    """Times proved, their growth, and how sudden the fall is."""
    delays = _delays(setting)
    findings = (
        growth(delays, 1),
        sudden(delays),
        *computed_times([(PAIR, T, LossDrop(fraction=_SHARE)) for T in delays]),
    )
    rows = [
        (T, float(flow(T).loss[0]), ball_text(time_ball(T)), ball_text(time_ball(T, "1/40"))) for T in delays
    ]
    table = Table(("T", "loss at the start", "time of a 5 % drop", "time of a 2.5 % drop"), tuple(rows))
    return Evidence(findings, len(delays), None, table, {"delays": delays})


def _refute(finding: Callable[[tuple[int, ...]], Finding]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        return Evidence((finding(_delays(setting)),), len(_delays(setting)))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """The loss, as a share of the start's, against the logarithm of the time."""
    for T in evidence.data["delays"]:
        run = flow(T)
        ax.plot(run.t[1:], run.loss[1:] / run.loss[0], label=rf"$1/\omega$ = {T}")
    ax.set(
        xscale="log", xlim=(1.0, None), xlabel=r"flow time $\tau$", ylabel=r"$J(\theta(\tau))/J(\theta_0)$"
    )
    ax.legend(loc="lower left")


STATEMENT = Statement(
    id="fig-2",
    title="The plateau lasts longer the longer the memory",
    paper="curse-of-memory",
    section="5",
    claim=(
        r"\tau'_{\omega_2}/\tau'_{\omega_1} > e^{w^*(1/\omega_2 - 1/\omega_1)},\quad \omega_2 < \omega_1;"
        r"\qquad \tau'(\delta/2) > \tfrac{99}{100}\,\tau'(\delta)"
    ),
    hypotheses=(
        "target (125) with a* = w* = c_0 = sigma = 1; start a = (0.7, 0.3), w = (1, 1)",
        "tau' is the time of a 5 % drop of the loss; delays 12, 14, ..., 20 (quick: 14, 16, 18)",
    ),
    provenance=Provenance.OURS,
    uses=("eq-125", "thm-5.1"),
    check=check,
    controls=(
        Control("growth by e^(4 w* T)", _refute(lambda delays: growth(delays, 4))),
        Control("a gradual fall", _refute(lambda delays: sudden(delays, gradual=True))),
    ),
    figure=draw,
    quick=False,
)
