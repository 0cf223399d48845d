"""RLS and NLMS on complex sequences: samples a second against pydaptivefiltering, and agreement of the errors.

``python benchmarks/networks/fixed_poles.py [--samples 20000] [--taps 16]``. CPU time of one thread, best of three; our
compiled step is warm. The peer is left out, and that is said, where it is not installed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from memcurse import LMS, RLS, DelayLine

RIDGE, STEP, GAMMA = 1e-2, 0.5, 1e-8


def stream(samples: int, count: int) -> tuple[Any, Any]:
    """QPSK through a random channel with noise of 20 dB."""
    rng = np.random.default_rng(0)
    x = np.exp(0.5j * np.pi * rng.integers(0, 4, samples))
    h = (rng.normal(size=count) + 1j * rng.normal(size=count)) / np.sqrt(2 * count)
    noise = 0.1 * (rng.normal(size=samples) + 1j * rng.normal(size=samples)) / np.sqrt(2)
    return x, DelayLine(count).run(x) @ h + noise


def best_of_three(run: Callable[[], Any]) -> tuple[float, Any]:
    times, errors = [], None
    for _ in range(3):
        start = time.process_time()
        errors = run()
        times.append(time.process_time() - start)
    return min(times), errors


def peer(name: str, count: int, x: Any, y: Any) -> Any:
    """A priori errors of the peer."""
    package = importlib.import_module("pydaptivefiltering")
    if name == "RLS":
        learner = package.RLS(filter_order=count - 1, delta=RIDGE, forgetting_factor=1.0)
    else:
        learner = package.NLMS(filter_order=count - 1, step_size=STEP, gamma=GAMMA)
    return learner.optimize(x, y).errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--taps", type=int, default=16)
    options = parser.parse_args()
    count = options.taps
    x, y = stream(options.samples, count)
    ours = {
        "RLS": lambda: RLS(count, ridge=RIDGE).run(DelayLine(count).run(x), y),
        "NLMS": lambda: LMS(count, rate=STEP).run(DelayLine(count).run(x), y),
    }
    installed = importlib.util.find_spec("pydaptivefiltering") is not None
    for name, run in ours.items():
        run()
        seconds, errors = best_of_three(run)
        print(f"{name}, {count} taps: {options.samples / seconds:.3g} samples/s")
        if not installed:
            print("(pydaptivefiltering is not installed: left out)")
            continue
        theirs, other = best_of_three(lambda name=name: peer(name, count, x, y))
        difference = float(abs(errors - other).max())
        print(
            f"  pydaptivefiltering: {options.samples / theirs:.3g} samples/s, {theirs / seconds:.1f} times our time;"
        )
        print(f"  largest difference of the errors {difference:.1e}")


if __name__ == "__main__":
    main()
