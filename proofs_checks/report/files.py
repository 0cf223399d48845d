"""Writes the report so that no half-written file is ever seen: all into a new folder first, then renamed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .page import report_html
from .results import Record

if sys.platform != "win32":
    import fcntl

#: Bytes of the page and of all files together that a statement takes up, measured and rounded up.
_OF_THE_PAGE: Final = 100_000
_OF_ALL_FILES: Final = 300_000


def writable_folder(folder: str | Path, names: Iterable[str] = (), statements: int = 0) -> Path:
    """`folder`, made if need be, after a trial that what is to come can be written there.

    Parameters
    ----------
    folder : str or Path
    names : iterable of str
        The files to come.
    statements : int
        How many statements a report is to hold: as much room as they take up must be left.

    Raises
    ------
    ValueError
        If it cannot be made or written to, has no room, or if a folder stands in the place of a file.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path, prefix=".trial-") as trial:
            trial.write(b"\0" * (_OF_THE_PAGE * (statements + 2) if statements else 1))
            trial.flush()
            os.fsync(trial.fileno())
            free, needed = shutil.disk_usage(path).free, _OF_ALL_FILES * (statements + 2) * bool(statements)
        if free < needed:
            raise OSError(f"{free} bytes are left and {needed} may be needed")
        blocked = next((name for name in names if (path / name).is_dir()), None)
        if blocked is not None:
            raise OSError(f"a folder stands in the place of {blocked}")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ValueError(
            f"`out` must be a folder that can be written; got {str(folder)!r} ({reason})"
        ) from error
    return path


@contextmanager
def claimed(folder: str | Path) -> Iterator[None]:
    """Hold a folder for one run: two that write the same names would leave a report that belongs to neither.

    The claim is a lock on the folder itself: it leaves no file behind, and ends with the process however that ends.
    Where the system or the file system has no such locks, nothing is held.

    Raises
    ------
    ValueError
        If another run holds it.
    """
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"`out` must be a folder that no other run is writing to; got {str(folder)!r}, which one holds"
            ) from None
        except OSError:
            # A file system without locks.
            yield
            return
        yield
    finally:
        os.close(handle)


def report_names(ids: Iterable[str]) -> list[str]:
    """The files that a report on these statements may consist of."""
    return ["report.html", "report.json", *(f"{name}.{ending}" for name in ids for ending in ("csv", "svg"))]


def write_report(report: Record, folder: str | Path) -> Path:
    """Write the page, its JSON, ``<id>.csv`` and ``<id>.svg`` into `folder`; return the page's path."""
    path = writable_folder(folder)
    with tempfile.TemporaryDirectory(dir=path, prefix=".report-") as staging:
        for name, text in _files(report).items():
            (Path(staging) / name).write_text(text, encoding="utf-8", newline="\n")
        for name in _files_in_order(staging):
            os.replace(Path(staging) / name, path / name)
    return path / "report.html"


def _files(report: Record) -> dict[str, str]:
    files = {"report.html": report_html(report), "report.json": report.to_json() + "\n"}
    for result in report.results:
        if result.csv is not None:
            files[f"{result.id}.csv"] = result.csv
        if result.svg is not None:
            files[f"{result.id}.svg"] = result.svg
    return files


def _files_in_order(staging: str) -> list[str]:
    """The parts first, the page and its JSON last: whoever finds those finds the rest."""
    return sorted(os.listdir(staging), key=lambda name: (name.startswith("report."), name))
