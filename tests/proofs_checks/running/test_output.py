"""Streams that are closed, full or unread end no command."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from memcurse.proofs_checks.running.output import Outlet, outlets

MEMCURSE = f"{shlex.quote(sys.executable)} -m memcurse"


class Broken:
    """A stream that takes a few characters."""

    def __init__(self, error: Exception) -> None:
        self.error, self.taken = error, ""

    def write(self, text: str) -> int:
        if self.taken:
            raise self.error
        self.taken += text
        return len(text)

    def flush(self) -> None:
        pass


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError("full"), ValueError("closed")])
def test_an_outlet_notes_the_first_error_and_goes_on(error: Exception) -> None:
    stream = Broken(error)
    outlet = Outlet(stream)
    assert [outlet.write(text) for text in ("one", "two", "three")] == [3, 3, 5]
    outlet.flush()
    assert stream.taken == "one"
    assert outlet.error is error
    assert outlet.left == isinstance(error, BrokenPipeError)


def test_an_outlet_without_a_stream() -> None:
    outlet = Outlet(None)
    outlet.write("text")
    outlet.flush()
    assert outlet.error is None
    assert outlet.encoding


def test_streams_are_given_back() -> None:
    before = sys.stdout, sys.stderr
    with outlets() as (out, err):
        assert (sys.stdout, sys.stderr) == (out, err)
    assert (sys.stdout, sys.stderr) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("jobs", "streams", "code"),
    [
        (1, ">&-", 0),
        (1, "2>&-", 0),
        (2, "<&- >&- 2>&-", 0),
        (2, ">/dev/full", 0),
        (1, ">/dev/full 2>/dev/full", 0),
        (1, "| head -c 1; exit ${PIPESTATUS[0]}", 0),
    ],
)
def test_verify_finishes_and_writes_its_report(
    write: Any, tmp_path: Path, jobs: int, streams: str, code: int
) -> None:
    # More than a pipe holds, so that the writer learns that nobody reads.
    write("eq-1", title="T" * 100_000)
    folder, out = write("eq-2", title="T" * 100_000), tmp_path / "out"
    command = f"{MEMCURSE} verify --folder {folder} --out {out} --jobs {jobs} {streams}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=300)
    assert done.returncode == code
    assert sorted(os.listdir(out)) == ["report.html", "report.json"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("streams", "code", "words"),
    [
        ("| head -c 1; exit ${PIPESTATUS[0]}", 141, ""),
        (">/dev/full", 4, "memcurse: error: standard output could not be written"),
        (">&-", 0, ""),
        ("2>&-", 0, ""),
    ],
)
def test_list_tells_that_nobody_read_it(write: Any, streams: str, code: int, words: str) -> None:
    for i in range(4):
        folder = write(f"eq-{i}", title="T" * 100_000)
    done = subprocess.run(
        ["bash", "-c", f"{MEMCURSE} list --folder {folder} {streams}"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, words in done.stderr) == (code, True)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
