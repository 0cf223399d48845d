"""Mutation testing: small changes of the code, each tried against its own tests and the statements that use it.

    python benchmarks/mutation --rooms objective evidence bounds --each 30 --out mutation.jsonl
    python benchmarks/mutation --out mutation.jsonl --table

A room is a set of modules (`rooms.py`), of which a seeded sample of mutants (`mutants.py`) is drawn. A mutant is
imported in the place of its module in a process of its own (`attempts.py`), and meets, nearest first, the tests named
for it, the tests and the statements that import it, those of its folder, slow tests, those of the folder above, and
those that import what imports it, until one of them fails, or takes more than four times the CPU seconds it took before
(and 15, and the time to compile what may have the mutant in it). What takes more than 40 CPU seconds unbroken is left
out, and named. Each result is one line of the file as it comes (`results.py`); a run goes on where the file ends.
`survivors.json` says of survivors why they change nothing that could be seen.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from mutants import Mutant
from results import Results, read_reasons, report, tried
from rooms import ROOMS, ROOT, keyed, sample

#: Room, key, module, change.
Drawn = tuple[str, str, Path, Mutant]


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rooms", nargs="*", default=list(ROOMS), choices=list(ROOMS))
    parser.add_argument("--each", type=int, default=30, help="mutants sampled in each room")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("mutation.jsonl"))
    parser.add_argument("--match", default="", help="only mutants whose key holds this text")
    parser.add_argument("--table", action="store_true", help="only print what the file holds")
    parser.add_argument(
        "--again", action="store_true", help="instead, try again what survived without a reason"
    )
    return parser.parse_args()


def try_all(results: Results, arguments: argparse.Namespace) -> None:
    """Try what the file does not hold yet."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    for heavy in ("sympy", "numpy", "scipy.optimize", "numba", "flint", "mpmath", "pytest"):
        importlib.import_module(heavy)
    drawn = survivors(results, arguments) if arguments.again else new(results, arguments)
    for room, key, path, mutant in drawn:
        where = {"room": room, "module": str(path.relative_to(ROOT)), "line": mutant.line}
        line = results.add({"key": key, **where, **tried(path, mutant, results)})
        print(f"{'killed  ' if line['killed'] else 'SURVIVED'} {line['cpu']:>6} s  {key}", flush=True)


def new(results: Results, arguments: argparse.Namespace) -> Iterator[Drawn]:
    """The sample, less what the file holds."""
    for room in arguments.rooms:
        for key, path, mutant in sample(room, arguments.each, arguments.seed, arguments.match):
            if key not in results.of_mutants():
                yield room, key, path, mutant


def survivors(results: Results, arguments: argparse.Namespace) -> Iterator[Drawn]:
    """Those of the file that have no reason, as long as their lines stand."""
    reasons = read_reasons()
    for key, line in results.of_mutants().items():
        path = ROOT / line["module"]
        wanted = line["room"] in arguments.rooms and arguments.match in key
        if wanted and not line["killed"] and key not in reasons and key in keyed(path):
            yield line["room"], key, path, keyed(path)[key]


def main() -> None:
    """Try and report."""
    arguments = read_arguments()
    results = Results(arguments.out.resolve())
    if not arguments.table:
        try_all(results, arguments)
    print("\n".join(report(results, arguments.rooms)))


if __name__ == "__main__":
    main()
