"""A thousand starts of width 4: wall time of `flow_ensemble`, flows missed, error against tighter runs of a sample.

Usage: python benchmarks/ensemble.py [--starts 1000] [--delay 10 14 18]
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import memcurse as mc
from memcurse.numerics.flow import LossDrop, gradient_flow
from memcurse.numerics.flow_ensemble import flow_ensemble

DROP = LossDrop(fraction="0.05")
M = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=1000)
    parser.add_argument("--delay", type=int, nargs="+", default=[10, 14, 18])
    arguments = parser.parse_args()
    k = np.linspace(-1, 1, M)
    for T in arguments.delay:
        J = mc.Objective(mc.ExponentialSum(["1"], ["1"]) + mc.GaussianBump(delay=T, width=1, amplitude=1))
        rng = np.random.default_rng(T)
        A = 1 / M + 0.05 / M * k + 0.01 * rng.normal(size=(arguments.starts, M))
        W = 1 - 0.05 * k + 0.01 * rng.normal(size=(arguments.starts, M))
        flow_ensemble(J, A[:2], W[:2], stop=DROP, rtol=1e-7)
        begin = time.perf_counter()
        many = flow_ensemble(J, A, W, stop=DROP, rtol=1e-7)
        elapsed = time.perf_counter() - begin
        sample = range(0, arguments.starts, max(1, arguments.starts // 10))
        exact = [gradient_flow(J, A[i], W[i], stop=DROP, rtol=1e-11).event_time for i in sample]
        error = np.max(np.abs(many.event_time[list(sample)] / np.array(exact) - 1))
        missed = np.count_nonzero(many.status != "reached")
        print(
            f"T = {T}: {elapsed:.2f} s, {missed} missed, error {error:.1e}, steps {many.steps.mean():.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
