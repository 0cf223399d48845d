r"""Noise in the gradient caps the plateau: Adam walks out of it, in a time that the memory does not set.

Where the gradient is far below the noise, Adam's steps are the noise over its own root mean square: a random walk whose
step is the rate r, whatever the noise. Stiff directions pull it back; along the flat ones it wanders, until a rate has
come down to where the bump is seen. That takes of the order of :math:`r^{-2}` steps, with a long tail; neither
:math:`1/\omega` sets it nor, but for a weak power (-.3 from 1e-4 to 1e-3 over 96 seeds), the size of the noise.

Measured, rate 1/100, noise of standard deviation 1/1000 in every component, 24 seeds, m = 4, a drop of the loss by 1 %:
median 17,156 at T = 20, 50,113 at T = 28, 71,859 at T = 40; the growth of ln n from 28 to 40 is .018 for each unit of
time, and 8 seeds take the same number to a hundredth. Without noise m = 2 takes 401,115 steps at T = 16 and 1,665,708
at T = 16.5 (`ext-adam`): a growth of 2.8.

**The price.** A walk with steps r cannot settle where a rate is smaller than r: from T = 60 on, runs of m = 2 end with
a rate that is not positive (said as "diverged"). Gradient descent's walk has the step rate times noise, so that its
count is :math:`\sim (r\sigma)^{-2}`: at r = 1/10, sigma = 1/100 none of three seeds came in 3,000,000 steps at T = 28,
at sigma = 1/10 after 409,354, 207,079 and 2,194,290.

**Prototype.** m = 4: 435k to 803k at T = 18 to 32. Rate 1/500 gives such counts (496k, 571k, 574k at T = 18, 24, 32).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import sympy as sp
from scipy import stats

from memcurse.numerics.descent.first_order import descend
from memcurse.numerics.networks.methods import METHODS
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plots.style import BLUE, GREY
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Counted, ObservedLess
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau.delayed_part import example_target

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ID: Final = "ext-noise"
_LEVEL, _EXCLUSION = 0.95, 1 - 1e-6
Start = tuple[tuple[str, ...], tuple[str, ...]]
_START: Final[Start] = (("0.22", "0.25", "0.26", "0.27"), ("1.05", "0.95", "1.02", "0.97"))
_PAIR: Final[Start] = (("0.475", "0.525"), ("1.05", "0.95"))
_DELAYS: Final = (20, 28, 40)
#: Where other noise is compared, and what it is.
_AT, _NOISE, _FAINT = 28, 1e-3, 1e-4
#: Steps that a run may take, those without noise, and the delay there.
_STEPS, _WITHOUT, _LONG = 3_000_000, 1_000_000, 18
_SEEDS: Final = (24, 24, 96)


@lru_cache(maxsize=2048)
def steps(delay: int, noise: float, seed: int, start: Start = _START, most: int = _STEPS) -> int | None:
    """Adam's steps until the drop; None if they did not suffice."""
    J = Objective(example_target(sp.Integer(delay)))
    found = descend(J, *start, METHODS["adam"], max_steps=most, noise=noise, seed=seed)
    return found.steps if found.status == "reached" else None


def seeds(setting: Setting) -> tuple[int, ...]:
    """Seeds of the noise."""
    rng = np.random.default_rng(setting.seed_for(_ID))
    return tuple(int(x) for x in rng.integers(0, 2**31, setting.pick(*_SEEDS)))


def counts(setting: Setting, delay: int, noise: float = _NOISE) -> list[int | None]:
    """By seed."""
    return [steps(delay, noise, seed) for seed in seeds(setting)]


def share(setting: Setting, bound: float, above: bool = True) -> Finding:
    """The share of seeds that leave at the longest delay is above a bound (or below it): Clopper and Pearson's."""
    found = counts(setting, _DELAYS[-1])
    test = stats.binomtest(sum(n is not None for n in found), len(found))
    ends = [test.proportion_ci(level) for level in (_LEVEL, _EXCLUSION)]
    inner, outer = (
        (bound - x.high, bound - x.low) if above else (x.low - bound, x.high - bound) for x in ends
    )
    name = f"share of seeds that leave at T = {_DELAYS[-1]}, {'above' if above else 'below'} {bound:g}"
    return ObservedLess(name, inner, outer, _LEVEL, _EXCLUSION, len(found), random="seeds of the noise")


def _paired(setting: Setting, one: tuple[int, float], other: tuple[int, float]) -> list[float]:
    """``ln(other/one)`` of the counts, by seed, where both came: who did not is counted by `share`."""
    pairs = zip(counts(setting, *one), counts(setting, *other), strict=True)
    return [math.log(y / x) for x, y in pairs if x is not None and y is not None]


