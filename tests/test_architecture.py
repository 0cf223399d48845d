"""The map of the rooms agrees with the folders, and every room says what it is for."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def rooms() -> ModuleType:
    specification = importlib.util.spec_from_file_location("rooms", ROOT / "docs" / "rooms.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_map_names_todays_rooms() -> None:
    assert rooms().rewritten(PAGE) == PAGE, "run `python docs/rooms.py`"


def test_every_room_says_what_it_is_for() -> None:
    module = rooms()
    for floor in module.FLOORS:
        for folder in module.folders(floor):
            assert module.purpose(folder).endswith("."), folder


def named_paths() -> list[str]:
    return sorted(set(re.findall(r"`((?:theory|numerics|proofs_checks|memcurse|docs|tests)/[\w/.]*)`", PAGE)))


@pytest.mark.parametrize("path", named_paths())
def test_what_the_page_names_exists(path: str) -> None:
    assert (ROOT / path).exists() or (ROOT / f"{path}.py").exists()


# --- imports, sizes ------------------------------------------------------------------------------------------------

FLOORS = ("theory", "numerics", "proofs_checks")
#: Most modules in a folder, most lines in a module.
MOST_MODULES, MOST_LINES = 14, 350


def modules() -> dict[str, Path]:
    """Every module of the three floors by its full name."""
    return {
        ".".join(("memcurse", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
        for floor in FLOORS
        for path in sorted((ROOT / floor).rglob("*.py"))
    }


def imported_by(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """The modules of the floors that a module imports, anywhere in it."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            full = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                deeper = f"{full}.{alias.name}"
                found.add(deeper if deeper in known else full)
    return {target for target in found if target in known and target != name}


def circle(edges: dict[str, set[str]]) -> list[str]:
    """The modules that are left when all that import nothing left are taken away again and again."""
    left = {name: set(targets) for name, targets in edges.items()}
    while True:
        leaves = {name for name, targets in left.items() if not targets}
        if not leaves:
            return sorted(left)
        left = {name: targets - leaves for name, targets in left.items() if name not in leaves}


def test_circle_finds_circles() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]
    assert circle({"a": {"b"}, "b": set()}) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = modules()
    assert circle({name: imported_by(name, path, known) for name, path in known.items()}) == []


def test_imports_stand_at_the_top() -> None:
    """But for the commands, which import late so that listing stays fast."""
    late = []
    for name, path in modules().items():
        if ".commands." in name:
            continue
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                late += [
                    f"{name}: {ast.unparse(node)}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.ImportFrom)
                    and (node.level or (node.module or "").startswith("memcurse."))
                ]
    assert late == []


def test_rooms_are_not_crowded() -> None:
    counts: dict[Path, int] = {}
    for path in modules().values():
        counts[path.parent] = counts.get(path.parent, 0) + (path.name != "__init__.py")
    assert {str(folder): count for folder, count in counts.items() if count > MOST_MODULES} == {}


#: Rooms that hold more than one thing; to be cut.
LONG: set[str] = set()


def test_modules_are_not_long() -> None:
    long = {
        path.relative_to(ROOT).as_posix()
        for path in modules().values()
        if path.read_text(encoding="utf-8").count("\n") > MOST_LINES
    }
    assert long == LONG
