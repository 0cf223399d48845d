r"""From how many samples on learned poles win, in the setting of fp-online: N* is where the excess of learned poles
(SGD, Adam, best rate in hindsight) falls below that of another learner and stays there, by interpolation of logarithms;
its interval is a bootstrap over seeds (table; 0 stands for "not up to the last mark").

- Against the same optimisers on fixed poles in raw coordinates N* lies between 16 and 1024. - Against NLMS on 16 taps
between 256 and 16384. - **Against RLS on 16 taps learned poles do not win up to 16384 samples in the typical run**
(geometric mean). By the mean
  excess, which the few targets with long memory dominate, N* is of the order of 10^4, with an interval that reaches
  beyond the last mark: which of the two is asked changes the answer.

The marks between which N* is claimed to lie were chosen after runs with other seeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from memcurse.numerics.plots.style import BLACK, BLUE, GREEN, ORANGE
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.proofs_checks.fixed_pole._measured import mean_less

from ._runs import LEARNERS, Array, excesses, setting_runs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OTHERS = ("fixed raw", "NLMS taps", "RLS fixed", "RLS taps")
#: Draws of the bootstrap; a quick run takes a fifth.
_DRAWS = 300


def _means(x: Array) -> dict[str, Array]:
    return {"typical": np.exp(np.log(x).mean(axis=0)), "mean": x.mean(axis=0)}


def _crossing(marks: tuple[int, ...], learned: Array, other: Array) -> float:
    """Where the first curve falls below the second for good; infinite if it does not."""
    gap, at = np.log(learned) - np.log(other), np.log(marks)
    above = np.flatnonzero(gap >= 0)
    if not above.size:
        return float(marks[0])
    i = int(above[-1])
    if i == len(marks) - 1:
        return float("inf")
    return float(np.exp(at[i] + (at[i + 1] - at[i]) * gap[i] / (gap[i] - gap[i + 1])))


def _interval(
    marks: tuple[int, ...], learned: Array, other: Array, kind: str, seed: int, draws: int
) -> tuple[float, float, float]:
    """N* and the ends of its 95 % bootstrap interval over seeds."""
    rng, drawn = np.random.default_rng(seed), []
    for _ in range(draws):
        rows = rng.integers(0, len(learned), len(learned))
        drawn.append(_crossing(marks, _means(learned[rows])[kind], _means(other[rows])[kind]))
    low = float(np.quantile(drawn, 0.025, method="lower"))
    high = float(np.quantile(drawn, 0.975, method="higher"))
    return _crossing(marks, _means(learned)[kind], _means(other)[kind]), low, high


def _measured(setting: Setting) -> tuple[dict[str, Array], tuple[int, ...]]:
    runs, marks = setting_runs(setting)
    return {name: excesses(runs, name) for name in LEARNERS}, marks


def _less(found: dict[str, Array], marks: tuple[int, ...], N: int, first: str, second: str) -> Finding:
    one, two = (np.log(found[name][:, marks.index(N)]) for name in (first, second))
    return mean_less(f"N = {N}: {first} below {second}", one, two)


def check(setting: Setting) -> Evidence:
    """Who is ahead at the marks, and N* with its interval."""
    found, marks = _measured(setting)
    claims = [
        (16, "fixed raw", "learned"),
        (4096 if setting.quick else 1024, "learned", "fixed raw"),
        (256, "NLMS taps", "learned"),
        (marks[-1], "RLS taps", "learned"),
    ]
    if not setting.quick:
        claims.append((16384, "learned", "NLMS taps"))
    findings = [_less(found, marks, *claim) for claim in claims]
    rows: list[tuple[Any, ...]] = []
    for other in _OTHERS:
        for kind in ("typical", "mean"):
            seed, draws = setting.seed_for("fp-nstar"), setting.pick(_DRAWS, _DRAWS // 5)
            values = _interval(marks, found["learned"], found[other], kind, seed, draws)
            rows.append((other, kind, *(x if np.isfinite(x) else 0.0 for x in values)))
    table = Table(("against", "excess", "N*", "from", "to"), tuple(rows))
    return Evidence(findings, len(found["learned"]), table=table, data={"marks": marks, **found})


def check_always(setting: Setting) -> Evidence:
    """Learning wins from 256 samples on."""
    found, marks = _measured(setting)
    return Evidence([_less(found, marks, 256, "learned", "RLS taps")])


def draw(evidence: Evidence, ax: Axes) -> None:
    """Excess of the others over that of learned poles: learning wins above 1. Lines: typical; dashes: means."""
    marks = evidence.data["marks"]
    for name, colour in zip(_OTHERS, (GREEN, ORANGE, BLUE, BLACK), strict=True):
        learned, other = _means(evidence.data["learned"]), _means(evidence.data[name])
        ax.plot(marks, other["typical"] / learned["typical"], "o-", color=colour, label=name)
        ax.plot(marks, other["mean"] / learned["mean"], "--", color=colour)
    ax.axhline(1, color=BLACK, linewidth=0.8)
    ax.set(xscale="log", yscale="log", xlabel="samples", ylabel="excess over that of learned poles")
    ax.legend()


STATEMENT = Statement(
    id="fp-nstar",
    title="From how many samples on learning wins",
    paper="fixed-pole",
    section="experiments",
    claim=(
        r"16 < N^* < 1024 \text{ for the same optimisers},\quad 256 < N^* < 16384 \text{ against NLMS},\quad "
        r"N^* > 16384 \text{ against RLS on taps}"
    ),
    hypotheses=(
        "the setting of fp-online; N* of the geometric mean of the excess",
        "a quick run stops at 4096 samples",
    ),
    provenance=Provenance.OURS,
    uses=("fp-online",),
    check=check,
    controls=(Control("learning wins from 256 samples on", check_always),),
    figure=draw,
)
