"""``memcurse show ID``: what a statement claims, read without importing it."""

from __future__ import annotations

import argparse
from typing import Final

from memcurse.proofs_checks.catalogue.cards import catalogue, chosen
from memcurse.proofs_checks.catalogue.reading import Card
from memcurse.proofs_checks.commands.console.outside import add_folder, report_unreadable
from memcurse.proofs_checks.commands.console.usage import reported_as_usage

FLAGS: Final = {"ids": "ID"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("id", metavar="ID", help="a statement, as in `memcurse list`")
    add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the statement."""
    with reported_as_usage():
        everything = catalogue(arguments.folder)
        shown = chosen([arguments.id], everything.cards)
    report_unreadable(everything)
    print("\n\n".join(_text(card) for card in shown))
    return 0


def _text(card: Card) -> str:
    lines = [
        f"{card.id}  {card.title}",
        f"{card.paper or 'own'}, section {card.section}, {card.provenance.value}",
        "",
        "claim",
    ]
    lines.append(f"  {card.claim}")
    if card.corrects:
        lines += ["", "corrects", f"  {card.corrects}"]
    for name, items in (("hypotheses", card.hypotheses), ("uses", card.uses), ("controls", card.controls)):
        if items:
            lines += ["", name, *(f"  {item}" for item in items)]
    return "\n".join(lines)
