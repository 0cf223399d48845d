"""What keeps one statement from disturbing the next: default precisions, and a limit on the time."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

import flint
import mpmath
import numpy as np

from memcurse.theory.shared_precision import PRECISION

from .signals import TimeUpError


@contextmanager
def default_precisions() -> Iterator[None]:
    """Start from 53 bits in mpmath and in balls, whatever ran before, and restore what the caller had.

    One statement at a time in a process: its check may run threads of its own, so that it cannot hold the precision
    itself all along.
    """
    with _ONE_AT_A_TIME, np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
        with PRECISION:
            before = flint.ctx.prec, mpmath.mp.prec
            flint.ctx.prec = mpmath.mp.prec = 53
        try:
            yield
        finally:
            with PRECISION:
                flint.ctx.prec, mpmath.mp.prec = before


_ONE_AT_A_TIME: Final = threading.RLock()


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `TimeUpError` in the block after `seconds`, where the platform and the thread allow it."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    armed = True

    def ring(number: int, frame: FrameType | None) -> None:
        if armed:
            raise TimeUpError

    before = signal.signal(signal.SIGALRM, ring)
    # It rings again every second: an exception raised inside a callback of compiled code may get lost.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        with suppress(TypeError):
            signal.signal(signal.SIGALRM, before)
