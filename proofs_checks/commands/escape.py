"""``memcurse escape``: how long the plateau lasts, against the length of the memory."""

from __future__ import annotations

import argparse
import json
import math
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from memcurse.proofs_checks.commands.console.files import (
    Files,
    add_out,
    add_single_files,
    require_places,
    write_files,
)
from memcurse.proofs_checks.commands.console.numbers import integer
from memcurse.proofs_checks.commands.console.usage import reported_as_usage
from memcurse.proofs_checks.evidence.statement import Table
from memcurse.theory.exact import exact_integer

from .flow import FLAGS as FLOW_FLAGS
from .flow import add_events, event_of, listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.plateau.escape_ladder import EscapeLadder, Rung

EXIT_UNDECIDED: Final = 3
FLAGS: Final = {**FLOW_FLAGS, "from": "--from", "to": "--to"}
_MOST_RUNGS: Final = 200


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        "Escape times for the target exp(-w* t) + exp(-(t - 1/omega)^2/2) along a ladder of delays 1/omega. By "
        "default M exponentials start on the critical manifold; from there the slow-manifold reduction goes on where "
        "integration is no longer asked for."
    )
    parser.add_argument(
        "--from", dest="first", default="8", metavar="T", help="first delay 1/omega (default 8)"
    )
    parser.add_argument("--to", dest="last", default="20", metavar="T", help="last delay (default 20)")
    parser.add_argument("--step", default="2", metavar="T", help="distance of the delays (default 2)")
    parser.add_argument(
        "--width", type=integer(1), default=2, metavar="M", help="number of exponentials (default 2)"
    )
    parser.add_argument("--rate", default="1", metavar="W", help="rate w* of the short term (default 1)")
    parser.add_argument("--start-a", metavar="A,A,...", help="amplitudes at the start (M = 2: 0.7,0.3)")
    parser.add_argument("--start-w", metavar="W,W,...", help="rates at the start (default: all w*)")
    add_events(parser, required=False)
    parser.add_argument("--direct-to", default="24", metavar="T", help="last delay integrated (default 24)")
    parser.add_argument(
        "--certify", action="store_true", help="prove the integrated times: an interval that holds each"
    )
    add_out(parser, "escape.json, escape.csv and a picture")
    add_single_files(parser, "the table")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Climb the ladder, print, and write what was asked for; 3 if an event did not come."""
    from memcurse.numerics.flow.events import Displacement
    from memcurse.numerics.objective.objective import Objective
    from memcurse.numerics.plateau.escape_ladder import escape_ladder
    from memcurse.theory.targets.kernels import GaussianBump
    from memcurse.theory.targets.target import ExponentialSum

    require_places(arguments, ("escape",), ("escape",), ("escape",))
    with reported_as_usage():
        short = ExponentialSum([1], [arguments.rate])
        ladder = escape_ladder(
            {T: Objective(short + GaussianBump(T)) for T in delays(arguments)},
            *start(arguments),
            event_of(arguments) or Displacement("0.1"),
            direct_to=arguments.direct_to,
            progress=sys.stderr.isatty(),
            certify=arguments.certify,
        )
    record = as_record(ladder)
    print(json.dumps(record, indent=2) if arguments.json else text(ladder))
    files = Files(
        {"escape": record}, {"escape": ladder_table(ladder)}, {"escape": lambda ax: draw(ladder, ax)}
    )
    write_files(arguments, files)
    return 0 if all(rung.time is not None for rung in ladder.rungs) else EXIT_UNDECIDED


def delays(arguments: argparse.Namespace) -> list[Fraction]:
    """The delays asked for, exact."""
    from memcurse.theory.exact import exact_positive

    names = (("from", arguments.first), ("to", arguments.last), ("step", arguments.step))
    values = [exact_positive(name, value) for name, value in names]
    first, last, step = (Fraction(int(x.p), int(x.q)) for x in values)
    if last < first:
        raise ValueError(f"`to` must be at least `from` = {first}; got {last}")
    count = (last - first) // step + 1
    if count > _MOST_RUNGS:
        raise ValueError(f"`step` must give at most {_MOST_RUNGS} delays; got {count}")
    return [first + step * k for k in range(count)]


def start(arguments: argparse.Namespace) -> tuple[list[Any], list[Any]]:
    """Amplitudes and rates; by default on the manifold, the amplitudes falling evenly from 1.4/m to 0.6/m."""
    m = exact_integer("width", arguments.width, 1)
    if m == 1 and arguments.start_w is None:
        raise ValueError("`width` must be at least 2, or the flow stays at its minimum; got 1")
    even = [Fraction(1, m) + Fraction(2, 5 * m) * (1 - Fraction(2 * k, max(m - 1, 1))) for k in range(m)]
    a = even if arguments.start_a is None else listed(arguments.start_a)
    w = [arguments.rate] * m if arguments.start_w is None else listed(arguments.start_w)
    for name, values in (("start-a", a), ("start-w", w)):
        if len(values) != m:
            raise ValueError(f"`{name}` must hold `width` = {m} numbers; got {len(values)}")
    return list(a), list(w)


def _row(rung: Rung) -> tuple[Any, ...]:
    from mpmath import nstr

    reduced = None if rung.reduced is None else nstr(rung.reduced, 12)
    return (rung.delay, rung.direct, rung.status, reduced, rung.error, nstr(rung.bound, 12), *_ends(rung))


def _ends(rung: Rung) -> tuple[str | None, str | None]:
    """Decimals below and above the proved time."""
    from memcurse.numerics.arithmetic.balls import ends_text

    return (None, None) if rung.enclosure is None else ends_text(rung.enclosure)


_COLUMNS: Final = (
    "delay",
    "integrated",
    "status",
    "slow_manifold",
    "its_error",
    "linearised_bound",
    "proved_after",
    "proved_before",
)


def ladder_table(ladder: EscapeLadder) -> Table:
    """One row per delay."""
    return Table(_COLUMNS, tuple(_row(rung) for rung in ladder.rungs))


def as_record(ladder: EscapeLadder) -> dict[str, Any]:
    """The ladder for JSON."""
    middles, slopes = ladder.local_exponents()
    law, reach = ladder.law(), ladder.law_range()
    return {
        "rungs": [dict(zip(_COLUMNS, _row(rung), strict=True)) for rung in ladder.rungs],
        "local_exponents": [list(map(float, pair)) for pair in zip(middles, slopes, strict=True)],
        "law": None
        if law is None
        else {"exponent": law[0], "exponent_between": reach, "power_of_omega": 6, "log_constant": law[1]},
    }


def text(ladder: EscapeLadder) -> str:
    """The table, with the local exponent towards the delay before, and the fitted law."""
    from mpmath import log, nstr

    lines = [
        "1/omega        the delay of the memory",
        "integrated     time at which the event came, by integration; or why there is none",
        "slow manifold  the same by reduction to the slow manifold, and its estimated relative error",
        "bound          before this time the event cannot come: linearised at the start",
        "exponent       d ln tau/d(1/omega) from the row above to this one",
        "",
        f"{'1/omega':>8}  {'integrated':>13}  {'slow manifold':>13}  {'its error':>9}  {'bound':>11}  exponent",
    ]
    before: Rung | None = None
    for rung in ladder.rungs:
        direct = rung.status if rung.direct is None else f"{rung.direct:.7g}"
        reduced = "" if rung.reduced is None else nstr(rung.reduced, 7)
        error = "" if rung.error is None else f"{rung.error:.1e}"
        slope = ""
        if before is not None and before.time is not None and rung.time is not None:
            slope = f"{float(log(rung.time / before.time)) / (rung.delay - before.delay):.4f}"
        bound = nstr(rung.bound, 5)
        lines.append(
            f"{rung.delay:>8g}  {direct:>13}  {reduced:>13}  {error:>9}  {bound:>11}  {slope}".rstrip()
        )
        before = rung
    proved = [(rung.delay, _ends(rung)) for rung in ladder.rungs if rung.enclosure is not None]
    if proved:
        lines += ["", "proved: the event comes first within"]
        lines += [f"{delay:>8g}  [{after}, {before}]" for delay, (after, before) in proved]
    return "\n".join([*lines, "", *_law_lines(ladder)])


def _law_lines(ladder: EscapeLadder) -> list[str]:
    """The fitted law with what it may be off by, or why there is none."""
    from memcurse.numerics.plateau.escape_ladder import LAW_POINTS

    law, reach = ladder.law(), ladder.law_range()
    if law is None or reach is None:
        return [f"no law: it is fitted to at least {LAW_POINTS} times"]
    return [
        f"tau = {math.exp(law[1]):.4g} omega^6 exp({law[0]:.4f}/omega), fitted to the upper half of the delays",
        f"exponent in [{reach[0]:.4f}, {reach[1]:.4f}] when any one of them is left out; nothing here is random, so",
        "that is a spread and no confidence interval",
    ]


def draw(ladder: EscapeLadder, ax: Axes) -> None:
    """Times, bound and fitted law against the delay."""
    from memcurse.numerics.plots import flow as plots

    plots.plot_escape_ladder(ladder, ax=ax)
