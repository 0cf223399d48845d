"""Pictures of results: functions that take `ax=` and return it.

Every function ``plot_*`` of the modules of this folder is a name here, as ``memcurse.plots.plot_fit``, found when it is
first used. All draw on the axes `ax` or on new ones, hand further keywords on to what they draw, and return the axes.
"""

from __future__ import annotations

import functools
import importlib
import re
from pathlib import Path
from typing import Any

_DEFINED = re.compile(r"^def (plot_\w+)\(", re.MULTILINE)


@functools.cache
def _homes() -> dict[str, str]:
    """The module of every function, read from the sources: a new one needs no second place."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        found.update(dict.fromkeys(_DEFINED.findall(path.read_text(encoding="utf-8")), path.stem))
    return found


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return sorted(_homes())
    if name not in _homes():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_homes()[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_homes()})
