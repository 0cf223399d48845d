"""Escape times up a ladder of delays: memcurse against the integrators of `peers`, at equal error of the hitting time.

Problem: target ``e^{-t}`` plus a Gaussian bump of width and height 1 at T; start ``a = 1/m + (0.05/m) k``,
``w = 1 - 0.05 k``, ``k = linspace(-1, 1, m)``; stop when the loss has dropped by 5 % of its start. Of each integrator,
ours too, the loosest tolerance of its ladder is timed whose time lies within `--error` of the reference, a run in
double-double at 1e-12. A time can be right by luck at one tolerance and wrong at the next: with `--steady` a tolerance
counts only if the next one of the ladder is good too.
A time is the fastest of several calls, in CPU seconds of the process, which other work on the machine disturbs less;
compiling and set-up stand apart. Of memcurse the whole call of `gradient_flow` is timed, all checks included, and
("prepared") what is left where objective, event and method are checked before, as a peer's built integrator has it.
A peer that is not installed, or whose set-up takes minutes for a width, is skipped.
The reference of networks wider than `_WIDE` is our Radau method in float64 at 1e-9, which Rodas5P at 1e-7 must confirm.

Usage: python benchmarks/flow/escape_ladder.py [--width M ...] [--delay T ...] [--error 1e-6] [--limit SECONDS]
       [--peer NAME ...] [--steady] [--csv FILE] [--by-width]

`--by-width` takes widths from 2 to 100, delays from 8 to 18 and the peers with compiled fields, and ends with a table
of the ratios.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from peers import CHECKED_ONCE, DROP, OURS, PEERS, Peer, Solve, Task, available, silence

from memcurse.numerics.flow.gradient_flow import gradient_flow

_REPEATS, _LONG = 7, 1.0
_WIDE = 10
#: The table by width, and the peers whose fields are compiled.
_WIDTHS, _DELAYS, _COMPILED = (
    [2, 5, 10, 20, 50, 100],
    [8, 10, 14, 18],
    ["CVODE", "heyoka", "numbalsoda LSODA"],
)


@dataclass(frozen=True)
class Timing:
    """What came of one integrator on one rung: seconds per call and for the set-up, nan where none was good enough.

    `setup` is the longest that a tolerance of this rung took from nothing to its first answer, less a call. `error` is
    that of the tolerance timed, or else the smallest seen: a time that looks right and is not shows there.
    """

    T: int
    m: int
    name: str
    rtol: float
    seconds: float
    setup: float
    error: float

    @property
    def good(self) -> bool:
        """Whether a tolerance met the error bound."""
        return math.isfinite(self.seconds)


def start(m: int) -> tuple[np.ndarray, np.ndarray]:
    k = np.linspace(-1, 1, m)
    return 1 / m + 0.05 / m * k, 1 - 0.05 * k


def timed(solve: Solve, a: np.ndarray, w: np.ndarray) -> tuple[float, float]:
    """The time of the event, and the CPU seconds that the call took."""
    begin = time.process_time()
    found = solve(a, w)
    return found, time.process_time() - begin


def fastest(solve: Solve, a: np.ndarray, w: np.ndarray, first: float) -> float:
    """Seconds of the fastest of several calls, the `first` included; a long one is repeated once."""
    calls = [first]
    while len(calls) < _REPEATS and (calls[-1] < _LONG or len(calls) == 1):
        calls.append(timed(solve, a, w)[1])
    return min(calls)


def measure(peer: Peer, task: Task, limit: float, steady: bool) -> Timing:
    """Walk down the peer's ladder until a time is good, within twice the `limit` in all; `horizon` is the reference."""
    a, w = start(task.m)
    least, spent, longest = math.inf, 0.0, 0.0
    candidate: Timing | None = None
    for rtol in peer.ladder:
        begin = time.process_time()
        solve = peer.prepare(task, rtol, limit)
        found, first = timed(solve, a, w)
        longest = max(longest, time.process_time() - begin)
        off = abs(found / task.horizon - 1)
        good = off <= task.error
        if good and candidate is not None:
            return candidate
        candidate = None
        if good:
            best = fastest(solve, a, w, first)
            candidate = Timing(task.T, task.m, peer.name, rtol, best, max(longest - best, 0.0), off)
            if not steady or rtol == peer.ladder[-1]:
                return candidate
        least = min(least, off) if math.isfinite(off) else least
        # A first call may compile; what a second one takes is the peer's own.
        spent += min(first, timed(solve, a, w)[1]) if first > 0.1 * limit else first
        if spent > 2 * limit:
            break
    return Timing(task.T, task.m, peer.name, math.nan, math.nan, math.nan, least)


