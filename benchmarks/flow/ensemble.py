"""A thousand starts of one width (4): `flow_ensemble` against peers, at an error of the escape times of 1e-7.

Problem: the target of `escape_ladder`; its start, with a normal deviate of 0.01 on every amplitude and rate. Of each
integrator, ours too, the loosest tolerance is taken whose largest error over a sample of the starts is within
`--error` of runs in double-double at 1e-11. numbalsoda and heyoka run all starts on one core, diffrax all at once
under `jax.vmap`, which steps until the slowest start is done, on as many cores as XLA takes; SciPy's LSODA runs the
sample only, and its time is multiplied up. Times are CPU seconds of one pass, of all threads together, set-up and
compiling apart: `n` free cores take an n-th of ours.

Usage: python benchmarks/flow/ensemble.py [--starts 1000] [--delay 10 14 18] [--width 4] [--error 1e-7]
       [--limit SECONDS]
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from peers import DROP, LADDER, OURS, Array, Peer, Task, available, diffrax_ensemble, silence

from memcurse.numerics.flow.ensemble import flow_ensemble
from memcurse.numerics.flow.gradient_flow import gradient_flow

_SAMPLE = 16
#: Peers one start at a time: name, and whether only the sample is run.
_ONE_BY_ONE = {"SciPy LSODA": True, "numbalsoda LSODA": False, "heyoka": False}
_BATCHED = ("Kvaerno5", "Tsit5")

Times = Callable[[float, Array, Array], Array]


@dataclass(frozen=True)
class Starts:
    """Starts (N, m), the sample's indices, and its escape times in double-double."""

    A: Array
    W: Array
    sample: Array
    reference: Array

    def error(self, times: Array) -> float:
        """Largest relative error over the sample; infinite where a time is missing."""
        off = np.abs(times / self.reference - 1)
        return float(off.max()) if np.all(np.isfinite(off)) else math.inf


def draw(task: Task, number: int) -> Starts:
    m = task.m
    k, rng = np.linspace(-1, 1, m), np.random.default_rng(task.T)
    A = 1 / m + 0.05 / m * k + 0.01 * rng.normal(size=(number, m))
    W = 1 - 0.05 * k + 0.01 * rng.normal(size=(number, m))
    sample = np.unique(np.linspace(0, number - 1, min(_SAMPLE, number)).astype(int))
    exact = [
        gradient_flow(task.objective, A[i], W[i], stop=DROP, digits=31, rtol=1e-11).event_time for i in sample
    ]
    return Starts(A, W, sample, np.array(exact, dtype=float))


def choose(times: Times, starts: Starts, ladder: tuple[float, ...], error: float, limit: float) -> float:
    """The loosest tolerance that is good on the sample; nan if none is within the time (the first also compiles)."""
    A, W = starts.A[starts.sample], starts.W[starts.sample]
    spent = 0.0
    for rtol in ladder:
        if rtol == ladder[0]:
            times(rtol, A, W)
        begin = time.process_time()
        if starts.error(times(rtol, A, W)) <= error:
            return rtol
        spent += time.process_time() - begin
        if spent > limit:
            break
    return math.nan


def show(
    name: str, seconds: float, ours: float, rtol: float, found: Array, starts: Starts, note: str = ""
) -> None:
    """One line; `found` are the times of all starts, or of the sample alone."""
    at_sample = found if len(found) == len(starts.sample) else found[starts.sample]
    print(
        f"  {name:24s} {seconds:9.3f} s  ratio {seconds / ours:8.2f}  rtol {rtol:.0e}"
        f"  error {starts.error(at_sample):.1e}  missed {np.count_nonzero(np.isnan(found))}{note}",
        flush=True,
    )


def ensemble(task: Task, jobs: int | None, rtol: float, A: Array, W: Array) -> Array:
    """Times of memcurse."""
    return flow_ensemble(task.objective, A, W, stop=DROP, rtol=rtol, jobs=jobs).event_time


