"""Pictures of sweeps: the phase diagram of the escape from the plateau, and the plateaus of trained networks.

As in `numerics.plots.objective`, the functions draw on the axes given or on new ones and return them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.patches import Rectangle

from memcurse.numerics.sweeps.escapes import EscapePoint, escape_quantiles

from .objective import axes_or_new
from .style import BLACK, LIGHT_GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.sweeps.sweep import Sweep

_COLOURS: Final = "cividis"
#: Free rows between the blocks of two widths.
_GAP: Final = 1


def plot_escape_phases(sweep: Sweep, *, ax: Axes | None = None, **kw: Any) -> Axes:
    """Median escape time over (1/omega, m, split): a block of rows a width m, a row a split, a column a delay.

    Where less than half of the starts escaped, the cell is grey and crossed out. Two exponentials with a large and a
    small amplitude leave in one of two ways, and where about half of the starts go either way a median may fall on
    either side: it need not rise with the delay (`docs/how-to/sweep.md` has the proved times of such a start).

    Parameters
    ----------
    sweep : Sweep
        Of an `EscapeSweep`.
    ax : Axes, optional
        Where to draw.
    **kw
        For the mesh, such as ``cmap``.

    Raises
    ------
    TypeError
        If `sweep` is of another kind.
    """
    points = escape_quantiles(sweep.plan, sweep.records)
    axes, (delays, widths, splits) = (
        axes_or_new(ax),
        (sweep.plan.axes[x] for x in ("delay", "width", "split")),
    )
    rows = [(m, split) for m in widths for split in sorted(splits, key=Fraction)]
    heights = {place: k + _GAP * widths.index(place[0]) for k, place in enumerate(rows)}
    table = np.full((max(heights.values()) + 1, len(delays)), np.nan)
    columns = {delay: i for i, delay in enumerate(sorted(delays, key=Fraction))}
    for point in points:
        i, k = columns[point.delay], heights[point.width, point.split]
        if point.quantiles[1] is None:
            _cross(axes, i, k)
        else:
            table[k, i] = np.log10(point.quantiles[1])
    mesh = axes.pcolormesh(
        np.arange(len(delays) + 1), np.arange(len(table) + 1), table, **{"cmap": _COLOURS, **kw}
    )
    bar = axes.figure.colorbar(mesh, ax=axes, pad=0.12)
    bar.set_label(r"$\log_{10}$ of the median escape time $\tau$")
    _label(axes, list(columns), heights)
    axes.set_title(_title(points), fontsize=10)
    return axes


def plot_plateaus(sweep: Sweep, *, ax: Axes | None = None, **kw: Any) -> Axes:
    """Steps on the plateau against the delay: the median over seeds of a network and method, and every run.

    A run that did not leave is an arrow up, at the steps that it took there.

    Parameters
    ----------
    sweep : Sweep
        Of a `TrainingSweep`.
    ax : Axes, optional
        Where to draw.
    **kw
        For the lines.

    Raises
    ------
    TypeError
        If `sweep` is of another kind.
    """
    if sweep.plan.kind != "train":
        raise TypeError(f"`sweep` must be of a TrainingSweep; got {sweep.plan!r}")
    axes = axes_or_new(ax)
    lines: dict[tuple[str, str], dict[float, list[tuple[int, bool]]]] = {}
    for task, record in zip(sweep.plan.tasks(), sweep.records, strict=True):
        if record.get("plateau") is not None:
            place = lines.setdefault((task["network"], task["method"]), {})
            place.setdefault(float(Fraction(task["delay"])), []).append(
                (max(record["plateau"], 1), record["left"] is not None)
            )
    for (network, method), found in lines.items():
        delays = sorted(found)
        medians = [float(np.median([steps for steps, _ in found[x]])) for x in delays]
        (line,) = axes.plot(delays, medians, **{"label": f"{network}, {method}", **kw})
        for left, marker in ((True, "o"), (False, "^")):
            points = [(x, steps) for x in delays for steps, gone in found[x] if gone is left]
            if points:
                axes.plot(*zip(*points, strict=True), marker, color=line.get_color(), markersize=3)
    axes.set(yscale="log", xlabel=r"delay $1/\omega$ (time)", ylabel="steps on the plateau")
    if lines:
        axes.legend()
    return axes


def _cross(axes: Axes, i: int, k: int) -> None:
    axes.add_patch(Rectangle((i, k), 1, 1, facecolor=LIGHT_GREY, edgecolor="none"))
    axes.plot([i, i + 1], [k, k + 1], color=BLACK, linewidth=0.8)


def _label(axes: Axes, delays: list[str], heights: dict[tuple[int, str], int]) -> None:
    step = -(-len(delays) // 12)
    axes.set_xticks(
        np.arange(0, len(delays), step) + 0.5, [f"{float(Fraction(x)):g}" for x in delays[::step]]
    )
    each = -(-len(heights) // 24)
    shown = list(heights.items())[::each]
    axes.set_yticks(
        [k + 0.5 for _, k in shown], [f"{float(Fraction(s)):g}" for (_, s), _ in shown], fontsize=7
    )
    axes.set(xlabel=r"delay $1/\omega$ (time)", ylabel=r"split $a_1$ at the start")
    for width in dict.fromkeys(m for m, _ in heights):
        block = [k for (m, _), k in heights.items() if m == width]
        middle = (min(block) + max(block) + 1) / 2
        axes.annotate(
            f"m = {width}", (1.02, middle), xycoords=("axes fraction", "data"), va="center", fontsize=8
        )
    axes.set_ylim(0, max(heights.values()) + 1)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _title(points: list[EscapePoint]) -> str:
    starts, escaped = sum(x.starts for x in points), sum(x.escaped for x in points)
    return f"Escape from the plateau: {escaped} of {starts} starts escaped"
