"""Requests to stop: SIGTERM and a closed terminal end a run like Ctrl-C, with a report of what is done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

_NAMES: Final = ("SIGTERM", "SIGHUP")


class TimeUpError(BaseException):
    """The time limit of a statement has passed. No `Exception`, so that a check cannot swallow it."""


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

    def stop(number: int, frame: FrameType | None) -> None:
        if not _requests:
            _requests.append(number)
            raise StopRequest(number)

    _requests.clear()
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    # What is ignored, as under nohup, stays ignored.
    before = {n: signal.signal(n, stop) for n in numbers if signal.getsignal(n) is signal.SIG_DFL}
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(TypeError):
                signal.signal(number, handler)
        _requests.clear()


#: The number of the signal that asked to stop, while the block of `stopping` runs.
_requests: list[int] = []


def require_going_on() -> None:
    """Raise a request to stop again that was lost: what is raised in a callback of compiled code may be."""
    if _requests:
        raise StopRequest(_requests[0])


def interrupt_behind(error: BaseException) -> BaseException | None:
    """The interrupt or the end of the time that compiled code turned into another exception; None if there is none."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, KeyboardInterrupt | TimeUpError):
            return at
        at = at.__cause__
    return None
