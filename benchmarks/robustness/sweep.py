"""Sweeps: tasks a second on one and two cores and on a cluster of two workers, and 10^5 escape times.

Run ``python benchmarks/robustness/sweep.py`` for the speeds and ``python benchmarks/robustness/sweep.py --all --store
runs.sqlite [--jobs 2] [--plot phases.svg]`` for the 102,000 escape times (17 delays from 6 to 14, widths 2, 3, 4, five
splits, 400 starts each). Seconds are wall seconds; CPU seconds of this process and its children stand beside them, as
the machine may be busy with something else. Compiling and starting workers are measured apart.

The plan for 10^9 escape times, on paper. Measured on one core of a busy machine: 0.79 ms of CPU a task over all 102,000
(delays 6 to 14, the store included), 3.5 ms at delay 20; 29 us to hash, encode and insert a row; 487 bytes a row.

- Work: 10^9 times 0.79 ms are 7.9 10^5 core seconds: 22 hours on ten cores, 13 minutes on a thousand. Longer memories
  cost more, beyond delay 20 much more (double-double), so the delays are the axis to be frugal on.
- Who writes: one process keeps the rows of a store; at 29 us a row it feeds 27 cores. Beyond that the plan is cut along
  its first axis: one `EscapeSweep` a delay and range of starts, each with a store of its own on a disk of its own
  machine, 10^7 tasks each. A hundred such sweeps share nothing, so nothing is lost but time when one of them dies. The
  digest of the whole is the hash of theirs in the order of the plan.
- Traffic: a batch of 256 tasks and its records are 14 kB pickled, about five a second and core. If a scheduler takes a
  few thousand messages a second, a thousand cores want batches of 1000 and more, which the bytes do not depend on.
- Space: 487 GB. The task's text is half of that (253 bytes). A store for 10^9 would keep what all tasks share once, and
  event time, status, steps and digits in columns.
- Memory: windows of 10^5 tasks bound what a sweep holds, but for `Sweep.records`, which is for what fits into memory;
  beyond 10^7 one reads the store.
- What would go wrong: machines of different kinds. The stamp refuses other sources, libraries and architectures, but
  not another model of processor, on which the last bit of an exponential may differ. A thousandth of the tasks is
  computed a second time elsewhere; a task with two results raises `SweepStoreError`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import memcurse as mc

SPEED = {"delays": "8:11:1", "widths": "2,3", "splits": "0.7", "starts": 250}
ALL = {"delays": "6:14:0.5", "widths": "2,3,4", "splits": "0.5:0.9:0.1", "starts": 400}


def cpu() -> float:
    """CPU seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(x.ru_utime + x.ru_stime for x in used)


def measured(name: str, plan: mc.SweepPlan, **options: Any) -> mc.Sweep:
    """Run, and say how fast it was."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(options.pop("store", None) or Path(folder) / "runs.sqlite")
        start, used = time.perf_counter(), cpu()
        found = mc.sweep(plan, store, **options)
        seconds, spent = time.perf_counter() - start, cpu() - used
        size = os.path.getsize(store) / max(1, len(found))
    rate = found.computed / seconds
    print(
        f"{name:<24} {found.computed:>7} tasks  {seconds:8.2f} s  {rate:8.0f} tasks/s  "
        f"{spent:8.2f} CPU-s here  {size:5.0f} bytes a row  digest {found.digest[:16]}",
        flush=True,
    )
    return found


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    import distributed

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        yield made.scheduler_address


def speeds() -> None:
    small, plan = mc.EscapeSweep("8", "2,3", starts=8), mc.EscapeSweep(**SPEED)
    measured("compiling, one process", plan)
    measured("one process", plan)
    measured("starting two processes", small, jobs=2)
    measured("two processes", plan, jobs=2)
    with cluster() as address:
        measured("reaching two workers", small, backend="dask", address=address)
        measured("dask, two workers", plan, backend="dask", address=address)


def everything(arguments: argparse.Namespace) -> None:
    measured("compiling", mc.EscapeSweep("8", "2,3,4", starts=1))
    found = measured("all", mc.EscapeSweep(**ALL), store=arguments.store, jobs=arguments.jobs, progress=True)
    print(f"{len(found.failures)} without a result; statuses:")
    statuses = [record.get("status", "failure") for record in found.records]
    for status in sorted(set(statuses)):
        print(f"  {status}: {statuses.count(status)}")
    if arguments.plot:
        import matplotlib.pyplot as plt

        from memcurse.numerics.plots.sweeps import plot_escape_phases

        figure, ax = plt.subplots(figsize=(8, 5))
        plot_escape_phases(found, ax=ax)
        figure.tight_layout()
        figure.savefig(arguments.plot)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true", help="the 102,000 escape times")
    parser.add_argument("--store", type=Path, help="with --all: keep them there")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--plot", type=Path, help="with --all: the phase diagram")
    arguments = parser.parse_args()
    everything(arguments) if arguments.all else speeds()


if __name__ == "__main__":
    main()
