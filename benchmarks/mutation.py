"""Mutation testing: small changes of the code, each tried against its own tests and the statements that use it.

    python benchmarks/mutation.py --rooms objective evidence bounds --each 30 --out mutation.jsonl
    python benchmarks/mutation.py --out mutation.jsonl --table

A room is a set of modules, of which a seeded sample of mutants (`mutants.py`) is drawn. A mutant is imported in the
place of its module in a process of its own, and meets, nearest first, the tests in its mirrored file or folder, the
tests and the statements that import it, slow tests, and those that import what imports it, until one of them fails, or
takes more than four times the CPU seconds it took before (and 15). What takes more than `DEAREST` CPU seconds unbroken
is left out, and named. Each result is one line of the file as it comes; a run goes on where the file ends. `REASONS`
says of survivors why they change nothing that could be seen.

Where compiled code is in play, numba is switched off, as its cache would run the code of before.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib
import importlib.abc
import importlib.util
import json
import os
import random
import re
import resource
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from mutants import Mutant, mutants, mutated

ROOT = Path(__file__).resolve().parent.parent
REASONS = ROOT / "benchmarks" / "survivors.json"
ROOMS = {
    "objective": ["theory/objective/*.py"],
    "evidence": ["proofs_checks/evidence/*.py"],
    "bounds": [
        "theory/plateau/*.py",
        "theory/approximation/*.py",
        "numerics/approximation/constructive.py",
        "numerics/approximation/lower_bounds/*.py",
        "numerics/approximation/widths/hankel_bound.py",
        "numerics/approximation/widths/trapezoid.py",
    ],
    "theory": ["theory/*.py", "theory/[tlmns]*/*.py", "theory/growth/*.py"],
    "numerics": [f"numerics/{x}/**/*.py" for x in ("arithmetic", "stationary", "landscape", "plateau")],
    "compiled": ["numerics/objective/kernels.py", "numerics/flow/engine/*.py", "numerics/modes/*.py"],
    "statements": ["proofs_checks/*/**/*.py"],
}
#: CPU seconds of a test file or statement beyond which it is not tried, and of all tries of one mutant.
DEAREST, ALL_TRIES = 40.0, 60.0
#: Test files or statements tried for one mutant.
MOST_UNITS = 12
SETTING = {"digits": 30, "quick": True, "seed": 1}


# Modules and who imports them


def name_of(path: Path) -> str:
    """The dotted name of a module of the package."""
    return "memcurse." + ".".join(path.relative_to(ROOT).with_suffix("").parts)


@cache
def sources() -> dict[Path, str]:
    """Text of all modules."""
    folders = ("theory", "numerics", "proofs_checks")
    return {path: path.read_text() for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))}


def imported(path: Path, text: str) -> set[str]:
    """Dotted names of modules, and of names in modules, that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = name_of(path).split(".")[: -node.level]
                base = ".".join([*parts, *([base] if base else [])])
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


@cache
def importers() -> dict[str, set[Path]]:
    """For each module of the package the files, of package and tests, that import it."""
    texts = dict(sources())
    tests = {path: path.read_text() for path in sorted((ROOT / "tests").rglob("test_*.py"))}
    known = {name_of(path): path for path in texts}
    found: dict[str, set[Path]] = {name: set() for name in known}
    for path, text in (texts | tests).items():
        for name in imported(path, text) & set(known):
            found[name].add(path)
    return found


def is_compiled(path: Path) -> bool:
    """Whether numba's cache may run the code of before: a module that compiles, or gives constants to one."""
    if "@compiled" in sources()[path] or "njit" in sources()[path]:
        return True
    name = name_of(path)
    return any(
        "@compiled" in sources().get(user, "")
        and any(
            re.fullmatch(r"_?[A-Z0-9_]+", x.removeprefix(f"{name}.")) for x in imported(user, sources()[user])
        )
        and any(x.startswith(f"{name}.") for x in imported(user, sources()[user]))
        for user in importers()[name]
    )


def statement_of(path: Path) -> str | None:
    """Its id, if the module is a statement."""
    found = re.search(r'^STATEMENT = Statement\(\n?\s*id="([^"]+)"', sources().get(path, ""), re.MULTILINE)
    return found.group(1) if found else None


def units(path: Path) -> list[str]:
    """Test files and statements to try, nearest first: ``test:PATH`` and ``statement:ID``."""
    relative = path.relative_to(ROOT)
    folder = ROOT / "tests" / relative.parent
    mirrored = sorted(folder.glob("test_*.py")) or sorted(folder.parent.glob("test_*.py"))
    mirrored.sort(key=lambda test: path.stem not in test.stem)
    near = importers()[name_of(path)]
    far = {user for x in near if x in sources() for user in importers()[name_of(x)]}
    rings = [
        _units_of(mirrored),
        _units_of([path]),
        _units_of(near),
        _slow(mirrored),
        _slow(near),
        _units_of(far),
    ]
    return list(dict.fromkeys(unit for ring in rings for unit in ring))


