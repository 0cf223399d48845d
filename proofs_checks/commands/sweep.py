"""``memcurse sweep``: many tasks over grids, seeds and machines, kept in one file and taken up again."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from memcurse.proofs_checks.commands.console.files import (
    Files,
    add_out,
    require_file,
    require_places,
    write_files,
)
from memcurse.proofs_checks.commands.console.usage import UsageError, reported_as_usage
from memcurse.proofs_checks.evidence.statement import Table
from memcurse.proofs_checks.running.signals import require_going_on

from .flow import add_events, event_of, listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.sweeps.plan import SweepPlan
    from memcurse.numerics.sweeps.sweep import Sweep

EXIT_REFUTED: Final = 1
EXIT_UNDECIDED: Final = 3
EXIT_INTERNAL: Final = 4
_RANGE: Final = "first:last:step, or numbers between commas"
_LONGEST: Final = 60


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the kinds of sweeps and their options."""
    kinds = parser.add_subparsers(dest="sweep", metavar="KIND", required=True)
    _configure_escape(kinds.add_parser("escape", help="escape times over delays, widths, splits and starts"))
    _configure_fit(kinds.add_parser("fit", help="best fits of kernels over widths, norms and seeds"))
    _configure_width(kinds.add_parser("width", help="needed and sufficient widths of kernels over errors"))
    _configure_train(
        kinds.add_parser("train", help="plateaus of trained networks over delays, methods and seeds")
    )
    _configure_verify(kinds.add_parser("verify", help="verdicts of statements over seeds"))
    for kind in kinds.choices.values():
        _configure_run(kind)


def _configure_escape(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--delays", required=True, metavar="LIST", help=f"delays 1/omega: {_RANGE}")
    add("--widths", default="2", metavar="LIST", help="numbers of exponentials, from 2 (default 2)")
    add(
        "--splits",
        default="0.7",
        metavar="LIST",
        help="shares of the first exponential in the amplitude (default 0.7)",
    )
    add("--starts", type=int, default=1, metavar="N", help="random starts each (default 1)")
    add("--seed", type=int, default=0, metavar="N", help="seed of the starts (default 0)")
    add("--spread", default="0.01", metavar="X", help="size of the random deviates (default 0.01)")
    add("--rate", default="1", metavar="W", help="rate w* of the short term (default 1)")
    add_events(parser, required=False)
    add("--until", default="1e100", metavar="TIME", help="time limit (default 1e100)")
    add("--rtol", default="1e-8", metavar="X", help="relative accuracy (default 1e-8)")
    add("--plot", type=Path, metavar="FILE", help="write the phase diagram: .svg, .png or .pdf")


def _configure_targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target",
        action="append",
        required=True,
        metavar="EXPR",
        help="kernel in t; may be given many times",
    )


def _configure_fit(parser: argparse.ArgumentParser) -> None:
    _configure_targets(parser)
    parser.add_argument("--widths", required=True, metavar="LIST", help=f"numbers of terms: {_RANGE}")
    parser.add_argument("--norms", default="l2", metavar="LIST", help="l2, l1 or both (default l2)")
    parser.add_argument(
        "--fields", default="real", metavar="LIST", help="real, complex or both (default real)"
    )
    parser.add_argument("--digits", type=int, default=20, metavar="N", help="digits, from 15 (default 20)")
    parser.add_argument("--seeds", default="0", metavar="LIST", help="seeds of the starts (default 0)")


def _configure_width(parser: argparse.ArgumentParser) -> None:
    _configure_targets(parser)
    parser.add_argument("--errors", required=True, metavar="LIST", help=f"distances: {_RANGE}")
    parser.add_argument("--norms", default="l1", metavar="LIST", help="l1, l2 or both (default l1)")


