"""What the commands on statements share: the option for a folder of one's own, and files that break a rule."""

from __future__ import annotations

import argparse
import sys

from memcurse.proofs_checks.catalogue.cards import Catalogue


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--folder``."""
    parser.add_argument(
        "--folder", metavar="DIR", default=None, help="a folder with statements of your own, at any depth"
    )


def report_unreadable(everything: Catalogue) -> bool:
    """Name every file that breaks a rule, in a line of its own on stderr; whether there was one."""
    for file in everything.unreadable:
        print(f"memcurse: error: {file}", file=sys.stderr)
    return bool(everything.unreadable)
