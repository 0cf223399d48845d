"""Bad input from the command line, and the options that messages of the library speak of."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class UsageError(Exception):
    """Bad input from the command line: exit code 2, and no traceback."""


@contextmanager
def reported_as_usage() -> Iterator[None]:
    """Turn what a validation raises in the block into a `UsageError`."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise UsageError(str(error)) from error


def with_flags(message: str, flags: Mapping[str, str]) -> str:
    """A message of the library with the names of its arguments replaced by the options that they came from."""
    return re.sub(r"`([\w-]+)`", lambda match: flags.get(match[1].replace("-", "_"), match[0]), message)


def flags_of(parser: argparse.ArgumentParser, also: Mapping[str, str]) -> dict[str, str]:
    """Names of arguments and the options (or places) that they come from; `also` adds names of the library."""
    found = {}
    for action in parser._actions:
        shown = action.metavar if isinstance(action.metavar, str) else action.dest
        found[action.dest] = max(action.option_strings, key=len, default=shown)
    return found | dict(also)


def undecided(message: str, flags: Mapping[str, str]) -> None:
    """Say on stderr what was not decided, in the words of the command line."""
    print(f"memcurse: undecided: {with_flags(message, flags)}", file=sys.stderr)
