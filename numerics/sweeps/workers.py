"""Processes that do not outlive the one they work for, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from typing import Final

#: Linux: the kernel sends this process a signal when its parent dies (linux/prctl.h).
_PR_SET_PDEATHSIG: Final = 1
#: Windows: may wait for the process; wait for ever (winnt.h, winbase.h).
_SYNCHRONIZE, _INFINITE = 0x00100000, 0xFFFFFFFF
#: Seconds between two looks at the parent where nothing tells of its end.
_PATIENCE: Final = 0.5

_watched: set[int] = set()


def follow_parent(parent: int) -> None:
    """End this process when the process `parent` has ended. Called once in every worker.

    Ctrl-C is left to the parent, which closes its workers itself.
    """
    if parent in _watched or parent == os.getpid():
        return
    _watched.add(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if sys.platform != "win32" and os.getppid() != parent:
        # It died before anyone looked.
        os._exit(1)
    threading.Thread(target=_wait_for_the_end, args=(parent,), daemon=True).start()


def _wait_for_the_end(parent: int) -> None:
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        kernel.WaitForSingleObject(kernel.OpenProcess(_SYNCHRONIZE, False, parent), _INFINITE)
    else:
        # A process whose parent has ended is given another.
        while os.getppid() == parent:
            time.sleep(_PATIENCE)
    os._exit(1)
