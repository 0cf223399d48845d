"""How functions are compiled: the same options everywhere, and the results kept on disk.

Numba's cache asks whether a function's own file has changed, not whether what it calls has: after an edit or an upgrade
a caller may run with code of yesterday. Here one stamp over all compiled modules guards every entry. A cache file
that is damaged counts as missing and is written anew.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import llvmlite
import numba
import numpy as np
from numba.core.caching import IndexDataCacheFile
from numpy.typing import NDArray

Array = NDArray[np.float64]

_NUMERICS: Final = Path(__file__).resolve().parent.parent


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
    """Numba's cache files, valid for one state of all sources, and never fatal."""

    def __init__(self, cache_path: str, filename_base: str, source_stamp: Any) -> None:
        super().__init__(cache_path, filename_base, source_stamp)
        # What is read first: an index of another state is not even unpickled.
        self._version = f"{numba.__version__} {sources_stamp()}"

    def load(self, key: Any) -> Any:
        """An entry, or None where there is none that is whole."""
        try:
            return super().load(key)
        except Exception:
            return None

    def save(self, key: Any, data: Any) -> None:
        """Write an entry; an index that cannot be read is begun anew, and a full disk leaves the entry out."""
        try:
            try:
                super().save(key, data)
            except OSError:
                raise
            except Exception:
                self.flush()
                super().save(key, data)
        except OSError:
            return

    def _load_data(self, name: str) -> Any:
        path = Path(self._data_path(name))
        if _digest(path) != path.with_suffix(".sha256").read_text(encoding="ascii"):
            raise OSError(f"the cache file {path} is damaged")
        return super()._load_data(name)

    def _save_data(self, name: str, data: Any) -> None:
        super()._save_data(name, data)
        path = Path(self._data_path(name))
        with self._open_for_write(str(path.with_suffix(".sha256"))) as file:
            file.write(_digest(path).encode("ascii"))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def compiled(function: Callable[..., Any]) -> Any:
    """Numba's njit, cached on disk where a folder for it can be written."""
    return _dispatcher(function)


def _dispatcher(function: Callable[..., Any], **more: Any) -> Any:
    options = {"nogil": True, "error_model": "numpy", **more}
    try:
        dispatcher = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no writable cache folder: compile in memory each time
        return numba.njit(**options)(function)
    cache = dispatcher._cache
    implementation = cache._impl
    cache._cache_file = StampedCacheFile(
        cache.cache_path, implementation.filename_base, implementation.locator.get_source_stamp()
    )
    return dispatcher


def inlined(function: Callable[..., Any]) -> Any:
    """`compiled`, but as part of each caller before that is optimised: code is not optimised anew at every level."""
    return numba.njit(inline="always", nogil=True, error_model="numpy")(function)


def subroutine(function: Callable[..., Any]) -> Any:
    """`compiled`, for calls from compiled code alone: nothing is made for Python, whose calls are refused."""
    dispatcher = _dispatcher(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)

    def refuse(*_: Any, **__: Any) -> Any:
        raise TypeError(f"`{function.__name__}` is called from compiled code only")

    # An overload is not told to the part of the dispatcher that Python's calls ask first.
    dispatcher._insert = lambda *_, **__: None
    dispatcher._compile_for_args = refuse
    return dispatcher
