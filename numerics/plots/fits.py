"""Pictures of exponential sums: a fit next to its kernel over time, and where the rates lie as the width grows.

As in `numerics.plots.objective`, every function draws on the axes given or on new ones and returns them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import mpmath
import numpy as np
from matplotlib.colors import to_rgba

from memcurse.numerics.arguments import Array
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import t

from .objective import axes_or_new
from .rates import WIDTH_LABEL, series_style
from .style import BLACK, BLUE, GREEN, GREY, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.approximation.l1.best_fit import L1Fit
    from memcurse.numerics.approximation.l2.complex_fit import ComplexFit
    from memcurse.numerics.approximation.l2.fit import Fit
    from memcurse.numerics.approximation.sup.best_fit import SupFit
    from memcurse.numerics.approximation.sup.kernel import IntervalKernel
    from memcurse.numerics.approximation.sup.width import SupWidth
    from memcurse.theory.targets.target import Target

_POINTS: Final = 1500
#: Area of the marker of a term that has the whole norm, and of one that has next to none, in points squared.
_LARGEST, _SMALLEST = 400.0, 8.0
#: How far below its own largest value a difference is shown.
_DEPTH: Final = 1e-6


class Terms(Protocol):
    """A sum ``sum_k a_k exp(-w_k t)`` in mpf, such as `l1_fits.L1Fit`, `fits.Fit` and `widths.Width`."""

    @property
    def a(self) -> tuple[mpmath.mpf, ...]:
        """Amplitudes."""

    @property
    def w(self) -> tuple[mpmath.mpf, ...]:
        """Rates (1/time), in increasing order."""


def plot_fit(
    target: Target | IntervalKernel,
    fit: Fit | L1Fit | SupFit | SupWidth | ComplexFit,
    *,
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    """A kernel, its fit and the size of their difference over time, logarithmic.

    Triangles at the bottom mark the canonical points of an L1 fit: all points where the difference changes its sign.
    Of a fit in the maximum norm the signed difference alone is shown, between the levels plus and minus its error, with
    the times of its alternation: the fit cannot be told from its kernel by eye.

    Parameters
    ----------
    target : Target or IntervalKernel
        One that float64 can evaluate.
    fit : Fit, L1Fit, SupFit, SupWidth or ComplexFit
        From ``best_fit(target, m)``; or ``certified_width(target, error, "sup")``, whose levels are the error allowed.
    ax : Axes, optional
        Where to draw.
    **kw
        For the difference.

    Notes
    -----
    Rigour: the curves are float64; the norm in the legend and the canonical points are middles of enclosures.
    """
    axes = axes_or_new(ax)
    times, model = _over_time(fit)
    rho = np.broadcast_to(lower(target.expression, (t,), "float64")(times), times.shape)
    if fit.norm == "sup":
        return _plot_alternation(axes, fit, times, rho - model.real, kw)
    size, apart = np.abs(rho), np.abs(model - rho)
    axes.plot(times, size, color=BLUE, linewidth=2.5, label=r"kernel $|\rho|$")
    axes.plot(times, np.abs(model), "--", color=VERMILION, label=rf"fit $|\hat\rho|$, m = {fit.m}")
    norm = {"l1": "$L^1$", "l2": "$L^2$"}[fit.norm]
    label = rf"$|\hat\rho - \rho|$, {norm} norm {mpmath.nstr(fit.error, 4)}"
    axes.plot(times, apart, **{"color": GREEN, "linewidth": 1.0, "label": label, **kw})
    # As far down as the kernel goes, unless it leaves the difference out of sight.
    bottom = max(0.03 * float(size.min()), _DEPTH * float(apart.max()), 1e-300)
    # A residual that changes its sign endlessly has more of them than the axis shows.
    if points := [float(x) for x in getattr(fit, "canonical_points", ()) if x < times[-1]]:
        style: dict[str, Any] = {"color": BLACK, "markersize": 5, "clip_on": False, "zorder": 3}
        axes.plot(points, [bottom] * len(points), "^", label="canonical points", **style)
    axes.set(xscale="log", yscale="log", xlabel="time $t$", ylabel="kernel (unit of the output per time)")
    axes.set(xlim=(times[0], times[-1]), ylim=(bottom, 4 * float(size.max())))
    axes.legend(frameon=False, fontsize=8, loc="lower left")
    return axes


def _plot_alternation(
    axes: Axes, fit: Any, times: Array, difference: Array, style: Mapping[str, Any]
) -> Axes:
    """Kernel minus fit between its two levels, and where it reaches them."""
    level = float(fit.error)
    for sign in (1, -1):
        axes.axhline(sign * level, linestyle="--", linewidth=1, color=GREY)
    axes.axhline(0, linewidth=0.6, color=GREY)
    label = rf"$\rho - \hat\rho$, m = {fit.m}"
    axes.plot(times, difference, **{"color": GREEN, "linewidth": 1.2, "label": label, **style})
    # A logarithmic axis has no place for the time 0: its point is put at the left edge.
    points = [max(float(x), times[0]) for x in fit.alternation]
    label = rf"alternation, $\pm${fit.error_enclosure.str(4, radius=False)}"
    marks: dict[str, Any] = {"color": BLACK, "markersize": 5, "clip_on": False, "zorder": 3}
    axes.plot(points, [float(x) for x in fit.residuals], "o", label=label, **marks)
    axes.set(xscale="log", xlabel="time $t$", ylabel="kernel - fit (unit of the output per time)")
    axes.set(xlim=(times[0], times[-1]), ylim=(-1.6 * level, 1.6 * level))
    axes.legend(frameon=False, fontsize=8, loc="upper center", ncols=2)
    return axes


def _over_time(fit: Fit | L1Fit | SupFit | SupWidth | ComplexFit) -> tuple[Array, Any]:
    """Times from well inside the fastest term to well past the slowest, and the fit there."""
    rates: Any = fit.modes if hasattr(fit, "modes") else fit.w
    a, w = (np.array([complex(x) for x in values]) for values in (fit.a, rates))
    first, last = 0.02 / np.abs(w).max(), 30 / w.real.min()
    if hasattr(fit, "interval"):
        start, end = (float(x) for x in fit.interval)
        times_of_largest: Any = getattr(fit, "alternation", ())
        # The whole interval, as far as a logarithmic axis has it: the error is largest at its ends, too.
        first, last = start or first / 50, end if end < np.inf else max(last, 2 * float(times_of_largest[-1]))
    times = np.geomspace(first, last, _POINTS)
    with np.errstate(under="ignore"):
        return times, np.exp(-np.outer(times, w)) @ a


def plot_decay_rates(sums: Mapping[str, Terms], *, ax: Axes | None = None, **kw: Any) -> Axes:
    """Where the rates of several sums lie, one row each, from the top down; areas are shares of the terms' L1 norms.

    Parameters
    ----------
    sums : mapping from a row's label to a sum
        Rates may be out of the range of float64. Terms with a negative amplitude are hollow.
    ax : Axes, optional
        Where to draw.
    **kw
        For the markers.
    """

    axes = axes_or_new(ax)
    filling = {True: to_rgba(BLUE, 0.7), False: to_rgba(BLUE, 0.0)}
    for row, terms in enumerate(sums.values()):
        norms = np.array([float(a / w) for a, w in zip(terms.a, terms.w, strict=True)])
        decades = _log10_rates(terms)
        areas = _SMALLEST + _LARGEST * np.abs(norms) / np.abs(norms).sum()
        axes.plot([decades[0], decades[-1]], [row, row], color=GREY, linewidth=0.6, zorder=1)
        style = {"s": areas, "facecolors": [filling[bool(x > 0)] for x in norms], "edgecolors": BLUE}
        axes.scatter(decades, np.full_like(decades, row), **{**style, "zorder": 2, **kw})
    axes.set_yticks(range(len(sums)), list(sums))
    axes.set(xlabel=r"$\log_{10} w$, rate (1/time)", ylim=(len(sums) - 0.4, -0.6))
    return axes


def plot_slowest_rates(
    sums: Mapping[str, Sequence[Terms]],
    *,
    bounds: Mapping[str, Mapping[int, Any]] | None = None,
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    """The slowest rate of sums of several widths against the width, in decades.

    Parameters
    ----------
    sums : mapping from a kernel's name to its sums
        Such as best fits. Rates may be out of the range of float64.
    bounds : mapping from a kernel's name to ``{m: rate}``, optional
        What the slowest rate is claimed not to exceed, 1/time: dashed, in the colour of the kernel.
    ax : Axes, optional
        Where to draw.
    **kw
        For the rates, such as ``markersize``.

    Raises
    ------
    ValueError
        If `bounds` has a kernel that `sums` has not.
    """
    claimed = bounds or {}
    if strange := sorted(set(claimed) - set(sums)):
        raise ValueError(f"`sums` must have every kernel; it lacks {', '.join(map(repr, strange))}")
    axes = axes_or_new(ax)
    for i, (name, found) in enumerate(sums.items()):
        style = series_style(i)
        rates = [_log10_rates(x)[0] for x in found]
        axes.plot([len(x.w) for x in found], rates, **{**style, "label": name, **kw})
        if bound := claimed.get(name):
            limits = np.log10([float(x) for x in bound.values()])
            axes.plot(list(bound), limits, "--", color=style["color"], linewidth=1)
    if claimed:
        axes.plot([], [], "--", color=GREY, linewidth=1, label="not above")
    axes.set(xlabel=WIDTH_LABEL, ylabel=r"$\log_{10}$ of the slowest rate (1/time)")
    axes.set_xticks(sorted({len(x.w) for found in sums.values() for x in found}))
    axes.legend(frameon=False, fontsize=8)
    return axes


def _log10_rates(terms: Terms) -> Array:
    return np.array([float(mpmath.log10(w)) for w in terms.w])