def one_by_one(peer: Peer, task: Task, limit: float, rtol: float, A: Array, W: Array) -> Array:
    """Times of a peer in a loop."""
    solve = prepared(peer, task, rtol, limit)
    return np.array([solve(a, w) for a, w in zip(A, W, strict=True)])


@functools.lru_cache(maxsize=64)
def prepared(peer: Peer, task: Task, rtol: float, limit: float) -> Callable[[Array, Array], float]:
    """Made once for all starts."""
    return peer.prepare(task, rtol, limit)


def measure(
    name: str, times: Times, starts: Starts, ladder: tuple[float, ...], error: float, limit: float, part: bool
) -> tuple[float, float, Array] | None:
    """Seconds for all starts, tolerance and times found; None, and a line, if no tolerance is good enough."""
    with silence():
        rtol = choose(times, starts, ladder, error, limit)
        if math.isfinite(rtol):
            A, W = (starts.A[starts.sample], starts.W[starts.sample]) if part else (starts.A, starts.W)
            times(rtol, A if not part else A[:1], W if not part else W[:1])
            begin = time.process_time()
            found = times(rtol, A, W)
            seconds = (time.process_time() - begin) * len(starts.A) / len(A)
    if not math.isfinite(rtol):
        print(f"  {name:24s} not within {error:g} in the time given", flush=True)
        return None
    return seconds, rtol, found


def run(T: int, m: int, number: int, error: float, limit: float) -> None:
    task = Task(T, m, error, 1.0)
    starts = draw(task, number)
    everyone = ensemble(task, None, 1e-8, starts.A, starts.W)
    # Told to peers without events: a time after the last escape.
    task = dataclasses.replace(task, horizon=float(np.nanmax(everyone)))
    spread = np.nanquantile(everyone, [0, 0.5, 1])
    print(
        f"\nT = {T}, m = {m}: {number} escapes at {spread[0]:.3g} to {spread[2]:.3g}, median {spread[1]:.3g}",
        flush=True,
    )
    mine = functools.partial(measure, starts=starts, ladder=OURS.ladder, error=error, limit=limit, part=False)
    alone = mine("memcurse, one core", functools.partial(ensemble, task, 1))
    if alone is None:
        return
    show("memcurse, one core", alone[0], alone[0], *alone[1:], starts)
    together = mine("memcurse, all cores", functools.partial(ensemble, task, None))
    if together is not None:
        show("memcurse, all cores", together[0], alone[0], *together[1:], starts)
    _peers(task, starts, alone[0], limit)


def _peers(task: Task, starts: Starts, ours: float, limit: float) -> None:
    there, missing = available(list(_ONE_BY_ONE))
    print("".join(f"  {line}\n" for line in missing), end="")
    for peer in there:
        times, part = functools.partial(one_by_one, peer, task, limit / _SAMPLE), _ONE_BY_ONE[peer.name]
        out = measure(peer.name, times, starts, peer.ladder, task.error, limit, part)
        if out is not None:
            note = f"  from {len(starts.sample)} starts" if part else ""
            show(f"{peer.name}, one core", out[0], ours, *out[1:], starts, note)
    for solver in _BATCHED if not available([f"diffrax {_BATCHED[0]}"])[1] else ():
        out = measure(
            f"diffrax {solver}, vmap",
            functools.partial(diffrax_ensemble, solver, task),
            starts,
            LADDER,
            task.error,
            limit,
            False,
        )
        if out is not None:
            show(f"diffrax {solver}, vmap", out[0], ours, *out[1:], starts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=1000)
    parser.add_argument("--delay", type=int, nargs="+", default=[10, 14, 18])
    parser.add_argument("--width", type=int, default=4)
    parser.add_argument("--error", type=float, default=1e-7)
    parser.add_argument("--limit", type=float, default=30.0, help="seconds for a peer's sample of starts")
    arguments = parser.parse_args()
    for T in arguments.delay:
        run(T, arguments.width, arguments.starts, arguments.error, arguments.limit)


if __name__ == "__main__":
    main()
