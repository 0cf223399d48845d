"""A file is written whole or not at all."""

from __future__ import annotations

import os
import resource
import stat
import threading
from pathlib import Path

import pytest

from memcurse.proofs_checks.report.atomic import write_atomically
from memcurse.proofs_checks.report.files import claimed, report_names, writable_folder


@pytest.fixture
def short_files(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """No file may grow beyond 10 000 bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_is_written_with_plain_line_ends_and_the_usual_rights(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for durable in (False, True):
        write_atomically(path, "é\n", durable=durable)
        assert path.read_bytes() == b"\xc3\xa9\n"
    plain = tmp_path / "plain"
    plain.write_text("")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_what_stood_there_stays_where_the_disk_is_full(tmp_path: Path, short_files: None) -> None:
    path = tmp_path / "file"
    write_atomically(path, "first")
    with pytest.raises(OSError, match="File too large"):
        write_atomically(path, "x" * 100_000)
    assert path.read_text() == "first"
    assert [x.name for x in tmp_path.iterdir()] == ["file"]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    write_atomically(path, "text\n")
    reader.join()
    assert read == ["text\n"]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_folder_in_the_place_of_a_file_is_seen_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "eq-1.svg").mkdir()
    assert writable_folder(tmp_path, report_names(["eq-2"]), 1) == tmp_path
    with pytest.raises(ValueError, match=r"a folder stands in the place of eq-1\.svg"):
        writable_folder(tmp_path, report_names(["eq-1"]), 1)


def test_a_full_disk_is_seen_before_any_work(
    tmp_path: Path, short_files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert writable_folder(tmp_path) == tmp_path
    with pytest.raises(ValueError, match="File too large"):
        writable_folder(tmp_path, statements=1)
    assert list(tmp_path.iterdir()) == []


def test_too_little_room_is_seen_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from shutil import disk_usage

    used = disk_usage(tmp_path)
    monkeypatch.setattr(
        "memcurse.proofs_checks.report.files.shutil.disk_usage", lambda _: used._replace(free=10**6)
    )
    assert writable_folder(tmp_path, statements=1) == tmp_path
    with pytest.raises(ValueError, match="1000000 bytes are left and 3600000 may be needed"):
        writable_folder(tmp_path, statements=10)


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_stays(tmp_path: Path) -> None:
    # No process has a number as high as this one.
    dead, alive, other = (
        tmp_path / x for x in (".file-2147483000-x", f".file-{os.getppid()}-x", ".file2-1-x")
    )
    for path in (dead, alive, other):
        path.write_text("half")
    write_atomically(tmp_path / "file", "whole")
    assert sorted(x.name for x in tmp_path.iterdir()) == sorted([alive.name, other.name, "file"])


def test_a_folder_is_claimed_by_one_at_a_time_and_keeps_no_trace(tmp_path: Path) -> None:
    with claimed(tmp_path):
        with pytest.raises(
            ValueError, match=r"`out` must be a folder that no other run is writing to; got '.*'"
        ):
            claimed(tmp_path).__enter__()
        with claimed(tmp_path.parent):
            pass
    with claimed(tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_without_locks_nothing_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(handle: int, operation: int) -> None:
        raise OSError("no locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with claimed(tmp_path), claimed(tmp_path):
        (tmp_path / "x").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
