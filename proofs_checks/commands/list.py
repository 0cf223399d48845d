"""``memcurse list``: the statements, read without importing them."""

from __future__ import annotations

import argparse
import json

from memcurse.proofs_checks.running.catalogue import Card, cards


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")


def run(arguments: argparse.Namespace) -> int:
    """Print one line per statement."""
    rows = [_row(card) for card in cards().values()]
    if arguments.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    width = {name: max((len(row[name]) for row in rows), default=0) for name in _NAMES}
    for row in rows:
        print("  ".join(row[name].ljust(width[name]) for name in _NAMES).rstrip())
    return 0


_NAMES = ("id", "section", "provenance", "title")


def _row(card: Card) -> dict[str, str]:
    return {"id": card.id, "section": card.section, "provenance": card.provenance.value, "title": card.title}
