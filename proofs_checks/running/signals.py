"""Requests to stop: SIGTERM and a closed terminal end a run like Ctrl-C, with a report of what is done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

_NAMES: Final = ("SIGTERM", "SIGHUP")


class StopRequest(KeyboardInterrupt):
    """A signal that asks to stop. Whatever ends in order at Ctrl-C does so here."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def signal_of(interrupt: KeyboardInterrupt) -> int:
    """The number of the signal behind an interrupt."""
    return interrupt.number if isinstance(interrupt, StopRequest) else int(signal.SIGINT)


@contextmanager
def stopping() -> Iterator[None]:
    """Raise `StopRequest` in the block where these signals would have killed the process.

    Only the first counts: what the block does then, such as writing its report, is left in peace.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    stopped = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            raise StopRequest(number)

    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    # What is ignored, as under nohup, stays ignored.
    before = {n: signal.signal(n, stop) for n in numbers if signal.getsignal(n) is signal.SIG_DFL}
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(TypeError):
                signal.signal(number, handler)
