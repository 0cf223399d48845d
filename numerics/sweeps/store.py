"""The results of sweeps in one SQLite file, one row a task.

One process writes; others may read meanwhile. A row is there whole or not at all, however the process ends. It holds
its key (`tasks.key_of`), the task, the record and a checksum, so that a damaged row is seen when it is read; a file
that SQLite finds damaged is refused when it is opened.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from .tasks import chunks

#: In the header of the file: "mcsw", and the number of the layout.
_APPLICATION: Final = 0x6D637377
_LAYOUT: Final = 1
_TABLE: Final = """
CREATE TABLE results (
    key BLOB PRIMARY KEY,
    task TEXT NOT NULL,
    record TEXT NOT NULL,
    checksum BLOB NOT NULL
) WITHOUT ROWID
"""
#: Keys in one question to the file.
_KEYS: Final = 500
#: Seconds to wait for another process that is writing.
_PATIENCE: Final = 60.0


class SweepStoreError(ValueError):
    """A file that is no store of sweeps, or a damaged one, or two results for one task."""


@dataclass(frozen=True)
class Row:
    """A task's address, its canonical text and that of its record."""

    key: bytes
    task: str
    record: str

    @property
    def checksum(self) -> bytes:
        """Hash of the address and the record; the address is the hash of the task."""
        return hashlib.sha256(self.key + self.record.encode()).digest()


class Store:
    """The file, open for reading and writing.

    Parameters
    ----------
    path : Path or None
        Made if it is not there; None keeps everything in memory.

    Raises
    ------
    SweepStoreError
        If the file is something else or damaged.
    OSError
        If it cannot be opened or written.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        if path is not None and path.exists() and not path.is_file():
            raise SweepStoreError(f"`store` must be a file; got {path}")
        if path is not None and not path.parent.is_dir():
            raise SweepStoreError(f"`store` must be in a folder that exists; got {path}")
        with self._named():
            name = ":memory:" if path is None else str(path)
            self._file = sqlite3.connect(name, timeout=_PATIENCE, isolation_level=None)
        try:
            with self._named():
                self._prepare()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _prepare(self) -> None:
        application, layout = (self._number(f"PRAGMA {x}") for x in ("application_id", "user_version"))
        tables = self._number("SELECT count(*) FROM sqlite_master")
        if (application, layout, tables) == (0, 0, 0):
            self._file.execute("BEGIN IMMEDIATE")
            # Another process may have been faster.
            if self._number("SELECT count(*) FROM sqlite_master") == 0:
                self._file.execute(_TABLE)
                self._file.execute(f"PRAGMA application_id = {_APPLICATION}")
                self._file.execute(f"PRAGMA user_version = {_LAYOUT}")
            self._file.execute("COMMIT")
        elif (application, layout) != (_APPLICATION, _LAYOUT):
            raise SweepStoreError(f"`store` must be a store of sweeps, of layout {_LAYOUT}; got {self.path}")
        elif (said := self._file.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise SweepStoreError(f"`store` must be whole; got {self.path}, which is damaged ({said})")
        # A log beside the file: a commit is one write, and who reads does not hold up who writes.
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("BEGIN IMMEDIATE")
        self._file.execute("ROLLBACK")

    def _number(self, question: str) -> int:
        return int(self._file.execute(question).fetchone()[0])

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Errors of SQLite become errors that name the file."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise OSError(f"`store` {self.path} could not be read or written: {error}") from error
        except sqlite3.DatabaseError as error:
            raise SweepStoreError(
                f"`store` must be whole; got {self.path}, which is damaged or no store ({error})"
            ) from error

    def __len__(self) -> int:
        with self._named():
            return self._number("SELECT count(*) FROM results")

    def known(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of the keys that have a row."""
        found: set[bytes] = set()
        for some in chunks(iter(keys), _KEYS):
            marks = ",".join("?" * len(some))
            with self._named():
                found.update(
                    key
                    for (key,) in self._file.execute(f"SELECT key FROM results WHERE key IN ({marks})", some)
                )
        return found

    def keep(self, rows: Iterable[Row]) -> None:
        """Write rows, all or none.

        Raises
        ------
        SweepStoreError
            If a row is there already with another record: the task is then no function of its text.
        OSError
            If they cannot be written.
        """
        values = [(row.key, row.task, row.record, row.checksum) for row in rows]
        with self._named():
            self._file.execute("BEGIN IMMEDIATE")
            try:
                for key, task, record, checksum in values:
                    self._insert(key, task, record, checksum)
                self._file.execute("COMMIT")
            except BaseException:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                raise

    def _insert(self, key: bytes, task: str, record: str, checksum: bytes) -> None:
        insert = "INSERT INTO results VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        if self._file.execute(insert, (key, task, record, checksum)).rowcount == 1:
            return
        (before,) = self._file.execute("SELECT record FROM results WHERE key = ?", (key,)).fetchone()
        if before != record:
            raise SweepStoreError(
                f"`store` must hold one result a task; got two for {task}: {before} and {record}"
            )

    def rows(self, keys: Iterable[bytes]) -> Iterator[Row]:
        """The rows of these keys, in their order.

        Raises
        ------
        SweepStoreError
            For a row that is missing or damaged.
        """
        for some in chunks(iter(keys), _KEYS):
            marks = ",".join("?" * len(some))
            question = f"SELECT key, task, record, checksum FROM results WHERE key IN ({marks})"
            with self._named():
                found = {row[0]: row for row in self._file.execute(question, some)}
            for key in some:
                if key not in found:
                    raise SweepStoreError(f"`store` must hold every task; {self.path} lacks {key.hex()}")
                _, task, record, checksum = found[key]
                row = _whole(key, task, record, checksum)
                if row is None:
                    raise SweepStoreError(
                        f"`store` must be whole; got {self.path}, whose row {key.hex()} is damaged"
                    )
                yield row


def _whole(key: bytes, task: object, record: object, checksum: object) -> Row | None:
    """The row, unless what was read is not what was written."""
    if not (isinstance(task, str) and isinstance(record, str)):
        return None
    row = Row(key, task, record)
    return row if row.checksum == checksum else None
