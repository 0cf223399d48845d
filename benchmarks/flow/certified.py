r"""Escape times with proof: memcurse beside codac, the package for validated integration that pip installs.

Run ``python benchmarks/flow/certified.py`` (``pip install codac`` for its rows; without it they are left out and that
is said). Both enclose the first time at which two units, a = (0.7, 0.3), w = (1, 1), have moved by 1/10, for the
target of eq. (125) at delays of 4, 6 and 8. codac (version 2: Lohner's method on tubes of slices) has no error
function, so the two moments of the bump become variables of their own, which obey

.. math:: E(w) = \int_0^\infty e^{-wt - (t - T)^2/2}\,dt, \qquad E'(w) = (w - T) E(w) - e^{-T^2/2},

and the system is a rational one of six variables. It is given a number of slices and a longest time; slices on which
the distance may and must have passed 1/10 enclose the event. Seconds are CPU time; widths are relative.
Measured on a loaded machine: ours 0.2 to 0.5 s and widths of 1e-24 to 1e-27; codac with 3,000 slices 21 to 23 s and
2e-3 to 6e-3, with 300 slices none at T = 8. CAPD, VNODE-LP, DynIBEX and Flow* have no package here: they are C++
libraries to be built by hand.
"""

from __future__ import annotations

import argparse
import importlib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mpmath

import memcurse as mc
from memcurse.theory.plateau.delayed_part import example_target

_DISTANCE = "1/10"
_START = (("0.7", "0.3"), ("1", "1"))


@dataclass(frozen=True)
class Row:
    """One enclosure: seconds of CPU time, the middle and the relative width, or why there is none."""

    name: str
    delay: int
    seconds: float
    middle: float
    width: float
    failure: str = ""


def ours(delay: int) -> Row:
    """`gradient_flow` with a proof."""
    J = mc.Objective(example_target(delay))
    begin = time.process_time()
    run = mc.gradient_flow(J, *_START, stop=mc.Displacement(_DISTANCE), certify=True)
    seconds = time.process_time() - begin
    ball = run.enclosure
    if ball is None:
        return Row("memcurse", delay, seconds, math.nan, math.nan, run.status)
    return Row("memcurse", delay, seconds, float(ball), 2 * float(ball.rad() / ball))


def codac_row(codac: Any, delay: int, longest: float, slices: int) -> Row:
    """Lohner's method on `slices` slices of the time from 0 to `longest`."""
    name = f"codac, {slices} slices"
    f, start = _rational_system(codac, delay)
    begin = time.process_time()
    try:
        tube = codac.SlicedTube(
            codac.create_tdomain([0, longest], longest / slices, False), codac.IntervalVector(6)
        )
        tube.set(start, 0.0)
        codac.CtcLohner(f).contract(tube)
        first, last = _crossing(codac, tube, longest, slices)
    except Exception as error:  # codac's errors are of no class of its own
        return Row(name, delay, time.process_time() - begin, math.nan, math.nan, str(error)[:60])
    seconds = time.process_time() - begin
    if first is None or last is None:
        return Row(name, delay, seconds, math.nan, math.nan, "the tube is too wide to tell")
    return Row(name, delay, seconds, (first + last) / 2, 2 * (last - first) / (last + first))


def _rational_system(codac: Any, delay: int) -> tuple[Any, Any]:
    """The flow of amplitudes, rates and the bump's moments, and the start in intervals."""
    X = codac.VectorVar(6)
    a, w, E = (X[0], X[1]), (X[2], X[3]), (X[4], X[5])
    tail = math.exp(-delay * delay / 2)

    def slope(k: int) -> Any:
        return (w[k] - delay) * E[k] - tail

    def amplitude(k: int) -> Any:
        return -2 * (a[0] / (w[k] + w[0]) + a[1] / (w[k] + w[1]) - (1 / (1 + w[k]) + E[k]))

    def rate(k: int) -> Any:
        pairs = a[0] / codac.sqr(w[k] + w[0]) + a[1] / codac.sqr(w[k] + w[1])
        return -2 * a[k] * (1 / codac.sqr(1 + w[k]) - slope(k) - pairs)

    f = codac.AnalyticFunction(
        [X],
        codac.vec(amplitude(0), amplitude(1), rate(0), rate(1), slope(0) * rate(0), slope(1) * rate(1)),
    )
    with mpmath.workdps(30):
        moment = float(
            mpmath.sqrt(mpmath.pi / 2)
            * mpmath.exp(mpmath.mpf(1) / 2 - delay)
            * mpmath.erfc((1 - delay) / mpmath.sqrt(2))
        )
    values = (0.7, 0.3, 1.0, 1.0, moment, moment)
    return f, codac.IntervalVector(
        [[math.nextafter(x, -math.inf), math.nextafter(x, math.inf)] for x in values]
    )


def _crossing(codac: Any, tube: Any, longest: float, slices: int) -> tuple[float | None, float | None]:
    """Ends of the first slice that may have passed the distance, and of the first that certainly has."""
    first, h, threshold = None, longest / slices, 0.01
    start = (0.7, 0.3, 1.0, 1.0)
    for k in range(slices):
        box = tube(codac.Interval(k * h, (k + 1) * h))
        squares = [codac.sqr(box[i] - x) for i, x in enumerate(start)]
        total = squares[0] + squares[1] + squares[2] + squares[3]
        if not math.isfinite(total.ub()):
            return None, None
        if first is None and total.ub() >= threshold:
            first = k * h
        if total.lb() > threshold:
            return first, (k + 1) * h
    return first, None


def print_rows(rows: Sequence[Row]) -> None:
    """One Markdown table."""
    print(
        "\n| method | delay | CPU seconds | time of the event | relative width |\n|---|---:|---:|---:|---:|"
    )
    for row in rows:
        found = (
            f"{row.middle:.10g} | {row.width:.1e}" if not row.failure else f"none: {row.failure} | infinite"
        )
        print(f"| {row.name} | {row.delay} | {row.seconds:.2f} | {found} |")


def main() -> None:
    """Print the table for the delays asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--delays", type=int, nargs="+", default=[4, 6, 8])
    parser.add_argument("--slices", type=int, nargs="+", default=[300, 3000])
    arguments = parser.parse_args()
    # What is done once, whatever the flow, is not counted.
    ours(3)
    rows = []
    try:
        codac = importlib.import_module("codac")
    except ImportError:
        codac = None
        print("codac: not installed, left out")
    for delay in arguments.delays:
        found = ours(delay)
        rows.append(found)
        for slices in arguments.slices if codac is not None else ():
            rows.append(codac_row(codac, delay, 1.2 * found.middle, slices))
    print_rows(rows)


if __name__ == "__main__":
    main()
