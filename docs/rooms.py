"""Rewrites the table of rooms in `docs/architecture.md` from the folders and the first lines of their docstrings.

Run ``python docs/rooms.py``. `tests/test_architecture.py` fails while the page and the folders differ.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("proofs_checks", "numerics", "theory")
BEGIN, END = "<!-- rooms:begin -->\n", "<!-- rooms:end -->"


def folders(floor: str) -> list[Path]:
    """All packages of a floor, the floor itself first."""
    return sorted(path.parent for path in (ROOT / floor).rglob("__init__.py"))


def purpose(folder: Path) -> str:
    """First line of the docstring of a package."""
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    return (text or "").split("\n")[0]


def table() -> str:
    """One row for each room: what it is for."""
    rows = ["| room | for |", "|---|---|"]
    for floor in FLOORS:
        for folder in folders(floor):
            rows.append(f"| `{folder.relative_to(ROOT).as_posix()}` | {purpose(folder)} |")
    return "\n".join(rows) + "\n"


def rewritten(page: str) -> str:
    """The page with the table of today's rooms."""
    head, rest = page.split(BEGIN)
    return head + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    path = ROOT / "docs" / "architecture.md"
    path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")
