"""Pictures of gradient flows: what happens on a plateau, what the model has learned by then, and how long it lasts.

Rigour: none is added; everything drawn is float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.flow.run import FlowRun
from memcurse.numerics.plateau.escape_ladder import EscapeLadder
from memcurse.theory.notation import t

from .objective import axes_or_new
from .style import BLACK, BLUE, GREEN, GREY, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.theory.targets.target import Target

Array = NDArray[np.float64]
_STYLES = ("-", "--", "-.", ":")
_COLOURS = (BLUE, VERMILION, GREEN, GREY)


def _log_times(run: FlowRun) -> Array:
    """Times on which a run is drawn: log-spaced, with its own steps, so that an escape is not cut short."""
    if run.steps == 0:
        raise ValueError("`run` must have at least one step; got none")
    steps = run.t[1:]
    grid = np.geomspace(steps[0], steps[-1], 200)
    return np.unique(np.concatenate([steps, np.clip(grid, steps[0], steps[-1])]))


def plot_flow_loss(run: FlowRun, *, ax: Axes | None = None, **kw: Any) -> Axes:
    """The loss against time, both logarithmic, with the event marked."""
    axes = axes_or_new(ax)
    axes.plot(run.t[1:], run.loss[1:], **{"color": BLUE, "label": "loss", **kw})
    if run.event_time is not None:
        time = float(run.event_time)
        axes.axvline(time, color=GREY, linestyle=":", linewidth=1.2, label=rf"event, $\tau$ = {time:.4g}")
    axes.set(xscale="log", yscale="log", xlabel=r"flow time $\tau$", ylabel=r"loss $J$")
    axes.legend(frameon=False)
    return axes


def plot_escape(run: FlowRun, *, ax: Axes | None = None, **kw: Any) -> Axes:
    """The loss of a run that escaped against the time left until its end, logarithmic, from the start on the left.

    On a clock that starts at 0 an escape after a long plateau is one vertical stroke; seen from its end, it and the
    plateau before it have room.

    Raises
    ------
    ValueError
        If the event of the run did not come.
    """
    if run.event_time is None:
        raise ValueError(f"`run` must have reached its event; got the status {run.status!r}")
    axes = axes_or_new(ax)
    left = np.asarray(run.time_to_end, dtype=float)[:-1]
    shown = left > 0
    axes.plot(left[shown], run.loss[:-1][shown], **{"color": BLUE, "label": "loss", **kw})
    axes.axhline(float(run.loss[-1]), color=GREY, linestyle=":", linewidth=1.2, label="loss at the event")
    axes.set(xscale="log", xlabel=r"flow time left until the event", ylabel=r"loss $J$")
    axes.invert_xaxis()
    axes.legend(frameon=False)
    return axes


def _plot_components(run: FlowRun, which: int, symbol: str, label: str, ax: Axes | None, kw: Any) -> Axes:
    axes = axes_or_new(ax)
    times = _log_times(run)
    values = run.at(times)[which]
    for i in range(values.shape[1]):
        style = {"color": _COLOURS[i % 4], "linestyle": _STYLES[i % 4], "label": f"${symbol}_{{{i + 1}}}$"}
        axes.plot(times, values[:, i], **{**style, **kw})
    axes.set(xscale="log", xlabel=r"flow time $\tau$", ylabel=label)
    axes.legend(frameon=False)
    return axes


def plot_flow_rates(run: FlowRun, *, ax: Axes | None = None, **kw: Any) -> Axes:
    """The rates (1/time) against the flow's time, which is logarithmic."""
    return _plot_components(run, 1, "w", "rates $w$ (1/time)", ax, kw)


def plot_flow_amplitudes(run: FlowRun, *, ax: Axes | None = None, **kw: Any) -> Axes:
    """The amplitudes against the flow's time, which is logarithmic."""
    return _plot_components(run, 0, "a", "amplitudes $a$", ax, kw)


