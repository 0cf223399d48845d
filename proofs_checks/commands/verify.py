"""``memcurse verify``: run the checks, print a line per statement, write the report."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from memcurse.proofs_checks.catalogue.cards import catalogue
from memcurse.proofs_checks.report.report import Report
from memcurse.proofs_checks.report.results import Result
from memcurse.proofs_checks.running.signals import signal_of

from .main import EXIT_INTERNAL, reported_as_usage
from .outside import add_folder, report_unreadable

if TYPE_CHECKING:
    from memcurse.proofs_checks.running.store import ResultStore


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "ids",
        metavar="ID",
        nargs="*",
        help="statements as in `memcurse list`, patterns such as 'eq-*', parts or papers (default: all)",
    )
    add_folder(parser)
    parser.add_argument(
        "--quick", action="store_true", help="fewer instances; without naming ids, no integrated flows"
    )
    parser.add_argument(
        "--digits", type=int, default=50, metavar="N", help="digits of balls, from 15 (default 50)"
    )
    cores = os.cpu_count() or 1
    parser.add_argument(
        "--jobs", type=int, default=cores, metavar="N", help=f"processes (default: all {cores} cores)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="root seed (default 0)")
    parser.add_argument(
        "--time-limit", type=float, default=600.0, metavar="S", help="seconds per statement (default 600)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("report"), metavar="DIR", help="folder (default report)"
    )
    parser.add_argument(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="take up what a run that was cut short left in the folder of --out (default); --no-resume begins anew",
    )
    parser.add_argument(
        "--certificates",
        type=Path,
        metavar="DIR",
        help="write what is proved or certified as files, and have an independent program decide them again",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of lines")
    parser.add_argument("--strict", action="store_true", help="exit with 3 if a statement is undecided")


def run(arguments: argparse.Namespace) -> int:
    """Validate everything, then run, then write."""
    from memcurse.proofs_checks.report.files import report_names, writable_folder
    from memcurse.proofs_checks.running.certificates import recheck
    from memcurse.proofs_checks.running.runner import plan
    from memcurse.proofs_checks.running.runner import run as carry_out
    from memcurse.proofs_checks.running.store import ResultStore

    with reported_as_usage():
        broken = report_unreadable(catalogue(arguments.folder))
    if broken:
        return EXIT_INTERNAL
    with reported_as_usage():
        prepared = plan(
            arguments.ids or None,
            digits=arguments.digits,
            quick=arguments.quick,
            seed=arguments.seed,
            jobs=arguments.jobs,
            time_limit=arguments.time_limit,
            folder=arguments.folder,
            certificates=arguments.certificates,
        )
        ids = [card.id for card in prepared.cards]
        writable_folder(arguments.out, report_names(ids), len(ids))
    store = ResultStore(arguments.out, prepared.cards, prepared.setting)
    kept = store.found() if arguments.resume else {}
    with _Progress(len(prepared.cards), not arguments.json, store) as progress:
        for result in kept.values():
            progress.show(result, taken_up=True)
        report = carry_out(prepared, progress.arrived, kept)
    code = _conclude(report, arguments, store)
    if arguments.certificates is None:
        return code
    line, refused = recheck(arguments.certificates)
    print(line, file=sys.stderr if arguments.json else sys.stdout)
    return max(code, 1) if refused and code in (0, 3) else code


def _conclude(report: Report, arguments: argparse.Namespace, store: ResultStore) -> int:
    """Write the report, whatever has happened, and say so."""
    again = "the same command takes up what is finished"
    try:
        try:
            page = report.write(arguments.out)
        except KeyboardInterrupt as interrupt:
            # Nothing half written stands there, and what was finished must not be lost: once more, then stop.
            report = replace(report, interrupted=True, signal_number=signal_of(interrupt))
            page = report.write(arguments.out)
    except (OSError, ValueError) as error:
        print(f"memcurse: error: the report could not be written ({error}); {again}", file=sys.stderr)
        return EXIT_INTERNAL
    if not report.interrupted:
        store.reported()
    if store.error is not None:
        print(f"memcurse: warning: some results could not be kept ({store.error})", file=sys.stderr)
    print(report.to_json() if arguments.json else summary_line(report, page))
    if report.interrupted and not arguments.json:
        print(again)
    return report.exit_code(arguments.strict)


class _Progress:
    """A bar on stderr and, above it, a line on stdout per result."""

    def __init__(self, total: int, lines: bool, store: ResultStore) -> None:
        from tqdm import tqdm

        self.lines, self.store = lines, store
        self.bar = tqdm(total=total, unit="statement", file=sys.stderr, dynamic_ncols=True, leave=False)

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
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


def result_line(result: Result, taken_up: bool = False) -> str:
    """Verdict, id, title, scope, verdict of the code and time; what went wrong, if anything, on a line of its own."""
    verdict = result.status.upper() if result.status in ("broken", "error") else result.verdict.name
    reach = "nothing covered" if result.scope is None else result.scope.text
    code = "" if result.code_verdict is None else f"; code {result.code_verdict.name}"
    when = "taken up" if taken_up else f"{result.elapsed_s:.1f} s"
    line = f"{verdict:<9}  {result.id:<9}  {result.title}  ({reach}{code}; {when})"
    return line if result.status == "holds" else f"{line}\n{'':11}{result.message}"


def summary_line(report: Report, page: Path) -> str:
    """How many statements have which verdict, and where the report is."""
    counts = ", ".join(f"{count} {name.lower()}" for name, count in report.summary.items()) or "none finished"
    total = f"{len(report.results)} statement{'s' if len(report.results) != 1 else ''}"
    stopped = "interrupted after " if report.interrupted else ""
    return f"{stopped}{total}: {counts}; {report.elapsed_s:.1f} s; {page}"
