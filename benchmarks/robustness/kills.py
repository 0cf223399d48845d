"""Sweeps that are killed again and again: is the digest of what they end with that of an undisturbed run?

Run ``python benchmarks/robustness/kills.py [--kills 50] [--dask-kills 2] [--seed 0]``. A store is filled by ``memcurse
sweep escape``, which gets SIGKILL at a random point, is started again, killed again, ..., and at last left to end. A
point is a number of kept rows that another process has seen, from none at all (the store may not even be there) to all
but the last, and a random while after it, so that kills fall before, into and between commits. One process, two
processes and, for the last kills, a cluster of two workers take turns; its workers live on, the process that writes
does not.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

WORDS = ["--delays", "8:10:1", "--widths", "2,3", "--starts", "500"]
TASKS = 3 * 2 * 500
#: Kills of one store, after which it is left to end.
EACH = 5
#: Longest while between the row that is waited for and the kill, seconds.
WHILE = 0.2


def command(store: Path, options: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "memcurse", "sweep", "escape", *WORDS, "--store", str(store), *options]


def rows(store: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as file:
            return int(file.execute("SELECT count(*) FROM results").fetchone()[0])
    except sqlite3.Error:
        return 0


def killed(store: Path, options: Sequence[str], rng: random.Random) -> str:
    """Start, kill at a random point; what became of it."""
    before = rows(store)
    point = rng.randrange(min(before, TASKS - 1), TASKS) if rng.random() < 0.8 else 0
    with subprocess.Popen(
        command(store, options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None and rows(store) < point:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, WHILE if point else 5 * WHILE))
        process.kill()
        code = process.wait()
    end = "killed" if code == -9 else f"had ended with {code}"
    return f"{end}, {before} -> {rows(store)} of {TASKS} rows"


def ended(store: Path, options: Sequence[str]) -> str:
    done = subprocess.run(command(store, options), capture_output=True, text=True, check=False)
    last = (done.stdout.splitlines() or [""])[-1]
    return last if done.returncode == 0 else f"exit {done.returncode}: {done.stderr.strip()[-300:]}"


def campaign(kills: int, choices: Sequence[Sequence[str]], rng: random.Random, expected: str) -> int:
    """Kill so many times; the number of stores whose digest is another one."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(-(-kills // EACH)):
            store = Path(folder) / f"{number}.sqlite"
            for _ in range(min(EACH, kills - number * EACH)):
                options = rng.choice(choices)
                print(f"  {' '.join(options)}: {killed(store, options, rng)}", flush=True)
            said = ended(store, rng.choice(choices))
            wrong += said != expected
            print(f"{'same' if said == expected else 'ANOTHER'} digest: {said}", flush=True)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("kills", 50), ("dask-kills", 2), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        expected = ended(Path(folder) / "x.sqlite", [])
    print("undisturbed:", expected, flush=True)
    wrong = campaign(arguments.kills, [["--jobs", "1"], ["--jobs", "2"]], rng, expected)
    if arguments.dask_kills:
        import distributed

        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            options = ["--backend", "dask", "--address", cluster.scheduler_address]
            wrong += campaign(arguments.dask_kills, [options], rng, expected)
    print(f"{arguments.kills + arguments.dask_kills} kills, {wrong} stores with another digest")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
