"""Draws the picture of the README: ``python docs/picture.py``."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

import memcurse as mc
from memcurse.numerics.plots import objective as plots
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


if __name__ == "__main__":
    main()
    widths()