def plot_learned_kernel(
    run: FlowRun,
    target: Target,
    times: Sequence[float],
    *,
    until: float = 20.0,
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    """The model's kernel at some `times` of the flow, and the target, for ``0 <= t <= until``.

    Raises
    ------
    ValueError
        For a time outside the run, or `until` not positive.
    """
    if not until > 0:
        raise ValueError(f"`until` must be positive; got {until}")
    axes, t_values = axes_or_new(ax), np.linspace(0.0, until, 600)
    rho = np.broadcast_to(lower(target.expression, (t,), "float64")(t_values), t_values.shape)
    axes.plot(t_values, rho, color=GREY, linewidth=3.5, alpha=0.5, label=r"target $\rho$")
    a, w = run.at(list(times))
    for i, time in enumerate(times):
        style = {
            "color": _COLOURS[i % 3],
            "linestyle": _STYLES[i % 4],
            "label": rf"$\tau$ = {float(time):.3g}",
        }
        axes.plot(t_values, np.exp(-np.outer(t_values, w[i])) @ a[i], **{**style, **kw})
    axes.set(xlabel="time $t$", ylabel=r"kernel $\hat\rho(t)$")
    axes.legend(frameon=False)
    return axes


def plot_escape_ladder(ladder: EscapeLadder, *, ax: Axes | None = None, **kw: Any) -> Axes:
    r"""``ln tau`` against ``1/omega``: integrated points, reduced ones, the linearised bound and the fitted law."""

    axes = axes_or_new(ax)
    delays = ladder.points()[0]
    law = ladder.law()
    if law is not None:
        x = np.linspace(delays[0], delays[-1], 200)
        label = rf"$\tau \propto \omega^6 e^{{{law[0]:.3f}/\omega}}$, fitted to the upper half"
        axes.plot(x, law[0] * x - 6 * np.log(x) + law[1], color=BLUE, linewidth=1.2, label=label)
    direct = [(r.delay, np.log(r.direct)) for r in ladder.rungs if r.direct is not None]
    reduced = [(r.delay, float(mpmath.log(r.reduced))) for r in ladder.rungs if r.reduced is not None]
    if direct:
        proved = all(r.enclosure is not None for r in ladder.rungs if r.direct is not None)
        words = "proved (the interval is far thinner than the dot)" if proved else "integrated"
        style = {"color": VERMILION, "marker": "o", "linestyle": "none", "label": words, **kw}
        axes.plot(*np.array(direct).T, **style)
    if reduced:
        axes.plot(*np.array(reduced).T, "x", color=BLACK, markersize=8, label="slow manifold")
    bounds = [(r.delay, float(mpmath.log(r.bound))) for r in ladder.rungs]
    axes.plot(*np.array(bounds).T, "--", color=GREEN, label="linearised bound")
    axes.set(xlabel=r"$1/\omega$ (time)", ylabel=r"$\ln\,\tau$")
    axes.legend(frameon=False)
    return axes


def plot_local_exponent(
    ladder: EscapeLadder, *, rate: float = 1.0, ax: Axes | None = None, **kw: Any
) -> Axes:
    r"""``d ln tau/d(1/omega)`` between neighbours, in units of the `rate` w*, with 5/2 less 6 omega."""
    if not rate > 0:
        raise ValueError(f"`rate` must be positive; got {rate}")
    axes = axes_or_new(ax)
    middles, slopes = ladder.local_exponents()
    style = {"color": VERMILION, "marker": "o", "label": "measured", **kw}
    axes.plot(middles, slopes / rate, **style)
    axes.axhline(2.5, color=BLUE, linewidth=1.2, label="5/2")
    x = np.linspace(middles.min(), middles.max(), 200)
    axes.plot(x, 2.5 - 6 / (rate * x), ":", color=GREY, label=r"$5/2 - 6\omega/w^*$")
    axes.axhline(1.0, color=GREEN, linestyle="--", label="1: the bound's")
    axes.set(xlabel=r"$1/\omega$ (time)", ylabel=r"$d\,\ln\tau/d(1/\omega)$, in $w^*$")
    axes.legend(frameon=False)
    return axes