def reference(task: Task) -> float:
    """The time that counts as exact; an error where two methods disagree about it."""
    a, w = start(task.m)
    if task.m <= _WIDE:
        return float(gradient_flow(task.objective, a, w, stop=DROP, digits=31, rtol=1e-12).event_time)
    found = [
        gradient_flow(task.objective, a, w, stop=DROP, rtol=rtol, method=method).event_time
        for method, rtol in (("radau", 1e-9), ("rosenbrock", 1e-7))
    ]
    if not abs(found[1] / found[0] - 1) < 0.4 * task.error:
        raise ArithmeticError(f"the reference is in doubt for T = {task.T}, m = {task.m}: {found}")
    return float(found[0])


def rung(T: int, m: int, error: float, limit: float, steady: bool, peers: list[Peer]) -> list[Timing]:
    """All integrators on one problem, printed as they come."""
    task = Task(T, m, error, reference(Task(T, m, error, 1.0)))
    ours = measure(OURS, task, 60.0, steady)
    print(f"\nT = {T}, m = {m}: escape at {task.horizon:.9e}", flush=True)
    _show(ours, ours)
    prepared = measure(CHECKED_ONCE, task, 60.0, steady)
    _show(prepared, ours)
    others = []
    for peer in peers:
        if m > peer.widest:
            print(f"  {peer.name:18s} skipped: its set-up takes minutes for this width", flush=True)
            continue
        with silence():
            others.append(measure(peer, task, limit, steady))
        _show(others[-1], ours)
    good = [x for x in others if x.good]
    if good and ours.good:
        best = min(good, key=lambda x: x.seconds)
        ratio = best.seconds / ours.seconds
        word = f"{ratio:.1f} times faster" if ratio >= 1 else f"{1 / ratio:.1f} times slower"
        print(f"  -> memcurse is {word} than the best peer, {best.name}", flush=True)
    elif ours.good:
        print(f"  -> no peer is within {error:g} in the time given; memcurse is", flush=True)
    return [ours, prepared, *others]


def _show(timing: Timing, ours: Timing) -> None:
    if not timing.good:
        known = f"smallest error {timing.error:.1e}" if math.isfinite(timing.error) else "no time found"
        print(f"  {timing.name:18s} not good enough: {known}", flush=True)
        return
    print(
        f"  {timing.name:18s} {1e3 * timing.seconds:10.3f} ms  ratio {timing.seconds / ours.seconds:8.2f}"
        f"  rtol {timing.rtol:.0e}  error {timing.error:.1e}  set-up {timing.setup:6.2f} s",
        flush=True,
    )


def table(timings: list[Timing]) -> str:
    """Ours in ms, whole and prepared, and how many times longer the best peer takes; a row for each width."""
    delays = sorted({x.T for x in timings})
    lines = ["| m | " + " | ".join(f"T = {T}" for T in delays) + " |", "|---" * (len(delays) + 1) + "|"]
    for m in sorted({x.m for x in timings}):
        cells = []
        for T in delays:
            here = [x for x in timings if x.m == m and x.T == T and x.good]
            ours = [x.seconds for name in (OURS.name, CHECKED_ONCE.name) for x in here if x.name == name]
            others = [x for x in here if x.name not in (OURS.name, CHECKED_ONCE.name)]
            best = min(others, key=lambda x: x.seconds, default=None)
            if len(ours) < 2 or best is None:
                cells.append("-")
                continue
            times = " / ".join(f"{1e3 * x:.3f}" for x in ours)
            ratios = " / ".join(f"{best.seconds / x:.2f}" for x in ours)
            cells.append(f"{times} ms, x {ratios} ({best.name})")
        lines.append(f"| {m} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(path: Path, timings: list[Timing]) -> None:
    """One row for each integrator and rung."""
    with path.open("w", newline="") as stream:
        rows = csv.DictWriter(stream, list(Timing.__dataclass_fields__))
        rows.writeheader()
        rows.writerows(asdict(timing) for timing in timings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, nargs="+", default=[2, 10])
    parser.add_argument("--delay", type=int, nargs="+", default=list(range(8, 21, 2)))
    parser.add_argument("--error", type=float, default=1e-6)
    parser.add_argument("--limit", type=float, default=5.0, help="seconds for one call of a peer")
    parser.add_argument("--peer", nargs="+", metavar="NAME", choices=[peer.name for peer in PEERS])
    parser.add_argument("--steady", action="store_true", help="the next tolerance must be good too")
    parser.add_argument("--csv", type=Path, metavar="FILE")
    parser.add_argument("--by-width", action="store_true", help="the table by width, against compiled fields")
    arguments = parser.parse_args()
    if arguments.by_width:
        arguments.width, arguments.delay = _WIDTHS, _DELAYS
        arguments.peer = arguments.peer or _COMPILED
    peers, missing = available(arguments.peer)
    print("\n".join(missing), end="\n" if missing else "")
    timings = []
    for m in arguments.width:
        for T in arguments.delay:
            timings += rung(T, m, arguments.error, arguments.limit, arguments.steady, peers)
            if arguments.csv is not None:
                write(arguments.csv, timings)
    if arguments.by_width:
        print(f"\n{table(timings)}")


if __name__ == "__main__":
    main()
