"""How a process begins that works for a run: it ends with the run, and does not stop in between to tidy up."""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from memcurse.numerics.sweeps.workers import follow_parent

#: Objects that are made between two looks for cycles, and looks between two at all objects. SymPy makes millions of
#: objects without cycles; at Python's own 700 and 10 a tenth of the time goes into looking through them.
_OBJECTS, _YOUNG, _OLD = 50_000, 20, 100
#: Bytes by which a process may grow before it is replaced. What grows are caches and compiled functions, which the
#: next process would have to make again.
_GROWTH: Final = 2_000_000_000
#: Results that SymPy remembers of each of its functions, in a process that is started. It remembers 1000 unless told
#: otherwise, which one matrix of expressions fills.
_REMEMBERED: Final = {"SYMPY_CACHE_SIZE": "20000"}


@contextmanager
def environment_of_workers() -> Iterator[None]:
    """What processes that are started in this block find in their environment, unless the user says otherwise."""
    added = {name: value for name, value in _REMEMBERED.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def begin_worker(parent: int) -> None:
    """End with the process `parent`, keep what is loaded, and look for cycles seldom. Called once in every worker."""
    follow_parent(parent)
    # Loky replaces a process that has grown by 300 MB, and looks after every task.
    watch: Any = importlib.import_module("joblib.externals.loky.process_executor")
    watch._MAX_MEMORY_LEAK_SIZE = _GROWTH
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS, _YOUNG, _OLD)
