"""What a first `gradient_flow` compiles, and a first one with more digits: CPU seconds, in all and by function.

Run ``python benchmarks/flow/compilation.py``: it begins with an empty cache, in a folder of its own. The time of a
function is its own, without that of the functions that it calls; what only compiled code calls is optimised within its
callers.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Functions that are listed.
LISTED = 20


def _listener(seconds: Counter[str]) -> Any:
    """Adds the CPU time of each compilation to `seconds`, less that of those within it."""
    from numba.core import event

    class Listener(event.Listener):
        def __init__(self) -> None:
            self.stack: list[str] = []
            self.mark = 0.0

        def _charge(self) -> None:
            now = time.process_time()
            if self.stack:
                seconds[self.stack[-1]] += now - self.mark
            self.mark = now

        def on_start(self, event: Any) -> None:
            self._charge()
            function = event.data["dispatcher"].py_func
            self.stack.append(f"{function.__module__.removeprefix('memcurse.')}.{function.__qualname__}")

        def on_end(self, event: Any) -> None:
            self._charge()
            self.stack.pop()

    return Listener()


@contextmanager
def compiled_within(name: str) -> Iterator[None]:
    """Print what the block compiled."""
    from numba.core import event

    seconds: Counter[str] = Counter()
    listener = _listener(seconds)
    event.register("numba:compile", listener)
    start = time.process_time()
    try:
        yield
    finally:
        event.unregister("numba:compile", listener)
    total, compiling = time.process_time() - start, sum(seconds.values())
    print(f"{name}: {total:.1f} s of CPU, {compiling:.1f} s of it for {len(seconds)} functions")
    for function, own in seconds.most_common(LISTED):
        print(f"  {own:6.2f}  {function}")


def main() -> None:
    """Both flows, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NUMBA_CACHE_DIR"] = folder
        import memcurse as mc

        J = mc.Objective(mc.ExponentialSum([1], [1]) + mc.GaussianBump(delay=10))
        start = (["0.475", "0.525"], ["1.05", "0.95"])
        stop = mc.LossDrop(fraction="0.01")
        with compiled_within("first flow"):
            mc.gradient_flow(J, *start, stop=stop, until=1e30)
        with compiled_within("digits=30 after it"):
            mc.gradient_flow(J, *start, stop=stop, until=1e60, digits=30)


if __name__ == "__main__":
    main()
