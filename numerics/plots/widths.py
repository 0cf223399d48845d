"""Pictures of exponential sums for long memories: widths, rates, and the distance from the target.

Rigour: none is added. Errors drawn over time are float64; the certified distance is in the label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import mpmath
import numpy as np

from memcurse.numerics.approximation.widths.log_time_fits import log_kernel, pulse, total
from memcurse.numerics.approximation.widths.width import Width
from memcurse.numerics.arguments import Array

from .objective import axes_or_new
from .style import BLACK, BLUE, GREEN, GREY, SERIES, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.approximation.sup.width import SupWidth
    from memcurse.theory.targets.target import Target

_POINTS: Final = 2000
_NORM_NAMES: Final = {"l1": r"$L^1$", "l2": r"$L^2$"}


def log_parameters(width: Width | SupWidth) -> tuple[Array, Array]:
    """Masses ``a/w`` and log rates of the sum, in float64 at any exponent of the rates."""

    y = np.array([float(mpmath.log(v)) for v in width.w])
    b = np.array([float(x / v) for x, v in zip(width.a, width.w, strict=True)])
    return b, y


def plot_error(target: Target, width: Width, *, ax: Axes | None = None, **kw: Any) -> Axes:
    """Target and sum times t, and the size of their difference, over log time: areas are L1 norms.

    Times t are in the target's unit of time; what is drawn, ``t |rho|``, is dimensionless for an amplitude in 1/time.
    """
    axes = axes_or_new(ax)
    kernel, (b, y) = log_kernel(target), log_parameters(width)
    x = np.linspace(-y.max() - 4.0, min(-y.min() + 10.0, 700.0), _POINTS)
    with np.errstate(under="ignore"):
        rho, model = kernel.value(x), total(pulse(np.add.outer(x, y)), b)
    decades = x / np.log(10)
    axes.plot(decades, np.abs(rho), color=BLUE, linewidth=2.5, label=r"target $t\,|\rho|$")
    axes.plot(decades, np.abs(model), "--", color=VERMILION, label=rf"sum $t\,|\hat\rho|$, m = {width.m}")
    label = rf"$t\,|\hat\rho - \rho|$, {_NORM_NAMES[width.norm]} norm {width.error_enclosure.str(4, radius=False)}"
    axes.plot(decades, np.abs(model - rho), **{"color": GREEN, "linewidth": 1.0, "label": label, **kw})
    largest = float(np.abs(rho).max())
    smallest = float(np.abs(model - rho).max())
    axes.set(yscale="log", xlabel=r"$\log_{10} t$ (time)", ylabel=r"$t\,|\rho(t)|$")
    axes.set_ylim(1e-3 * smallest, 8 * largest)
    axes.legend(frameon=False, fontsize=8, loc="upper right")
    return axes


def plot_terms(width: Width | SupWidth, *, ax: Axes | None = None, **kw: Any) -> Axes:
    """Masses ``|a|/w`` (L1 norms of the terms) against the rates; hollow where the amplitude is negative."""
    axes = axes_or_new(ax)
    b, y = log_parameters(width)
    decades = y / np.log(10)
    for sign, fill in ((1, BLUE), (-1, "none")):
        chosen = np.sign(b) == sign
        if chosen.any():
            style = {"linestyle": "none", "marker": "o", "color": BLUE, "markerfacecolor": fill, **kw}
            axes.plot(decades[chosen], np.abs(b[chosen]), label="a > 0" if sign > 0 else "a < 0", **style)
    axes.vlines(decades, 0, np.abs(b), color=GREY, linewidth=0.8)
    axes.set(
        xlabel=r"$\log_{10} w$, rate (1/time)",
        ylabel=r"$|a|/w$, the term's $L^1$ norm",
        ylim=(0, 1.15 * float(np.abs(b).max())),
    )
    axes.legend(frameon=False)
    return axes


def plot_widths(
    inverses: Sequence[float],
    *,
    truncation: Sequence[float],
    bound: Sequence[float],
    trapezoid: Sequence[int],
    found: Sequence[int],
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    """Widths against 1/omega, log-log in the number of terms.

    Parameters
    ----------
    inverses : sequence of float
        1/omega, dimensionless.
    truncation : sequence of float
        Natural logarithms of the bound (16): its values are out of range.
    bound, trapezoid, found : sequences
        Proved bound, terms of the trapezoid rule of the proof, terms of the best sum found.
    """
    axes = axes_or_new(ax)
    to_decades = 1 / np.log(10)
    rows = (
        (np.asarray(truncation) * to_decades, "^--", VERMILION, "bound (16), truncation, $\\alpha$ = 1"),
        (
            np.log10(np.asarray(bound, dtype=float)),
            "-",
            BLACK,
            r"$3 + \ln^2(22/\omega\epsilon)/(\pi\omega)$",
        ),
        (np.log10(np.asarray(trapezoid, dtype=float)), "s", GREEN, "trapezoid rule, certified"),
        (np.log10(np.asarray(found, dtype=float)), "o", BLUE, "best found, certified"),
    )
    for values, style, colour, label in rows:
        axes.plot(inverses, values, style, **{"color": colour, "markersize": 5, "label": label, **kw})
    ticks = [0, 1, 2, 3, 5, 10, 20, 50, 100, 200]
    axes.set_yscale("symlog", linthresh=3, linscale=1.6)
    shown = [k for k in ticks if k <= 1.3 * float(np.max(rows[0][0]))]
    axes.set_yticks(shown, [f"$10^{{{k}}}$" for k in shown])
    axes.set_yticks([], minor=True)
    axes.set(xlabel=r"memory $1/\omega$", ylabel=r"terms $m$ (log, closer above $10^3$)")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    return axes


def plot_width_bounds(
    series: Mapping[str, Mapping[float, tuple[int, int]]], *, ax: Axes | None = None, **kw: Any
) -> Axes:
    """Widths that are certainly needed and widths that are certainly enough, against the memory; shaded in between.

    Parameters
    ----------
    series : mapping of names to mappings from 1/omega to (needed, enough)
        One kind of kernel and norm each.
    """
    axes = axes_or_new(ax)
    for (name, widths), colour in zip(series.items(), SERIES, strict=False):
        inverses = sorted(widths)
        needed, enough = (np.array([widths[x][side] for x in inverses], dtype=float) for side in (0, 1))
        axes.fill_between(inverses, needed, enough, color=colour, alpha=0.15, linewidth=0)
        axes.plot(
            inverses, enough, "v-", **{"color": colour, "markersize": 5, "label": f"{name}: enough", **kw}
        )
        axes.plot(
            inverses, needed, "^--", **{"color": colour, "markersize": 5, "label": f"{name}: needed", **kw}
        )
    axes.set(
        xscale="log", yscale="log", xlabel=r"memory $1/\omega$ (times the unit of time)", ylabel="terms $m$"
    )
    memories = sorted({x for widths in series.values() for x in widths})
    axes.set_xticks(memories, [f"{x:g}" for x in memories])
    axes.set_xticks([], minor=True)
    ticks = [1, 2, 5, 10, 20, 50, 100, 200, 500]
    most = max((enough for widths in series.values() for _, enough in widths.values()), default=1)
    axes.set_ylim(0.8, 6.0 * most)
    axes.set_yticks([x for x in ticks if x < 6 * most], [str(x) for x in ticks if x < 6 * most])
    axes.set_yticks([], minor=True)
    axes.legend(frameon=False, fontsize=8, loc="upper left", ncols=2)
    return axes
