"""Carries out a plan: what the store lacks is computed, here, in processes or on a cluster, and kept as it arrives."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tqdm.auto import tqdm

from memcurse.theory.exact import exact_integer

from .backends import BACKENDS, Batch, answers
from .export import write_csv, write_parquet
from .plan import SweepPlan
from .store import Row, Store
from .tasks import Record, Task, canonical, chunks, key_of, stamp

#: Tasks that are looked up, cut into batches and handed out at a time: bounds the memory.
_WINDOW: Final = 100_000
#: Batches for each process at least, where there are enough tasks: they then end together.
_SHARES: Final = 8


@dataclass(frozen=True)
class Sweep:
    """A finished sweep.

    Attributes
    ----------
    plan : SweepPlan
    records : tuple of dict
        One a task, in the order of the plan. A task that has no result has the one field "failure", which says why.
    digest : str
        Hash of tasks and records, 64 hexadecimal digits: the same for any number of jobs, backend and interruption.
    computed, taken_up : int
        How many tasks this call computed, and how many stood in the store.
    store : Path or None
    """

    plan: SweepPlan
    records: tuple[Record, ...]
    digest: str
    computed: int
    taken_up: int
    store: Path | None

    def __repr__(self) -> str:
        failures = f", {len(self.failures)} failed" if self.failures else ""
        return f"Sweep({self.plan.kind}, {len(self.records)} tasks{failures}, digest {self.digest[:12]}...)"

    def __len__(self) -> int:
        return len(self.records)

    @property
    def failures(self) -> tuple[tuple[Task, str], ...]:
        """Tasks without a result, and why."""
        return tuple(
            (task, str(record["failure"]))
            for task, record in zip(self.plan.tasks(), self.records, strict=True)
            if "failure" in record
        )

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row of a table a task, with the plan's columns; None where a record lacks one."""
        names = self.plan.columns
        for task, record in zip(self.plan.tasks(), self.records, strict=True):
            both = {**task, **record}
            yield {name: both.get(name) for name in names}

    def to_csv(self, path: str | Path) -> None:
        """Write `rows` as a CSV file."""
        write_csv(self, Path(path))

    def to_parquet(self, path: str | Path) -> None:
        """Write `rows` as a Parquet file; needs the extra ``memcurse[sweep]``."""
        write_parquet(self, Path(path))

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON."""
        pairs = zip(self.plan.tasks(), self.records, strict=True)
        return {
            "kind": self.plan.kind,
            "digest": self.digest,
            "computed": self.computed,
            "taken_up": self.taken_up,
            "results": [{"task": task, "record": record} for task, record in pairs],
        }


def sweep(
    plan: SweepPlan,
    store: str | Path | None = None,
    *,
    jobs: int = 1,
    backend: str = "loky",
    address: str | None = None,
    progress: bool = False,
) -> Sweep:
    """Compute every task of a plan once; the same call after any interruption takes up what is finished.

    Parameters
    ----------
    plan : SweepPlan
        Such as `EscapeSweep`, `FitSweep`, `WidthSweep`, `TrainingSweep`, `VerificationSweep`, or one of your own.
    store : path, optional
        SQLite file, made if it is not there. Sweeps may share one: a task that two of them have is computed once. A
        result is taken up only under the same sources and library versions. Without it nothing is kept.
    jobs : int
        Processes on this machine, at least 1 (which stays in this process). Not for "dask", whose workers count.
    backend : {"loky", "dask"}
        "dask" needs the extra ``memcurse[sweep]``, and a cluster whose workers have the same sources and libraries.
    address : str, optional
        Of the cluster's scheduler, such as "tcp://10.0.0.1:8786"; without it the current client is used.
    progress : bool
        A bar with an estimate of the time that is left, on stderr.

    Returns
    -------
    Sweep

    Raises
    ------
    TypeError, ValueError
        For bad arguments, before any work; `SweepStoreError` for a file that is no store or damaged.
    OSError
        If the store cannot be written, or no cluster answers. What was kept before stands.
    KeyboardInterrupt
        As it came; what had arrived is kept.
    """
    if not isinstance(plan, SweepPlan):
        raise TypeError(f"`plan` must be a plan, such as EscapeSweep; got {plan!r}")
    if not isinstance(backend, str) or backend not in BACKENDS:
        raise ValueError(f"`backend` must be one of {', '.join(map(repr, BACKENDS))}; got {backend!r}")
    if address is not None and (backend != "dask" or not isinstance(address, str)):
        raise ValueError(
            f"`address` must be a text, and needs backend='dask'; got {address!r} for {backend!r}"
        )
    workers = exact_integer("jobs", jobs, 1)
    path = None if store is None else Path(store)
    with Store(path) as kept, _bar(plan, progress) as bar:
        computed = _fill(kept, plan, workers, backend, address, bar)
        records, digest = _collected(kept, plan)
    return Sweep(plan, records, digest, computed, len(records) - computed, path)


def _bar(plan: SweepPlan, progress: bool) -> Any:
    return tqdm(total=len(plan), desc=f"sweep {plan.kind}", unit="task", disable=not progress, leave=False)


def _fill(kept: Store, plan: SweepPlan, jobs: int, backend: str, address: str | None, bar: Any) -> int:
    """Compute what the store lacks; how many tasks that were."""
    computed, here = 0, stamp()
    for window in chunks(plan.tasks(), _WINDOW):
        keys = {key_of(text, here): (text, task) for task in window for text in [canonical(task)]}
        if len(keys) < len(window):
            raise ValueError(f"`plan` must give no task twice; got {len(window) - len(keys)} again")
        known = kept.known(list(keys))
        _skip(bar, len(known))
        missing = [task for key, (_, task) in keys.items() if key not in known]
        if not missing:
            continue
        with answers(plan.compute, _batches(plan, missing, jobs), jobs, backend, address) as arriving:
            for batch, records in arriving:
                kept.keep(_rows(batch, records, here))
                computed += len(batch)
                bar.update(len(batch))
    return computed


def _skip(bar: Any, count: int) -> None:
    """Move the bar without counting it as work: the rate, and so the estimate, is that of this call."""
    if not bar.disable:
        bar.initial += count
        bar.update(count)


def _batches(plan: SweepPlan, tasks: list[Task], jobs: int) -> list[Batch]:
    """Tasks of one group that follow each other, at most `plan.batch` of them, and enough batches for all jobs."""
    most = max(1, min(plan.batch, -(-len(tasks) // (_SHARES * jobs)))) if jobs > 1 else plan.batch
    found: list[Batch] = []
    group: Any = None
    for task in tasks:
        mine = plan.group(task)
        if not found or mine != group or len(found[-1]) == most:
            found.append([])
            group = mine
        found[-1].append(task)
    return found


def _rows(batch: Batch, records: list[Record], here: str) -> list[Row]:
    texts = [canonical(task) for task in batch]
    return [
        Row(key_of(text, here), text, canonical(record)) for text, record in zip(texts, records, strict=True)
    ]


def _collected(kept: Store, plan: SweepPlan) -> tuple[tuple[Record, ...], str]:
    """All records in the order of the plan, read from the store, and their digest."""
    digest, here = hashlib.sha256(), stamp()
    records = []
    keys = (key_of(canonical(task), here) for task in plan.tasks())
    for row in kept.rows(keys):
        digest.update(f"{row.task}\n{row.record}\n".encode())
        records.append(json.loads(row.record))
    return tuple(records), digest.hexdigest()
