"""Where batches are computed: in this process, in processes of this machine (loky), or on a cluster (dask)."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from joblib import Parallel, delayed, parallel_config

from .tasks import Record, Task, stamp
from .workers import follow_parent

BACKENDS: Final = ("loky", "dask")

Batch = list[Task]
Compute = Callable[[Sequence[Task]], list[Record]]
#: The tasks of a batch with their records.
Answer = tuple[Batch, list[Record]]


class SweepVersionError(RuntimeError):
    """A worker runs other sources or other libraries than the process that asks."""


def answered(compute: Compute, batch: Batch, expected: str) -> Answer:
    """The records of a batch; runs in a worker.

    Raises
    ------
    SweepVersionError
        If the worker's stamp is not the `expected` one: its bits need not be ours.
    """
    if stamp() != expected:
        raise SweepVersionError(f"workers must have the stamp {expected!r}; got {stamp()!r}")
    records = compute(batch)
    if len(records) != len(batch):
        raise ValueError(f"`compute` must give one record a task; got {len(records)} for {len(batch)}")
    return batch, records


@contextmanager
def answers(
    compute: Compute, batches: Iterable[Batch], jobs: int, backend: str, address: str | None
) -> Iterator[Iterator[Answer]]:
    """The answers in the order of arrival. What is still running is given up when the block ends.

    Raises
    ------
    OSError
        If no cluster is at `address`.
    ModuleNotFoundError
        If `distributed` is not installed.
    """
    if backend == "dask":
        with _client(address) as client, parallel_config(backend="dask", client=client):
            yield from _streamed(compute, batches, -1)
    elif jobs == 1:
        yield (answered(compute, batch, stamp()) for batch in batches)
    else:
        with parallel_config(backend="loky", initializer=follow_parent, initargs=(os.getpid(),)):
            yield from _streamed(compute, batches, jobs)


def _streamed(compute: Compute, batches: Iterable[Batch], jobs: int) -> Iterator[Iterator[Answer]]:
    """One iterator over everything that arrives, closed in the end."""
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1, pre_dispatch="3*n_jobs")
    arriving: Any = parallel(delayed(answered)(compute, batch, stamp()) for batch in batches)
    try:
        yield arriving
    finally:
        with warnings.catch_warnings():
            # Closing early, after an interrupt, is what we want: it stops the work.
            warnings.simplefilter("ignore")
            arriving.close()


@contextmanager
def _client(address: str | None) -> Iterator[Any]:
    """A client of the cluster at `address`, or of the current one where no address is given."""
    try:
        distributed = importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "`backend` 'dask' needs the package distributed: pip install 'memcurse[sweep]'"
        ) from error
    if address is None:
        try:
            yield distributed.get_client()
        except ValueError:
            raise ValueError("`address` must be given where there is no client of dask; got None") from None
        return
    with distributed.Client(address, set_as_default=False) as client:
        yield client
