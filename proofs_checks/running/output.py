"""Standard output and error that never end a run: a reader that has gone or a full disk is noted, and work goes on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Outlet:
    """A stream whose writes cannot fail; the first error is kept and nothing is written from then on.

    Parameters
    ----------
    stream : text stream or None
        None where the process was started with the stream closed.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.error: Exception | None = None

    def write(self, text: str) -> int:
        """Write, unless the stream is gone."""
        self._attempt("write", text)
        return len(text)

    def flush(self) -> None:
        """Flush, unless the stream is gone."""
        self._attempt("flush")

    def _attempt(self, name: str, *arguments: str) -> None:
        if self._stream is None or self.error is not None:
            return
        try:
            getattr(self._stream, name)(*arguments)
        except (OSError, ValueError) as error:
            # ValueError: the stream was closed, or its encoding lacks a character.
            self.error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream if self._stream is not None else sys.__stdout__ or _NOWHERE, name)

    @property
    def left(self) -> bool:
        """Whether the reader of the stream has gone."""
        return isinstance(self.error, BrokenPipeError)

    def release(self, number: int) -> None:
        """Let what could not be written go, so that the interpreter does not try again at its end."""
        self.flush()
        if self.error is not None and self._stream in (sys.__stdout__, sys.__stderr__):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            os.close(nowhere)


class _Nowhere:
    encoding = "utf-8"
    errors = "strict"

    def isatty(self) -> bool:
        return False


_NOWHERE = _Nowhere()


@contextmanager
def outlets() -> Iterator[tuple[Outlet, Outlet]]:
    """Standard output and error as `Outlet` while the block runs."""
    _occupy_closed()
    before = sys.stdout, sys.stderr
    out, err = Outlet(sys.stdout), Outlet(sys.stderr)
    sys.stdout, sys.stderr = out, err
    try:
        yield out, err
    finally:
        sys.stdout, sys.stderr = before
        out.release(1)
        err.release(2)


def _occupy_closed() -> None:
    """Put nothing in the place of a closed stream, or the next file that is opened gets its number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is this one; workers take it over.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
