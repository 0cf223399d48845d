"""Escape times up a ladder of delays: memcurse against SciPy's integrators, at equal error of the hitting time.

Problem: target ``e^{-t}`` plus a Gaussian bump of width and height 1 at T; start ``a = 1/m + (0.05/m) k``,
``w = 1 - 0.05 k``, ``k = linspace(-1, 1, m)``; stop when the loss has dropped by 5 % of its start. Every peer gets
compiled callbacks and the exact Hessian; of each integrator, ours too, the loosest tolerance that meets the error
bound is timed. Errors are against a reference in double-double. Peers that are installed join in, none is required.

Usage: python benchmarks/escape_ladder.py [--width M ...] [--delay T ...] [--error 1e-6] [--limit SECONDS]
"""

from __future__ import annotations

import argparse
import functools
import time
from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_ivp

import memcurse as mc
from memcurse.numerics import kernels
from memcurse.numerics.flow import LossDrop, gradient_flow

PEERS = ("DOP853", "LSODA", "Radau", "BDF")
EXPLICIT = {"DOP853"}
DROP = LossDrop(fraction="0.05")


def problem(T: int, m: int) -> tuple[mc.Objective, np.ndarray, np.ndarray]:
    target = mc.ExponentialSum(["1"], ["1"]) + mc.GaussianBump(delay=T, width=1, amplitude=1)
    k = np.linspace(-1, 1, m)
    return mc.Objective(target), 1 / m + 0.05 / m * k, 1 - 0.05 * k


def best_time(f: Callable[[], float], repeats: int = 5) -> tuple[float, float]:
    value, best = f(), np.inf
    for _ in range(repeats):
        begin = time.perf_counter()
        value = f()
        best = min(best, time.perf_counter() - begin)
        if best > 1.0:
            break
    return value, best


def peer(method: str, T: int, m: int, rtol: float, limit: float) -> float:
    """Hitting time by SciPy, nan if it gives up or takes longer than `limit` seconds."""
    J, a, w = problem(T, m)
    packed, gradient, hessian = J.packed, np.empty(2 * m), np.empty((2 * m, 2 * m))
    start, goal = np.concatenate([a, w]), 0.95 * J.loss(a, w)
    deadline = time.perf_counter() + limit

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        if time.perf_counter() > deadline:
            raise TimeoutError
        kernels.evaluate(y[:m], y[m:], packed, gradient, hessian, 1)
        return -gradient

    def jacobian(_: float, y: np.ndarray) -> np.ndarray:
        kernels.evaluate(y[:m], y[m:], packed, gradient, hessian, 2)
        return -hessian

    def event(_: float, y: np.ndarray) -> float:
        return kernels.evaluate(y[:m], y[m:], packed, gradient, hessian, 0) - goal

    event.terminal = True  # type: ignore[attr-defined]
    options = {} if method in EXPLICIT else {"jac": jacobian}
    try:
        out = solve_ivp(
            slope, (0, 1e15), start, method=method, rtol=rtol, atol=rtol * 1e-3, events=event, **options
        )
    except (TimeoutError, ValueError):
        return np.nan
    return float(out.t_events[0][0]) if len(out.t_events[0]) else np.nan


def rung(T: int, m: int, error: float, limit: float) -> None:
    J, a, w = problem(T, m)
    reference = float(gradient_flow(J, a, w, stop=DROP, digits=31, rtol=1e-12).event_time)
    for rtol in (1e-5, 1e-6, 1e-7, 1e-8):
        run = gradient_flow(J, a, w, stop=DROP, rtol=rtol)
        if abs(run.event_time / reference - 1) <= error:
            break
    ours_once = functools.partial(gradient_flow, J, a, w, stop=DROP, rtol=rtol)
    value, ours = best_time(lambda: ours_once().event_time)
    off = abs(value / reference - 1)
    print(
        f"T = {T:2d}  m = {m:2d}  time {reference:.9e}  memcurse {1e3 * ours:9.2f} ms  error {off:.1e}"
        f"  steps {run.steps} ({run.rejected} rejected)  digits {run.digits}",
        flush=True,
    )
    for method in PEERS:
        for rtol in (1e-7, 1e-9, 1e-11, 1e-12):
            begin = time.perf_counter()
            value = peer(method, T, m, rtol, limit)
            elapsed = time.perf_counter() - begin
            if not np.isfinite(value):
                print(f"    {method:8s} no answer within {limit:g} s")
                break
            off = abs(value / reference - 1)
            if off <= error:
                elapsed = min(elapsed, best_time(functools.partial(peer, method, T, m, rtol, limit), 2)[1])
                print(
                    f"    {method:8s} {1e3 * elapsed:9.2f} ms  error {off:.1e}  ratio {elapsed / ours:8.1f}"
                )
                break
        else:
            print(f"    {method:8s} never within {error:g}; last error {off:.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, nargs="+", default=[2, 10])
    parser.add_argument("--delay", type=int, nargs="+", default=list(range(8, 21, 2)))
    parser.add_argument("--error", type=float, default=1e-6)
    parser.add_argument("--limit", type=float, default=5.0)
    arguments = parser.parse_args()
    for m in arguments.width:
        for T in arguments.delay:
            rung(T, m, arguments.error, arguments.limit)


if __name__ == "__main__":
    main()
