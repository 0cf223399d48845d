"""Certified flows against independent integration: is every event time that LSODA finds inside its enclosure?

Run ``python benchmarks/flow/certified_flows.py [DRAWS] [SEED] [SECONDS]``. The draws are those of `random_flows`;
LSODA's times, of relative accuracy about 1e-6, are compared with enclosures that are far narrower. A flow is given
SECONDS of CPU time (default 60) before it counts as unfinished. Prints a line for each contradiction, and each flow
undecided.
"""

from __future__ import annotations

import collections
import signal
import sys
import time
from types import FrameType

from random_flows import TOLERANCE, Draw, draw, past, reference

import memcurse as mc


class OutOfTimeError(Exception):
    """The time for one flow is over."""


def _stop(_: int, __: FrameType | None) -> None:
    raise OutOfTimeError


def compared(case: Draw) -> tuple[str, str]:
    """The certified status, and what LSODA says against it (empty: nothing)."""
    try:
        run = mc.gradient_flow(case.J, case.a, case.w, stop=case.stop, until=case.until, certify=True)
    except ValueError as error:
        if "critical point" in str(error):
            return "critical point", ""
        return "refused", f"{case.name}: {error}"
    if run.status == "undecided":
        return run.status, f"{case.name}: {run.reason}"
    try:
        times, gone, path = reference(case)
    except ArithmeticError:
        return run.status, ""
    if run.status == "reached":
        there = float(past(case, path(float(run.event_time))[None])[0])
        early = gone[times < float(run.event_time) * (1 - 1e-6)]
        wrong = abs(there) > TOLERANCE or (len(early) and early.max() > TOLERANCE)
    else:
        wrong = gone.max() > TOLERANCE
    return run.status, f"{case.name}: {run!r} contradicts LSODA" if wrong else ""


def main() -> None:
    """Print what differs, and the counts."""
    draws, seed, seconds = (int(x) for x in (*sys.argv[1:], *("200", "0", "60")[len(sys.argv) - 1 :]))
    signal.signal(signal.SIGPROF, _stop)
    counts: collections.Counter[str] = collections.Counter()
    contradicted, begin = 0, time.perf_counter()
    for i in range(draws):
        case = draw(seed + i)
        # Seconds of this process, so that other work on the machine does not count.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            status, text = compared(case)
        except (OutOfTimeError, SystemError):  # the latter from an alarm within an extension's callback
            status, text = "unfinished", f"{case.name}: not finished in {seconds} s"
        except Exception as error:
            status, text = "error", f"{case.name}: {type(error).__name__}: {error}"
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        counts[status] += 1
        contradicted += "contradicts" in text
        if text:
            print(text, flush=True)
    print(f"{contradicted} of {draws} contradicted; {dict(counts)}; {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
