"""Tells the process that shows progress what others compile: a new machine compiles for a while before it can compute.

Compilation shows in a file: whoever compiles writes the name of the function there, and a space when it is done.
"""

from __future__ import annotations

import functools
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

#: Names the file, for this process and those that it starts.
VARIABLE: Final = "MEMCURSE_COMPILING"
_PACKAGE: Final = "memcurse."


def compiled_now(path: Path) -> str:
    """What is being compiled, as the module in the package; empty for nothing."""
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="utf-8").strip()
    return ""


@functools.cache
def announce() -> None:
    """From now on write down what this process compiles, if it was asked for."""
    path = os.environ.get(VARIABLE)
    if not path:
        return
    from numba.core import event

    event.register("numba:compile", _listener(Path(path)))


def _listener(path: Path) -> Any:
    from numba.core import event

    class Announcing(event.Listener):
        """Writes down the outermost function that is compiled; what that calls is compiled inside."""

        def __init__(self) -> None:
            self.depth = 0

        def on_start(self, happened: Any) -> None:
            self.depth += 1
            if self.depth == 1:
                module = str(getattr(happened.data["dispatcher"].py_func, "__module__", ""))
                if module.startswith(_PACKAGE):
                    _write(path, module.removeprefix(_PACKAGE))

        def on_end(self, happened: Any) -> None:
            self.depth -= 1
            if self.depth == 0:
                _write(path, " ")

    return Announcing()


def _write(path: Path, text: str) -> None:
    with suppress(OSError):
        path.write_text(text, encoding="utf-8")
