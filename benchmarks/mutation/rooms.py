"""Rooms of modules, their mutants in a seeded order, and the tests and statements that a mutant meets."""

from __future__ import annotations

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import zip_longest
from pathlib import Path

from mutants import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
#: A module is in the first room that names it; what is compiled is in no other room of `numerics`.
ROOMS = {
    "objective": ["theory/objective/*.py"],
    "evidence": ["proofs_checks/evidence/**/*.py"],
    "bounds": [
        "theory/plateau/*.py",
        "theory/approximation/*.py",
        "numerics/approximation/constructive.py",
        "numerics/approximation/lower_bounds/*.py",
        "numerics/approximation/widths/hankel_bound.py",
        "numerics/approximation/widths/trapezoid.py",
    ],
    "theory": ["theory/**/*.py"],
    "compiled": ["numerics/**/*.py"],
    "numerics": ["numerics/**/*.py"],
    "statements": [f"proofs_checks/{x}/**/*.py" for x in ("curse_of_memory", "fixed_pole", "sampled")],
}
#: Pictures are looked at.
LEFT_OUT = {"plots"}


def name_of(path: Path) -> str:
    """The dotted name of a module of the package."""
    return "memcurse." + ".".join(path.relative_to(ROOT).with_suffix("").parts)


@cache
def sources() -> dict[Path, str]:
    """Text of all modules."""
    folders = ("theory", "numerics", "proofs_checks")
    return {path: path.read_text() for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))}


@cache
def is_compiled(path: Path) -> bool:
    """Whether numba's cache may run the code of before: a module that compiles, or gives constants to one."""
    if _compiles(sources()[path]):
        return True
    start = f"{name_of(path)}."
    taken = {
        x.removeprefix(start)
        for user in importers()[name_of(path)]
        if _compiles(sources().get(user, ""))
        for x in imported(user, sources()[user])
        if x.startswith(start)
    }
    return any(re.fullmatch(r"_?[A-Z0-9_]+", x) for x in taken)


def _compiles(text: str) -> bool:
    return re.search(r"^@(compiled|subroutine|uncounted|.*njit)", text, re.MULTILINE) is not None


def modules(room: str) -> list[Path]:
    """Files of a room that are in no room before it."""
    if room not in ROOMS:
        raise ValueError(f"`room` must be one of {', '.join(ROOMS)}; got {room!r}")
    taken: set[Path] = set()
    for name, patterns in ROOMS.items():
        found = {path for pattern in patterns for path in ROOT.glob(pattern)} & set(sources())
        found = {path for path in found - taken if path.name != "__init__.py"}
        found = {path for path in found if LEFT_OUT.isdisjoint(path.parts)}
        if name == "compiled":
            found = {path for path in found if is_compiled(path)}
        if name == room:
            break
        taken |= found
    return sorted(found)


# Mutants, by names that stay


@cache
def keyed(path: Path) -> dict[str, Mutant]:
    """Mutants of a module by names that stay when its other lines change: function, change, which of its kind."""
    found, seen = {}, Counter[str]()
    for mutant in mutants(sources()[path]):
        text = f"{path.relative_to(ROOT)}::{mutant.text}::{seen[mutant.text]}"
        seen[mutant.text] += 1
        found[text if len(text) < 160 else f"{text[:140]}...{_digest(text)[:10]}"] = mutant
    return found


def sample(room: str, count: int, seed: int, match: str = "") -> list[tuple[str, Path, Mutant]]:
    """`count` mutants of a room whose keys hold a text: the more a module has, the more of them are drawn.

    They are the first by the digest of seed and key: an edit moves none but those of the lines that it changes.
    """
    everything = [(key, path, mutant) for path in modules(room) for key, mutant in keyed(path).items()]
    found = [x for x in everything if match in x[0]]
    return sorted(found, key=lambda x: _digest(f"{seed} {x[0]}"))[:count]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# What a mutant meets


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
    known = {name_of(path) for path in texts}
    found: dict[str, set[Path]] = {name: set() for name in known}
    for path, text in (texts | tests).items():
        for name in imported(path, text) & known:
            found[name].add(path)
    return found


@cache
def dependents(path: Path) -> set[Path]:
    """The module and all that may have parts of it compiled in: what imports it, and all for what operators do."""
    if "overloaded(operator" in sources()[path]:
        return set(sources())
    found, new = {path}, [path]
    while new:
        users = {user for user in importers()[name_of(new.pop())] if user in sources()} - found
        found |= users
        new += users
    return found


def statement_of(path: Path) -> str | None:
    """Its id, if the module is a statement."""
    found = re.search(r'^STATEMENT = Statement\(\n?\s*id="([^"]+)"', sources().get(path, ""), re.MULTILINE)
    return found.group(1) if found else None


def units(path: Path) -> list[str]:
    """Test files and statements to try, nearest first: ``test:PATH``, ``slow:PATH`` and ``statement:ID``."""
    folder = ROOT / "tests" / path.relative_to(ROOT).parent
    if not any(folder.glob("test_*.py")):
        folder = folder.parent
    beside, above = sorted(folder.glob("test_*.py")), sorted(folder.parent.glob("test_*.py"))
    named = [test for test in beside if path.stem.strip("_") in test.stem]
    near = sorted(importers()[name_of(path)], key=lambda user: (user.parent != folder, user))
    far = sorted({user for x in near if x in sources() for user in importers()[name_of(x)]})
    rings = [
        _units_of([*named, path]),
        _units_of(near),
        _units_of(beside),
        _slow([*named, *near, *beside]),
        _units_of(above),
        _units_of(far),
    ]
    return list(dict.fromkeys(unit for ring in rings for unit in ring))


def _units_of(files: Iterable[Path]) -> list[str]:
    """Test files and statements by turns."""
    files = list(files)
    tests = [f"test:{x.relative_to(ROOT)}" for x in files if _is_test(x)]
    statements = [f"statement:{own}" for x in files if (own := statement_of(x)) is not None]
    return [x for pair in zip_longest(tests, statements) for x in pair if x is not None]


def _slow(files: Iterable[Path]) -> list[str]:
    """Test files with slow tests, for these alone."""
    return [f"slow:{x.relative_to(ROOT)}" for x in files if _is_test(x) and "mark.slow" in x.read_text()]


def _is_test(path: Path) -> bool:
    """A file of tests that does not run everything there is."""
    everything = ("test_statements.py", "test_package.py", "test_runner.py", "test_broken.py")
    return path not in sources() and path.name not in everything
