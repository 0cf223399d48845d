"""The command line. A command is one module that is named in `COMMANDS`; it is imported only when it is used.

A command module has ``configure(parser)`` and ``run(arguments) -> exit code``, and, where the library calls an argument
otherwise than its option, ``FLAGS``: names of the library and options.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from typing import Final, NoReturn

from memcurse.proofs_checks.commands.console.usage import UsageError, flags_of, with_flags
from memcurse.proofs_checks.running.output import outlets
from memcurse.proofs_checks.running.signals import signal_of, stopping

#: name -> (module beside this one, one line of help)
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "verify": ("verify", "try to refute statements and write the report"),
    "list": ("list", "list the statements"),
    "show": ("show", "show what a statement claims"),
    "landscape": (
        "landscape",
        "list critical affine spaces of a target and the signs of its Hessian there",
    ),
    "flow": ("flow", "follow the gradient flow until it leaves its plateau"),
    "escape": ("escape", "measure how long the plateau lasts against the length of the memory"),
    "fit": ("fit", "find and certify the best exponential sum for a target"),
    "sample": ("sample", "fit a network without gradients and forecast what it has not seen"),
    "sweep": ("sweep", "run many tasks over grids, seeds and machines, resumable"),
    "train": ("train", "train a network on a target and say how long its loss stood still"),
    "width": ("width", "find how many exponentials come within a given distance of a target"),
    "completion": ("completion", "print a script that completes commands, options and ids in a shell"),
}

EXIT_USAGE: Final = 2
EXIT_INTERNAL: Final = 4
EXIT_UNREAD: Final = 141
_EPILOG: Final = """exit codes:
  0  all statements hold
  1  something refuted, or a control survived
  2  wrong usage
  3  something undecided, with --strict
  4  internal error
  130  interrupted; 143 after SIGTERM, 129 after the terminal was closed
  141  the reader of the output has gone"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # Matrices here have some hundred rows: threads of BLAS gain nothing, and wait for each other on a busy machine
    # (measured: 0.17 s instead of 0.0007 s for the factors of 336 rows). NumPy reads this when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with outlets() as (out, err):
        parser = _parser(next((word for word in words if not word.startswith("-")), None))
        code = _run(parser.parse_args(words))
        out.flush()
        if out.error is not None and not out.left:
            print(f"memcurse: error: standard output could not be written ({out.error})", file=err)
    # Who verifies asked for the report and the exit code, which have been delivered.
    unread = code == 0 and out.error is not None and "verify" not in words[:1]
    return code if not unread else EXIT_UNREAD if out.left else EXIT_INTERNAL


def _run(parsed: argparse.Namespace) -> int:
    """The exit code of a command; nothing gets out."""
    try:
        with stopping():
            return int(importlib.import_module(f".{COMMANDS[parsed.command][0]}", __package__).run(parsed))
    except UsageError as error:
        print(f"memcurse: error: {with_flags(str(error), getattr(parsed, 'flags', {}))}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt as interrupt:
        print("memcurse: interrupted", file=sys.stderr)
        return 128 + signal_of(interrupt)
    except OSError as error:
        print(f"memcurse: error: {error}", file=sys.stderr)
        return EXIT_INTERNAL
    except Exception:
        traceback.print_exc()
        return EXIT_INTERNAL


class _Parser(argparse.ArgumentParser):
    """A parser that guesses what a mistyped word was meant to be."""

    def error(self, message: str) -> NoReturn:
        """Exit with 2; the message ends with a guess where there is one."""
        if match := re.match(r"argument COMMAND: invalid choice: '([^']*)'", message):
            message = f"no command {match[1]!r}{guess(match[1], COMMANDS)}"
        elif match := re.match(r"unrecognized arguments: (--[^\s=]+)", message):
            message = f"{message}{guess(match[1], self._every_option())}"
        super().error(message)

    def _every_option(self) -> list[str]:
        found = list(self._option_string_actions)
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                found += [
                    option for parser in action.choices.values() for option in parser._option_string_actions
                ]
        return found


def guess(word: str, known: Iterable[str]) -> str:
    """The nearest of the `known` words, as the end of a message."""
    near = difflib.get_close_matches(word[:80], sorted(set(known)), n=2, cutoff=0.6)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def _parser(command: str | None) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="memcurse",
        description="Verifies the curse of memory in recurrent networks by trying to refute it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    parsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, summary) in COMMANDS.items():
        subparser = parsers.add_parser(name, help=summary, description=summary.capitalize() + ".")
        if name == command:
            home = importlib.import_module(f".{module}", __package__)
            home.configure(subparser)
            subparser.set_defaults(flags=flags_of(subparser, getattr(home, "FLAGS", {})))
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from memcurse import __version__

        print(f"memcurse {__version__}")
        parser.exit()


if __name__ == "__main__":
    # Run as a script this module exists twice; the commands know the imported one and raise its errors.
    sys.exit(importlib.import_module("memcurse.proofs_checks.commands.main").main())
