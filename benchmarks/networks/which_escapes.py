"""Which training escapes: one table and one picture.

Run ``python benchmarks/networks/which_escapes.py [TABLE PICTURE.svg]``.

Target ``e^{-t} + bump(T)``, two units, start ``a = (.475, .525)``, ``w = (1.05, .95)``; escape is a drop of the loss by
1 %. For every method and memory: evaluations of loss and derivatives, and CPU seconds. A method's ladder ends where it
breaks or spends its budget twice.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

import memcurse as mc
from memcurse.numerics.descent.first_order import Descent, descend
from memcurse.numerics.descent.second_order import (
    gauss_newton,
    levenberg_marquardt,
    saddle_free,
    scipy_method,
    variable_projection,
)
from memcurse.numerics.networks.methods import METHODS
from memcurse.numerics.plots.escapes import plot_escapes

A, W = ("0.475", "0.525"), ("1.05", "0.95")
MEMORIES = (8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 50, 60, 80, 100)
BUDGET = 5_000_000
Run = Callable[[mc.Objective, int], Descent]


def stepped(name: str, noise: float = 0.0, **numbers: float) -> Run:
    """A method of the table."""
    method = METHODS[name].changed(**numbers)
    start = [float(x) for x in A], [float(x) for x in W]
    return lambda J, T: descend(J, *start, method, max_steps=BUDGET, noise=noise)


def spread(J: mc.Objective, T: int) -> Descent:
    """Rates spread from the start, the slow unit silent at first."""
    # The slow unit's curvature is T: a step must stay below 2/T.
    return descend(J, [1.0, 0.0], [1.0, 1.0 / T], METHODS["gd"].changed(rate=0.5 / T), max_steps=BUDGET)


def restarts(J: mc.Objective, T: int) -> Descent:
    """Levenberg-Marquardt from random rates, log-uniform in 1/1000 to 10, until one comes below the goal."""
    rng, total, steps = np.random.default_rng(T), 0, 0
    goal = 0.99 * J.loss([0.475, 0.525], [1.05, 0.95])
    for _ in range(200):
        w = 10.0 ** rng.uniform(-3, 1, 2)
        a = np.array([float(x) for x in mc.best_gains(J.target, w).gains])
        total, found = total + 1, J.loss(a, w)
        steps += 1
        if found <= goal:
            return Descent("reached", steps, total, float(found), a, w)
    return Descent("budget", steps, total, float(found), a, w)


METHOD_LIST: dict[str, tuple[str, Run]] = {
    "gradient descent": ("gradient", stepped("gd")),
    "heavy ball .9": ("gradient", stepped("heavy-ball")),
    "Nesterov .9": ("gradient", stepped("nesterov")),
    "Adam": ("gradient", stepped("adam")),
    "RMSprop": ("gradient", stepped("rmsprop", rate=1e-3)),
    "sign descent": ("gradient", stepped("sign", rate=1e-4)),
    "Adam, noise 1e-3": ("gradient", stepped("adam", 1e-3)),
    "BFGS": ("curvature", lambda J, T: scipy_method(J, A, W, "BFGS")),
    "L-BFGS": ("curvature", lambda J, T: scipy_method(J, A, W, "L-BFGS-B")),
    "trust region": ("curvature", lambda J, T: scipy_method(J, A, W, "trust-exact", max_steps=20_000)),
    "saddle-free Newton": ("curvature", lambda J, T: saddle_free(J, A, W)),
    "Levenberg-Marquardt": ("curvature", lambda J, T: levenberg_marquardt(J, A, W, max_steps=20_000)),
    "Levenberg-Marquardt, 31 digits": (
        "curvature",
        lambda J, T: levenberg_marquardt(J, A, W, max_steps=20_000, digits=31),
    ),
    "variable projection": ("tangent space", lambda J, T: variable_projection(J, A, W)),
    "Gauss-Newton, smallest eigenvalue": ("tangent space", lambda J, T: gauss_newton(J, A, W)),
    "the same, 31 digits": ("tangent space", lambda J, T: gauss_newton(J, A, W, digits=31)),
    "the same, 200 digits": ("tangent space", lambda J, T: gauss_newton(J, A, W, digits=200)),
    "spread rates, gradient descent": ("start", spread),
    "random rates, least squares": ("start", restarts),
}


def ladder(run: Run) -> dict[int, tuple[Descent, float]]:
    """Runs by memory, until two in a row have not come."""
    found: dict[int, tuple[Descent, float]] = {}
    for T in MEMORIES:
        J = mc.Objective(mc.ExponentialSum([1], [1]) + mc.GaussianBump(T))
        begin = time.process_time()
        ended = run(J, T)
        found[T] = (ended, time.process_time() - begin)
        if len(found) > 1 and all(x.status != "reached" for x, _ in list(found.values())[-2:]):
            break
    return found


def learned(m: int, T: int) -> float:
    """The share of the bump's squared norm that one least-squares solve learns at m log-spaced rates."""
    J = mc.Objective(mc.ExponentialSum([1], [1]) + mc.GaussianBump(T))
    w = np.geomspace(0.25 / T, 4.0, m)
    return float(1 - float(mc.best_gains(J.target, w).loss) / np.sqrt(np.pi))


def row(name: str, found: dict[int, tuple[Descent, float]]) -> str:
    """A line of the table: evaluations at some memories, how far, seconds there."""
    cells = []
    for T in (8, 12, 16, 20, 28, 40, 60, 100):
        if T not in found:
            cells.append("")
            continue
        ended = found[T][0]
        cells.append(str(ended.evaluations) if ended.status == "reached" else ended.status)
    reached = [T for T, (ended, _) in found.items() if ended.status == "reached"]
    far = max(reached, default=0)
    seconds = f"{found[far][1]:.2g}" if far else ""
    return f"| {name} | " + " | ".join(cells) + f" | {far} | {seconds} |"


def main() -> None:
    """Print the table; write it and the picture where they are asked for."""
    lines = [
        "| method | T = 8 | 12 | 16 | 20 | 28 | 40 | 60 | 100 | as far as | CPU-s there |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    series: dict[str, tuple[str, dict[float, int]]] = {}
    # Compiling is no method's cost.
    METHOD_LIST["gradient descent"][1](mc.Objective(mc.ExponentialSum([1], [1]) + mc.GaussianBump(8)), 8)
    for name, (kind, run) in METHOD_LIST.items():
        found = ladder(run)
        lines.append(row(name, found))
        print(lines[-1], flush=True)
        points = {float(T): x.evaluations for T, (x, _) in found.items() if x.status == "reached"}
        if points:
            series[name] = (kind, points)
    shares = ", ".join(f"{learned(16, T):.2f} at T = {T}" for T in (10, 40, 160))
    lines.append(f"\nSixteen log-spaced rates and one least-squares solve learn of the bump: {shares}.")
    print(lines[-1])
    if len(sys.argv) == 3:
        Path(sys.argv[1]).write_text("\n".join(lines) + "\n", encoding="utf-8")
        matplotlib.rcParams["svg.hashsalt"] = "memcurse"
        figure = Figure(figsize=(7.6, 4.6), layout="constrained")
        plot_escapes(series, ax=figure.subplots())
        figure.savefig(sys.argv[2], metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main()
