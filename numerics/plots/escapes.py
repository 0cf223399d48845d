"""Pictures of which training escapes: cost against memory, one line for each method."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .objective import axes_or_new
from .style import BLACK, BLUE, GREEN, GREY, LIGHT_GREY, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Colours of the kinds of methods, in the order of the legend.
KINDS: Final = {"gradient": VERMILION, "curvature": GREY, "tangent space": BLUE, "start": GREEN}
_MARKERS: Final = "osD^v<>"
#: Height of a label in decades.
_LINE: Final = 0.17


def plot_escapes(
    series: Mapping[str, tuple[str, Mapping[float, int]]],
    *,
    labels: bool = True,
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    """Evaluations until a method leaves the plateau against the memory; a line ends where the method breaks.

    Parameters
    ----------
    series : mapping from a method's name to ``(kind, {memory: evaluations})``
        Kinds are those of `KINDS`.
    labels : bool
        Whether each line's end carries its name; the legend has the kinds.
    ax : Axes, optional
        Where to draw.
    **kw
        Of every line.

    Raises
    ------
    ValueError
        For an unknown kind, or a method without a point.
    """
    axes = axes_or_new(ax)
    ends: list[tuple[float, float, str, str]] = []
    for name, (kind, points) in series.items():
        if kind not in KINDS or not points:
            raise ValueError(
                f"`series` must have kinds of {', '.join(KINDS)} and points; got {kind!r} for {name!r}"
            )
        memory, cost = zip(*sorted(points.items()), strict=True)
        axes.plot(memory, cost, "o-", **{"color": KINDS[kind], "markersize": 3, "linewidth": 1.2, **kw})
        ends.append((math.log10(cost[-1]), float(memory[-1]), name, KINDS[kind]))
    for height, memory_end, name, colour in _apart(ends) if labels else ():
        axes.annotate(name, (memory_end * 1.04, 10**height), fontsize=7, va="center", color=colour)
    for kind, colour in KINDS.items():
        axes.plot([], [], "o-", color=colour, markersize=3, label=kind)
    axes.set(
        xscale="log", yscale="log", xlabel=r"memory $1/\omega$ (time)", ylabel="evaluations until the escape"
    )
    ticks = (8, 16, 32, 64, 128)
    axes.set_xticks(ticks, [str(x) for x in ticks])
    axes.set_xticks([], minor=True)
    if labels:
        axes.set_xlim(right=3.2 * max(x for _, x, *_ in ends))
    axes.legend(frameon=False, fontsize=8)
    return axes


def _apart(ends: list[tuple[float, float, str, str]]) -> list[tuple[float, float, str, str]]:
    """The ends with heights, in decades, that keep labels over near memories apart."""
    placed: list[tuple[float, float, str, str]] = []
    for height, memory, name, colour in sorted(ends):
        near = [y for y, x, *_ in placed if memory / 2.6 < x < memory * 2.6]
        while any(abs(height - y) < _LINE for y in near):
            height += _LINE / 4
        placed.append((height, memory, name, colour))
    return placed


def plot_approach(
    series: Mapping[str, tuple[float, Mapping[float, float]]],
    *,
    ylabel: str,
    legend: bool = False,
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    """Computed ratios against the memory beside the limits that are claimed for them, one line each.

    Parameters
    ----------
    series : mapping from a label to ``(claimed limit, {memory: ratio})``
    ylabel : str
        What the ratio is of.
    legend : bool
        Whether the labels stand in a legend, for limits that coincide, and not at the end of each line.
    ax : Axes, optional
        Where to draw.
    **kw
        Of every line of points.

    Raises
    ------
    ValueError
        For a series without a point.
    """
    axes = axes_or_new(ax)
    colours = (BLUE, VERMILION, GREEN, GREY, BLACK, LIGHT_GREY)
    for k, (name, (claimed, points)) in enumerate(series.items()):
        if not points:
            raise ValueError(f"`series` must have points; got none for {name!r}")
        memory, ratio = zip(*sorted(points.items()), strict=True)
        colour = colours[k % len(colours)]
        style = {"color": colour, "marker": _MARKERS[k % len(_MARKERS)], "markersize": 4, "linestyle": "none"}
        axes.plot(memory, ratio, **{**style, "label": name, **kw})
        axes.axhline(claimed, color=colour, linewidth=1)
        if not legend:
            axes.annotate(
                f"{name}: {claimed:.4g}",
                (1.0, claimed),
                xycoords=("axes fraction", "data"),
                xytext=(4, 0),
                textcoords="offset points",
                fontsize=8,
                va="center",
                color=colour,
            )
    if legend:
        axes.legend(frameon=False, fontsize=8)
    axes.set(xlabel=r"memory $1/\omega$ (time)", ylabel=ylabel)
    return axes


def plot_local_exponents(
    ladders: Mapping[str, tuple[float, float, Mapping[float, float]]],
    *,
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    r"""Growth of ``ln tau`` along ladders of delays, and the claimed ``tau ~ omega^power e^(exponent/omega)`` of each.

    Parameters
    ----------
    ladders : mapping from a label to ``(exponent, power, {memory: ln tau})``
    ax : Axes, optional
        Where to draw.
    **kw
        Of every line of points.

    Raises
    ------
    ValueError
        For a ladder of fewer than two rungs.
    """
    axes, colours = axes_or_new(ax), (BLUE, VERMILION, GREEN, GREY, BLACK, LIGHT_GREY)
    for k, (name, (exponent, power, points)) in enumerate(ladders.items()):
        if len(points) < 2:
            raise ValueError(f"`ladders` must have two rungs or more; got {len(points)} for {name!r}")
        memory, logs = (np.array(x) for x in zip(*sorted(points.items()), strict=True))
        middles, colour = (memory[1:] + memory[:-1]) / 2, colours[k % len(colours)]
        style = {"color": colour, "marker": _MARKERS[k % len(_MARKERS)], "markersize": 4, "linestyle": "none"}
        axes.plot(middles, np.diff(logs) / np.diff(memory), **{**style, "label": name, **kw})
        fine = np.geomspace(memory[0], memory[-1], 200)
        axes.plot(fine, exponent - power / fine, color=colour, linewidth=1)
    axes.set(xscale="log", xlabel=r"memory $1/\omega$ (time)", ylabel=r"$d\,\ln\tau/d(1/\omega)$")
    ends = axes.get_xlim()
    ticks = [x for x in (20, 40, 60, 80, 120, 160, 240, 320, 480, 640) if ends[0] <= x <= ends[1]]
    axes.set_xticks(ticks, [str(x) for x in ticks])
    axes.set_xticks([], minor=True)
    axes.legend(frameon=False, fontsize=8)
    return axes
