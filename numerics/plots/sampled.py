"""Pictures of sampled networks: a forecast beside the truth, and the eigenvalues of K with their residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .objective import axes_or_new
from .style import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.sampled.experiments.held_out import HeldOut
    from memcurse.numerics.sampled.spectrum import Spectrum


def plot_forecast(result: HeldOut, *, column: int = 0, ax: Axes | None = None, **kw: Any) -> Axes:
    """One variable of the truth and of the forecast against time, and where the forecast ceases to be valid."""
    axes = axes_or_new(ax)
    unit = result.exponent if result.known else 1.0
    times = result.step * unit * np.arange(len(result.truth))
    axes.plot(times, result.truth[:, column], color=GREY, label="truth")
    options = {"color": BLUE, "linestyle": "--", "label": "forecast", **kw}
    axes.plot(times[: len(result.states)], result.states[:, column], **options)
    lyapunov = "" if result.horizon is None else f", {result.horizon:.2g} Lyapunov times"
    if result.valid < len(result.truth):
        axes.axvline(times[result.valid], color=VERMILION, label=f"valid for {result.valid} steps{lyapunov}")
    axes.set(xlabel="time in Lyapunov times" if result.known else "time", ylabel=result.columns[column])
    axes.legend()
    return axes


def plot_koopman_eigenvalues(found: Spectrum, *, ax: Axes | None = None, **kw: Any) -> Axes:
    """Eigenvalues of K in the plane, coloured by the logarithm of their residuals, with the unit circle."""
    axes = axes_or_new(ax)
    angle = np.linspace(0, 2 * np.pi, 200)
    axes.plot(np.cos(angle), np.sin(angle), color=GREY, linewidth=0.8)
    finite = np.clip(found.residuals, 1e-16, 1e16)
    points = axes.scatter(found.values.real, found.values.imag, c=np.log10(finite), **{"s": 14, **kw})
    axes.figure.colorbar(points, ax=axes, label="log10 of the residual")
    axes.set(xlabel="real part", ylabel="imaginary part", aspect="equal")
    return axes
