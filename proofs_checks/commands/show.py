"""``memcurse show ID``: what a statement claims, read without importing it."""

from __future__ import annotations

import argparse

from memcurse.proofs_checks.running.catalogue import Card, cards, chosen

from .main import reported_as_usage


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("id", metavar="ID", help="a statement, as in `memcurse list`")


def run(arguments: argparse.Namespace) -> int:
    """Print the statement."""
    available = cards()
    with reported_as_usage():
        (card,) = chosen([arguments.id], available)
    print(_text(card))
    return 0


def _text(card: Card) -> str:
    lines = [f"{card.id}  {card.title}", f"section {card.section}, {card.provenance.value}", "", "claim"]
    lines.append(f"  {card.claim}")
    for name, items in (("hypotheses", card.hypotheses), ("uses", card.uses), ("controls", card.controls)):
        if items:
            lines += ["", name, *(f"  {item}" for item in items)]
    return "\n".join(lines)
