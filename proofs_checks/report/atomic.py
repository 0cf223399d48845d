"""Writes files so that none is ever seen half written: beside their place first, then renamed."""

from __future__ import annotations

import os
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
    handle, staged = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-")
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


def _umask() -> int:
    # It can only be read by setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
