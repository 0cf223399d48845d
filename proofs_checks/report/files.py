"""Writes the report so that no half-written file is ever seen: all into a new folder first, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from .page import report_html
from .results import Record


def writable_folder(folder: str | Path) -> Path:
    """`folder`, made if need be, after a trial that a file can be written there.

    Raises
    ------
    ValueError
        If it cannot be made or written to.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path, prefix=".trial-"):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise ValueError(
            f"`out` must be a folder that can be written; got {str(folder)!r} ({reason})"
        ) from error
    except ValueError as error:
        raise ValueError(
            f"`out` must be a folder that can be written; got {str(folder)!r} ({error})"
        ) from error
    return path


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
