"""``memcurse verify``: run the checks, print a line per statement, write the report."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memcurse.proofs_checks.catalogue.cards import catalogue
from memcurse.proofs_checks.commands.console.numbers import integer, seconds
from memcurse.proofs_checks.commands.console.outside import add_folder, report_unreadable
from memcurse.proofs_checks.commands.console.progress import Progress
from memcurse.proofs_checks.commands.console.usage import reported_as_usage
from memcurse.proofs_checks.report.report import Report
from memcurse.proofs_checks.running.signals import signal_of

from .main import EXIT_INTERNAL

if TYPE_CHECKING:
    from memcurse.proofs_checks.running.runner import Plan
    from memcurse.proofs_checks.running.store import ResultStore

FLAGS: Final = {"ids": "ID"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "ids",
        metavar="ID",
        nargs="*",
        help="statements as in `memcurse list`, patterns such as 'eq-*', parts or papers (default: all)",
    )
    add_folder(parser)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument(
        "--quick", action="store_true", help="fewer instances; without naming ids, no integrated flows"
    )
    sizes.add_argument(
        "--full", action="store_true", help="experiments at the size that their figures and notebooks show"
    )
    parser.add_argument(
        "--digits", type=integer(15), default=50, metavar="N", help="digits of balls, from 15 (default 50)"
    )
    cores = os.cpu_count() or 1
    parser.add_argument(
        "--jobs", type=integer(1), default=cores, metavar="N", help=f"processes (default: all {cores} cores)"
    )
    parser.add_argument("--seed", type=integer(0), default=0, metavar="N", help="root seed (default 0)")
    parser.add_argument(
        "--time-limit", type=seconds, default=600.0, metavar="S", help="seconds per statement (default 600)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("report"),
        metavar="DIR",
        help="folder, of one run at a time (default report)",
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
    if sys.stderr.isatty():
        # The imports take a second or two: whoever typed this sees that it has begun.
        print("memcurse: reading the statements", file=sys.stderr, end="\r", flush=True)
    from memcurse.proofs_checks.report.files import claimed, report_names, writable_folder
    from memcurse.proofs_checks.running.runner import plan

    with reported_as_usage():
        everything = catalogue(arguments.folder)
    if report_unreadable(everything):
        return EXIT_INTERNAL
    with reported_as_usage():
        prepared = plan(
            arguments.ids or None,
            digits=arguments.digits,
            quick=arguments.quick,
            full=arguments.full,
            seed=arguments.seed,
            jobs=arguments.jobs,
            time_limit=arguments.time_limit,
            folder=arguments.folder,
            certificates=arguments.certificates,
            everything=everything,
        )
        ids = [card.id for card in prepared.cards]
        writable_folder(arguments.out, report_names(ids), len(ids))
    with ExitStack() as held:
        with reported_as_usage():
            held.enter_context(claimed(arguments.out))
        return _carried_out(prepared, arguments)


def _carried_out(prepared: Plan, arguments: argparse.Namespace) -> int:
    """Run what is missing, write all."""
    from memcurse.proofs_checks.running.runner import run as carry_out
    from memcurse.proofs_checks.running.store import ResultStore

    store = ResultStore(arguments.out, prepared.cards, prepared.setting)
    kept = store.found() if arguments.resume else {}
    with Progress(len(prepared.cards), not arguments.json, store) as progress:
        for result in kept.values():
            progress.show(result, taken_up=True)
        report = carry_out(prepared, progress.arrived, kept)
    if arguments.certificates is not None and not report.interrupted:
        report = _rechecked(report, arguments)
    return _conclude(report, arguments, store)


def _rechecked(report: Report, arguments: argparse.Namespace) -> Report:
    """The report with what the independent program says of the certificates, which is printed too."""
    from memcurse.proofs_checks.running.certificates import recheck

    try:
        found = recheck(arguments.certificates)
    except KeyboardInterrupt as interrupt:
        return replace(report, interrupted=True, signal_number=signal_of(interrupt))
    words = found if isinstance(found, str) else "\n".join([found.text, *found.lines])
    print(words, file=sys.stderr if arguments.json else sys.stdout)
    return report if isinstance(found, str) else replace(report, rechecked=found)


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


def summary_line(report: Report, page: Path) -> str:
    """How many statements have which verdict, and where the report is."""
    counts = ", ".join(f"{count} {name.lower()}" for name, count in report.summary.items()) or "none finished"
    total = f"{len(report.results)} statement{'s' if len(report.results) != 1 else ''}"
    stopped = "interrupted after " if report.interrupted else ""
    return f"{stopped}{total}: {counts}; {report.elapsed_s:.1f} s; {page}"
