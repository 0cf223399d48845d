"""Draws the pictures of the README and the how-to pages: ``python docs/picture.py``."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from flint import arb
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import memcurse as mc
from memcurse.numerics.approximation.sup.kernel import interval_kernel
from memcurse.numerics.flow.momentum import nesterov
from memcurse.numerics.modes.zolotarev import segment_nome
from memcurse.numerics.plots import objective as plots
from memcurse.numerics.plots.fits import plot_fit
from memcurse.numerics.plots.style import GREY, SERIES, VERMILION
from memcurse.numerics.plots.widths import plot_width_bounds


def main() -> None:
    """Write ``curse.svg`` beside this file, the same bytes on every run."""
    short = mc.ExponentialSum([1], [1])
    objectives = {delay: mc.Objective(short + mc.GaussianBump(delay)) for delay in range(5, 106, 10)}
    balls = {delay: J.enclose(["0.25", "0.75"], [1, 1], digits=80) for delay, J in objectives.items()}
    matplotlib.rcParams["svg.hashsalt"] = "memcurse"
    figure = Figure(figsize=(12, 3.4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    plots.plot_target(short + mc.GaussianBump(10), ax=left)
    plots.plot_gradient_decay(balls, rate=1.0, ax=middle)
    plots.plot_eigenvalue_decay(balls, ax=right)
    left.set_title("a target with memory $1/\\omega = 10$")
    middle.set_title("the gradient on the short part's fit")
    right.set_title("the Hessian there: order one, or hidden")
    figure.savefig(Path(__file__).with_name("curse.svg"), metadata={"Date": None}, facecolor="white")


def widths() -> None:
    """Write ``widths.svg`` beside this file: how the width must and may grow with the memory."""
    half, tenth = "1/2", "1/10"
    series: dict[str, dict[float, tuple[int, int]]] = {}
    for norm in ("l1", "l2"):
        bumps = {float(T): mc.GaussianBump(T) for T in (5, 10, 20, 40)}
        series[f"bump, {norm.upper()} error {half}"] = {x: _sides(f, half, norm) for x, f in bumps.items()}
    for norm in ("l1", "l2"):
        laws = {float(n): mc.PowerLaw(f"1/{n}") for n in (3, 10, 20)}
        series[f"power law, {norm.upper()} error {tenth}"] = {
            x: _sides(f, tenth, norm) for x, f in laws.items()
        }
    matplotlib.rcParams["svg.hashsalt"] = "memcurse"
    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    plot_width_bounds(series, ax=figure.subplots())
    figure.savefig(Path(__file__).with_name("widths.svg"), metadata={"Date": None}, facecolor="white")


def _sides(target: mc.Target, error: str, norm: str) -> tuple[int, int]:
    """Terms that are certainly needed, and terms that are certainly enough."""
    width = mc.certified_width(target, error, norm)
    if not width.met:
        raise ArithmeticError(f"no sum was found within {error} of {target}")
    return mc.least_width(target, error, norm), width.m


def known() -> None:
    """Write ``known.svg`` beside this file: widths, escapes and the price of fixed poles against the memory."""
    matplotlib.rcParams["svg.hashsalt"] = "memcurse"
    figure = Figure(figsize=(12, 3.9), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    bumps = {float(T): _sides(mc.GaussianBump(T), "1/2", "l1") for T in (5, 10, 20, 40)}
    plot_width_bounds({"bump, L1 error 1/2": bumps}, ax=left)
    left.legend(frameon=False, fontsize=9, loc="upper left")
    left.set_title("width: at least, at most")
    _escapes(middle)
    _fixed_poles(right)
    figure.savefig(Path(__file__).with_name("known.svg"), metadata={"Date": None}, facecolor="white")


def _escapes(ax: Axes) -> None:
    """Times of three flows from one start to a loss lower by 1 %."""
    short, start = mc.ExponentialSum([1], [1]), (["0.7", "0.3"], ["1.05", "0.95"])
    stop = mc.LossDrop(fraction="0.01")
    times: dict[str, dict[int, float]] = {
        "gradient flow": {},
        "Nesterov's momentum": {},
        "natural gradient": {},
    }
    for T in (6, 9, 12, 15, 18, 21, 24):
        J = mc.Objective(short + mc.GaussianBump(T))
        times["gradient flow"][T] = float(mc.gradient_flow(J, *start, stop=stop).event_time)
        times["natural gradient"][T] = float(
            mc.gradient_flow(J, *start, stop=stop, metric="natural").event_time
        )
        if T <= 15:
            # Beyond, the oscillations about the valley take minutes to follow.
            times["Nesterov's momentum"][T] = float(nesterov(J, *start, stop, until=1e9).event_time)
    for (name, found), style in zip(times.items(), ("o-", "s--", "^-."), strict=True):
        ax.plot(list(found), list(found.values()), style, label=name)
        print(name, {T: f"{time:.3g}" for T, time in found.items()})
    ax.set(yscale="log", xlabel=r"memory $1/\omega$ (time)", ylabel=r"time to escape $\tau$")
    ax.set_title("escape: it depends on the method")
    ax.legend(frameon=False, fontsize=9)


def _fixed_poles(ax: Axes) -> None:
    """How many fixed poles reach a relative error of 1e-3 for every mode of memory up to T, as fp-price-memory."""
    memories = [10, 100, 1000, 10000]
    real = [float(4 * arb(2000).log() / -segment_nome(1 - arb(1) / T).log()) for T in memories]
    disc = [float(arb(1000).log() / -(1 - arb(1) / T).log()) for T in memories]
    ax.plot(memories, disc, "s--", label="any mode in the disc")
    ax.plot(memories, real, "o-", label="real modes")
    ax.axhline(1, color="0.3", linestyle=":", label="one learned pole")
    ax.set(xscale="log", yscale="log", xlabel="memory $T$ (steps)", ylabel="fixed poles, error 1e-3")
    ax.set_title("fixed poles: the price")
    ax.legend(frameon=False, fontsize=9)


#: Errors of the best sums of m = 1, 2, ... terms for 1/t on [1, R]: tables of Braess and Hackbusch, four digits.
_PUBLISHED = {
    10: "8.556E-02 8.752E-03 7.145E-04 5.577E-05 4.243E-06 3.173E-07 2.344E-08 1.716E-09",
    100: "8.556E-02 1.785E-02 4.789E-03 1.066E-03 2.274E-04 4.760E-05 9.841E-06 2.016E-06",
    1000: "8.556E-02 1.785E-02 5.052E-03 1.700E-03 6.385E-04 2.177E-04 7.153E-05 2.321E-05",
    10**4: "8.556E-02 1.785E-02 5.052E-03 1.700E-03 6.428E-04 2.646E-04 1.163E-04 5.271E-05",
}


def maximum_norm() -> None:
    """Write ``pictures/maximum_norm.svg``: the error that alternates, and least errors beside the published ones."""
    matplotlib.rcParams["svg.hashsalt"] = "memcurse"
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    fit = mc.best_fit("1/t", 4, norm="sup", digits=20, interval=(1, 10))
    plot_fit(interval_kernel("1/t", (1, 10)), fit, ax=left)
    for sign in (1, -1):
        left.axhline(
            sign * 5.577e-5, color=VERMILION, linestyle=":", label="published" if sign == 1 else None
        )
    left.set(xlabel="time $t$ (multiples of the first)", ylabel=r"$1/t$ - fit (1/time)")
    left.set_xticks([1, 2, 3, 5, 10], ["1", "2", "3", "5", "10"])
    left.minorticks_off()
    left.set_title("4 terms on [1, 10]: 9 extrema, level")
    left.legend(frameon=False, fontsize=9, loc="upper center", ncols=3)
    for (end, row), colour in zip(_PUBLISHED.items(), SERIES, strict=False):
        published = [float(x) for x in row.split()]
        numbers = range(1, len(published) + 1)
        fits = [mc.best_fit("1/t", m, norm="sup", digits=15, interval=(1, end)) for m in numbers]
        apart = max(abs(float(fit.error) / x - 1) for fit, x in zip(fits, published, strict=True))
        print(f"R = {end}: relative distance from the published errors at most {apart:.1e}")
        right.plot(numbers, published, "x", color=colour, markersize=9)
        right.plot(
            numbers, [float(fit.error) for fit in fits], "o-", color=colour, markersize=4, label=f"R = {end}"
        )
    right.plot([], [], "x", color=GREY, markersize=9, label="published")
    right.set(yscale="log", xlabel="number of terms $m$", ylabel="least error (1/time), enclosed")
    right.set_title("1/t on [1, R]")
    right.legend(frameon=False, fontsize=9)
    where = Path(__file__).with_name("pictures") / "maximum_norm.svg"
    figure.savefig(where, metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main()
    widths()
    known()
    maximum_norm()
