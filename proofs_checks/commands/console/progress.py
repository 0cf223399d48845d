"""Progress of a run of statements: a line per result, and on a terminal a bar that says what is going on."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from memcurse.proofs_checks.running.compiling import VARIABLE, compiled_now

if TYPE_CHECKING:
    from memcurse.proofs_checks.report.results import Result
    from memcurse.proofs_checks.running.store import ResultStore

#: Seconds between two looks at what is being compiled.
_PERIOD: Final = 0.2


class Progress:
    """A bar on stderr, if that is a terminal, and above it a line on stdout per result.

    Parameters
    ----------
    total : int
        How many results are to come.
    lines : bool
        Whether results are printed.
    store : ResultStore
        Keeps them.
    """

    def __init__(self, total: int, lines: bool, store: ResultStore) -> None:
        from tqdm import tqdm

        self.lines, self.store = lines, store
        self.bar = tqdm(
            total=total,
            unit="statement",
            file=sys.stderr,
            dynamic_ncols=True,
            leave=False,
            disable=not sys.stderr.isatty(),
        )
        self._watch: _Watch | None = None if self.bar.disable else _Watch(self.bar)

    def __enter__(self) -> Progress:
        if self._watch is not None:
            self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._watch is not None:
            self._watch.stop()
        self.bar.close()

    def arrived(self, result: Result) -> None:
        """Keep a result, then show it."""
        self.store.keep(result)
        self.show(result)

    def show(self, result: Result, taken_up: bool = False) -> None:
        """A line, and a step of the bar."""
        if self.lines:
            self.bar.write(result_line(result, taken_up), file=sys.stdout)
            sys.stdout.flush()
        self.bar.set_postfix_str(result.id, refresh=False)
        self.bar.update()


class _Watch:
    """Shows beside a bar what any process of the run is compiling, and that time passes."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._folder = tempfile.TemporaryDirectory(prefix="memcurse-")
        self._path = Path(self._folder.name) / "compiling"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def start(self) -> None:
        # Workers are started later and inherit it.
        os.environ[VARIABLE] = str(self._path)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        os.environ.pop(VARIABLE, None)
        self._folder.cleanup()

    def _look(self) -> None:
        while not self._over.wait(_PERIOD):
            module = compiled_now(self._path)
            self._bar.set_description_str(f"compiling {module}" if module else "", refresh=False)
            self._bar.refresh()


def result_line(result: Result, taken_up: bool = False) -> str:
    """Verdict, id, title, scope, verdict of the code and time; what went wrong, if anything, on a line of its own."""
    verdict = result.status.upper() if result.status in ("broken", "error") else result.verdict.name
    reach = "nothing covered" if result.scope is None else result.scope.text
    code = "" if result.code_verdict is None else f"; code {result.code_verdict.name}"
    when = "taken up" if taken_up else f"{result.elapsed_s:.1f} s"
    line = f"{verdict:<9}  {result.id:<9}  {result.title}  ({reach}{code}; {when})"
    return line if result.status == "holds" else f"{line}\n{'':11}{result.message}"
