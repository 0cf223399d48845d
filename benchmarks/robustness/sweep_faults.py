"""What becomes of a sweep when its surroundings fail: a table of faults and outcomes, as `faults.py` has for verify.

Run ``python benchmarks/robustness/sweep_faults.py``. Every fault is brought about for real; then the same command runs
without it, and its digest is compared with that of an undisturbed run. Kills at random points are in `kills.py`.
"""

from __future__ import annotations

import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kills import command, ended, rows

#: Most bytes of a file, where the disk is to be full.
SMALL = 200_000


def signalled(store: Path, number: int) -> str:
    """A signal once rows are kept."""
    with subprocess.Popen(
        command(store, []), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None and rows(store) == 0:
            time.sleep(0.002)
        process.send_signal(number)
        said = process.communicate()[1].strip().splitlines()
    return f"exit {process.returncode}, {rows(store)} rows kept: {said[0][-60:] if said else ''}"


def full(store: Path) -> str:
    """No file may grow: the store cannot be written any more."""
    limit = resource.RLIMIT_FSIZE, (SMALL, resource.RLIM_INFINITY)
    done = subprocess.run(
        command(store, []), capture_output=True, text=True, preexec_fn=lambda: resource.setrlimit(*limit)
    )
    return f"exit {done.returncode}, {rows(store)} rows kept: {done.stderr.strip()[-90:]}"


def streams(redirection: str) -> Callable[[Path], str]:
    """Streams that are closed, full or not read."""

    def tried(store: Path) -> str:
        done = subprocess.run(
            ["bash", "-c", f"{shlex.join(command(store, []))} {redirection}"], capture_output=True
        )
        return f"exit {done.returncode}, {rows(store)} rows kept"

    return tried


def damaged(store: Path) -> str:
    """A store whose middle was overwritten; then put away by hand."""
    ended(store, [])
    content = store.read_bytes()
    store.write_bytes(content[: len(content) // 2] + b"\0" * 5000 + content[len(content) // 2 + 5000 :])
    said = ended(store, [])
    store.unlink()
    return said[-110:]


def read_only(store: Path) -> str:
    """A folder on a file system that may only be read."""
    root = store.parent / "ro"
    root.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(root)], capture_output=True
    ).returncode:
        return "not tried: no right to mount"
    try:
        return ended(root / "x.sqlite", [])[-110:]
    finally:
        subprocess.run(["umount", str(root)], check=False)


FAULTS: dict[str, Callable[[Path], str]] = {
    "SIGINT": lambda store: signalled(store, signal.SIGINT),
    "SIGTERM": lambda store: signalled(store, signal.SIGTERM),
    "SIGHUP": lambda store: signalled(store, signal.SIGHUP),
    "full disk": full,
    "read-only file system": read_only,
    "| head -1": streams("| head -1; exit ${PIPESTATUS[0]}"),
    ">&- 2>&-": streams(">&- 2>&-"),
    ">/dev/full": streams(">/dev/full"),
    "damaged store": damaged,
}


def main() -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        expected = ended(Path(folder) / "x.sqlite", [])
    print("| fault | outcome | the same command again |\n|---|---|---|")
    for name, fault in FAULTS.items():
        with tempfile.TemporaryDirectory() as folder:
            store = Path(folder) / "runs.sqlite"
            outcome = fault(store).replace("\n", " ")
            same = ended(store, []) == expected
            wrong += not same
            print(f"| {name} | {outcome} | {'same digest' if same else 'ANOTHER DIGEST'} |", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
