"""Writes files so that none is ever seen half written: beside their place first, then renamed."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: str | bytes, *, durable: bool = False) -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        Its folder must exist; a file in its place is replaced.
    content : str or bytes
        Text is written as UTF-8 with plain line ends.
    durable : bool
        Ask the disk to keep it before the name changes: an error of a full disk then comes here, not later.

    Raises
    ------
    OSError
        If it cannot be written; what stood there before still stands.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        # A device or a pipe, such as /dev/stdout, is no name to be taken over.
        path.write_bytes(data)
        return
    _sweep_leftovers(path)
    handle, staged = tempfile.mkstemp(dir=path.parent, prefix=f"{_prefix(path)}{os.getpid()}-")
    try:
        with open(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(staged, 0o666 & ~_umask())
        os.replace(staged, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(staged)
        raise


def _prefix(path: Path) -> str:
    return f".{path.name[:40]}-"


def _sweep_leftovers(path: Path) -> None:
    """Remove what processes left beside `path` that were killed while they wrote it."""
    prefix = _prefix(path)
    with suppress(OSError):
        for left in list(path.parent.iterdir()):
            owner = left.name.removeprefix(prefix).partition("-")[0]
            if left.name.startswith(prefix) and owner.isdigit() and not _is_running(int(owner)):
                left.unlink()


def _is_running(process: int) -> bool:
    if sys.platform == "win32":
        # Signal 0 would end the process there.
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _umask() -> int:
    # It can only be read by setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
