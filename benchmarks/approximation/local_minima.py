"""Best fits of random kernels against a dense global search: how many minima are missed, and the time of both.

Run ``python benchmarks/approximation/local_minima.py --kernels 100``. Kernels are sums of three to six exponentials
with gains of both signs, and damped waves. The dense search solves for the best amplitudes at every pair of 240 log
rates (every triple of 60 for m = 3) and follows the hundred lowest points down by SciPy's BFGS, in formulas of its
own.
"""

from __future__ import annotations

import argparse
import itertools
import time
from typing import Any

import numpy as np
from scipy.optimize import minimize

import memcurse as mc

Array = np.ndarray[Any, np.dtype[Any]]
POINTS = {1: 600, 2: 240, 3: 60}


def kernel(rng: np.random.Generator) -> tuple[Any, Array, Array, Array]:
    """A random kernel, and its complex gains and rates: real parts of ``sum g exp(-s t)``."""
    n = int(rng.integers(3, 7))
    rates, gains = np.round(np.exp(rng.uniform(-2, 2, n)), 4), np.round(rng.uniform(-3, 3, n), 3)
    waves = np.where(rng.random(n) < 0.25, np.round(rng.uniform(0.5, 5, n), 3), 0.0)
    text = "+".join(f"({g})*exp(-{s}*t)*cos({v}*t)" for g, s, v in zip(gains, rates, waves, strict=True))
    return mc.parse_target(text), gains, rates, waves


def dense(gains: Array, rates: Array, waves: Array, m: int) -> float:
    """The least loss that the dense search finds."""
    s = rates + 1j * waves
    norm = float(
        sum(
            g * h * 0.5 * ((1 / (p + q)) + 1 / (p + np.conj(q))).real
            for (g, p), (h, q) in itertools.product(zip(gains, s, strict=True), repeat=2)
        )
    )

    def gained(x: Array) -> Array:
        x = np.clip(x, -30, 30)
        w = np.exp(x)
        v = np.sqrt(2 * w) * (gains / (w[..., None] + s)).sum(axis=-1).real
        gram = 1 / np.cosh((x[..., :, None] - x[..., None, :]) / 2) + 1e-14 * np.eye(x.shape[-1])
        return np.einsum("...i,...i->...", v, np.linalg.solve(gram, v[..., None])[..., 0])

    grid = np.linspace(-7, 7, POINTS[m])
    x = grid[np.array(list(itertools.combinations(range(len(grid)), m)))]
    values = gained(x)
    best = values.max()
    for start in x[np.argsort(-values)[:100]]:
        found = minimize(lambda y: -gained(y), start, method="BFGS", options={"gtol": 1e-12})
        best = max(best, -found.fun)
    return norm - float(best)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kernels", type=int, default=100)
    arguments = parser.parse_args()
    print(
        f"{'m':>2s} {'kernels':>8s} {'attained':>9s} {'not':>5s} {'missed':>7s} {'ours, CPU s':>12s} {'dense':>8s}"
    )
    for m in (1, 2, 3):
        rng = np.random.default_rng(m)
        attained = unattained = 0
        missed, ours, theirs = [], 0.0, 0.0
        for number in range(arguments.kernels):
            target, *parts = kernel(rng)
            start = time.process_time()
            try:
                fit = mc.best_fit(target, m, digits=15)
                loss, attained = float(fit.loss), attained + 1
            except mc.NotAttainedError as error:
                loss, unattained = float(error.error) ** 2, unattained + 1
            except (ArithmeticError, ValueError) as error:
                missed.append((number, str(error)[:60]))
                continue
            ours += time.process_time() - start
            start = time.process_time()
            least = dense(*parts, m)
            theirs += time.process_time() - start
            if loss > least * (1 + 1e-6) + 1e-12:
                missed.append((number, f"{loss:.9g} > {least:.9g}"))
        print(
            f"{m:2d} {arguments.kernels:8d} {attained:9d} {unattained:5d} {len(missed):7d} {ours:12.2f} {theirs:8.2f}"
        )
        for number, what in missed:
            print(f"   kernel {number}: {what}")


if __name__ == "__main__":
    main()
