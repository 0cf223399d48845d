"""What the commands write beside what they print: one folder with JSON, tables and pictures, or single files."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from memcurse.proofs_checks.report.atomic import write_atomically

from .usage import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.proofs_checks.evidence.statement import Table

Draw = Callable[["Axes"], object]
#: As `report.figures.FORMATS`, which imports Matplotlib.
FORMATS: Final = ("svg", "png", "pdf")


@dataclass(frozen=True)
class Files:
    """What a command can write, by the stems of the names.

    Attributes
    ----------
    records : mapping from stem to plain values
        As ``stem.json``.
    tables : mapping from stem to Table
        As ``stem.csv``.
    pictures : mapping from stem to a function that draws on axes
        As ``stem.svg``, ``.png`` or ``.pdf``.
    """

    records: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    pictures: Mapping[str, Draw] = field(default_factory=dict)


def add_out(parser: argparse.ArgumentParser, what: str) -> None:
    """Add ``--out`` and ``--format``."""
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"also write {what} there")
    parser.add_argument(
        "--format",
        dest="formats",
        type=_formats,
        default=("svg",),
        metavar="F,...",
        help="of the pictures in --out: svg (default), png, pdf; several with commas",
    )


def add_single_files(parser: argparse.ArgumentParser, table: str) -> None:
    """Add ``--plot`` and ``--csv``, for one file each."""
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a picture: .svg, .png or .pdf")
    parser.add_argument("--csv", type=Path, metavar="FILE", help=f"write {table}")


def _formats(text: str) -> tuple[str, ...]:
    kinds = tuple(dict.fromkeys(text.lower().split(",")))
    if strange := [kind for kind in kinds if kind not in FORMATS]:
        raise argparse.ArgumentTypeError(f"must be of {', '.join(FORMATS)}; got {strange[0]!r}")
    return kinds


def require_places(
    arguments: argparse.Namespace, records: Iterable[str], tables: Iterable[str], pictures: Iterable[str]
) -> None:
    """Refuse what cannot be written, before anything is computed.

    Raises
    ------
    UsageError
        Naming the option.
    """
    for option, endings in (("plot", FORMATS), ("csv", ("csv", "txt", ""))):
        path = getattr(arguments, option, None)
        if path is not None:
            require_file(f"--{option}", path, endings)
    if arguments.out is None:
        return
    from memcurse.proofs_checks.report.files import writable_folder

    names = [f"{stem}.json" for stem in records] + [f"{stem}.csv" for stem in tables]
    names += [f"{stem}.{kind}" for stem in pictures for kind in arguments.formats]
    try:
        writable_folder(arguments.out, names)
    except ValueError as error:
        raise UsageError(str(error)) from error


def require_file(flag: str, path: Path, endings: tuple[str, ...]) -> None:
    """Refuse a path that cannot be written or has another ending; nothing in `endings` allows all.

    Raises
    ------
    UsageError
        Naming the `flag`.
    """
    if endings and path.suffix.lower().removeprefix(".") not in endings:
        shown = ", ".join(f".{ending}" for ending in endings if ending)
        raise UsageError(f"{flag} must end in {shown}; got {path}")
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise UsageError(f"{flag} must be a file in a folder that exists; got {path}")


def write_files(arguments: argparse.Namespace, files: Files) -> None:
    """Write what ``--out``, ``--plot`` and ``--csv`` ask for, and say where on stderr."""
    written: list[Path] = []

    def write(path: Path, content: str | bytes) -> None:
        write_atomically(path, content)
        written.append(path)

    if getattr(arguments, "csv", None) is not None:
        write(arguments.csv, _csv(next(iter(files.tables.values()))))
    if getattr(arguments, "plot", None) is not None:
        stem, draw = next(iter(files.pictures.items()))
        write(arguments.plot, picture(draw, stem, arguments.plot.suffix.lower().removeprefix(".")))
    if arguments.out is not None:
        for stem, record in files.records.items():
            write(arguments.out / f"{stem}.json", json.dumps(record, indent=2) + "\n")
        for stem, table in files.tables.items():
            write(arguments.out / f"{stem}.csv", _csv(table))
        for stem, draw in files.pictures.items():
            for kind in arguments.formats:
                write(arguments.out / f"{stem}.{kind}", picture(draw, stem, kind))
    if written:
        print(", ".join(map(str, written)), file=sys.stderr)


def _csv(table: Table) -> str:
    from memcurse.proofs_checks.report.figures import csv_text

    return csv_text(table)


def picture(draw: Draw, stem: str, kind: str) -> bytes:
    """A picture as a file of one of the `FORMATS`."""
    from memcurse.proofs_checks.report.figures import drawn

    return drawn(draw, stem, kind)
