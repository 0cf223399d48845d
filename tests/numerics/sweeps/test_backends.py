"""One process, processes of this machine and a cluster give the same bytes, through kills of any of them."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import memcurse as mc

#: 800 tasks in batches of at most 200: kills fall between them.
GRID = {"delays": "8,9", "widths": "2,3", "splits": "0.7", "starts": 200}
WORDS = ["--delays", "8,9", "--widths", "2,3", "--starts", "200"]
TASKS = 800


@pytest.fixture(scope="module")
def alone() -> mc.Sweep:
    return mc.sweep(mc.EscapeSweep(**GRID))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    if "CI" not in os.environ:
        pytest.importorskip("distributed")
    import distributed

    # Workers end when the scheduler has gone, and the cluster ends here whatever happens.
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=True
    ) as made:
        yield made


@pytest.mark.slow
def test_processes_give_the_same_bytes(alone: mc.Sweep, tmp_path: Path) -> None:
    found = mc.sweep(alone.plan, tmp_path / "runs.sqlite", jobs=2)
    assert found.digest == alone.digest
    assert found.records == alone.records


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes(alone: mc.Sweep, cluster: Any, tmp_path: Path) -> None:
    store = tmp_path / "runs.sqlite"
    found = mc.sweep(alone.plan, store, backend="dask", address=cluster.scheduler_address)
    assert (found.digest, found.computed) == (alone.digest, TASKS)
    assert mc.sweep(alone.plan, store, backend="dask", address=cluster.scheduler_address).computed == 0


def rows(store: Path) -> int:
    """Rows that another process has kept."""
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as file:
            return int(file.execute("SELECT count(*) FROM results").fetchone()[0])
    except sqlite3.Error:
        return 0


def killed_at(count: int, store: Path, *options: str) -> int:
    """Start the command, kill -9 it once `count` rows are kept; its exit code."""
    command = [sys.executable, "-m", "memcurse", "sweep", "escape", *WORDS, "--store", str(store), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and rows(store) < count:
            pass
        process.send_signal(signal.SIGKILL)
        return process.wait()


def digest_of(store: Path, *options: str) -> str:
    command = [sys.executable, "-m", "memcurse", "sweep", "escape", *WORDS, "--store", str(store), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    match = re.fullmatch(r"digest ([0-9a-f]{64})", done.stdout.splitlines()[-1])
    assert match is not None
    return match[1]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_kill_leaves_the_digest_as_it_is(alone: mc.Sweep, tmp_path: Path, jobs: str) -> None:
    store = tmp_path / "runs.sqlite"
    # Early enough to leave much to do, whatever happens while the signal is on its way;
    # `benchmarks/robustness/kills.py` kills at fifty random points.
    assert killed_at(1, store, "--jobs", jobs) == -signal.SIGKILL
    assert 0 < rows(store) < TASKS
    assert digest_of(store, "--jobs", jobs) == alone.digest


@pytest.mark.slow
def test_kills_of_the_parent_of_a_cluster(alone: mc.Sweep, cluster: Any, tmp_path: Path) -> None:
    store, options = tmp_path / "runs.sqlite", ("--backend", "dask", "--address", cluster.scheduler_address)
    assert killed_at(1, store, *options) == -signal.SIGKILL
    # Something was kept, and something was left to take up: else this would test nothing.
    assert 0 < rows(store) < TASKS
    assert digest_of(store, *options) == alone.digest
    assert rows(store) == TASKS


@pytest.mark.slow
def test_training_on_a_cluster_gives_the_same_bytes(cluster: Any) -> None:
    plan = mc.TrainingSweep("4:5:1", ("gd", "adam"), steps=100)
    found = mc.sweep(plan, backend="dask", address=cluster.scheduler_address)
    assert found.digest == mc.sweep(plan).digest


@pytest.mark.slow
def test_no_cluster_is_an_error_that_names_the_address() -> None:
    dask = pytest.importorskip("dask")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(OSError, match=r"tcp://127\.0\.0\.1:1"),
    ):
        mc.sweep(mc.EscapeSweep(8), backend="dask", address="tcp://127.0.0.1:1")
