"""Tables of sweeps for other programs: CSV, and Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
import importlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from .plan import SweepPlan


class Rows(Protocol):
    """What has a plan and rows."""

    @property
    def plan(self) -> SweepPlan:
        """Names the columns."""
        ...

    def rows(self) -> Iterator[dict[str, Any]]:
        """One mapping a task."""
        ...


def write_csv(sweep: Rows, path: Path) -> None:
    """Write one line a task; lists as JSON, nothing where there is nothing.

    Raises
    ------
    OSError
        If it cannot be written; a file in its place then still stands.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, sweep.plan.columns, lineterminator="\n")
    writer.writeheader()
    for row in sweep.rows():
        writer.writerow({name: json.dumps(x) if isinstance(x, list) else x for name, x in row.items()})
    with _staged(path) as staged:
        staged.write_text(text.getvalue(), encoding="utf-8", newline="\n")


def write_parquet(sweep: Rows, path: Path) -> None:
    """Write a column a name, of text, whole numbers, float64 or lists of text.

    Raises
    ------
    ModuleNotFoundError
        If pyarrow is not installed.
    OSError
        If it cannot be written.
    """
    try:
        arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "`parquet` needs the package pyarrow: pip install 'memcurse[sweep]'"
        ) from error
    rows = list(sweep.rows())
    table = arrow.table({name: arrow.array([row[name] for row in rows]) for name in sweep.plan.columns})
    with _staged(path) as staged:
        parquet.write_table(table, str(staged))


@contextmanager
def _staged(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to, which takes its place when all is written."""
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield staged
        os.replace(staged, path)
    finally:
        with suppress(OSError):
            staged.unlink()
