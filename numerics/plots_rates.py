"""Pictures of the approximation theory: L1 errors against the width, with the bounds that are claimed for them.

As in `numerics.plots`, every function draws on the axes given or on new ones and returns them. Errors are enclosures;
their ends are drawn as error bars, which show where they are wider than the marker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .plots import BLUE, GREEN, GREY, ORANGE, axes_or_new

if TYPE_CHECKING:
    from flint import arb
    from matplotlib.axes import Axes

_COLOURS: Final = (BLUE, ORANGE, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS: Final = "os^Dv*P"
_FACTORS: Final = tuple(4.0**k for k in range(-2, 10))


def plot_rates(
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
        colour = _COLOURS[i % len(_COLOURS)]
        widths, low, high = _ends(name, errors)
        middle = np.where(low > 0, np.sqrt(np.maximum(low, 1e-300) * high), high)
        style = {
            "fmt": _MARKERS[i % len(_MARKERS)] + ":",
            "color": colour,
            "markersize": 5,
            "label": name,
            **kw,
        }
        axes.errorbar(
            widths, middle, yerr=np.clip([middle - low, high - middle], 0, None), capsize=3, **style
        )
        if name in claimed:
            label = f"{name}: bound"
            axes.plot(*_line(claimed[name]), "-", color=colour, linewidth=1, label=label)
    for name, bound in claimed.items():
        if name not in series:
            axes.plot(*_line(bound), "-", color=GREY, linewidth=1, label=name)
    axes.set(xscale="log", yscale="log", xlabel="width $m$ (number of exponentials)")
    axes.set_ylabel(r"$L^1$ error $\int |\rho - \hat\rho|\,dt$ (unit of the output)")
    widths = sorted({m for errors in series.values() for m in errors})
    axes.set_xticks(widths, [str(m) for m in widths])
    axes.set_xticks([], minor=True)
    axes.legend(frameon=False, fontsize=8, ncols=1 + (len(series) + len(claimed) > 6))
    return axes


def _line(bound: Mapping[int, Any]) -> tuple[list[int], list[float]]:
    return list(bound), [float(x) for x in bound.values()]


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
    axes.plot(x, printed / x, "--", color=ORANGE, label=label)
    label = r"corrected bound $C(\alpha)\,\gamma/(m+1)^\alpha$"
    axes.plot(x, np.full_like(x, corrected), "-", color=GREEN, linewidth=1, label=label)
    axes.fill_between(
        x, printed / x, least, where=printed / x < least, color=ORANGE, alpha=0.2, label="printed bound fails"
    )
    axes.set(
        xscale="log",
        yscale="log",
        xlabel=r"$\lambda$: time runs faster by this factor ($\beta = \lambda\beta_1$)",
    )
    axes.set_ylabel(r"$L^1$ error of $\lambda\rho(\lambda t)$ (unit of the output)")
    axes.legend(frameon=False, fontsize=8)
    return axes