def _configure_train(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--delays", required=True, metavar="LIST", help=f"delays 1/omega: {_RANGE}")
    add("--methods", default="gd", metavar="LIST", help="gd (default), heavy-ball, nesterov, adam, ...")
    add("--networks", default="linear", metavar="LIST", help="linear (default), tanh, relu")
    add("--seeds", default="0", metavar="LIST", help="seeds of the starts (default 0)")
    add("--rate", metavar="X", help="step size (default: the method's own)")
    add("--steps", type=int, default=10_000, metavar="N", help="steps at most (default 10000)")
    add("--units", type=int, default=8, metavar="M", help="hidden units (default 8)")
    add("--plot", type=Path, metavar="FILE", help="write the lengths of the plateaus: .svg, .png or .pdf")


def _configure_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", metavar="ID", help="statements, as for verify (default all)")
    parser.add_argument("--seeds", default="0", metavar="LIST", help="root seeds (default 0)")
    parser.add_argument("--digits", type=int, default=50, metavar="N", help="digits, from 15 (default 50)")
    parser.add_argument("--quick", action="store_true", help="fewer instances")


def _configure_run(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--jobs", type=int, default=1, metavar="N", help="processes (default 1)")
    add("--store", type=Path, metavar="FILE", help="keep results there and take up what it holds (SQLite)")
    add("--backend", default="loky", metavar="NAME", help="loky (default), or dask for a cluster")
    add("--address", metavar="URL", help="scheduler of the cluster, such as tcp://10.0.0.1:8786")
    add_out(parser, "sweep.json, sweep.csv and, of escapes and trainings, a picture")
    add("--csv", type=Path, metavar="FILE", help="write a table")
    add("--parquet", type=Path, metavar="FILE", help="write a table for pandas, R and others")
    add("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the sweep, print it, write what was asked for; the last line is the digest."""
    from memcurse.numerics.sweeps.sweep import sweep

    _check_files(arguments)
    with reported_as_usage():
        plan = _PLANS[arguments.sweep](arguments)
        try:
            found = sweep(
                plan,
                arguments.store,
                jobs=arguments.jobs,
                backend=arguments.backend,
                address=arguments.address,
                progress=sys.stderr.isatty(),
            )
        except ModuleNotFoundError as error:
            raise UsageError(str(error)) from error
        except KeyboardInterrupt:
            if arguments.store is not None:
                print(f"{arguments.store}: the same command takes up what is finished", file=sys.stderr)
            require_going_on()
            raise
    _write(found, arguments)
    if arguments.json:
        print(json.dumps(found.to_dict(), indent=2))
    else:
        print(text(found))
    return exit_code(found)


#: Kinds with a picture.
_DRAWN: Final = ("escape", "train")


def _check_files(arguments: argparse.Namespace) -> None:
    for name in ("csv", "parquet"):
        if getattr(arguments, name) is not None:
            require_file(f"--{name}", getattr(arguments, name), ())
    require_places(arguments, ("sweep",), ("sweep",), ("sweep",) if arguments.sweep in _DRAWN else ())


def _write(found: Sweep, arguments: argparse.Namespace) -> None:
    pictures = {"sweep": lambda ax: _draw(found, ax)} if arguments.sweep in _DRAWN else {}
    rows = [tuple(json.dumps(x) if isinstance(x, list) else x for x in row.values()) for row in found.rows()]
    files = Files({"sweep": found.to_dict()}, {"sweep": Table(found.plan.columns, tuple(rows))}, pictures)
    write_files(arguments, files)
    if arguments.parquet is not None:
        try:
            found.to_parquet(arguments.parquet)
        except ModuleNotFoundError as error:
            raise UsageError(str(error)) from error


def _draw(found: Sweep, ax: Axes) -> None:
    from memcurse.numerics.plots.sweeps import plot_escape_phases, plot_plateaus

    (plot_escape_phases if found.plan.kind == "escape" else plot_plateaus)(found, ax=ax)


# --- plans ---------------------------------------------------------------------------------------------------------


def _escape_plan(arguments: argparse.Namespace) -> SweepPlan:
    from memcurse.numerics.sweeps.escapes import EscapeSweep

    return EscapeSweep(
        arguments.delays,
        arguments.widths,
        arguments.splits,
        arguments.starts,
        arguments.seed,
        arguments.spread,
        arguments.rate,
        event_of(arguments),
        arguments.until,
        arguments.rtol,
    )


def _fit_plan(arguments: argparse.Namespace) -> SweepPlan:
    from memcurse.numerics.sweeps.fits import FitSweep

    return FitSweep(
        arguments.target,
        arguments.widths,
        listed(arguments.norms),
        listed(arguments.fields),
        arguments.digits,
        arguments.seeds,
    )


def _width_plan(arguments: argparse.Namespace) -> SweepPlan:
    from memcurse.numerics.sweeps.fits import WidthSweep

    return WidthSweep(arguments.target, arguments.errors, listed(arguments.norms))


def _verify_plan(arguments: argparse.Namespace) -> SweepPlan:
    from memcurse.proofs_checks.running.seeds import VerificationSweep

    return VerificationSweep(arguments.ids or None, arguments.seeds, arguments.digits, arguments.quick)


def _train_plan(arguments: argparse.Namespace) -> SweepPlan:
    from memcurse.numerics.sweeps.training import TrainingSweep

    return TrainingSweep(
        arguments.delays,
        listed(arguments.methods),
        arguments.seeds,
        listed(arguments.networks),
        arguments.rate,
        arguments.steps,
        arguments.units,
    )


_PLANS: Final = {
    "escape": _escape_plan,
    "fit": _fit_plan,
    "width": _width_plan,
    "train": _train_plan,
    "verify": _verify_plan,
}


# --- output --------------------------------------------------------------------------------------------------------


def text(found: Sweep) -> str:
    """The table, what was done, and the digest."""
    lines = _escape_lines(found) if found.plan.kind == "escape" else _row_lines(found)
    failures = len(found.failures)
    done = f"{len(found)} tasks: {found.computed} computed, {found.taken_up} taken up, {failures} without a result"
    return "\n".join([*lines, "", done, f"digest {found.digest}"])


def _row_lines(found: Sweep) -> list[str]:
    """One line a task."""
    rows = [[_short(x) for x in row.values()] for row in found.rows()]
    rows.insert(0, list(found.plan.columns))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(x.ljust(n) for x, n in zip(row, widths, strict=True)).rstrip() for row in rows]


def _short(value: Any) -> str:
    line = "" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."


def _escape_lines(found: Sweep) -> list[str]:
    """One line a point of the grid: how many starts escaped, and quantiles of their times."""
    from memcurse.numerics.sweeps.escapes import escape_quantiles

    lines = [
        f"{'1/omega':>10}  {'m':>3}  {'split':>8}  {'escaped':>13}  {'10 %':>12}  {'median':>12}  {'90 %':>12}"
    ]
    for point in escape_quantiles(found.plan, found.records):
        times = "  ".join(f"{'' if x is None else f'{x:.6g}':>12}" for x in point.quantiles)
        escaped = f"{point.escaped} of {point.starts}"
        lines.append(
            f"{point.delay:>10}  {point.width:>3}  {point.split:>8}  {escaped:>13}  {times}".rstrip()
        )
    return lines


def exit_code(found: Sweep) -> int:
    """0; 3 if a task has no result or an event did not come; 1 and 4 as `verify`."""
    statuses = {record.get("status") for record in found.records}
    if "error" in statuses:
        return EXIT_INTERNAL
    if statuses & {"refuted", "broken"}:
        return EXIT_REFUTED
    # A run of training that took all its steps did what was asked for: its plateau is a lower bound.
    came = statuses <= {None, "reached", "holds", "undecided", "budget"}
    return 0 if came and not found.failures else EXIT_UNDECIDED
