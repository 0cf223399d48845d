"""Draws the picture of the README: ``python docs/picture.py``."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

import memcurse as mc
from memcurse.numerics.plots import objective as plots


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
    plots.plot_spectrum(balls, ax=right)
    left.set_title("a target with memory $1/\\omega = 10$")
    middle.set_title("the gradient on the short part's fit")
    right.set_title("the Hessian there: order one, or hidden")
    figure.savefig(Path(__file__).with_name("curse.svg"), metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main()
