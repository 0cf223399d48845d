"""Pictures of the approximation theory: L1 errors against the width, with the bounds that are claimed for them.

As in `numerics.plots.objective`, every function draws on the axes given or on new ones and returns them. Errors are
enclosures; their ends are drawn as error bars where they are wider than the marker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.lines import Line2D

from .objective import axes_or_new
from .style import BLUE, GREEN, GREY, SERIES, VERMILION

if TYPE_CHECKING:
    from flint import arb
    from matplotlib.axes import Axes

#: Colours and markers of several series, the same for all pictures of approximation.
MARKERS: Final = "os^Dv*P"
_FACTORS: Final = tuple(4.0**k for k in range(-2, 10))
#: Ratio of the ends of an enclosure from which on it is wider than a marker.
_VISIBLE: Final = 1.05
WIDTH_LABEL: Final = "width $m$ (number of exponentials)"
_ERROR_LABEL: Final = r"$L^1$ error $\int |\rho - \hat\rho|\,dt$ (unit of the output)"


def series_style(i: int) -> dict[str, Any]:
    """Colour and marker of the i-th series, from 0 on; they repeat."""
    return {"color": SERIES[i % len(SERIES)], "marker": MARKERS[i % len(MARKERS)], "markersize": 5}


def plot_errors(
    series: Mapping[str, Mapping[int, arb]],
    *,
    bounds: Mapping[str, Mapping[int, Any]] | None = None,
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    """L1 error against the width m, on logarithmic axes: one series of enclosures per name, and bounds as lines.

    Parameters
    ----------
    series : mapping from a name to ``{m: error}``
        Errors as balls (or floats), of any number of kernels or ways to fit them. A ball that reaches down to 0 is
        drawn from its upper end.
    bounds : mapping from a name to ``{m: bound}``, optional
        Balls or floats. Drawn as a line in the colour of the series of that name; a name of its own gets a grey one.
    ax : Axes, optional
        Where to draw.
    **kw
        For the errors, such as ``markersize``.

    Raises
    ------
    ValueError
        If a width or an error's upper end is not positive.
    """
    axes = axes_or_new(ax)
    claimed = bounds or {}
    for i, (name, errors) in enumerate(series.items()):
        style = series_style(i)
        _draw_errors(axes, name, errors, {"linestyle": ":", "label": name, **style, **kw})
        if name in claimed:
            _draw_bound(axes, claimed[name], "-", style["color"], label=f"{name}: bound")
    for name, bound in claimed.items():
        if name not in series:
            _draw_bound(axes, bound, "-", GREY, label=name)
    _label_errors(axes, {m for errors in series.values() for m in errors})
    axes.legend(frameon=False, fontsize=8, ncols=1 + (len(series) + len(claimed) > 6))
    return axes


def plot_memories(
    best: Mapping[str, Mapping[int, arb]],
    constructed: Mapping[str, Mapping[int, arb]],
    *,
    bounds: Mapping[str, Mapping[int, Any]] | None = None,
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    """L1 error against the width m for several kernels: best fits, sums written down, and bounds where there are any.

    Every kernel has a colour and a marker, filled for best fits (full lines) and hollow for constructed sums (dotted);
    its bound is the dashed line of its colour.

    Parameters
    ----------
    best, constructed : mapping from a kernel's name to ``{m: error}``
        Errors as balls or floats. The names of `constructed` set the order; any kernel may be missing from `best`.
    bounds : mapping from a kernel's name to ``{m: bound}``, optional
        Balls or floats.
    ax : Axes, optional
        Where to draw.
    **kw
        For the errors, such as ``markersize``.

    Raises
    ------
    ValueError
        If a kernel of `best` or `bounds` is not in `constructed`; if a width or an error's upper end is not positive.
    """
    strange = sorted({*best, *(bounds or {})} - set(constructed))
    if strange:
        raise ValueError(f"`constructed` must have every kernel; it lacks {', '.join(map(repr, strange))}")
    axes = axes_or_new(ax)
    for i, (name, errors) in enumerate(constructed.items()):
        style = series_style(i)
        hollow = {"fillstyle": "none", "linestyle": ":", "linewidth": 1}
        _draw_errors(axes, name, errors, {**hollow, **style, **kw})
        if best.get(name):
            _draw_errors(axes, name, best[name], {"linestyle": "-", "zorder": 3, **style, **kw})
        if bounds and name in bounds:
            _draw_bound(axes, bounds[name], "--", style["color"])
        axes.plot([], [], **{**style, "linestyle": "none", "label": name})
    _label_errors(axes, {m for errors in constructed.values() for m in errors})
    axes.add_artist(axes.legend(frameon=False, fontsize=8, loc="lower left"))
    axes.legend(handles=_ways(bool(bounds)), frameon=False, fontsize=8, loc="upper right")
    return axes


def _ways(bounded: bool) -> list[Any]:
    """Entries of the legend that say what filled, hollow and dashed mean."""

    marked: dict[str, Any] = {"color": GREY, "marker": "o"}
    found: list[Any] = [
        Line2D([], [], linestyle="-", label="best fit found", **marked),
        Line2D([], [], linestyle=":", fillstyle="none", label="constructed sum", **marked),
    ]
    return [*found, Line2D([], [], color=GREY, linestyle="--", label="bound")] if bounded else found


def _draw_errors(axes: Axes, name: str, errors: Mapping[int, Any], style: dict[str, Any]) -> None:
    """Errors at the middle of their enclosures, with bars to the ends where they can be told apart."""
    widths, low, high = _ends(name, errors)
    middle = np.where(low > 0, np.sqrt(np.maximum(low, 1e-300) * high), high)
    (line,) = axes.plot(widths, middle, **style)
    wide = high > _VISIBLE * low
    if wide.any():
        bars = np.clip([middle - low, high - middle], 0, None)[:, wide]
        axes.errorbar(widths[wide], middle[wide], bars, fmt="none", ecolor=line.get_color(), capsize=3)


def _label_errors(axes: Axes, widths: set[int]) -> None:
    axes.set(xscale="log", yscale="log", xlabel=WIDTH_LABEL, ylabel=_ERROR_LABEL)
    axes.set_xticks(sorted(widths), [str(m) for m in sorted(widths)])
    axes.set_xticks([], minor=True)


def _draw_bound(axes: Axes, bound: Mapping[int, Any], linestyle: str, colour: str, **kw: Any) -> None:
    values = [float(x) for x in bound.values()]
    axes.plot(list(bound), values, linestyle, color=colour, linewidth=1, **kw)


def _ends(name: str, errors: Mapping[int, Any]) -> tuple[Any, Any, Any]:
    """Widths, lower and upper ends of the errors."""
    widths = np.array(sorted(errors), dtype=float)
    balls = [errors[int(m)] for m in widths]
    low = np.array([float(x.abs_lower()) if hasattr(x, "abs_lower") else float(x) for x in balls])
    high = np.array([float(x.abs_upper()) if hasattr(x, "abs_upper") else float(x) for x in balls])
    if not ((widths > 0).all() and (high > 0).all()):
        raise ValueError(f"`series` must have positive widths and errors; got {dict(errors)} for {name!r}")
    return widths, low, high


def plot_scaling(
    least: float,
    printed: float,
    corrected: float,
    *,
    factors: Sequence[float] = _FACTORS,
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    """Theorem 4.2 for ``lambda rho(lambda t)``, against lambda: the best error, which stays, and both bounds.

    Parameters
    ----------
    least : float
        Best L1 error, the same for every lambda.
    printed, corrected : float
        The printed bound, which falls like 1/lambda, and the corrected one, at lambda = 1.
    factors : sequence of float
        Values of lambda, positive.
    """
    if not min(factors) > 0:
        raise ValueError(f"`factors` must be positive; got {min(factors)}")
    axes = axes_or_new(ax)
    x = np.array(factors, dtype=float)
    style = {"color": BLUE, "marker": "o", "linestyle": "-", "label": "best error of one exponential", **kw}
    axes.plot(x, np.full_like(x, least), **style)
    label = r"printed bound $C(\alpha)\,\gamma/(\beta m^\alpha)$"
    axes.plot(x, printed / x, "--", color=VERMILION, label=label)
    label = r"corrected bound $C(\alpha)\,\gamma/(m+1)^\alpha$"
    axes.plot(x, np.full_like(x, corrected), "-", color=GREEN, linewidth=1, label=label)
    if (failing := np.unique(np.maximum(x, printed / least))).size > 1:
        style = {"color": VERMILION, "alpha": 0.2, "label": "printed bound fails"}
        axes.fill_between(failing, printed / failing, least, **style)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel=r"$\lambda$: time runs faster by this factor ($\beta = \lambda\beta_1$)",
    )
    axes.set_ylabel(r"$L^1$ error of $\lambda\rho(\lambda t)$ (unit of the output)")
    axes.legend(frameon=False, fontsize=8)
    return axes