def _intervals(values: Sequence[float]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Student intervals of the mean, at both levels: the values are independent, one for each seed."""
    mean, error = float(np.mean(values)), float(stats.sem(values))
    inner, outer = (
        error * float(stats.t.ppf((1 + level) / 2, len(values) - 1)) for level in (_LEVEL, _EXCLUSION)
    )
    return (mean - inner, mean + inner), (mean - outer, mean + outer)


def growth(setting: Setting, claimed: float) -> Finding:
    """Growth of ``ln n`` for each unit of time of the delay, over the long delays, against a bound from above."""
    first, last = _DELAYS[-2:]
    slopes = [x / (last - first) for x in _paired(setting, (first, _NOISE), (last, _NOISE))]
    inner, outer = _intervals([x - claimed for x in slopes])
    name = f"growth of ln n with 1/omega, below {claimed:g}"
    return ObservedLess(name, inner, outer, _LEVEL, _EXCLUSION, len(slopes), random="seeds of the noise")


def power_of_noise(setting: Setting, bound: float, above: bool = True) -> Finding:
    """The power p in ``n ~ noise^p`` is above a bound (or below it)."""
    sign = 1.0 if above else -1.0
    found = _paired(setting, (_AT, _FAINT), (_AT, _NOISE))
    inner, outer = _intervals([sign * (bound - x / math.log(_NOISE / _FAINT)) for x in found])
    name = f"power of the noise in n, {'above' if above else 'below'} {bound:g}"
    return ObservedLess(name, inner, outer, _LEVEL, _EXCLUSION, len(found), random="seeds of the noise")


def without(expected: int) -> Finding:
    """How many of two starts leave without noise, at the delay where noise takes some 10,000 steps."""
    found = [steps(_LONG, 0.0, 0, start, _WITHOUT) for start in (_START, _PAIR)]
    came = sum(n is not None for n in found)
    name = f"starts that leave without noise in {_WITHOUT:,} steps, T = {_LONG}"
    return Counted(name, expected, came, single_run=True)


def check(setting: Setting) -> Evidence:
    """That runs leave, that the delay and the noise's size do not set when, and that none comes without noise."""
    findings = (
        share(setting, 0.75),
        growth(setting, 0.1),
        power_of_noise(setting, -1.0),
        power_of_noise(setting, 1.0, above=False),
        without(0),
    )
    chosen = [(delay, _NOISE) for delay in _DELAYS] + [(_AT, _FAINT)]
    rows = []
    for delay, noise in chosen:
        found = sorted(math.inf if n is None else n for n in counts(setting, delay, noise))
        rows.append((delay, noise, len(found), found[len(found) // 4], found[len(found) // 2], found[-1]))
    table = Table(("T", "noise", "seeds", "quartile", "median", "longest"), tuple(rows))
    return Evidence(findings, len(rows), None, table, {"setting": setting})


def _refute(finding: Callable[[Setting], Finding]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        return Evidence((finding(setting),))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """Counts of every seed against the delay, and what the plateau takes without noise."""
    setting = evidence.data["setting"]
    lines = zip(*(counts(setting, delay) for delay in _DELAYS), strict=True)
    for i, line in enumerate(lines):
        y = [np.nan if n is None else n for n in line]
        ax.plot(
            _DELAYS,
            y,
            "o-",
            color=BLUE,
            markersize=3,
            linewidth=0.7,
            label=None if i else "Adam, noise, by seed",
        )
    ax.axhline(
        _WITHOUT, color=GREY, linestyle="--", label=rf"without noise: more, from $1/\omega = {_LONG}$ on"
    )
    ax.set(yscale="log", xlabel=r"delay $1/\omega$ (time)", ylabel="steps until the drop")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="ext-noise",
    title="Noise in the gradient caps the plateau",
    paper="curse-of-memory",
    section="5",
    claim=r"n_{\mathrm{Adam,\,noise}} = O(r^{-2}) \text{ steps, whatever } 1/\omega",
    hypotheses=(
        "m = 4, target (125); start near the short part; a drop of the loss by 1 %",
        "Adam, rate r = 1/100, normal noise of standard deviation 1/1000 and 1/10,000 in every component",
        "1/omega from 20 to 40; a walk whose steps exceed omega leaves the positive rates instead",
        "without noise: m = 2 and 4 at 1/omega = 18",
    ),
    provenance=Provenance.NEW,
    uses=("eq-125", "ext-adam"),
    check=check,
    controls=(
        Control("noise never helps: few leave", _refute(lambda s: share(s, 0.25, above=False))),
        Control("both leave without it", _refute(lambda s: without(2))),
        Control("the count falls with the delay, e^(-T/10)", _refute(lambda s: growth(s, -0.1))),
        Control(
            "the count falls like the noise's square, or faster",
            _refute(lambda s: power_of_noise(s, -2.0, above=False)),
        ),
        Control("it grows like its square, or faster", _refute(lambda s: power_of_noise(s, 2.0))),
    ),
    figure=draw,
    quick=False,
)
