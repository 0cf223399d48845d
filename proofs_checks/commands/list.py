"""``memcurse list``: the statements, read without importing them."""

from __future__ import annotations

import argparse
import json

from memcurse.proofs_checks.catalogue.cards import catalogue
from memcurse.proofs_checks.catalogue.reading import Card
from memcurse.proofs_checks.commands.console.outside import add_folder, report_unreadable
from memcurse.proofs_checks.commands.console.usage import reported_as_usage


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print one line per statement; files that break a rule are named on stderr, and hide nothing."""
    with reported_as_usage():
        everything = catalogue(arguments.folder)
    report_unreadable(everything)
    rows = [_row(card) for card in everything.cards.values()]
    if arguments.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    width = {name: max((len(row[name]) for row in rows), default=0) for name in _NAMES}
    shown = [name for name in _NAMES if width[name]]
    for row in rows:
        print("  ".join(row[name].ljust(width[name]) for name in shown).rstrip())
    return 0


_NAMES = ("id", "paper", "section", "provenance", "title")


def _row(card: Card) -> dict[str, str]:
    return {
        "id": card.id,
        "paper": card.paper,
        "section": card.section,
        "provenance": card.provenance.value,
        "title": card.title,
    }