def _units_of(files: Iterable[Path]) -> list[str]:
    """Test files and statements by turns."""
    tests = [f"test:{x.relative_to(ROOT)}" for x in files if x not in sources() and not _runs_everything(x)]
    statements = [f"statement:{own}" for x in files if (own := statement_of(x)) is not None]
    return [x for pair in zip_longest(tests, statements) for x in pair if x is not None]


def _slow(files: Iterable[Path]) -> list[str]:
    """Test files with slow tests, for these alone."""
    tests = [x for x in files if x not in sources() and not _runs_everything(x)]
    return [f"slow:{x.relative_to(ROOT)}" for x in tests if "mark.slow" in x.read_text()]


def _runs_everything(test: Path) -> bool:
    return test.name in ("test_statements.py", "test_package.py", "test_runner.py", "test_broken.py")


# One try, in a process of its own


class MutantFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a changed syntax tree."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        """The mutant, for its name alone."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def create_module(self, spec: Any) -> None:
        """As usual."""

    def exec_module(self, module: Any) -> None:
        """Run the changed tree under the name of the file."""
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)  # noqa: S102 - that is what a mutant is


def run_test(test: str, which: str = "not slow") -> dict[str, Any]:
    """Whether the tests of one file pass, without the slow ones, or these alone."""
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=line", "-m", which]
    code = pytest.main([*options, "-o", "addopts=", "--import-mode=importlib", str(ROOT / test)])
    # Code 5: no test is left.
    return {"passed": int(code) in (0, 5)}


def run_statement(name: str) -> dict[str, Any]:
    """Verdicts of a quick check and of its controls."""
    from memcurse.proofs_checks.catalogue.cards import cards
    from memcurse.proofs_checks.catalogue.loading import load
    from memcurse.proofs_checks.evidence.statement import Setting

    setting = Setting(**SETTING)
    statement = load(cards()[name])
    found = statement.check(setting)
    code = None if found.code_verdict is None else int(found.code_verdict)
    controls = [int(control.check(setting).weakest) for control in statement.controls]
    return {"seen": [int(found.verdict), code, found.scope.to_dict()["kind"], found.instances, controls]}


def attempt(unit: str, mutant: tuple[Path, int] | None, limit: float, jit: bool) -> dict[str, Any]:
    """The answer of one unit: what it returned, ``failed`` or ``limit``, and the CPU seconds."""
    kind, what = unit.split(":", 1)
    action = {"test": run_test, "slow": lambda test: run_test(test, "slow"), "statement": run_statement}[kind]
    with tempfile.NamedTemporaryFile("r") as answer:
        child = os.fork()
        if not child:
            _in_child(action, what, mutant, limit, jit, answer.name)
        _, status, used = os.wait4(child, 0)
        text = answer.read()
    seconds = round(used.ru_utime + used.ru_stime, 2)
    if os.WIFSIGNALED(status):
        return {"failed": f"signal {os.WTERMSIG(status)}", "cpu": seconds, "limit": seconds >= limit - 1}
    return {**(json.loads(text) if text else {"failed": "no answer"}), "cpu": seconds}


def _in_child(
    action: Callable[[str], dict[str, Any]],
    what: str,
    mutant: tuple[Path, int] | None,
    limit: float,
    jit: bool,
    answer: str,
) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(limit) + 1, int(limit) + 2))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1), os.dup2(silent, 2)
    import numba

    numba.config.DISABLE_JIT = not jit
    try:
        if mutant is not None:
            path, place = mutant
            sys.meta_path.insert(0, MutantFinder(name_of(path), path, mutated(sources()[path], place)))
        found = action(what)
    except BaseException as error:
        found = {"failed": "".join(traceback.format_exception_only(error))[:200]}
    Path(answer).write_text(json.dumps(found))
    os._exit(0)


# Samples, baselines, results


def modules(room: str) -> list[Path]:
    """Files of a room that are in no room before it."""
    taken: set[Path] = set()
    for name, patterns in ROOMS.items():
        found = {path for pattern in patterns for path in ROOT.glob(pattern)} - taken
        found = {path for path in found if path.name != "__init__.py" and path in sources()}
        if name == room:
            return sorted(
                path for path in found if (room == "compiled") == is_compiled(path) or room == "statements"
            )
        taken |= found
    raise ValueError(f"`room` must be one of {', '.join(ROOMS)}; got {room!r}")


