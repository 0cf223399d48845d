"""Compiled code on disk: one file for each entry, valid for one state of all sources, never fatal, never mistaken.

Numba's cache asks whether a function's own file has changed, not whether what it calls has: after an edit or an upgrade
a caller may run with code of yesterday. Here one stamp over all compiled modules guards every entry.

Numba numbers its files and keeps an index of which signature has which number. Two processes that compile two
signatures of one function at the same time take the same number, and either then loads the other's code (a typing
error, or worse). Here a file has the name of its entry and says itself what it is.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any, Final

import llvmlite
import numba
import numpy as np
from numba.core.caching import IndexDataCacheFile

_NUMERICS: Final = Path(__file__).resolve().parents[2]
_DIGEST_SIZE: Final = hashlib.sha256().digest_size


@functools.cache
def sources_stamp() -> str:
    """Digest of every module of `numerics` that compiles something, and of the compiler's versions."""
    digest = hashlib.sha256(f"{numba.__version__} {llvmlite.__version__} {np.__version__}".encode())
    for path in sorted(_NUMERICS.rglob("*.py")):
        source = path.read_bytes()
        if b"compiled" in source:
            digest.update(path.relative_to(_NUMERICS).as_posix().encode() + source)
    return digest.hexdigest()


class StampedCacheFile(IndexDataCacheFile):
    """Numba's cache files without their index.

    A file holds an entry, the key it was written for, and at its end a digest of both and of the stamp: what is cut,
    changed, of another state or of another entry counts as missing, before any of it is unpickled, and the next
    entry of its name replaces it in one move.
    """

    def __init__(self, cache_path: str, filename_base: str, source_stamp: Any) -> None:
        super().__init__(cache_path, filename_base, source_stamp)
        self._base = filename_base

    def load(self, key: Any) -> Any:
        """An entry, or None where there is none that is whole."""
        try:
            written_for, data = self._load_data(self._name(key))
        except Exception:
            return None
        return data if written_for == key else None

    def save(self, key: Any, data: Any) -> None:
        """Write an entry; a full disk leaves it out."""
        try:
            self._save_data(self._name(key), (key, data))
        except OSError:
            return

    def flush(self) -> None:
        """Remove the function's files."""
        for path in Path(self._cache_path).glob(f"{self._base}.*.nbc"):
            path.unlink(missing_ok=True)

    def _name(self, key: Any) -> str:
        """Of a file for a key of numba's: signature, machine, code and constants. Edited code has the same name."""
        signature, machine, (_, *constants) = key
        return f"{self._base}.{_digest(repr((str(signature), machine, constants)).encode()).hex()[:16]}.nbc"

    def _load_data(self, name: str) -> Any:
        content = Path(self._data_path(name)).read_bytes()
        if self._seal(content[:-_DIGEST_SIZE]) != content[-_DIGEST_SIZE:]:
            raise OSError(f"the cache file {name} is damaged or of another state")
        # What follows the pickle is not read.
        return super()._load_data(name)

    def _dump(self, obj: Any) -> bytes:
        content: bytes = super()._dump(obj)
        return content + self._seal(content)

    def _seal(self, content: bytes) -> bytes:
        return _digest(f"{sources_stamp()} {self._source_stamp}".encode() + content)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
