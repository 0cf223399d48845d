"""``memcurse landscape``: critical affine spaces of a target, how many there are, and signs of the Hessian."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import TYPE_CHECKING, Any, Final

from memcurse.proofs_checks.commands.console.files import Files, add_out, require_places, write_files
from memcurse.proofs_checks.commands.console.numbers import integer
from memcurse.proofs_checks.commands.console.usage import UsageError, reported_as_usage
from memcurse.theory.exact import exact_integer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.landscape.critical_spaces import CriticalSpace
    from memcurse.theory.landscape.equivalent_parameters import Inertia, Partition

EXIT_UNDECIDED: Final = 3
FLAGS: Final = {"m": "--width", "l": "--groups", "coefficients": "--at"}
#: Rows of a table, and the most that JSON lists without being asked to.
_ROWS, _MOST_ROWS = 12, 10_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--target", required=True, metavar="EXPR", help="kernel in t, such as 'exp(-t)+2*exp(-3*t)'"
    )
    parser.add_argument("--width", type=integer(1), required=True, metavar="M", help="number of terms")
    parser.add_argument(
        "--groups", type=integer(1), required=True, metavar="L", help="number of distinct rates, up to M"
    )
    parser.add_argument(
        "--digits", type=integer(15), default=40, metavar="N", help="digits, from 15 (default 40)"
    )
    parser.add_argument(
        "--limit",
        type=integer(1),
        metavar="K",
        help=f"rows per table (default {_ROWS}); with --json the default is all, up to {_MOST_ROWS}",
    )
    parser.add_argument(
        "--space",
        type=integer(1),
        default=1,
        metavar="K",
        help="which space the inertia is shown for (default 1)",
    )
    parser.add_argument(
        "--at",
        metavar="A1,A2,...",
        help="show the inertia at a point of that space; write --at=-1,2 if the first is negative",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    add_out(parser, "landscape.json and a picture")


def run(arguments: argparse.Namespace) -> int:
    """Find the spaces, print, and write what was asked for; 3 if a sign stays undecided."""
    from memcurse.numerics.landscape.nondegenerate_points import UndecidedSignError

    try:
        record, spaces = _record(arguments)
    except UndecidedSignError as error:
        print(f"memcurse: undecided: {error}", file=sys.stderr)
        return EXIT_UNDECIDED
    print(json.dumps(record, indent=2) if arguments.json else text(record, arguments.limit or _ROWS))
    if arguments.json and any(record["left_out"].values()):
        left = ", ".join(f"{count} {name}" for name, count in record["left_out"].items() if count)
        print(f"memcurse: note: --limit left out {left}", file=sys.stderr)
    write_files(
        arguments,
        Files({"landscape": record}, {}, {"landscape": lambda ax: draw(spaces[record["space"] - 1], ax)}),
    )
    return 0


def _record(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[CriticalSpace]]:
    """What is printed, and the spaces listed."""
    from memcurse.numerics.landscape.critical_spaces import critical_spaces
    from memcurse.theory.landscape.critical_spaces import count_critical_spaces
    from memcurse.theory.targets.recognition import parse_target

    with reported_as_usage():
        target = parse_target(arguments.target)
        require_places(arguments, ("landscape",), (), ("landscape",))
        number = exact_integer("space", arguments.space, 1)
        m, l = arguments.width, arguments.groups
        count = count_critical_spaces(m, l)
        if number > count:
            raise ValueError(f"`space` must be at most the number {count} of spaces; got {number}")
        limit = _limit(arguments, count)
        spaces = list(islice(critical_spaces(target, m, l, arguments.digits), max(limit, number)))
        chosen = spaces[number - 1]
        rows = math.prod(len(choices) for choices in _choices(chosen))
        record = {
            "target": arguments.target,
            "m": m,
            "l": l,
            "digits": arguments.digits,
            "count": count,
            "dimension": chosen.dimension,
            "reduced": _reduced(chosen),
            "spaces": [_groups(space.partition) for space in spaces[:limit]],
            "space": number,
            "inertia": list(islice(_inertia_rows(chosen), limit)),
        }
        record["left_out"] = {"spaces": max(count - limit, 0), "rows of inertia": max(rows - limit, 0)}
        if arguments.at is not None:
            record["at"] = _at(chosen, arguments.at)
    return record, spaces


def _limit(arguments: argparse.Namespace, count: int) -> int:
    """How many rows are listed: those asked for, else in files and JSON all, in a table the first."""
    if arguments.limit is not None:
        return int(arguments.limit)
    if not arguments.json and arguments.out is None:
        return _ROWS
    if count > _MOST_ROWS:
        raise UsageError(
            f"`limit` must be given where there are more than {_MOST_ROWS} spaces; got {count} spaces"
        )
    return _MOST_ROWS


def _reduced(space: CriticalSpace) -> dict[str, Any]:
    """The critical point of J_l."""
    point = space.reduced
    return {
        "a": [_number(x, space.digits) for x in space.amplitudes],
        "w": [_number(x, space.digits) for x in space.rates],
        "loss": point.loss.str(15, radius=False),
        "signs_of_Q": list(point.signs),
        "inertia": list(point.inertia),
    }


def _number(x: Any, digits: int) -> str:
    from mpmath import nstr

    return str(nstr(x, digits)) if type(x).__module__.startswith("mpmath") else str(x)


def _groups(partition: Partition) -> list[list[int]]:
    """The groups with indices from 1, as in the paper."""
    return [[k + 1 for k in group] for group in partition]


def _inertia_rows(space: CriticalSpace) -> Iterator[dict[str, Any]]:
    """Inertia for every pattern of signs: per group the numbers of positive, zero and negative amplitudes."""
    from memcurse.theory.landscape.critical_spaces import space_inertia

    point = space.reduced
    b = _signs_of(space)
    for patterns in product(*_choices(space)):
        signs = {
            k: s
            for group, pattern in zip(space.partition, patterns, strict=True)
            for k, s in zip(group, pattern, strict=True)
        }
        ordered = [signs[k] for k in range(len(signs))]
        inertia = space_inertia(space.partition, ordered, b, point.signs, point.inertia)
        counts = [[p.count(1), p.count(0), p.count(-1)] for p in patterns]
        yield {"amplitudes": counts, "inertia": list(inertia), "semidefinite": inertia.negative == 0}


def _signs_of(space: CriticalSpace) -> list[int]:
    return [1 if x > 0 else -1 for x in space.reduced.amplitudes]


def _choices(space: CriticalSpace) -> list[list[tuple[int, ...]]]:
    """The patterns of signs of every group."""
    return [
        _patterns(len(group), sign) for group, sign in zip(space.partition, _signs_of(space), strict=True)
    ]


def _patterns(size: int, sign: int) -> list[tuple[int, ...]]:
    """Signs of a group up to order; at least one is that of the sum."""
    patterns = []
    for negative in range(size + 1):
        for zero in range(size + 1 - negative):
            pattern = (1,) * (size - negative - zero) + (0,) * zero + (-1,) * negative
            if sign in pattern:
                patterns.append(pattern)
    return patterns


def _at(space: CriticalSpace, coefficients: str) -> dict[str, Any]:
    values = [x.strip() for x in coefficients.split(",")]
    a, w = space.point(values)
    inertia: Inertia = space.inertia(values)
    return {
        "a": [_number(x, space.digits) for x in a],
        "w": [_number(x, space.digits) for x in w],
        "inertia": list(inertia),
    }


def text(record: dict[str, Any], rows: int) -> str:
    """The record as tables of at most so many rows."""
    m, l, point = record["m"], record["l"], record["reduced"]
    spaces, inertia = record["spaces"][:rows], record["inertia"][:rows]
    signs = len(record["inertia"]) + record["left_out"]["rows of inertia"]
    lines = [
        f"{record['count']} critical affine spaces of dimension {record['dimension']} (m = {m}, l = {l}), over",
        "",
        *_table(
            ("rate v", "amplitude b", "sign of Q"),
            [
                (v, b, "-0+"[s + 1])
                for v, b, s in zip(point["w"], point["a"], point["signs_of_Q"], strict=True)
            ],
        ),
        "",
        f"J = {point['loss']}; Hessian of J_{l}: {_signs(point['inertia'])}",
        "",
        f"spaces ({_shown(len(spaces), record['count'])}):",
        *(f"  {k}: {_sets(groups)}" for k, groups in enumerate(spaces, 1)),
        "",
        f"Hessian of J_{m} on space {record['space']}, by the amplitudes (+ 0 -) of each group "
        f"({_shown(len(inertia), signs)}):",
        *_table(
            ("amplitudes", "positive", "zero", "negative", ""),
            [
                (
                    "  ".join("{" + " ".join(map(str, c)) + "}" for c in row["amplitudes"]),
                    *map(str, row["inertia"]),
                    "semidefinite" if row["semidefinite"] else "saddle",
                )
                for row in inertia
            ],
        ),
    ]
    if "at" in record:
        at = record["at"]
        lines += ["", f"at a = ({', '.join(at['a'])}): {_signs(at['inertia'])}"]
    return "\n".join(lines)


def _shown(shown: int, count: int) -> str:
    """How many of how many rows are there, and how to see the others."""
    return f"all {count}" if shown == count else f"first {shown} of {count}; --limit shows more"


def _signs(inertia: Sequence[int]) -> str:
    positive, zero, negative = inertia
    return f"{positive} positive, {zero} zero, {negative} negative eigenvalues"


def _sets(groups: Sequence[Sequence[int]]) -> str:
    return " ".join("{" + ",".join(map(str, group)) + "}" for group in groups)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in (columns, *rows)) for i in range(len(columns))]
    return [
        "  ".join(x.ljust(n) for x, n in zip(row, widths, strict=True)).rstrip() for row in (columns, *rows)
    ]


def draw(space: CriticalSpace, ax: Axes) -> None:
    """J around the critical line for m = 2, the signs on the plane for m = 3, l = 1, else J from a point of a space."""
    from memcurse.numerics.plots import landscape as plots

    m, l = space.affine.width, len(space.partition)
    if (m, l) == (2, 1):
        plots.plot_plane_through(space, ax=ax)
    elif (m, l) == (3, 1):
        plots.plot_inertia_plane(space, ax=ax)
    else:
        plots.plot_lines_through(space, ax=ax)