def sample(room: str, count: int, seed: int, match: str = "") -> list[tuple[Path, Mutant]]:
    """`count` mutants of a room: the more a module has, the more of them are drawn; or all whose key holds a text."""
    everything = [(path, mutant) for path in modules(room) for mutant in mutants(sources()[path])]
    if match:
        return [(path, mutant) for path, mutant in everything if match in key_of(path, mutant)]
    return random.Random(f"{seed} {room}").sample(everything, min(count, len(everything)))


class Results:
    """One line for each baseline and each mutant, as they come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []

    def add(self, line: dict[str, Any]) -> dict[str, Any]:
        """Write and keep it."""
        self.lines.append(line)
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        return line

    def baseline(self, unit: str, jit: bool) -> dict[str, Any]:
        """What the unit answers unbroken."""
        for line in self.lines:
            if line.get("unit") == unit and line["jit"] == jit:
                return line
        return self.add({"unit": unit, "jit": jit, **attempt(unit, None, 2 * DEAREST, jit)})

    def of_mutants(self) -> dict[str, dict[str, Any]]:
        """The last result of each mutant."""
        return {line["key"]: line for line in self.lines if "key" in line}


def key_of(path: Path, mutant: Mutant) -> str:
    """A name that stays when other lines of the module change: the function, the change, and which of its kind."""
    same = [x.place for x in mutants(sources()[path]) if x.text == mutant.text]
    text = f"{path.relative_to(ROOT)}::{mutant.text}::{same.index(mutant.place)}"
    return text if len(text) < 160 else f"{text[:140]}...{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def tried(path: Path, mutant: Mutant, results: Results) -> dict[str, Any]:
    """Who kills the mutant, or all who did not."""
    jit, spent, asked, left_out = not is_compiled(path), 0.0, 0, []
    for unit in units(path):
        if spent > ALL_TRIES or asked >= MOST_UNITS:
            break
        before = results.baseline(unit, jit)
        if before["cpu"] > DEAREST or "failed" in before or not before.get("passed", True):
            left_out.append(unit)
            continue
        asked += 1
        now = attempt(unit, (path, mutant.place), max(15.0, 4 * before["cpu"]), jit)
        spent += now["cpu"]
        if {x: now.get(x) for x in ("passed", "seen")} != {x: before.get(x) for x in ("passed", "seen")}:
            return {"killed": unit, "how": now.get("failed", "answers otherwise"), "cpu": round(spent, 1)}
    return {"killed": None, "asked": asked, "left_out": left_out, "cpu": round(spent, 1)}


def report(results: Results, rooms: list[str]) -> Iterator[str]:
    """A table by module, then the survivors with their reasons."""
    reasons = json.loads(REASONS.read_text()) if REASONS.is_file() else {}
    found = {key: line for key, line in results.of_mutants().items() if line["room"] in rooms}
    rows: dict[tuple[str, str], Counter[str]] = {}
    for key, line in found.items():
        word = "killed" if line["killed"] else "equivalent" if key in reasons else "survived"
        for row in ((line["room"], line["module"]), (line["room"], "ALL"), ("ALL", "")):
            rows.setdefault(row, Counter())[word] += 1
    for (room, module), counts in sorted(rows.items()):
        yield f"{room:<11} {module:<62} " + "  ".join(
            f"{word} {counts[word]:>3}" for word in ("killed", "equivalent", "survived")
        )
    for key, line in sorted(found.items()):
        if not line["killed"]:
            yield f"{line['room']}: {key}\n    {reasons.get(key, 'NO REASON')} (asked {line['asked']})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rooms", nargs="*", default=list(ROOMS), choices=list(ROOMS))
    parser.add_argument("--each", type=int, default=30, help="mutants sampled in each room")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("mutation.jsonl"))
    parser.add_argument(
        "--match", default="", help="instead of a sample, all mutants whose key holds this text"
    )
    parser.add_argument("--table", action="store_true", help="only print what the file holds")
    parser.add_argument("--again", action="store_true", help="try the survivors of the file again")
    arguments = parser.parse_args()
    results = Results(arguments.out)
    if not arguments.table:
        os.chdir(ROOT)
        for heavy in ("sympy", "numpy", "scipy.optimize", "numba", "flint", "mpmath", "pytest"):
            importlib.import_module(heavy)
        for room in arguments.rooms:
            for path, mutant in sample(room, arguments.each, arguments.seed, arguments.match):
                key, known = key_of(path, mutant), results.of_mutants()
                if key in known and (known[key]["killed"] or not arguments.again):
                    continue
                module = str(path.relative_to(ROOT))
                line = {
                    "key": key,
                    "room": room,
                    "module": module,
                    "line": mutant.line,
                    **tried(path, mutant, results),
                }
                results.add(line)
                print(f"{'killed  ' if line['killed'] else 'SURVIVED'} {line['cpu']:>6} s  {key}", flush=True)
    print("\n".join(report(results, arguments.rooms)))


if __name__ == "__main__":
    main()
