r"""Figure 4: target (125) has its plateau for full W, for tanh, on sampled paths, and for Adam, which shortens it.

Each seed gives one slope of ``ln(length)`` in ``1/omega``, and Student's intervals are over these (`_lengths`). A fixed
momentum gains its factor ``1/(1 - beta)`` and no more: with a tenth of the rate the heavy ball of beta = .9 stays as
long as gradient descent does.

Measured with 16 seeds, 95 % intervals (`benchmarks/networks/training.py`). Linear networks on their population,
``1/omega`` from 4 to 12: gradient descent .960 +- .015, heavy ball .916 +- .015, Adam .550 +- .038. On fresh paths:
linear, 4 to 8, gradient descent 1.014 +- .124; tanh, 4 to 10, gradient descent .599 +- .080; tanh, 4 to 12, Adam .300
+- .054. All runs left. The lengths of Adam are in two regimes, 3 to 13 steps up to 8 and 100 to 220 beyond, so that
its slope is one of these delays and no exponent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from memcurse.numerics.plots.style import SERIES
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Came
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.proofs_checks.sampled._measured import mean_is, mean_less

from ._lengths import COLUMNS, Lengths, Training, lengths, table_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GD: Final = Training("linear", "gd", 0.02, 300_000)
_HEAVY: Final = Training("linear", "heavy-ball", 0.002, 300_000)
_ADAM: Final = Training("linear", "adam", 0.01, 100_000)
_SAMPLED: Final = Training("linear", "gd", 0.02, 20_000, "fresh")
_TANH: Final = Training("tanh", "gd", 0.02, 20_000, "fresh")
_TANH_ADAM: Final = Training("tanh", "adam", 0.01, 20_000, "fresh")
#: Delays on the population, where a step costs little, and on sampled paths.
_FAR: Final = (4, 6, 8, 10, 12)
_NEAR: Final = (4, 6, 8)


def _seeds(setting: Setting, count: int) -> tuple[int, ...]:
    first = setting.seed_for("fig-4") % 2**31
    return tuple(range(first, first + count))


def _found(setting: Setting, training: Training, bump: bool = True) -> Lengths:
    far = training.paths == "exact"
    delays = (_FAR[: setting.pick(5, 4)]) if far else _NEAR
    # Linear networks on sampled paths cost most, and their slopes differ least.
    count = 6 if training == _SAMPLED else setting.pick(8, 6)
    return lengths(training, delays, _seeds(setting, count), bump)


def _grows(setting: Setting, training: Training, bound: float, bump: bool = True) -> Finding:
    slopes = _found(setting, training, bump).slopes
    return mean_less(f"{training.name}: slope of ln(length) above {bound:g}", bound, slopes)


def _shorter(setting: Setting, quick: Training, slow: Training) -> Finding:
    ends = [_found(setting, training).logarithms[-1] for training in (quick, slow)]
    return mean_less(f"{quick.name}: shorter than {slow.name} at the longest delay", *ends)


def _all(setting: Setting) -> dict[str, Lengths]:
    several = (_GD, _HEAVY, _ADAM, _SAMPLED, _TANH, _TANH_ADAM)
    return {training.name: _found(setting, training) for training in several}


def check(setting: Setting) -> Evidence:
    """Slopes above bounds, Adam below gradient descent, momentum as far as its factor; all runs counted."""
    every = _all(setting)
    momentum = np.abs(_found(setting, _HEAVY).logarithms[-1] - _found(setting, _GD).logarithms[-1])
    slopes = [_found(setting, training).slopes for training in (_ADAM, _GD)]
    findings = [
        _grows(setting, _GD, 0.75),
        _grows(setting, _SAMPLED, 0.5),
        _grows(setting, _TANH, 0.35),
        _grows(setting, _ADAM, 0.25),
        mean_less("linear: slope of Adam below that of gradient descent", *slopes),
        _shorter(setting, _ADAM, _GD),
        _shorter(setting, _TANH_ADAM, _TANH),
        mean_less(
            "heavy ball .9 at a tenth of the rate: |ln| of the ratio of lengths below 1/2", momentum, 0.5
        ),
        Came(
            "runs that left the plateau",
            sum(int(found.left.sum()) for found in every.values()),
            sum(found.left.size for found in every.values()),
        ),
    ]
    table = Table(COLUMNS, tuple(table_rows(every)))
    return Evidence(findings, len(slopes[0]), table=table, data={"lengths": every})


def check_no_bump(setting: Setting) -> Evidence:
    """The bump removed, nothing else changed."""
    return Evidence([_grows(setting, _GD, 0.75, bump=False)])


def check_tanh_no_bump(setting: Setting) -> Evidence:
    """The bump removed for tanh."""
    return Evidence([_grows(setting, _TANH, 0.35, bump=False)])


def check_flat(setting: Setting) -> Evidence:
    """The length does not depend on the delay."""
    return Evidence([mean_is("slope of gradient descent", 0.0, _found(setting, _GD).slopes)])


def check_adam_as_gradient_descent(setting: Setting) -> Evidence:
    """Adam has the slope of gradient descent."""
    adam, gd = (_found(setting, training).slopes for training in (_ADAM, _GD))
    return Evidence([mean_is("slope of Adam less that of gradient descent", 0.0, adam - gd)])


def check_momentum_halves(setting: Setting) -> Evidence:
    """A fixed beta halves the exponent."""
    heavy, gd = (_found(setting, training).slopes for training in (_HEAVY, _GD))
    return Evidence([mean_is("slope of the heavy ball over that of gradient descent", 0.5, heavy / gd)])


def draw(evidence: Evidence, ax: Axes) -> None:
    """Lengths of all runs against the delay, and their medians."""
    found: dict[str, Lengths] = evidence.data["lengths"]
    for (name, several), colour in zip(found.items(), SERIES, strict=False):
        plot_lengths(several, ax, color=colour, label=name)
    ax.set(yscale="log", xlabel=r"$1/\omega$", ylabel="length of the plateau (steps)")
    ax.legend(fontsize=7)


def plot_lengths(found: Lengths, ax: Axes, **kw: Any) -> None:
    """One point a run, hollow if it never left; a line through the medians."""
    for delay, row, left in zip(found.delays, found.lengths, found.left, strict=True):
        for several, face in ((row[left], kw["color"]), (row[~left], "none")):
            points = np.maximum(several, 1.0)
            ax.plot(np.full(len(points), delay), points, "o", ms=3, mec=kw["color"], mfc=face, alpha=0.5)
    ax.plot(found.delays, np.exp(np.median(found.logarithms, axis=1)), "-", **kw)


STATEMENT = Statement(
    id="fig-4",
    title="Full W, tanh, sampled paths, Adam: the plateau remains",
    paper="curse-of-memory",
    section="C.3",
    claim=(
        r"\frac{d\ln(\text{length})}{d(1/\omega)} > \tfrac34 \text{ (gradient descent, full } W),\quad"
        r" > 0.35 \text{ (tanh)};\quad \text{Adam: less, and } > \tfrac14"
    ),
    hypotheses=(
        "target (125), m = 8, step 1/5, paths of length 1/omega + 5, random starts near W = -I",
        "length: from 1.1 to 0.9 times the squared norm of the bump; Student's intervals over seeds",
    ),
    provenance=Provenance.RECALLED,
    uses=("eq-125", "thm-5.1", "app-e"),
    check=check,
    controls=(
        Control("the bump removed", check_no_bump),
        Control("the bump removed, tanh", check_tanh_no_bump),
        Control("the length does not grow", check_flat),
        Control("Adam has the slope of gradient descent", check_adam_as_gradient_descent),
        Control("a fixed momentum halves the exponent", check_momentum_halves),
    ),
    figure=draw,
    quick=False,
)
