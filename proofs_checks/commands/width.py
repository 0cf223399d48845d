"""``memcurse width``: a short exponential sum within a given distance of a kernel, certified."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from memcurse.proofs_checks.commands.console.files import Files, add_out, require_places, write_files
from memcurse.proofs_checks.commands.console.numbers import integer
from memcurse.proofs_checks.commands.console.usage import UsageError, reported_as_usage

if TYPE_CHECKING:
    import sympy as sp
    from matplotlib.axes import Axes

    from memcurse.numerics.approximation.widths.certified_width import Width
    from memcurse.theory.targets.target import Target

EXIT_UNDECIDED: Final = 3
#: Digits of amplitudes and rates in the table; JSON has all that are needed to read the numbers back.
_SHOWN: Final = 12
_LEAST_BITS: Final = 64


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--target", required=True, metavar="EXPR", help="kernel in t, such as '(1+t)^-1.1' or 'exp(-sqrt(t))'"
    )
    parser.add_argument("--error", required=True, metavar="E", help="distance allowed, such as 0.1 or 1/1000")
    parser.add_argument(
        "--norm", default="l1", metavar="NORM", help="norm of the distance: l1 (default) or l2"
    )
    parser.add_argument(
        "--budget", type=integer(1), default=100, metavar="M", help="most terms (default 100)"
    )
    parser.add_argument(
        "--measure",
        metavar="EXPR",
        help="density mu(x) with target(t) = int_0^oo mu(x) e^(-x t) dx, in x; for kernels other than sums of "
        "exponentials and power laws",
    )
    parser.add_argument(
        "--digits", type=integer(1), default=15, metavar="N", help="digits of the error (default 15)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    add_out(parser, "width.json and pictures of error and rates")


def run(arguments: argparse.Namespace) -> int:
    """Search, certify, print, and write what was asked for; 3 if the error was not met."""
    from memcurse.numerics.approximation.lower_bounds.least_width import least_width
    from memcurse.numerics.approximation.widths.certified_width import certified_width
    from memcurse.theory.targets.recognition import parse_target

    start = time.perf_counter()
    with reported_as_usage():
        target = parse_target(arguments.target)
        measure = None if arguments.measure is None else _density(arguments.measure)
        require_places(arguments, ("width",), (), ("width", "rates"))
        try:
            width = certified_width(
                target,
                arguments.error,
                arguments.norm,
                digits=arguments.digits,
                budget=arguments.budget,
                measure=measure,
            )
        except ArithmeticError as error:
            print(f"memcurse: undecided: {error}", file=sys.stderr)
            return EXIT_UNDECIDED
    record = as_record(width, arguments.target, time.perf_counter() - start)
    least = least_width(target, arguments.error, arguments.norm)
    record["least"] = least
    print(
        json.dumps(record, indent=2) if arguments.json else f"{table(width)}\nat least {least} needed, proved"
    )
    pictures = {"width": lambda ax: draw(target, width, ax), "rates": lambda ax: draw_rates(width, ax)}
    write_files(arguments, Files({"width": record}, {}, pictures))
    if not width.met:
        print(f"memcurse: undecided: {width.message}", file=sys.stderr)
        return EXIT_UNDECIDED
    return 0


def _density(text: str) -> sp.Expr:
    """A density in x, read by the parser of kernels in t."""
    from memcurse.theory.notation import t, w
    from memcurse.theory.targets.parsing import parse_expression
    from memcurse.theory.targets.tokens import TargetSyntaxError

    if re.search(r"\bt\b", text):
        raise UsageError(f"`measure` must be an expression in x, the rate; got {text!r}")
    try:
        return parse_expression(re.sub(r"\bx\b", "t", text)).xreplace({t: w})
    except TargetSyntaxError as error:
        # The caret goes under the text that was given.
        raise TargetSyntaxError(text, error.position, error.reason) from None


def table(width: Width) -> str:
    """Rates, amplitudes and L1 norms of the terms, one a line; below them the error and what is proved."""
    from mpmath import nstr

    columns = ("rate w", "amplitude a", "a/w")
    rows = [(nstr(w, _SHOWN), nstr(a, _SHOWN), nstr(a / w, 6)) for a, w in zip(width.a, width.w, strict=True)]
    widths = [max(len(row[i]) for row in (columns, *rows)) for i in range(len(columns))]
    lines = [
        "  ".join(x.ljust(n) for x, n in zip(row, widths, strict=True)).rstrip() for row in (columns, *rows)
    ]
    norm = {"l1": "L1 norm", "l2": "L2 norm"}[width.norm]
    sign = "<=" if width.met else "against"
    return "\n".join(
        [
            *lines,
            "",
            f"m = {width.m}, error {width.error_enclosure.str(width.digits)} {sign} {width.error}  ({norm})",
            width.message,
        ]
    )


def as_record(width: Width, target: str, seconds: float) -> dict[str, Any]:
    """The sum for JSON, numbers as texts: read with `bits` bits they are those that were certified."""
    from mpmath import nstr

    bits = max(_LEAST_BITS, *(x.bc for x in (*width.a, *width.w)))
    # So many decimal digits tell any two numbers of these bits apart.
    digits = bits * 30103 // 100000 + 2
    return {
        "target": target,
        "norm": width.norm,
        "error": str(width.error),
        "m": width.m,
        "met": width.met,
        "method": width.method,
        "a": [str(nstr(x, digits)) for x in width.a],
        "w": [str(nstr(x, digits)) for x in width.w],
        "bits": bits,
        "error_enclosure": width.error_enclosure.str(width.digits),
        "digits": width.digits,
        "message": width.message,
        "elapsed_s": round(seconds, 3),
    }


def draw(target: Target, width: Width, ax: Axes) -> None:
    """Target, sum and their difference over log time."""
    from memcurse.numerics.plots.widths import plot_error

    plot_error(target, width, ax=ax)


def draw_rates(width: Width, ax: Axes) -> None:
    """The rates and how much each term weighs."""
    from memcurse.numerics.plots.widths import plot_terms

    plot_terms(width, ax=ax)
