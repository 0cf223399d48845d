"""``memcurse width``: a short exponential sum within a given distance of a kernel, certified."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from memcurse.proofs_checks.commands.console.files import Files, add_out, require_places, write_files
from memcurse.proofs_checks.commands.console.numbers import integer, interval
from memcurse.proofs_checks.commands.console.usage import (
    UsageError,
    reported_as_usage,
    undecided,
    with_flags,
)

if TYPE_CHECKING:
    import sympy as sp
    from matplotlib.axes import Axes

    from memcurse.numerics.approximation.sup.width import SupWidth
    from memcurse.numerics.approximation.widths.width import Width

EXIT_UNDECIDED: Final = 3
FLAGS: Final = {"text": "--target"}
_EXAMPLES: Final = """examples:
  memcurse width --target '(1+t)^-2' --error 1/100
  memcurse width --target 'exp(-sqrt(t))' --error 0.05 --norm l2
  memcurse width --target '1/t' --error 1e-6 --norm sup --interval 1:10"""
#: Digits of amplitudes and rates in the table; JSON has all that are needed to read the numbers back.
_SHOWN: Final = 12
_LEAST_BITS: Final = 64


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog = _EXAMPLES
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add(
        "--target", required=True, metavar="EXPR", help="kernel in t, such as '(1+t)^-1.1' or 'exp(-sqrt(t))'"
    )
    add("--error", required=True, metavar="E", help="distance allowed, such as 0.1 or 1/1000")
    add(
        "--norm",
        default="l1",
        metavar="NORM",
        help="norm of the distance: l1 (default) or l2, on t >= 0; or sup (its largest size on --interval)",
    )
    add("--interval", metavar="A:B", help="with --norm sup: the times, such as 1:10 or 1:inf (default 0:inf)")
    add(
        "--budget",
        type=integer(1),
        default=100,
        metavar="M",
        help="most terms (default 100); at most 16 are tried in sup",
    )
    add(
        "--measure",
        metavar="EXPR",
        help="density mu(x) with target(t) = int_0^oo mu(x) e^(-x t) dx, in x; for kernels other than sums of "
        "exponentials and power laws, in l1 and l2",
    )
    add("--digits", type=integer(1), default=15, metavar="N", help="digits of the error (default 15)")
    add(
        "--time-limit",
        metavar="SECONDS",
        help="with --norm sup: say after so long what was proved until then",
    )
    add("--json", action="store_true", help="print JSON instead of a table")
    add_out(parser, "width.json and pictures of error and rates")


def run(arguments: argparse.Namespace) -> int:
    """Search, certify, print, and write what was asked for; 3 if the error was not met."""
    from memcurse.numerics.approximation.sup.kernel import interval_kernel
    from memcurse.theory.targets.recognition import parse_target

    start = time.perf_counter()
    with reported_as_usage():
        sup = arguments.norm == "sup"
        target: Any = arguments.target if sup else parse_target(arguments.target)
        drawn = interval_kernel(target, interval(arguments.interval)) if sup else target
        require_places(arguments, ("width",), (), ("width", "rates"))
        width, least, reason = _both_sides(arguments, target)
    record = _lower_side(arguments, reason) if width is None else as_record(width, arguments.target)
    record |= {"least": least, "elapsed_s": round(time.perf_counter() - start, 3)}
    lines = [] if width is None else [table(width)]
    print(
        json.dumps(record, indent=2)
        if arguments.json
        else "\n".join([*lines, f"at least {least} needed, proved"])
    )
    pictures = {} if width is None else _pictures(drawn, width)
    write_files(arguments, Files({"width": record}, {}, pictures))
    if reason:
        undecided(reason, arguments.flags)
        return EXIT_UNDECIDED
    return 0


def _both_sides(arguments: argparse.Namespace, target: Any) -> tuple[Width | SupWidth | None, int, str]:
    """A sum, the terms that are needed, and what is undecided; no sum where only these are known."""
    from memcurse.numerics.approximation.lower_bounds.least_width import least_width
    from memcurse.numerics.approximation.sup.width import NoSumError, SupWidth
    from memcurse.numerics.approximation.widths.certified_width import certified_width
    from memcurse.numerics.approximation.widths.mixing_measures import UnknownMeasureError
    from memcurse.numerics.time_limit import TimeLimitError

    try:
        width = certified_width(
            target,
            arguments.error,
            arguments.norm,
            digits=arguments.digits,
            budget=arguments.budget,
            measure=None if arguments.measure is None else _density(arguments.measure),
            interval=interval(arguments.interval),
            time_limit=arguments.time_limit,
            progress=_told if arguments.norm == "sup" and sys.stderr.isatty() else None,
        )
    except NoSumError as error:
        return None, error.needed, str(error)
    except TimeLimitError as error:
        return None, int(error.best or 0), str(error)
    except (UnknownMeasureError, ArithmeticError) as error:
        # No sum is searched for, or none is found: how many terms are needed may be known all the same.
        return None, least_width(target, arguments.error, arguments.norm), f"no sum: {error}"
    needed = width.needed if isinstance(width, SupWidth) else None
    least = least_width(target, arguments.error, arguments.norm) if needed is None else needed
    return width, least, "" if width.met else width.message


def _told(line: str) -> None:
    print(f"memcurse: {line}", file=sys.stderr)


def _lower_side(arguments: argparse.Namespace, reason: str) -> dict[str, Any]:
    """The record where there is no sum."""
    named = {"target": arguments.target, "norm": arguments.norm, "error": arguments.error}
    return {**named, "m": None, "met": False, "message": with_flags(reason, arguments.flags)}


def _pictures(target: Any, width: Width | SupWidth) -> dict[str, Any]:
    return {"width": lambda ax: draw(target, width, ax), "rates": lambda ax: draw_rates(width, ax)}


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


def table(width: Width | SupWidth) -> str:
    """Rates, amplitudes and L1 norms of the terms, one a line; below them the error and what is proved."""
    from mpmath import nstr

    columns = ("rate w", "amplitude a", "a/w")
    rows = [(nstr(w, _SHOWN), nstr(a, _SHOWN), nstr(a / w, 6)) for a, w in zip(width.a, width.w, strict=True)]
    widths = [max(len(row[i]) for row in (columns, *rows)) for i in range(len(columns))]
    lines = [
        "  ".join(x.ljust(n) for x, n in zip(row, widths, strict=True)).rstrip() for row in (columns, *rows)
    ]
    norm = _norm_name(width)
    sign = "<=" if width.met else "against"
    return "\n".join(
        [
            *lines,
            "",
            f"m = {width.m}, error {width.error_enclosure.str(width.digits)} {sign} {width.error}  ({norm})",
            width.message,
        ]
    )


def _norm_name(width: Width | SupWidth) -> str:
    times = getattr(width, "interval", None)
    if times is None:
        return {"l1": "L1 norm", "l2": "L2 norm"}[width.norm]
    return f"maximum on {times[0]} <= t <= {times[1]}"


def as_record(width: Width | SupWidth, target: str) -> dict[str, Any]:
    """The sum for JSON, numbers as texts: read with `bits` bits they are those that were certified."""
    from mpmath import nstr

    times = getattr(width, "interval", None)
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
    } | ({} if times is None else {"interval": [str(x) for x in times]})


def draw(target: Any, width: Any, ax: Axes) -> None:
    """Target, sum and their difference over log time; in the maximum norm the difference between its levels."""
    from memcurse.numerics.plots.fits import plot_fit
    from memcurse.numerics.plots.widths import plot_error

    if width.norm == "sup":
        plot_fit(target, width, ax=ax)
    else:
        plot_error(target, width, ax=ax)


def draw_rates(width: Width | SupWidth, ax: Axes) -> None:
    """The rates and how much each term weighs."""
    from memcurse.numerics.plots.widths import plot_terms

    plot_terms(width, ax=ax)
